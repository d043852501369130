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
            "content_mode",
            "canonical",
            "leaf_hash",
        ),
        exported=("id", "created_at", "endpoint", "decision", "threat_type", "end_user"),
        erasure=Erasure.ANONYMISE,
        ground="The decision stays provable; content, end user and address go, and their commitment with them.",
    ),
    Holding(
        "guard.Feedback",
        purpose="Whether people found a decision right",
        subject="author_id",
        personal=("note",),
        impersonal=("judgement",),
        exported=("id", "judgement", "note", "created_at"),
        erasure=Erasure.DELETE,
    ),
    Holding(
        "guard.PolicyVersion",
        purpose="What a project's policy said, and since when",
        subject="author_id",
        impersonal=("use_case", "strictness_level", "guardrails", "rules", "note", "fingerprint"),
        exported=("number", "note", "created_at"),
        erasure=Erasure.ANONYMISE,
        ground="Past decisions are explained by it; the author's id is cut off, the policy stays the customer's.",
    ),
    Holding(
        "guard.Suppression",
        purpose="Rules that a project has silenced",
        subject="created_by_id",
        impersonal=("detector", "rule_id", "match_sha256", "reason"),
        exported=("detector", "rule_id", "reason", "created_at"),
        erasure=Erasure.ANONYMISE,
        ground="It configures the customer's project; only the person's id is cut off.",
    ),
)
