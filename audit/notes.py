"""C2SP signed notes (c2sp.org/signed-note) and the checkpoints written in them (c2sp.org/tlog-checkpoint)."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from promptguard.core.canonical import timestamp

ED25519 = b"\x01"


class MalformedNote(ValueError):
    """Not a signed note, or not the checkpoint it should be."""


def key_id(name: str, public: bytes) -> bytes:
    """The first four bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key)."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


@dataclass(frozen=True, slots=True)
class VerifierKey:
    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        return key_id(self.name, self.public)

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"

    def has_signed(self, note: str) -> bool:
        body, signatures = split(note)
        signature = signatures.get((self.name, self.id))
        if signature is None:
            return False
        return accepts(self.public, body.encode(), signature)


def accepts(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is `public`'s Ed25519 signature of `message`."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key pair; the seed never leaves the process that seals."""

    name: str
    seed: bytes

    @property
    def verifier(self) -> VerifierKey:
        public = self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return VerifierKey(self.name, public)

    @property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def sign(self, body: str) -> str:
        """The signed note of `body`, which must end in a newline. Raises MalformedNote."""
        if not body.endswith("\n"):
            raise MalformedNote("the text of a note ends in a newline")
        signature = base64.b64encode(self.verifier.id + self._private.sign(body.encode())).decode()
        return f"{body}\n— {self.name} {signature}\n"

    def __repr__(self) -> str:
        return f"SigningKey({self.name!r})"


def split(note: str) -> tuple[str, dict[tuple[str, bytes], bytes]]:
    """The signed text, and the signatures by (key name, key id). Raises MalformedNote."""
    body, blank, tail = note.rpartition("\n\n")
    if not blank or not tail.endswith("\n"):
        raise MalformedNote("a note is a text, an empty line and signatures")
    signatures = {}
    for line in tail[:-1].split("\n"):
        dash, name, encoded = (line.split(" ") + ["", ""])[:3]
        raw = _unbase64(encoded)
        if dash != "—" or not name or len(raw) < 5:
            raise MalformedNote("a signature line is `— name base64`")
        signatures[name, raw[:4]] = raw[4:]
    return body + "\n", signatures


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise MalformedNote("not base64") from error


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`size` leaves with `root`; `head` is the last link; `at` the moment of signing, `timestamp` format."""

    origin: str
    size: int
    root: bytes
    head: bytes
    at: str

    def body(self) -> str:
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\nhead {self.head.hex()}\ntime {self.at}\n"


def checkpoint(origin: str, size: int, root: bytes, head: bytes, at: datetime) -> Checkpoint:
    return Checkpoint(origin, size, root, head, timestamp(at))


def parse_checkpoint(note: str) -> Checkpoint:
    """The checkpoint in a signed note; the signature is not looked at. Raises MalformedNote."""
    body, _signatures = split(note)
    lines = body.split("\n")
    if len(lines) != 6 or not lines[1].isdecimal() or lines[3][:5] != "head " or lines[4][:5] != "time ":
        raise MalformedNote("a checkpoint has origin, size, root, head and time")
    try:
        head = bytes.fromhex(lines[3][5:])
    except ValueError as error:
        raise MalformedNote("the head is not hexadecimal") from error
    return Checkpoint(lines[0], int(lines[1]), _unbase64(lines[2]), head, lines[4][5:])
