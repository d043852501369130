"""What this room knows about people."""

from promptguard.core.privacy import Erasure, Holding, declare

declare(
    Holding(
        "organizations.User",
        purpose="The account a person signs in with",
        subject="id",
        personal=("email", "name", "last_login"),
        impersonal=("password",),
        exported=("id", "email", "name", "email_verified_at", "last_login", "created_at"),
    ),
    Holding(
        "organizations.Organization",
        purpose="The customer; its name is a company's, or a person's own for a personal organization",
        personal=("name", "slug"),
        impersonal=("plan",),
        exported=("id", "name", "slug", "is_personal", "created_at"),
        erasure=Erasure.RETAIN,
        ground="It belongs to the customer; personal organizations go with their person.",
    ),
    Holding(
        "organizations.Membership",
        purpose="Who may act in an organization",
        subject="user_id",
        impersonal=("role",),
        exported=("organization_id", "role", "created_at"),
    ),
    Holding(
        "organizations.Invitation",
        purpose="Inviting a person by address",
        subject="invited_by_id",
        personal=("email",),
        impersonal=("role", "token_hash"),
        exported=("organization_id", "email", "role", "created_at", "accepted_at"),
    ),
    Holding(
        "organizations.AuthSession",
        purpose="Recognising and protecting a signed-in device",
        subject="user_id",
        personal=("ip", "user_agent"),
        impersonal=("cookie_hash",),
        exported=("id", "ip", "user_agent", "created_at", "last_seen_at", "revoked_at"),
    ),
    Holding(
        "organizations.AllowedNetwork",
        purpose="From which networks an organization may be reached",
        subject="created_by_id",
        impersonal=("cidr", "label"),
        exported=("id", "cidr", "label", "created_at"),
        erasure=Erasure.ANONYMISE,
        ground="The entry protects the customer; only who made it is cut off.",
    ),
    Holding(
        "organizations.RateLimitOverride",
        purpose="What an operator granted an organization, and why",
        subject="created_by_id",
        impersonal=("plane", "reason"),
        exported=("id", "plane", "per_minute", "created_at"),
        erasure=Erasure.ANONYMISE,
        ground="It belongs to the customer's contract; only the operator's id is cut off.",
    ),
)
