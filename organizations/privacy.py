"""What this room knows about people."""

import re
from collections.abc import Iterator
from email.utils import getaddresses
from pathlib import Path

from django.conf import settings

from promptguard.core.privacy import Erasure, Holding, Identifiers, Lifetime, declare, declare_trace, limit


class MailFolder:
    """Where mail is written that no server takes: in development, and in a trial of the product."""

    name = "folder of unsent mail"

    def erase(self, known: Identifiers) -> None:
        for path in self._to(known):
            path.unlink(missing_ok=True)

    def remaining(self, known: Identifiers) -> int:
        return sum(1 for _ in self._to(known))

    def _to(self, known: Identifiers) -> Iterator[Path]:
        folder = getattr(settings, "EMAIL_FILE_PATH", None)
        for path in Path(folder).glob("*.log") if folder else ():
            if recipients(path) & {address.lower() for address in known.addresses}:
                yield path


def recipients(path: Path) -> set[str]:
    """The addresses that the mail in a file went to."""
    lines = re.findall(r"^To: (.*)$", path.read_text(errors="replace"), re.MULTILINE)
    return {address.lower() for _, address in getaddresses(lines)}


declare_trace(MailFolder())

declare(
    Holding(
        "organizations.User",
        purpose="The account a person signs in with",
        subject="id",
        section="profile",
        personal=("email", "name", "last_login"),
        impersonal=("password",),
        exported=("id", "email", "name", "email_verified_at", "last_login", "created_at"),
    ),
    Holding(
        "organizations.Organization",
        purpose="The customer; its name is a company's, or a person's own for a personal organization",
        personal=("name", "slug"),
        impersonal=("allowed_email_domains", "plan"),
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
        "organizations.CustomRole",
        purpose="A set of permissions that an organization named",
        impersonal=("name", "description", "permissions"),
        exported=("id", "name", "permissions", "created_at"),
        erasure=Erasure.RETAIN,
        ground="It belongs to the customer and says nothing about a person.",
    ),
    Holding(
        "organizations.ProjectGrant",
        purpose="Who may do more in a single project",
        subject="user_id",
        impersonal=("role",),
        exported=("organization_id", "project_id", "role", "created_at"),
    ),
    Holding(
        "organizations.Invitation",
        purpose="Inviting a person by address",
        subject="invited_by_id",
        address="email",
        personal=("email",),
        impersonal=("role", "token_hash"),
        exported=("organization_id", "email", "role", "created_at", "accepted_at"),
    ),
    Holding(
        "organizations.OwnershipOffer",
        purpose="Handing an organization over",
        subject="to_user_id",
        others=("from_user_id",),
        exported=("organization_id", "created_at", "expires_at", "accepted_at"),
    ),
    Holding(
        "organizations.AuthSession",
        purpose="Recognising and protecting a signed-in device",
        subject="user_id",
        section="sessions",
        personal=("ip", "user_agent"),
        impersonal=("cookie_hash",),
        exported=("id", "ip", "user_agent", "created_at", "last_seen_at", "revoked_at"),
    ),
    Holding(
        "organizations.AllowedNetwork",
        purpose="From which networks an organization may be reached",
        reference="created_by_id",
        impersonal=("cidr", "label"),
        exported=("id", "cidr", "label", "created_at"),
        erasure=Erasure.ANONYMISE,
        ground="The entry protects the customer; only who made it is cut off.",
    ),
    Holding(
        "organizations.RateLimitOverride",
        purpose="What an operator granted an organization, and why",
        reference="created_by_id",
        impersonal=("plane", "reason"),
        exported=("id", "plane", "per_minute", "created_at"),
        erasure=Erasure.ANONYMISE,
        ground="It belongs to the customer's contract; only the operator's id is cut off.",
    ),
    Holding(
        "organizations.SecondFactor",
        purpose="The second factor of a sign-in",
        subject="user_id",
        impersonal=("sealed_secret",),
        exported=("created_at", "confirmed_at"),
    ),
    Holding(
        "organizations.RecoveryCode",
        purpose="The way back in without the second factor's device",
        subject="user_id",
        impersonal=("code_hash",),
        exported=("used_at",),
    ),
    Holding(
        "organizations.AccountLink",
        purpose="Proving an address, or resetting a password, by mail",
        subject="user_id",
        impersonal=("purpose", "token_hash"),
        exported=("purpose", "created_at", "used_at"),
    ),
    Holding(
        "organizations.PersonalAccessToken",
        purpose="A person's credential for automation",
        subject="user_id",
        impersonal=("name", "token_hash", "prefix", "permissions"),
        exported=("id", "organization_id", "name", "permissions", "created_at", "expires_at", "last_used_at"),
    ),
    Holding(
        "organizations.OutgoingMail",
        purpose="Mail that is still to be sent; the row goes with it, within two days at most",
        address="address",
        personal=("address", "sealed_context"),
        impersonal=("kind",),
        exported=("kind", "address", "created_at"),
        hidden=("sealed_context",),
    ),
)

limit(
    Lifetime(
        "sessions",
        "organizations.AuthSession",
        "last_seen_at",
        "Devices that have not been seen for so long: their sessions ended long before.",
        days=90,
        strict_days=90,
    ),
    Lifetime(
        "account_links",
        "organizations.AccountLink",
        "expires_at",
        "Links to verify an address or reset a password, after they expired.",
        days=30,
        is_transient=True,
    ),
    Lifetime(
        "invitations",
        "organizations.Invitation",
        "expires_at",
        "Invitations and the addresses they went to, after they expired.",
        days=365,
        strict_days=90,
        is_settable=True,
    ),
    Lifetime(
        "access_tokens",
        "organizations.PersonalAccessToken",
        "expires_at",
        "Personal access tokens, after they expired.",
        days=365,
        strict_days=365,
    ),
)
