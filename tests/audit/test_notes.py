"""Signed notes: what we sign, `cryptography` and the pure Python of the offline verifier both accept, and nothing else."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.notes import MalformedNote, SigningKey, VerifierKey, parse_checkpoint, split
from audit.promptguard_verify import ORDER, Keyring, ed25519_valid, split_notes

KEY = SigningKey("audit.example/audit", bytes(range(32)))

# RFC 8032, section 7.1: tests 1 to 3.
RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_the_vectors_of_rfc_8032(public: str, message: str, signature: str) -> None:
    key, text, signed = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    assert ed25519_valid(key, text, signed)
    assert not ed25519_valid(key, text + b"x", signed)


@given(st.binary(max_size=200), st.integers(0, 511))
@settings(max_examples=20, deadline=None)
def test_one_flipped_bit_is_enough(message: bytes, bit: int) -> None:
    note = KEY.sign(message.hex() + "\n")
    body, signatures = split(note)
    (signature,) = signatures.values()
    flipped = bytearray(signature)
    flipped[bit // 8] ^= 1 << bit % 8
    public = KEY.verifier.public
    assert ed25519_valid(public, body.encode(), signature)
    assert not ed25519_valid(public, body.encode(), bytes(flipped))


def test_a_signature_has_one_spelling() -> None:
    """s + L verifies in a careless implementation (RFC 8032 5.1.7 forbids it)."""
    body, signatures = split(KEY.sign("text\n"))
    (signature,) = signatures.values()
    again = signature[:32] + (int.from_bytes(signature[32:], "little") + ORDER).to_bytes(32, "little")
    assert not ed25519_valid(KEY.verifier.public, body.encode(), again)


def test_a_note_is_bound_to_its_key_and_text() -> None:
    note = KEY.sign("origin\n5\n")
    assert KEY.verifier.has_signed(note)
    assert not KEY.verifier.has_signed(note.replace("5", "6"))
    assert not SigningKey("audit.example/audit", os.urandom(32)).verifier.has_signed(note)
    assert not VerifierKey("other.example/audit", KEY.verifier.public).has_signed(note)


def test_the_text_form_of_a_key_pins_it() -> None:
    keys = Keyring(pinned=[str(KEY.verifier)])
    assert keys.signer(KEY.sign("text\n"))
    assert keys.signer(SigningKey(KEY.name, os.urandom(32)).sign("text\n")) is None


@pytest.mark.parametrize(
    "text", ["", "\n\n", "text\n", "text\n\n- name AAAA\n", "text\n\n— name AA==\n", "text\n\n— name *\n"]
)
def test_malformed_notes_are_refused(text: str) -> None:
    with pytest.raises(MalformedNote):
        split(text)
    assert Keyring(pinned=[str(KEY.verifier)]).signer(text) is None


@pytest.mark.parametrize(
    "body",
    ["o\nx\nAAAA\nhead 00\ntime t\n", "o\n1\n*\nhead 00\ntime t\n", "o\n1\nAAAA\nhead zz\ntime t\n", "o\n"],
)
def test_malformed_checkpoints_are_refused(body: str) -> None:
    with pytest.raises(MalformedNote):
        parse_checkpoint(KEY.sign(body))


def test_a_file_of_notes_is_taken_apart() -> None:
    notes = [KEY.sign(f"text {index}\n\nwith an empty line\n") for index in range(3)]
    assert split_notes("\n".join(notes)) == notes


def test_a_signing_key_does_not_print_its_seed() -> None:
    assert KEY.seed.hex() not in repr(KEY) and str(KEY.seed) not in repr(KEY)
