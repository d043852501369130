"""The chain's recurring work: a net under inline sealing, and the nightly check of every chain."""

import structlog
from django.conf import settings
from django.core.management import call_command

from audit import sealing, upkeep
from audit.actions import Action
from audit.services import record
from promptguard.core.caller import system_caller
from promptguard.core.jobs.broker import QUEUES, app
from promptguard.core.tenancy import platform_scope

log = structlog.get_logger(__name__)


@app.task(name="audit.seal", queue_name=QUEUES[0], every_seconds=30.0)
def seal(**_unknown: object) -> int:
    """Seal what a request left behind that died between its commit and its sealing."""
    return sealing.seal_batch() if settings.AUDIT_SEALING == "inline" else 0


@app.task(name="audit.tidy", queue_name=QUEUES[0], every_seconds=3_600.0)
def tidy(**_unknown: object) -> int:
    """What the sequencer's process does each hour, where there is none."""
    if settings.AUDIT_SEALING == "inline":
        upkeep.tidy()
    return 0


@app.task(name="audit.verify", queue_name=QUEUES[0], every_seconds=86_400.0)
def verify(**_unknown: object) -> int:
    """The nightly check of every chain; that it was done, and how it ended, is on record itself."""
    code = 0
    try:
        call_command("verify_audit_chain")
    except SystemExit as verdict:  # the command's way of saying that there are findings
        code = int(verdict.code or 0)
        log.error("audit_chain_not_clean", code=code)
    with platform_scope():
        record(Action.AUDIT_VERIFIED, caller=system_caller(), details={"exit": code})
    return 0


@app.task(name="audit.publish", queue_name=QUEUES[0], every_seconds=10.0)
def publish(**_unknown: object) -> int:
    """Sign and anchor what was sealed, where no sequencer does."""
    return upkeep.publish() if settings.AUDIT_SEALING == "inline" else 0
