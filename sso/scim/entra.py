"""What Entra ID sends that the standard does not know: texts for booleans, dotted keys, paths with a filter by value.

Each rule names the shape it answers to; everything else passes untouched.
"""

from typing import Any

BOOLEANS = {"true": True, "false": False}
MOST_OPERATIONS = 1000


def as_the_standard_has_it(body: Any) -> Any:
    """A resource or a PatchOp as RFC 7644 spells it."""
    if not isinstance(body, dict):
        return body
    operations = next((body[key] for key in body if key.lower() == "operations"), None)
    if not isinstance(operations, list):
        return _resource(body)
    rest = {key: value for key, value in body.items() if key.lower() != "operations"}
    return rest | {"Operations": [each for raw in operations[:MOST_OPERATIONS] for each in _operations(raw)]}


def _resource(body: dict[str, Any]) -> dict[str, Any]:
    return {key: _boolean(value) if key.lower() == "active" else value for key, value in body.items()}


def _boolean(value: Any) -> Any:
    return BOOLEANS.get(value.lower(), value) if isinstance(value, str) else value


def _operations(raw: Any) -> list[Any]:
    """One operation; a path-less one with a map becomes one for each key: `{"name.givenName": "A"}`."""
    if not isinstance(raw, dict):
        return [raw]
    operation = dict(raw)
    if isinstance(operation.get("op"), str):
        operation["op"] = operation["op"].lower()
    path, value = operation.get("path"), operation.get("value")
    if not path and isinstance(value, dict):
        return [
            operation | {"path": key, "value": _value(key, each)}
            for key, each in value.items()
            if key != "schemas"
        ]
    if isinstance(path, str):
        operation["value"] = _value(path, value)
        if operation["value"] is None and operation.get("op") == "remove":
            operation.pop("value")
    return [operation]


def _value(path: str, value: Any) -> Any:
    """`active` as text; a manager or an address wrapped in a list of one."""
    if path.lower() != "active":
        return value
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        value = value[0].get("value")
    return _boolean(value)
