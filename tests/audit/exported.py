"""Two organizations' chains as bundles, file by file."""

import io
import zipfile
from collections.abc import Iterator

import pytest
from django.test import override_settings

from audit.actions import Action
from audit.bundles import BundleWriter
from audit.checkpoints import sign_checkpoints
from audit.services import record
from audit.verification import snapshot
from promptguard.core.tenancy import organization_scope
from tests.audit.conftest import person

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def exported(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Files, Files]]:
    """The files of two organizations' bundles."""
    folder = tmp_path_factory.mktemp("bundles")
    with override_settings(AUDIT_SIGNING_KEYS=str(folder / "keys")):
        yield export(), export()


def export() -> Files:
    caller = person()
    with organization_scope(caller.tenant):
        for number in range(20):
            record(Action.PROJECT_UPDATED, caller=caller, details={"number": number})
    sign_checkpoints((), organization_id=caller.tenant, interval="0 seconds")
    target = io.BytesIO()
    with snapshot():
        BundleWriter(caller.tenant, target, with_private=True).write()
    with zipfile.ZipFile(target) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
