"""Background work of this room: runs of draft policies, and forgetting what nobody may restore any more."""

from promptguard.core.jobs import work
from promptguard.core.jobs.broker import QUEUES, app
from promptguard.core.jobs.running import Run
from promptguard.guard.services import dryrun, vault


@work.handler(dryrun.TASK, lease_seconds=120.0)
def dry_run(run: Run) -> None:
    """Judge recorded interactions again under another version of the policy."""
    dryrun.go_on(run)


@app.task(name="guard.sweep_vault", queue_name=QUEUES[0], every_seconds=3_600.0)
def sweep_vault(**_unknown: object) -> int:
    """Delete values whose time is over; how many."""
    return vault.sweep_expired()
