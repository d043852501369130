"""What directories say that the standard does not: Entra ID's capitals, texts for booleans, dotted keys, and removals
by value; everybody's attributes that we do not keep. What is none of these passes untouched.
"""

from typing import Any

import orjson
from scim2_models.base import BaseModel

from sso.scim.kept import is_kept, kept, part_at

BOOLEANS = {"true": True, "false": False}
MOST_OPERATIONS = 1000


def as_the_standard_has_it(body: Any, ours: type[BaseModel]) -> Any:
    """A resource of ours, or a PatchOp on one, as RFC 7644 spells it; None for a PatchOp about what we do not keep."""
    if not isinstance(body, dict):
        return body
    operations = next((body[key] for key in body if key.lower() == "operations"), None)
    if not isinstance(operations, list):
        return kept({key: _spelled(key, value) for key, value in body.items()}, ours)
    rest = {key: value for key, value in body.items() if key.lower() != "operations"}
    found = [each for raw in operations[:MOST_OPERATIONS] for each in _operations(raw, ours)]
    return None if operations and not found else rest | {"Operations": found}


def _operations(raw: Any, ours: type[BaseModel]) -> list[Any]:
    """What one operation means; none when it is about what we do not keep."""
    if not isinstance(raw, dict):
        return [raw]
    operation = dict(raw)
    if isinstance(operation.get("op"), str):
        operation["op"] = operation["op"].lower()
    path, value = operation.get("path"), operation.get("value")
    if not path and isinstance(value, dict):
        # Each key is a path: `{"name.givenName": "A"}`.
        pairs = [(str(key), each) for key, each in value.items() if key != "schemas"]
        return [each for key, part in pairs for each in _at(operation, key, part, ours)]
    return _at(operation, path, value, ours) if isinstance(path, str) else [operation]


def _at(operation: dict[str, Any], path: str, value: Any, ours: type[BaseModel]) -> list[Any]:
    if not is_kept(path, ours):
        return []
    operation = operation | {"path": path}
    if operation.get("op") == "remove":
        return _removals(operation, path, value)
    return [operation | {"value": kept(_spelled(path, value), part_at(path, ours))}]


def _removals(operation: dict[str, Any], path: str, value: Any) -> list[Any]:
    """Entra names the members to remove in the value; the standard would then remove all of them."""
    plain = {key: each for key, each in operation.items() if key != "value"}
    if value is None or path.lower() != "members":
        return [plain]
    named = value if isinstance(value, list) else [value]
    ids = [each.get("value") if isinstance(each, dict) else each for each in named]
    return [plain | {"path": f"members[value eq {orjson.dumps(str(each)).decode()}]"} for each in ids]


def _spelled(path: str, value: Any) -> Any:
    """`active` as text, perhaps wrapped in a list of one."""
    if path.lower() != "active":
        return value
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        value = value[0].get("value")
    return BOOLEANS.get(value.lower(), value) if isinstance(value, str) else value
