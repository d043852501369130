"""Linking an existing account to a provider's identity by proof: the account's own password, given here."""

import time
from collections.abc import Mapping
from typing import Any

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from organizations.models import Membership, User
from organizations.passwords import password_is_right
from promptguard.core.caller import Caller
from promptguard.core.errors import Conflict, Unauthenticated
from promptguard.core.tenancy import platform_scope
from sso.identities import Address, remember_identity
from sso.models import Connection, Identity
from sso.selectors import identity_of

PENDING = "sso_pending_link"
PENDING_SECONDS = 600


class NothingToLink(Conflict):
    code = "nothing_to_link"
    message = (
        "Start single sign-on in this browser first; then link within ten minutes, signed in to your account."
    )


class ProofWrong(Unauthenticated):
    code = "invalid_credentials"
    message = "That is not the password of this account."


def pending_link(connection: Connection, subject: str, email: str) -> dict[str, Any]:
    """What the browser's session keeps of a sign-in that needs proof: no token, nothing secret."""
    return {"connection": str(connection.id), "subject": subject, "email": email, "at": time.time()}


def link_identity(*, caller: Caller, pending: Mapping[str, Any] | None, password: str) -> Identity:
    """Raises NothingToLink, ProofWrong. The account must have the address and belong to the organization."""
    user = User.objects.get(id=caller.person)
    if (
        pending is None
        or time.time() - pending["at"] > PENDING_SECONDS
        or pending["email"] != user.email.lower()
    ):
        raise NothingToLink()
    if not password_is_right(user, password):
        raise ProofWrong()
    with platform_scope():
        connection = Connection.all_tenants.filter(id=pending["connection"], is_active=True).first()
        if connection is None or identity_of(connection, pending["subject"]) is not None:
            raise NothingToLink()
        member = caller.within(connection.organization_id)
        if not Membership.objects.for_caller(member).filter(user=user).exists():
            raise NothingToLink()
        identity = remember_identity(
            member, connection, pending["subject"], user, Address(user.email, is_ours=False)
        )
        targets = [Target("user", user.id), Target("identity", identity.id)]
        record(Action.SSO_IDENTITY_LINKED, caller=member, targets=targets, details={"by": "password"})
    return identity
