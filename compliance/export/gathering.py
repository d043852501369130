"""The rows of an export, written page by page into files that a killed worker's successor goes on with."""

import csv
import io
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import orjson

from compliance.export.sections import Row, Section, sections
from compliance.subjects import Subject
from promptguard.core.spreadsheets import defused
from promptguard.core.tenancy import platform_scope

READ_AT_ONCE = 2000


class Gathering:
    """Files below `folder`, and `progress`: how far each section is, in rows and in bytes that count.

    Whatever stands behind those bytes was written by somebody who died before they could say so.
    """

    def __init__(self, subject: Subject, folder: Path, progress: dict[str, Any] | None = None) -> None:
        self._sections, self._folder = sections(subject), folder
        self.progress: dict[str, Any] = progress or {}
        if not self._is_there():
            shutil.rmtree(folder, ignore_errors=True)
            self.progress.clear()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def _is_there(self) -> bool:
        """Whether the files hold at least what was counted: they may have been begun on another machine."""
        said = self.progress.values()
        return all(
            (self._folder / name).is_file() and (self._folder / name).stat().st_size >= size
            for each in said
            for name, size in each["bytes"].items()
        )

    @property
    def rows(self) -> dict[str, int]:
        return {name: said["rows"] for name, said in self.progress.items()}

    def run(self, save: Callable[[], None]) -> None:
        """Write what is missing; `save` is called after each page, to keep `progress`, and may raise to stop."""
        for section in self._sections:
            said = self.progress.setdefault(
                section.name, {"rows": 0, "after": "", "bytes": {}, "done": False}
            )
            while not said["done"]:
                with platform_scope():
                    page = section.page(said["after"], READ_AT_ONCE)
                self._append(section, said, page)
                save()

    def _append(self, section: Section, said: dict[str, Any], page: Iterable[tuple[str, Row]]) -> None:
        found = list(page)
        rows = [row for _, row in found]
        self._write(f"data/{section.name}.ndjson", said, b"".join(map(_line, rows)))
        self._write(f"csv/{section.name}.csv", said, table(rows, with_head=not said["rows"]))
        said["rows"] += len(rows)
        said["after"] = found[-1][0] if found else said["after"]
        said["done"] = not found

    def _write(self, name: str, said: dict[str, Any], content: bytes) -> None:
        path = self._folder / name
        path.parent.mkdir(exist_ok=True)
        with path.open("r+b" if path.exists() else "w+b") as file:
            file.truncate(file.seek(said["bytes"].get(name, 0)))
            file.write(content)
            said["bytes"][name] = file.tell()

    def files(self) -> list[tuple[str, Path]]:
        """Name inside the package, and where it lies."""
        names = [name for said in self.progress.values() for name in said["bytes"]]
        return [(name, self._folder / name) for name in names]


def _line(row: Row) -> bytes:
    return orjson.dumps(row, default=str, option=orjson.OPT_APPEND_NEWLINE)


def table(rows: list[Row], *, with_head: bool) -> bytes:
    """The rows for a spreadsheet; the names of the columns first."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    if rows and with_head:
        writer.writerow(rows[0])
    writer.writerows([cell(value) for value in row.values()] for row in rows)
    return text.getvalue().encode()


def cell(value: Any) -> str:
    """A cell that no spreadsheet executes."""
    if value is None:
        return ""
    return defused(value if isinstance(value, str) else orjson.dumps(value, default=str).decode().strip('"'))
