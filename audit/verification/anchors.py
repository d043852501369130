"""What was handed to others, read back: the only evidence that somebody who owns our database cannot rewrite."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from audit.models import GLOBAL_LOG_ID
from audit.promptguard_verify import Keyring, Report, pinned_by_anchors, read_anchors
from audit.verification.keys import keyring


class AnchorEvidence:
    """The notes of an anchor file by organization, and what is wrong with the file itself (`report`)."""

    def __init__(self, lines: Sequence[str], pinned: Sequence[str] = (), missing: bool = False) -> None:
        self.report = Report(GLOBAL_LOG_ID)
        self.lines = lines
        self.keys: Keyring = keyring(list(pinned) or pinned_by_anchors(lines))
        self._notes = read_anchors(lines, self.report, self.keys)
        if missing:
            self.report.add("anchor-missing", 0, 0, "the anchors asked for cannot be read")

    @classmethod
    def from_file(cls, path: str, pinned: Sequence[str] = (), *, required: bool = False) -> "AnchorEvidence":
        """The evidence in `path`, a file or `s3://BUCKET`; one that is not there is a finding only where it is `required`."""
        try:
            return cls(_lines(path), pinned)
        except (OSError, UnicodeDecodeError):
            return cls([], pinned, missing=required)

    def notes(self, organization_id: UUID) -> list[str]:
        found: list[str] = self._notes.get(str(organization_id), [])
        return found

    def organizations(self) -> list[UUID]:
        return [UUID(text) for text in self._notes]


def _lines(path: str) -> list[str]:
    """Raises OSError."""
    bucket = path.removeprefix("s3://")
    if bucket == path:
        return Path(path).read_text().rstrip("\n").split("\n")
    from audit.anchors.s3 import ObjectLockSink, Unreachable

    try:
        return ObjectLockSink(bucket).lines()
    except Unreachable as error:
        raise OSError("the bucket cannot be read") from error
