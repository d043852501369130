"""The ZIP: JSON Lines with CSV twins, a manifest of hashes, and a page for people."""

import hashlib
import shutil
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from compliance.export.gathering import Gathering
from compliance.export.sections import coverage
from compliance.subjects import EndUser, Subject, WholeOrganization
from promptguard.core.privacy import declared

SCHEMA_VERSION = 2
BLOCK = 1 << 20


def write_package(subject: Subject, target: Path) -> int:
    """Gather and pack in one go, for whoever waits for it; the number of rows."""
    folder = target.with_name(f"{target.name}.work")
    try:
        gathering = Gathering(subject, folder)
        gathering.run(lambda: None)
        return pack(subject, gathering, target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def pack(
    subject: Subject, gathering: Gathering, target: Path, alive: Callable[[], None] = lambda: None
) -> int:
    """Make the ZIP of what was gathered; the number of rows. `alive` is called now and then, and may raise."""
    hashes: dict[str, str] = {}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in gathering.files():
            hashes[name] = _copy(archive, name, path, alive)
        _write(archive, "article-15.json", _indented(article_15(subject)), hashes)
        _write(archive, "README.txt", readme(subject).encode(), hashes)
        manifest = {
            "schema_version": SCHEMA_VERSION,
            "generated_at": datetime.now(UTC),
            "about": type(subject).__name__,
            "rows": gathering.rows,
            "models": coverage(subject),
            "sha256": hashes,
        }
        archive.writestr("manifest.json", _indented(manifest))
    return sum(gathering.rows.values())


def _copy(archive: zipfile.ZipFile, name: str, path: Path, alive: Callable[[], None]) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as target:
        while block := source.read(BLOCK):
            digest.update(block)
            target.write(block)
            alive()
    return digest.hexdigest()


def _write(archive: zipfile.ZipFile, name: str, content: bytes, hashes: dict[str, str]) -> None:
    hashes[name] = hashlib.sha256(content).hexdigest()
    archive.writestr(name, content)


def _indented(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2)


def article_15(subject: Subject) -> list[dict[str, Any]]:
    """What a copy of the data comes with: purposes, and what happens to each kind on erasure."""
    return [
        {
            "data": holding.model,
            "purpose": holding.purpose,
            "on_erasure": holding.erasure,
            "ground": holding.ground,
        }
        for holding in declared().values()
        if _concerns(holding, subject)
    ]


def _concerns(holding: Any, subject: Subject) -> bool:
    if isinstance(subject, WholeOrganization):
        return True
    if isinstance(subject, EndUser):
        return bool(holding.label)
    return bool(holding.personal or holding.is_about_people)


def readme(subject: Subject) -> str:
    whose = "your organization" if isinstance(subject, WholeOrganization) else "you"
    return README.format(whose=whose)


README = """Your data
=========

This archive holds everything that PromptGuard knows about {whose}.

How to read it
  Open the folder csv/ with a spreadsheet (Excel, LibreOffice, Numbers): each file is one kind of data, each line one
  entry. An apostrophe before =, +, - or @ was put there so that the spreadsheet does not run the cell as a formula.

What is in it
  data/            each kind of data in a file of its own, one JSON object a line: for other programs
  csv/             the same for a spreadsheet
  article-15.json  why we keep each kind, and what happens to it when you ask to be erased
  manifest.json    how many rows there are, what was left out and why, and the SHA-256 of every file, so that you can
                   show that nothing was changed

What is not in it
  Secrets (passwords, keys): we keep only their hashes. Other people's data: where a row names somebody else, it says
  "[another person]". Texts of prompts are here as far as they were kept, after personal data had been cut out of them.

Keep this archive to yourself: whoever opens it can read everything in it.
"""
