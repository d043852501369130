"""Whether a person may come in by this door: a higher floor, single sign-on, may say no by raising."""

from enum import StrEnum
from uuid import UUID

from django.dispatch import Signal

from audit.actions import Action, Outcome
from audit.envelope import Target
from audit.services import record
from promptguard.core.caller import Origin, anonymous_caller
from promptguard.core.errors import DomainError
from promptguard.core.tenancy import platform_scope


class Entrance(StrEnum):
    PASSWORD = "password"  # noqa: S105  the name of a door
    REFRESH = "refresh"
    INVITATION = "invitation"


# Sent after the proof of identity: email, entrance, origin, user_id and session_id (None for an address that is
# being invited) and organization_id, which invites.
entrance_asked = Signal()


def ask(
    entrance: Entrance, *, origin: Origin, email: str, user_id: UUID, session_id: UUID | None = None
) -> None:
    """Raises what a receiver raises, after recording it. Call it outside of the transaction that lets in."""
    try:
        with platform_scope():
            entrance_asked.send(
                Entrance,
                entrance=entrance,
                origin=origin,
                email=email,
                user_id=user_id,
                session_id=session_id,
                organization_id=None,
            )
    except DomainError as error:
        with platform_scope():
            record(
                Action.AUTHENTICATION_FAILED,
                caller=anonymous_caller(origin),
                outcome=Outcome.DENIED,
                targets=[Target("user", user_id)],
                details={"entrance": entrance, "reason": error.code},
            )
        raise
