"""CSV for spreadsheets, which execute cells that look like formulas: those get an apostrophe in front."""

from typing import Any

COLUMNS = (
    "org", "epoch", "seq", "sealed_us", "prev", "hash", "time", "type", "actor", "outcome", "severity", "sentence",
    "canonical", "checkpoint",
)  # fmt: skip
HEADER = ",".join(COLUMNS) + "\r\n"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def event(record: Any) -> str:
    said = record.said
    shown = {
        "time": said["at"],
        "type": said["type"],
        "actor": said["actor"]["ref"],
        "outcome": said["outcome"],
        "severity": said["severity"],
        "sentence": record.sentence,
        "canonical": record.canonical.decode(),
    }
    return _line(record.chain() | shown)


def checkpoint(note: str) -> str:
    # One line for each record: the note's own newlines would tear a line-wise reader apart.
    return _line({"checkpoint": note.replace("\n", "\\n")})


def _line(fields: dict[str, Any]) -> str:
    return ",".join(_cell(str(fields.get(column, ""))) for column in COLUMNS) + "\r\n"


def _cell(text: str) -> str:
    if text.startswith(FORMULA_STARTS):
        text = "'" + text
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\r\n') else text
