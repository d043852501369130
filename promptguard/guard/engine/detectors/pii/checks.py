"""Checksums and plausibility rules for identifiers; the arithmetic of each country's number comes from
python-stdnum. Each answers for any text, also for a fragment of a value.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from functools import cache
from importlib import import_module

Check = Callable[[str], bool]
_NO_DIGIT = re.compile("[^0-9]+")
# Twice a digit, and the sum of its digits where there are two.
_DOUBLED = str.maketrans("0123456789", "0246813579")
_DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+")
_CARD_PREFIX = re.compile(r"4|5[0-8]|2[2-7]|3[0-9]|6|1800|2131")
_SSN_ADVERTISED = frozenset({"078051120", "219099999", "457555462"})


def digits(value: str) -> str:
    """The decimal digits of a value."""
    return _NO_DIGIT.sub("", value)


def is_varied(value: str) -> bool:
    """False for runs such as 000000000, which are fillers and not identifiers."""
    return len(set(digits(value))) > 2 or (not digits(value) and len(set(value)) > 2)


@cache
def _module(name: str) -> Check:
    check: Check = import_module(f"stdnum.{name}").is_valid
    return check


def stdnum(name: str) -> Check:
    """Validity by python-stdnum's module `name`, imported at first use."""

    def check(value: str) -> bool:
        return is_varied(value) and _module(name)(value)

    return check


def credit_card(value: str) -> bool:
    """ISO/IEC 7812: an issuer prefix in use, 12 to 19 digits, Luhn."""
    number = digits(value)
    return (
        12 <= len(number) <= 19
        and len(set(number)) > 1
        and bool(_CARD_PREFIX.match(number))
        and passes_luhn(number)
    )


def passes_luhn(number: str) -> bool:
    """ISO/IEC 7812-1 annex B over decimal digits."""
    return (sum(map(int, number[::-2])) + sum(map(int, number[-2::-2].translate(_DOUBLED)))) % 10 == 0


def ssn(value: str) -> bool:
    """SSA: no area 000, 666 or 900-999, no group 00, no serial 0000, not one of the advertised samples."""
    number = digits(value)
    area, group, serial = number[:3], number[3:5], number[5:]
    plausible = (
        len(number) == 9
        and area not in ("000", "666")
        and area < "900"
        and group != "00"
        and serial != "0000"
    )
    return plausible and number not in _SSN_ADVERTISED and is_varied(number)


def itin(value: str) -> bool:
    """IRS: begins with 9, group 50-65, 70-88, 90-92 or 94-99."""
    number = digits(value)
    if len(number) != 9 or number[0] != "9":
        return False
    group = int(number[3:5])
    return 50 <= group <= 65 or 70 <= group <= 88 or 90 <= group <= 92 or 94 <= group <= 99


def ipv4(value: str) -> bool:
    """A dotted quad other than the unspecified, loopback and broadcast addresses."""
    try:
        address = ipaddress.IPv4Address(value)
    except ValueError:
        return False
    return not (address.is_loopback or address.is_unspecified or value.startswith("255."))


def ipv6(value: str) -> bool:
    """RFC 4291 text form with at least three groups."""
    try:
        address = ipaddress.IPv6Address(value)
    except ValueError:
        return False
    return value.count(":") >= 3 and not (address.is_loopback or address.is_unspecified)


def nanp(value: str) -> bool:
    """North American plan: area and exchange begin with 2-9 and are not service codes."""
    number = digits(value)[-10:]
    return len(number) == 10 and number[0] in "23456789" and number[3] in "23456789" and is_varied(number)


def phone(value: str) -> bool:
    """A plausible subscriber number: ITU-T E.164 allows at most 15 digits."""
    return 7 <= len(digits(value)) <= 15 and is_varied(value)


@cache
def _subscriber_lengths(country: str) -> tuple[frozenset[int], str]:
    """Digits that numbers under a country code can have, and its trunk prefix; no lengths for a code not in use."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

    regions = COUNTRY_CODE_TO_REGION_CODE.get(int(country))
    metadata = regions and PhoneMetadata.metadata_for_region_or_calling_code(int(country), regions[0])
    if not metadata or metadata.general_desc is None:
        return frozenset(), ""
    described = metadata.general_desc
    lengths = frozenset((*described.possible_length, *described.possible_length_local_only))
    return lengths, metadata.national_prefix or ""


def international_phone(value: str) -> bool:
    """E.164 with a country code and length that are in use; a trunk prefix after the code may stand there."""
    number = digits(value)
    if not number or number.startswith("0"):
        return False
    for end in (1, 2, 3):
        # No country code is the beginning of another.
        lengths, trunk = _subscriber_lengths(number[:end])
        if lengths:
            size = len(number) - end
            with_trunk = bool(trunk) and number.startswith(trunk, end)
            return size in lengths or (with_trunk and size - len(trunk) in lengths)
    return False


def has_digits(minimum: int) -> Check:
    """At least `minimum` digits."""
    return lambda value: len(digits(value)) >= minimum


def coordinates(value: str) -> bool:
    """Latitude within 90 and longitude within 180 degrees."""
    parts = [float(part) for part in _DECIMAL.findall(value)]
    return len(parts) == 2 and abs(parts[0]) <= 90 and abs(parts[1]) <= 180


def dea(value: str) -> bool:
    """Two letters, then seven digits whose last is the check digit."""
    number = [int(char) for char in digits(value)]
    return len(number) == 7 and (sum(number[0:5:2]) + 2 * sum(number[1:6:2])) % 10 == number[6]


def npi(value: str) -> bool:
    """CMS: Luhn over the number with the prefix 80840."""
    return passes_luhn("80840" + digits(value))


def aba(value: str) -> bool:
    """ABA routing checksum 3-7-1."""
    number = [int(char) for char in digits(value)]
    return (
        len(number) == 9
        and sum(w * n for w, n in zip((3, 7, 1) * 3, number, strict=True)) % 10 == 0
        and any(number)
    )


def luhn_digits(value: str) -> bool:
    """Luhn over the digits."""
    return is_varied(value) and passes_luhn(digits(value))


def email(value: str) -> bool:
    """RFC 5321 limits: local part at most 64 octets; no doubled or leading dots."""
    local, _, domain = value.rpartition("@")
    return 0 < len(local) <= 64 and ".." not in value and local[0] != "." and not domain.startswith("-")
