"""Sealed values open only in their place, under a key of the ring."""

import base64

import pytest
from django.conf import LazySettings
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from promptguard.core.configuration import keyring
from promptguard.core.crypto import SealBroken, open_sealed, seal

OLD, NEW = bytes(range(32)), bytes(range(32, 64))


@given(st.binary(max_size=2000), st.binary(max_size=50))
def test_what_was_sealed_opens_in_its_place(plaintext: bytes, place: bytes) -> None:
    assert open_sealed(seal(plaintext, place), place) == plaintext


@given(st.data())
def test_every_altered_byte_is_noticed(data: st.DataObject) -> None:
    sealed = bytearray(seal(b"a secret", b"row 1"))
    index = data.draw(st.integers(0, len(sealed) - 1))
    sealed[index] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealBroken):
        open_sealed(bytes(sealed), b"row 1")


def test_a_value_moved_to_another_row_does_not_open() -> None:
    with pytest.raises(SealBroken):
        open_sealed(seal(b"a secret", b"row 1"), b"row 2")


@pytest.mark.parametrize("junk", [b"", b"\x01", b"\x01\x04test", b"\x02" + bytes(40), bytes(60)])
def test_junk_is_refused(junk: bytes) -> None:
    with pytest.raises(SealBroken):
        open_sealed(junk, b"")


def test_rotation_keeps_old_values_readable(settings: LazySettings) -> None:
    settings.ENCRYPTION_KEYS = {"old": OLD}
    sealed = seal(b"a secret", b"")
    settings.ENCRYPTION_KEYS = {"new": NEW, "old": OLD}
    assert open_sealed(sealed, b"") == b"a secret"
    assert seal(b"x", b"")[2:5] == b"new"
    settings.ENCRYPTION_KEYS = {"new": NEW}
    with pytest.raises(SealBroken):
        open_sealed(sealed, b"")


def test_a_keyring_is_parsed_in_order() -> None:
    text = f"new:{base64.b64encode(NEW).decode()}, old:{base64.b64encode(OLD).decode()}"
    assert list(keyring(text, size=32).items()) == [("new", NEW), ("old", OLD)]


@pytest.mark.parametrize(
    "text", ["", "short:AAAA", "nokey", ":" + base64.b64encode(OLD).decode(), "a:not base64!"]
)
def test_a_bad_keyring_is_one_clear_error(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="keyring"):
        keyring(text, size=32)
