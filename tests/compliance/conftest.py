"""A person with data everywhere, on a database with real commits."""

from pathlib import Path

import pytest
from django.conf import LazySettings

from tests.people import Tenant, found_acme


@pytest.fixture(autouse=True)
def folders(settings: LazySettings, tmp_path: Path) -> None:
    settings.EXPORT_FOLDER = str(tmp_path / "exports")
    settings.AUDIT_SIGNING_KEYS = str(tmp_path / "signing-keys")
    settings.AUDIT_ANCHOR_FILE = str(tmp_path / "anchors")
    settings.AUDIT_ERASURE_LEDGER = str(tmp_path / "erasures")


@pytest.fixture
def live_acme(live_database: str) -> Tenant:
    return found_acme()
