"""The text of an API key: `pg_live_<public id>_<secret><checksum>`.

The public id finds the row, the secret (190 random bits) is kept as SHA-256 only, and the checksum lets
anybody, a secret scanner included, tell a key from noise without asking us.
"""

import re
import secrets
import string
import zlib
from dataclasses import dataclass

ALPHABET = string.ascii_letters + string.digits
ID_LENGTH, SECRET_LENGTH, CHECKSUM_LENGTH = 10, 32, 6
SHAPE = re.compile(
    rf"pg_live_([A-Za-z0-9]{{{ID_LENGTH}}})_([A-Za-z0-9]{{{SECRET_LENGTH + CHECKSUM_LENGTH}}})\Z"
)


@dataclass(frozen=True, slots=True)
class KeyText:
    """`text` is shown once; `public_id` and `prefix` may be shown for ever."""

    public_id: str
    text: str

    @property
    def prefix(self) -> str:
        return f"pg_live_{self.public_id}"


def generate_key(public_id: str = "") -> KeyText:
    """A new key; a rotated one keeps its `public_id`, and so its name in every log."""
    public_id, secret = public_id or _random(ID_LENGTH), _random(SECRET_LENGTH)
    body = f"pg_live_{public_id}_{secret}"
    return KeyText(public_id, body + checksum(body))


def parse_key(text: str) -> KeyText | None:
    """The key in `text`, or None when it has not our shape or its checksum is off."""
    match = SHAPE.match(text)
    if match is None or checksum(text[:-CHECKSUM_LENGTH]) != text[-CHECKSUM_LENGTH:]:
        return None
    return KeyText(match[1], text)


def checksum(body: str) -> str:
    """CRC-32 in base 62, six characters."""
    value, digits = zlib.crc32(body.encode()), []
    for _ in range(CHECKSUM_LENGTH):
        value, digit = divmod(value, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
