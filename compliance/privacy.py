"""What this room knows about people."""

from promptguard.core.privacy import Erasure, Holding, declare

declare(
    Holding(
        "compliance.PrivacyRequest",
        purpose="Proving that a request was answered, and how (GDPR Art. 5(2))",
        personal=("subject", "package", "link_hash", "receipt_hash"),
        impersonal=("kind", "state", "position", "plan", "counts", "explanation", "certificate"),
        erasure=Erasure.RETAIN,
        ground="It holds no name and no address once done; without it nobody could show that the person was erased.",
    )
)
