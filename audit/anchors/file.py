"""The default sink: an append-only file, meant for another volume, another machine or a write-once mount."""

import fcntl
import hashlib
import os
from pathlib import Path
from typing import Any


class FileSink:
    """One JSON line for each anchor: the global note and the tenants' notes that joined."""

    name = "file"

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)

    def publish(self, record: Any) -> bytes:
        """Append durably; the receipt is the SHA-256 of the line."""
        line = record.line()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        with os.fdopen(descriptor, "ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        return hashlib.sha256(line).digest()
