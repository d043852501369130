"""Forgetting fails a test: each sabotage is done to a copy of the house, and the net it falls into is named."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COPIED = (
    "promptguard",
    "organizations",
    "audit",
    "compliance",
    "sso",
    "tests",
    "manage.py",
    "pyproject.toml",
)
MAP = "tests/house/test_doors.py::test_the_map_is_complete"

SABOTAGE = {
    "a view without permissions": (
        "promptguard/projects/views.py",
        'permissions = {"GET": P.API_KEY_READ, "PATCH": P.API_KEY_WRITE, "DELETE": P.API_KEY_WRITE}',
        'permissions = {"GET": P.API_KEY_READ}',
        MAP,
        "UndeclaredDoor",
    ),
    "a door with a weaker permission than the map says": (
        "promptguard/projects/views.py",
        'permissions = {"GET": P.API_KEY_READ, "PATCH": P.API_KEY_WRITE, "DELETE": P.API_KEY_WRITE}',
        'permissions = {"GET": P.API_KEY_READ, "PATCH": P.API_KEY_WRITE, "DELETE": P.API_KEY_READ}',
        MAP,
        "AssertionError",
    ),
    "a door missing from the map": (
        "organizations/urls.py",
        "urlpatterns: Patterns = [",
        'urlpatterns: Patterns = [\n    path("secret", members.MemberList.as_view(), name="secret-list"),',
        MAP,
        "AssertionError",
    ),
    "all_tenants in a selector": (
        "promptguard/projects/selectors.py",
        "return Project.objects.for_caller(caller)",
        "return Project.all_tenants.all()",
        "tests/house/test_sources.py::test_only_listed_functions_reach_across_tenants",
        "AssertionError",
    ),
    "a dropped audit.record": (
        "promptguard/projects/services.py",
        'record(action, caller=caller, targets=[Target("api_key", key.id)], after={"is_active": key.is_active})',
        "assert action",
        "tests/house/test_doors.py::test_every_change_is_audited[dashboard-POST api-key-toggle]",
        "AssertionError",
    ),
    "an import against the floors": (
        "organizations/selectors.py",
        "from promptguard.core.caller import Caller",
        "from promptguard.core.caller import Caller\nfrom promptguard.projects import scopes  # noqa: F401",
        "tests/house/test_sources.py::test_the_floors_hold",
        "organizations is not allowed to import promptguard.projects",
    ),
}


@pytest.mark.parametrize("name", SABOTAGE)
def test_sabotage_is_caught(name: str, tmp_path: Path) -> None:
    file, right, wrong, net, says = SABOTAGE[name]
    copy = copied_house(tmp_path / "house")
    assert run(copy, net).returncode == 0, "the net must hold before the sabotage"
    source = (copy / file).read_text()
    assert source.count(right) == 1
    (copy / file).write_text(source.replace(right, wrong))
    caught = run(copy, net)
    assert caught.returncode != 0
    assert says in caught.stdout + caught.stderr


def copied_house(target: Path) -> Path:
    ignore = shutil.ignore_patterns("__pycache__")
    target.mkdir()
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, target / name, ignore=ignore)
        elif (ROOT / name).exists():
            shutil.copy(ROOT / name, target / name)
    return target


def run(house: Path, net: str) -> subprocess.CompletedProcess[str]:
    """One test of the copy, in a process of its own, on the servers of this run."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "DJANGO"))
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", net]
    return subprocess.run(command, cwd=house, env=environment, capture_output=True, text=True, check=False)
