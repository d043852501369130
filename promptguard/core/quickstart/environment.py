"""The folder `var/`, and the file `var/env` that `promptguard.settings` reads when it lies there."""

import base64
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from promptguard.core.quickstart.failure import CannotStart

# A new database takes 40 MB; below this PostgreSQL would stop in the middle of something.
ENOUGH_BYTES = 300_000_000


def prepare_folder(folder: Path) -> None:
    """Make `folder` for this user only. Raises CannotStart when it cannot be written or the disk is full."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        close_to_others(folder)
        probe = folder / ".writable"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise CannotStart(f"{folder} cannot be written: {error.strerror}") from error
    if (free := shutil.disk_usage(folder).free) < ENOUGH_BYTES:
        raise CannotStart(
            f"the disk of {folder} has {free // 10**6} MB left; {ENOUGH_BYTES // 10**6} are needed"
        )


def close_to_others(folder: Path) -> None:
    """Only this user may look into `folder`. As root the database runs as another user, who must pass through."""
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)


def ensure_secrets(env_file: Path) -> None:
    """Write the secrets once; later starts keep them, or sign-ins and stored keys would be lost."""
    variables = read(env_file)
    missing = {name: value for name, value in new_secrets().items() if name not in variables}
    if missing:
        write(env_file, variables | missing)


def new_secrets() -> dict[str, str]:
    """What belongs to the installation, not to one start: the audit log's name must not follow the port."""
    return {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "JWT_SECRET": new_key(),
        "ENCRYPTION_KEY": new_key(),
        "AUDIT_ORIGIN": f"promptguard.local/{secrets.token_hex(4)}",
    }


def new_key() -> str:
    """A keyring of one key: `id:base64(32 bytes)`."""
    return f"k{secrets.token_hex(3)}:{base64.b64encode(secrets.token_bytes(32)).decode()}"


def describe_start(env_file: Path, variables: Mapping[str, str]) -> None:
    """Let `manage.py` in another terminal see this start as its own processes do; with none, forget it.

    Forgetting matters: a stale owner's URL would be combined with a DATABASE_URL given by hand.
    """
    kept = {name: value for name, value in read(env_file).items() if name in new_secrets()}
    write(env_file, {**kept, **variables})


def read(env_file: Path) -> dict[str, str]:
    if not env_file.exists():
        return {}
    lines = env_file.read_text().splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def write(env_file: Path, variables: Mapping[str, str]) -> None:
    text = "# Written by `make run`. Whoever reads this can sign in as anybody: keep it here.\n"
    write_private(env_file, text + "".join(f"{name}={value}\n" for name, value in variables.items()))


def write_private(path: Path, text: str) -> None:
    """Replace `path` in one motion, readable by this user only. Raises CannotStart."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write(text)
        draft.replace(path)
    except OSError as error:
        raise CannotStart(f"{path} cannot be written: {error.strerror}") from error
