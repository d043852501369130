"""What this room knows about people."""

from promptguard.core.privacy import Erasure, Holding, Lifetime, declare, limit

CUSTOMERS = "It belongs to the customer, not to the person who set it up."

declare(
    Holding(
        "sso.Connection",
        purpose="An organization's identity provider",
        subject="break_glass_user_id",
        impersonal=(
            "provider", "issuer", "client_id", "sealed_secret", "allowed_domains", "default_role", "groups_claim",
            "required_acr", "required_amr",
        ),
        erasure=Erasure.ANONYMISE,
        ground=CUSTOMERS,
    ),
    Holding(
        "sso.GroupRole",
        purpose="Which role a provider's group gives",
        impersonal=("group", "role"),
        erasure=Erasure.RETAIN,
        ground=CUSTOMERS,
    ),
    Holding(
        "sso.Domain",
        purpose="A mail domain that an organization owns",
        impersonal=("name", "proof"),
        erasure=Erasure.RETAIN,
        ground=CUSTOMERS,
    ),
    Holding(
        "sso.Identity",
        purpose="Recognising a person whom the organization's provider vouches for",
        subject="user_id",
        personal=("subject", "email"),
        impersonal=("issuer",),
        exported=("issuer", "subject", "email", "created_at", "last_sign_in_at"),
    ),
    Holding(
        "sso.SsoSession",
        purpose="Ending a session together with the provider's",
        personal=("provider_session", "sealed_id_token"),
        impersonal=("acr", "amr"),
        erasure=Erasure.DELETE,
        ground="It goes with the device session it belongs to.",
    ),
    Holding(
        "sso.DirectoryToken",
        purpose="The credential of an organization's directory",
        impersonal=("token_hash", "prefix"),
        erasure=Erasure.RETAIN,
        ground=CUSTOMERS,
    ),
    Holding(
        "sso.DirectoryUser",
        purpose="A person as the organization's directory describes them",
        subject="user_id",
        personal=(
            "user_name", "external_id", "given_name", "family_name", "formatted_name", "display_name", "emails",
        ),
        exported=("user_name", "given_name", "family_name", "display_name", "emails", "created_at"),
    ),
    Holding(
        "sso.DirectoryGroup",
        purpose="A group of the organization's directory",
        impersonal=("display_name", "external_id"),
        erasure=Erasure.RETAIN,
        ground=CUSTOMERS,
    ),
    Holding("sso.DirectoryGroupMember", purpose="Who is in a directory's group"),
    Holding(
        "sso.DirectoryRequest",
        purpose="What the directory asked, to find out why a person was not synchronised",
        impersonal=("verb", "path", "outline"),
        erasure=Erasure.RETAIN,
        ground="Values about people are masked before it is written.",
    ),
)  # fmt: skip

limit(
    Lifetime(
        "directory_requests",
        "sso.DirectoryRequest",
        "created_at",
        "What the directory asked, with people's values masked.",
        days=90,
        most_days=365,
        strict_days=90,
        is_settable=True,
    )
)
