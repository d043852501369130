"""Which environment variables the code reads, found by reading the code itself."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("promptguard", "organizations", "audit")
EXAMPLE = ROOT / "docker" / ".env.example"
UNKNOWN = object()


def sources() -> list[Path]:
    return [ROOT / "manage.py", *(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))]


@cache
def variables_read() -> dict[str, set[object]]:
    """Each variable with the defaults it is read with; UNKNOWN stands for one that is computed."""
    found: dict[str, set[object]] = {}
    for path in sources():
        for name, default in _reads(ast.parse(path.read_text())):
            found.setdefault(name, set()).add(default)
    found.pop("DJANGO_SETTINGS_MODULE", None)
    return found


def _reads(tree: ast.AST) -> Iterator[tuple[str, object]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_reader(ast.unparse(node.func)) and node.args:
            default = next((word.value for word in node.keywords if word.arg == "default"), None)
            default = node.args[1] if len(node.args) > 1 else default
            yield from ((name, _literal(default)) for name in _name(node.args[0]))
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            yield from ((name, UNKNOWN) for name in _name(node.slice))
        elif isinstance(node, ast.Compare) and ast.unparse(node.comparators[0]) == "os.environ":
            yield from ((name, UNKNOWN) for name in _name(node.left))


def _is_reader(function: str) -> bool:
    return bool(re.fullmatch(r"env(\.\w+)?|os\.environ\.(get|setdefault)|os\.getenv", function))


def _name(node: ast.expr) -> list[str]:
    is_name = isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isupper()
    return [str(node.value)] if is_name and isinstance(node, ast.Constant) else []


def _literal(node: ast.expr | None) -> object:
    try:
        value = None if node is None else ast.literal_eval(node)
    except ValueError:
        return UNKNOWN
    return ",".join(value) if isinstance(value, list) else value


def documented() -> dict[str, tuple[str, str]]:
    """Each variable of `.env.example` with the value shown and the comment above it."""
    found: dict[str, tuple[str, str]] = {}
    comment: list[str] = []
    for line in EXAMPLE.read_text().splitlines():
        if entry := re.fullmatch(r"#?([A-Z][A-Z0-9_]*)=(.*)", line):
            found[entry[1]] = (entry[2], " ".join(comment))
        comment = [*comment, line.removeprefix("# ")] if line.startswith("# ") else []
    return found
