"""What the kernel announces and the chain keeps."""

from typing import Any

from django.dispatch import receiver

from audit.actions import Action, Outcome
from audit.services import record
from promptguard.core.access import permission_denied
from promptguard.core.caller import Caller
from promptguard.core.permissions import Permission
from promptguard.core.ratelimit import Limit, limiter
from promptguard.core.tenancy import organization_scope


@receiver(permission_denied)
def note_denial(caller: Caller, permission: Permission, method: str, **_: Any) -> None:
    """Once a minute for each actor and permission, or whoever keeps trying would fill the chain."""
    if caller.organization_id is None:
        return
    subject = f"{caller.actor.id}:{permission}"
    once_a_minute = Limit("permission-denial", str(caller.tenant), subject, per_minute=1, burst=1)
    if limiter.charge([once_a_minute]).admitted:
        with organization_scope(caller.tenant):
            details = {"permission": str(permission), "method": method}
            record(Action.PERMISSION_DENIED, caller=caller, outcome=Outcome.DENIED, details=details)
