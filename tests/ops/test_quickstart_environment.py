"""The folder and the file that a start leaves for the next one."""

import shutil
import stat
from collections import namedtuple
from pathlib import Path

import pytest

from promptguard.core.configuration import keyring
from promptguard.core.quickstart.environment import describe_start, ensure_secrets, prepare_folder, read
from promptguard.core.quickstart.failure import CannotStart

Usage = namedtuple("Usage", "total used free")


def test_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    env_file = tmp_path / "env"
    ensure_secrets(env_file)
    first = read(env_file)
    ensure_secrets(env_file)
    assert read(env_file) == first
    assert stat.S_IMODE(env_file.stat().st_mode) == 0o600
    assert len(first["SECRET_KEY"]) >= 50
    for name in ("JWT_SECRET", "ENCRYPTION_KEY"):
        [key] = keyring(first[name], size=32).values()
        assert key != bytes(32)


def test_two_installations_share_no_secret(tmp_path: Path) -> None:
    for name in ("one", "two"):
        ensure_secrets(tmp_path / name)
    assert not set(read(tmp_path / "one").values()) & set(read(tmp_path / "two").values())


def test_an_ended_start_leaves_its_secrets_and_no_address(tmp_path: Path) -> None:
    env_file = tmp_path / "env"
    ensure_secrets(env_file)
    secrets = read(env_file)
    describe_start(
        env_file, {"DATABASE_URL": "postgresql://x@y/z", "DATABASE_OWNER_URL": "postgresql://o@y/z"}
    )
    assert read(env_file) == secrets | {
        "DATABASE_URL": "postgresql://x@y/z",
        "DATABASE_OWNER_URL": "postgresql://o@y/z",
    }
    describe_start(env_file, {"PUBLIC_URL": "http://127.0.0.1:9"})
    assert read(env_file) == secrets | {"PUBLIC_URL": "http://127.0.0.1:9"}
    describe_start(env_file, {})
    assert read(env_file) == secrets


def test_a_full_disk_is_noticed_before_the_database_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9 - 5 * 10**6, 5 * 10**6))
    with pytest.raises(CannotStart, match=r"has 5 MB left; 300 are needed"):
        prepare_folder(tmp_path / "var")
