"""Canonical JSON: one value, one byte string.

The profile is RFC 8785 (JCS) restricted so far that sorting keys is all there is to do: ASCII keys, no
floats, integers inside ±(2^53 - 1), strings verbatim. Inside it `orjson` is byte-identical to JCS; outside it
the two differ (UTF-16 key order, `1.0`, 2^53), so the profile is enforced here, at the boundary.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import orjson

LARGEST_INTEGER = 2**53 - 1
DEEPEST_NESTING = 32

# Values that are what they are; everything else has to be looked at.
PLAIN = frozenset((str, bool, type(None)))
SCALARS, STRING = PLAIN | {int}, frozenset((str,))
ORJSON = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_STRICT_INTEGER

Json = None | bool | int | str | list[Any] | dict[str, Any]


class NotCanonical(ValueError):
    """A value outside the profile. The message names the rule and never repeats the value."""


def canonical(value: Any) -> bytes:
    """The canonical bytes of `value` (RFC 8785, restricted profile). Raises NotCanonical."""
    _check(value, 0)
    return encoded(value)


def encoded(value: Json) -> bytes:
    """The canonical bytes of what `simplify` made, which needs no second look. Raises NotCanonical."""
    try:
        return orjson.dumps(value, option=ORJSON)
    except TypeError as error:
        if "nteger" in str(error):
            raise NotCanonical("integers beyond 2^53 - 1 must be strings") from error
        raise NotCanonical("strings must be well-formed Unicode without lone surrogates") from error


def _check(value: Any, depth: int) -> None:
    """Keys, depth and kinds of values; how great an integer may be, the encoder knows."""
    kind = type(value)
    if kind is dict:
        _check_keys(value)
        value = value.values()
    elif kind is not list:
        if kind not in SCALARS:
            raise NotCanonical(f"{kind.__name__} has no canonical form")
        return
    _bound(depth + 1)
    if not SCALARS.issuperset(map(type, value)):
        for each in value:
            if type(each) not in SCALARS:
                _check(each, depth + 1)


def _check_keys(mapping: dict[Any, Any]) -> None:
    if not STRING.issuperset(map(type, mapping)) or not "".join(mapping).isascii():
        raise NotCanonical("keys must be ASCII strings")


def parse(document: bytes) -> Any:
    """The value of canonical bytes. Raises NotCanonical for duplicate keys, floats, all else outside."""
    try:
        value = json.loads(
            document.decode(),
            object_pairs_hook=_unique,
            parse_float=_no_float,
            parse_constant=_no_float,
            parse_int=_small_integer,
        )
        _check(value, 0)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise NotCanonical("not a JSON document") from error
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        raise NotCanonical("duplicate keys")
    return mapping


def _no_float(_text: str) -> Any:
    raise NotCanonical("numbers with a fraction or exponent must be strings")


def _small_integer(text: str) -> int:
    """Raises NotCanonical before anybody converts a number of a million digits."""
    value = int(text) if len(text) <= len(str(-LARGEST_INTEGER)) else LARGEST_INTEGER + 1
    if not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
        raise NotCanonical("integers beyond 2^53 - 1 must be strings")
    return value


def timestamp(moment: datetime) -> str:
    """UTC, always six digits of a second: `2026-03-01T09:30:00.000000Z`. Raises ValueError when naive."""
    if moment.tzinfo is None:
        raise ValueError("a naive datetime has no place on the time line")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def simplify(value: Any, depth: int = 0) -> Json:
    """The nearest value inside the profile: decimals, floats and great integers become strings.

    Raises NotCanonical for a type that has no honest JSON form, keys that are not ASCII, and endless nesting.
    """
    if type(value) in PLAIN:
        return value  # type: ignore[no-any-return]
    if isinstance(value, int):
        return int(value) if -LARGEST_INTEGER <= value <= LARGEST_INTEGER else str(value)
    if isinstance(value, Mapping):
        _bound(depth + 1)
        return {_simple_key(key): simplify(each, depth + 1) for key, each in value.items()}
    if isinstance(value, Enum):
        return simplify(value.value, depth)
    if isinstance(value, datetime):
        return timestamp(value)
    if isinstance(value, str | UUID | Decimal | float | date):
        return str(value)
    return _simplify_many(value, depth + 1)


def _bound(depth: int) -> None:
    if depth > DEEPEST_NESTING:
        raise NotCanonical(f"nested deeper than {DEEPEST_NESTING} levels")


def _simple_key(key: Any) -> str:
    text = str(key)
    if not text.isascii():
        raise NotCanonical("keys must be ASCII strings")
    return text


def _simplify_many(value: Any, depth: int) -> Json:
    _bound(depth)
    if isinstance(value, set | frozenset):
        return sorted((simplify(each, depth) for each in value), key=str)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [simplify(each, depth) for each in value]
    raise NotCanonical(f"{type(value).__name__} has no canonical form")


def digest(domain: bytes, *parts: bytes) -> bytes:
    """SHA-256 over a domain byte, which keeps one kind of hash from posing as another, and the parts.

    Every part but the last has a fixed width.
    """
    return hashlib.sha256(domain + b"".join(parts)).digest()


def leaf_hash(document: bytes) -> bytes:
    """SHA256(0x00 ‖ canonical bytes): the `integrity_hash` of an audit event and of an interaction."""
    return digest(b"\x00", document)


def commitment(salt: bytes, document: bytes) -> bytes:
    """SHA256(0x10 ‖ salt ‖ canonical bytes): hides the content for good once the salt is destroyed."""
    if len(salt) != 32:
        raise ValueError("a hiding commitment needs a salt of 32 bytes")
    return digest(b"\x10", salt, document)
