"""Receivers and workers as real processes."""

import json
import os
import subprocess
import sys
from base64 import b64decode
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from audit.actions import Action
from audit.services import record
from promptguard.core.tenancy import organization_scope
from promptguard.webhooks.models import Endpoint
from promptguard.webhooks.services import create_endpoint
from tests.people import Tenant
from tests.webhooks import names

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Receiver:
    """A receiver's process; `port` stays the same when it is started again."""

    log: Path
    port: int = 0
    process: subprocess.Popen[str] = field(init=False)

    def start(self) -> None:
        command = [sys.executable, "-m", "tests.webhooks.receiver", str(self.log), str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def url(self, path: str = "ok") -> str:
        return f"http://{names.RECEIVER}:{self.port}/{path}"

    def requests(self) -> list[dict[str, Any]]:
        """What was received so far: path, headers, body."""
        if not self.log.exists():
            return []
        written, _, _begun = self.log.read_text().rpartition("\n")
        lines = [json.loads(line) for line in written.splitlines()]
        return [line | {"body": b64decode(line["body"])} for line in lines]

    def ids(self, path: str = "ok") -> Counter[str]:
        """`webhook-id` → how often."""
        return Counter(
            each["headers"]["webhook-id"] for each in self.requests() if each["path"] == f"/{path}"
        )


def an_endpoint(tenant: Tenant, url: str, **fields: Any) -> tuple[Endpoint, str]:
    with organization_scope(tenant.organization.id):
        return create_endpoint(caller=tenant.owner.caller, url=url, **fields)


def an_event(tenant: Tenant, number: int = 0) -> UUID:
    """One audit event in a transaction of its own, like any change."""
    with organization_scope(tenant.organization.id):
        receipt = record(Action.AUDIT_QUERIED, caller=tenant.owner.caller, details={"number": number})
    return receipt.event_id


def message_id(event_id: UUID) -> str:
    return f"msg_{event_id.hex}"


def worker_environment(**more: str) -> dict[str, str]:
    """For processes of the product on this test's database."""
    settings = {
        "DJANGO_SETTINGS_MODULE": "promptguard.settings",
        "OUTBOUND_ALLOWED_CIDRS": f"{names.RECEIVER}/32",
    }
    return {**os.environ, **settings, "PYTHONUNBUFFERED": "1", **more}
