"""What this room knows about people."""

from promptguard.core.privacy import Erasure, Holding, declare

declare(
    Holding(
        "compliance.PrivacyRequest",
        purpose="Proving that a request was answered, and how (GDPR Art. 5(2))",
        subject="subject_id",
        reference="requested_by_id",
        personal=("subject", "package", "link_hash", "receipt_hash"),
        impersonal=(
            "kind",
            "scope",
            "state",
            "position",
            "resume",
            "plan",
            "counts",
            "explanation",
            "certificate",
        ),
        exported=("id", "kind", "scope", "state", "created_at", "due_at", "finished_at", "certificate"),
        hidden=("subject", "package", "link_hash", "receipt_hash"),
        erasure=Erasure.RETAIN,
        ground="It holds no name and no address once done; without it nobody could show that the person was erased.",
    )
)
