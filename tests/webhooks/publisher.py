"""Makes audit events in a process of its own: `python -m tests.webhooks.publisher ORGANIZATION COUNT` prints their ids."""

import sys
from uuid import UUID

import django

django.setup()

from audit.actions import Action  # noqa: E402
from audit.services import record  # noqa: E402
from promptguard.core.caller import system_caller  # noqa: E402
from promptguard.core.tenancy import organization_scope  # noqa: E402

if __name__ == "__main__":
    organization_id = UUID(sys.argv[1])
    for number in range(int(sys.argv[2])):
        with organization_scope(organization_id):
            receipt = record(
                Action.AUDIT_QUERIED, caller=system_caller(organization_id), details={"number": number}
            )
        sys.stdout.write(f"msg_{receipt.event_id.hex}\n")
