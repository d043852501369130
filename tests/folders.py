"""Folders for an embedded PostgreSQL.

Not pytest's `tmp_path`: as root the server runs as another user, and every pytest that starts shuts others out of the
folder that all `tmp_path` lie in.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def open_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="promptguard-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
