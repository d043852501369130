"""Where single sign-on is enforced, the other doors are shut: password, refresh and invitation."""

from typing import Any
from uuid import UUID

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from organizations.entrances import Entrance
from promptguard.core.caller import Actor, ActorType, Caller, Origin, Via
from promptguard.core.errors import Forbidden
from sso.models import Connection
from sso.selectors import authority_over, sso_session_of


class SsoRequired(Forbidden):
    code = "sso_required"
    message = "Your organization requires single sign-on."


def check_entrance(
    *,
    entrance: Entrance,
    email: str,
    origin: Origin,
    user_id: UUID | None = None,
    session_id: UUID | None = None,
    organization_id: UUID | None = None,
    **_: Any,
) -> None:
    """Raises SsoRequired. Runs inside a platform scope, after the proof of identity."""
    connection = authority_over(email)
    if connection is None or not connection.is_enforced:
        return
    # Others may invite our people: these accept on a session of ours.
    if organization_id not in (None, connection.organization_id):
        return
    if entrance is not Entrance.PASSWORD and came_through(connection, session_id):
        return
    if user_id is not None and user_id == connection.break_glass_user_id:
        if entrance is Entrance.PASSWORD:
            note_break_glass(connection, user_id, origin)
        return
    slug = connection.organization.slug
    raise SsoRequired(authorize_path=f"/dashboard/auth/sso/{slug}/authorize")


def came_through(connection: Connection, session_id: UUID | None) -> bool:
    found = sso_session_of(session_id)
    return found is not None and found.connection_id == connection.id


def note_break_glass(connection: Connection, user_id: UUID, origin: Origin) -> None:
    caller = Caller(connection.organization_id, Actor(ActorType.USER, user_id, Via.SESSION), origin=origin)
    record(Action.SSO_BREAK_GLASS_USED, caller=caller, targets=[Target("user", user_id)])
