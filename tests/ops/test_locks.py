"""The lock files: made on one Python, used on every one that we promise to run on."""

import re
from collections.abc import Iterator
from importlib.metadata import distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.ops.environment import ROOT

PYTHONS = ("3.11.0", "3.12.0", "3.13.0", "3.14.0")
PLATFORMS = (
    {"sys_platform": "linux", "platform_system": "Linux"},
    {"sys_platform": "darwin", "platform_system": "Darwin"},
)


def pins(lock: str) -> set[str]:
    return set(re.findall(r"^[\w.-]+==[\w.]+", (ROOT / lock).read_text(), re.MULTILINE))


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt", "tests/e2e/requirements.txt"])
def test_every_pin_is_checked_by_hash_and_no_host_is_named(lock: str) -> None:
    text = (ROOT / lock).read_text()
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert entries
    assert all(re.match(r"[\w.-]+==\S+ ", entry) and "--hash=sha256:" in entry for entry in entries)
    assert "://" not in text


def test_the_runtime_lock_is_part_of_the_whole() -> None:
    assert pins("requirements.txt") <= pins("requirements-dev.txt")


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_the_lock_is_complete_on_every_python_and_platform(lock: str) -> None:
    """A requirement that only older or newer Pythons have is easily missing from a lock made on this one."""
    locked = {canonicalize_name(pin.partition("==")[0]) for pin in pins(lock)}
    wanted = {(name, needed) for name in locked for needed in requirements(name)}
    assert sorted((name, needed) for name, needed in wanted if needed not in locked) == []


def requirements(name: str) -> Iterator[str]:
    for text in distribution(name).requires or ():
        requirement = Requirement(text)
        if any(applies(requirement, version, platform) for version in PYTHONS for platform in PLATFORMS):
            yield canonicalize_name(requirement.name)


def applies(requirement: Requirement, version: str, platform: dict[str, str]) -> bool:
    python = {"python_full_version": version, "python_version": version.rpartition(".")[0], "extra": ""}
    return requirement.marker is None or requirement.marker.evaluate({**platform, **python})
