"""What this room knows about people."""

from promptguard.core.privacy import Erasure, Holding, declare

declare(
    Holding(
        "guard.Interaction",
        purpose="The log of what was asked and what the guard decided",
        label="end_user",
        section="interactions",
        personal=("content", "end_user", "ip", "session_id", "salt"),
        impersonal=(
            "endpoint",
            "direction",
            "decision",
            "threat_type",
            "reason",
            "model",
            "policy_version",
            "canonical",
            "leaf_hash",
        ),
        exported=("id", "created_at", "endpoint", "decision", "threat_type", "end_user"),
        erasure=Erasure.ANONYMISE,
        ground="The decision stays provable; content, end user and address go, and their commitment with them.",
    )
)
