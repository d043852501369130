"""A test of a connection leaves a trace too: it makes us call out."""

from collections.abc import Sequence

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from promptguard.core.caller import Caller
from promptguard.core.tenancy import organization_scope
from sso.diagnosis import Step
from sso.models import Connection


def note_test(*, caller: Caller, connection: Connection, steps: Sequence[Step]) -> None:
    failed = [step.step for step in steps if not step.ok]
    target = Target("connection", connection.id)
    with organization_scope(caller.tenant):
        record(Action.SSO_CONNECTION_TESTED, caller=caller, targets=[target], details={"failed": failed})
