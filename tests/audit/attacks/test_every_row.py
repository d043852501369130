"""The table has no hole: each row of the design, 00 to 50, is a test that can be found by its number."""

import ast
import re
from collections import defaultdict
from pathlib import Path

from tests.audit.attacks.test_00_27_tampering import TABLE

ROW = re.compile(r"test_(\d\d)_")


def places() -> dict[str, set[str]]:
    """Row -> the modules whose test functions, or cases of the first module's table, bear its number."""
    found = defaultdict(set, {name[:2]: {"test_00_27_tampering"} for name in TABLE})
    for path in Path(__file__).parent.glob("test_*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and (match := ROW.match(node.name)):
                found[match[1]].add(path.stem)
    return found


def test_every_row_has_its_test_in_one_module() -> None:
    assert {row: len(modules) for row, modules in places().items()} == {
        f"{number:02}": 1 for number in range(51)
    }
