"""What this room knows about people."""

from promptguard.core.privacy import Erasure, Holding, Lifetime, declare, limit

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
    ),
    Holding(
        "compliance.HeldEndUser",
        purpose="Whom a legal hold is about",
        label="label",
        personal=("label",),
        withheld="Whoever a hold is about is not told of it by an export.",
        erasure=Erasure.RETAIN,
        ground="It goes with the release of the hold, which no erasure comes before (GDPR Art. 17(3)(e)).",
    ),
    Holding(
        "compliance.PostureResult",
        purpose="What the checks of the installation last found",
        impersonal=("status", "detail"),
        erasure=Erasure.RETAIN,
        ground="Numbers and times; it says nothing about a person.",
    ),
    Holding(
        "compliance.RetentionSetting",
        purpose="How long an organization keeps what",
        subject="set_by_id",
        impersonal=("kind",),
        exported=("organization_id", "kind", "days", "set_at"),
        erasure=Erasure.ANONYMISE,
        ground="It configures the customer's organization; only who chose it is cut off.",
    ),
)

limit(
    Lifetime(
        "privacy_exports",
        "compliance.PrivacyRequest",
        "finished_at",
        "Requests for a copy of one's data, after they were answered; requests to be erased stay as proof.",
        days=365,
        strict_days=365,
        only={"kind": "export"},
    )
)
