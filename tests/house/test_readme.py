"""README stays true: its tables are compared with the code."""

import re
import tomllib
from pathlib import Path

from organizations.roles import MATRIX, Role
from promptguard.core.permissions import Permission

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def table(heading: str) -> list[list[str]]:
    """The cells of the first table below `heading`, without its two header rows."""
    section = README.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def test_the_roles_are_the_matrix() -> None:
    told = {
        row[0].strip("`"): [role for role, cell in zip(Role, row[1:], strict=True) if cell]
        for row in table("Roles")
    }
    assert told == {
        str(permission): [role for role in Role if permission in MATRIX[role]]
        for permission in Permission
        if any(permission in allowed for allowed in MATRIX.values())
    }


def test_the_targets_are_the_makefile_s() -> None:
    told = {row[0].strip("`").removeprefix("make ") for row in table("Two commands")}
    real = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert told == real - {"help"}


def test_the_floors_are_the_linter_s() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = [re.findall(r"[\w.]+", layer) for layer in contracts[0]["layers"]]
    told = [re.findall(r"`([\w.]+)`", row[1]) for row in table("The floors")]
    present = [[room for room in layer if (ROOT / room.replace(".", "/")).exists()] for layer in layers]
    assert [set(rooms) - {"promptguard.urls"} for rooms in told] == [set(rooms) for rooms in present if rooms]
