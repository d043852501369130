"""Who somebody is, given what their provider says. Only (connection, issuer, subject) identifies a person.

An address alone links nothing: any customer can run a provider that claims any address (sso-design, section 1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from organizations.models import User
from organizations.roles import RANK, Role
from promptguard.core.caller import Caller
from sso.models import Connection, Identity
from sso.refusals import Reason, SignInRefused
from sso.selectors import directory_user_by_address, domain_owner, identity_of, needs_own_proof

LONGEST_ADDRESS = 254
LONGEST_NAME = 150
MOST_GROUPS = 1000


@dataclass(frozen=True, slots=True)
class Address:
    """`is_ours`: the organization has verified the domain, hence speaks for every address in it."""

    email: str
    is_ours: bool


def proven_address(connection: Connection, claims: Mapping[str, Any]) -> Address:
    """The address that this provider may speak for. Raises SignInRefused. Inside a platform scope."""
    text = claims.get("email")
    if not text:
        raise SignInRefused(Reason.ADDRESS_MISSING)
    email = plain_address(text)
    domain = email.rpartition("@")[2]
    if not connection.admits(domain):
        raise SignInRefused(Reason.DOMAIN_NOT_ALLOWED)
    owner = domain_owner(domain)
    if owner is not None and owner.organization_id != connection.organization_id:
        raise SignInRefused(Reason.DOMAIN_OF_ANOTHER)
    vouched = claims.get("email_verified", owner is not None)
    if vouched is not True:
        raise SignInRefused(Reason.ADDRESS_NOT_VERIFIED)
    return Address(email, owner is not None)


def plain_address(text: Any) -> str:
    """Lower-cased. ASCII only, tested before lower-casing: the Kelvin sign becomes a k. Raises SignInRefused."""
    if not isinstance(text, str) or len(text) > LONGEST_ADDRESS or not text.isascii():
        raise SignInRefused(Reason.CLAIMS_INVALID, "email")
    try:
        validate_email(text)
    except ValidationError as error:
        raise SignInRefused(Reason.CLAIMS_INVALID, "email") from error
    return text.lower()


def recognised_user(connection: Connection, subject: str, address: Address) -> User | None:
    """The account behind an identity, or one that may be linked to it; None when there is none yet.

    Raises SignInRefused: ACCOUNT_DISABLED, LINK_NEEDS_PROOF.
    """
    identity = identity_of(connection, subject)
    user = identity.user if identity else User.objects.filter(email__iexact=address.email).first()
    if user is None:
        return None
    if not user.is_active:
        raise SignInRefused(Reason.ACCOUNT_DISABLED)
    if identity is None and not may_link(user, address):
        raise SignInRefused(Reason.LINK_NEEDS_PROOF)
    return user


def may_link(user: User, address: Address) -> bool:
    """The organization owns the domain, the account's holder has proven the address, and it rules nothing."""
    return address.is_ours and user.email_verified_at is not None and not needs_own_proof(user)


def created_user(address: Address, claims: Mapping[str, Any]) -> User:
    """An account without a password. The address counts as verified only where the organization owns the domain."""
    name = claims.get("name")
    user = User(
        email=address.email,
        name=name[:LONGEST_NAME].replace("\x00", "") if isinstance(name, str) else "",
        email_verified_at=timezone.now() if address.is_ours else None,
    )
    user.set_unusable_password()
    user.save(force_insert=True)
    return user


def remember_identity(
    caller: Caller, connection: Connection, subject: str, user: User, address: Address
) -> Identity:
    now = timezone.now()
    identity = identity_of(connection, subject)
    if identity is None:
        return Identity.objects.create_for(
            caller,
            connection=connection,
            issuer=connection.issuer,
            subject=subject,
            user=user,
            email=address.email,
            last_sign_in_at=now,
        )
    identity.email, identity.last_sign_in_at = address.email, now
    identity.save(update_fields=["email", "last_sign_in_at"])
    return identity


def check_directory(caller: Caller, address: Address) -> None:
    """Whom the directory has switched off stays off, whatever the provider says. Raises SignInRefused."""
    entry = directory_user_by_address(caller, address.email)
    if entry is not None and not entry.is_active:
        raise SignInRefused(Reason.DEACTIVATED_BY_DIRECTORY)


def role_from_groups(mapping: Mapping[str, str], default: str, groups: Any) -> str | None:
    """The highest role that the groups give, else the default; None when nothing is mapped or told."""
    if not mapping or not isinstance(groups, list) or len(groups) > MOST_GROUPS:
        return None
    given = [Role(mapping[each]) for each in groups if isinstance(each, str) and each in mapping]
    return max(given, key=lambda role: RANK[role]) if given else default
