"""Which attributes of RFC 7643 we keep, and taking the others out of what a directory sends.

Directories send everything they know. An attribute that is refused would stop the whole person from being
synchronised, so what the standard defines and we announce nowhere is passed over; what nobody defines is not.
"""

from functools import cache
from typing import Any

import scim2_models
from scim2_models.base import BaseModel

from sso.scim import resources

STANDARD: dict[type[BaseModel], type[BaseModel]] = {
    resources.User: scim2_models.User,
    resources.Group: scim2_models.Group,
    resources.Name: scim2_models.Name,
    resources.Email: scim2_models.Email,
    resources.Member: scim2_models.GroupMember,
}


@cache
def _fields(model: type[BaseModel]) -> dict[str, str]:
    """The field of each attribute, by the attribute's name in lower case."""
    return {(field.serialization_alias or name).lower(): name for name, field in model.model_fields.items()}


def _is_passed_over(name: str, ours: type[BaseModel]) -> bool:
    return name.lower() in _fields(STANDARD[ours]) and name.lower() not in _fields(ours)


def _part(name: str, ours: type[BaseModel]) -> type[BaseModel] | None:
    """The type of a complex attribute."""
    field = _fields(ours).get(name.lower())
    found = ours.get_field_root_type(field) if field else None
    return found if isinstance(found, type) and found in STANDARD else None


def kept(value: Any, ours: type[BaseModel] | None) -> Any:
    """A resource, or the value of a complex attribute, with nothing in it that we do not keep."""
    if ours is None:
        return value
    if isinstance(value, list):
        return [kept(each, ours) for each in value]
    if not isinstance(value, dict):
        return value
    left = {
        name: kept(each, _part(str(name), ours))
        for name, each in value.items()
        if not _is_dropped(name, ours)
    }
    if issubclass(ours, scim2_models.Resource) and isinstance(left.get("schemas"), list):
        left["schemas"] = [each for each in left["schemas"] if not _is_extension(each, ours)]
    return left


def _is_dropped(name: Any, ours: type[BaseModel]) -> bool:
    text = str(name)
    return _is_passed_over(text, ours) or (text.lower().startswith("urn:") and _is_extension(text, ours))


def _is_extension(name: Any, ours: type[BaseModel]) -> bool:
    """A schema, or an attribute by its full name, that is not of the resource's own schema."""
    return isinstance(name, str) and not name.lower().startswith(_schema(ours).lower())


def _schema(ours: type[BaseModel]) -> str:
    return str(getattr(ours, "__schema__", ""))


def is_kept(path: str, ours: type[BaseModel]) -> bool:
    """Whether a PATCH path leads to something that we keep, or that nobody defines and we shall refuse."""
    if path.lower().startswith("urn:"):
        if _is_extension(path, ours):
            return False
        path = path[len(_schema(ours)) + 1 :]
    name, bracket, rest = path.partition("[")
    if bracket:
        part = rest.rpartition("]")[2].removeprefix(".")
    else:
        name, _, part = path.partition(".")
    inner = _part(name, ours)
    return not _is_passed_over(name, ours) and not (part and inner and _is_passed_over(part, inner))


def part_at(path: str, ours: type[BaseModel]) -> type[BaseModel] | None:
    """The type of the values at a plain path such as `members` or `emails[type eq "work"]`."""
    return _part(path.partition("[")[0], ours)
