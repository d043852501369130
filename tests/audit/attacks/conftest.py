from pathlib import Path

import psycopg
import pytest

from audit.keys import current_key
from promptguard.core.caller import Caller
from tests.audit.adversary import Adversary
from tests.audit.attacks.scene import Scene


@pytest.fixture(scope="module")
def folder(database: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys and anchors live as long as the database that knows them."""
    return tmp_path_factory.mktemp("audit")


@pytest.fixture(autouse=True)
def keys_and_anchors(folder: Path, settings) -> None:  # type: ignore[no-untyped-def]
    settings.AUDIT_SIGNING_KEYS, settings.AUDIT_ANCHOR_FILE = str(folder / "keys"), str(folder / "anchors")
    settings.AUDIT_SEALING = "sequencer"


@pytest.fixture
def scene(caller: Caller, folder: Path) -> Scene:
    """A chain of 64 events, sealed, signed and anchored."""
    made = Scene(caller, folder / "anchors", folder)
    made.fill()
    return made


@pytest.fixture
def adversary(scene: Scene, superuser: psycopg.Connection) -> Adversary:
    return Adversary(superuser, scene.org, current_key())
