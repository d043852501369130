"""Reading training rows, and splitting them by source: rows of one source are alike, and would flatter
the model.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

HARD_BENIGN = frozenset({"hard_benign"})
# What an application's author writes: excluded from false positives, because system messages are not judged.
SYSTEM_PROMPTS = frozenset({"system_prompt"})
INDIRECT = frozenset({"indirect_injection", "benign_tool", "benign_doc"})
# What models and users write can also stand in a document; it teaches the document model what is harmless
# there.
DOCUMENT_LIKE = frozenset({"benign_output"})

# Rows of our own are always trained on and never counted in a result.
OWN_PREFIX = "own_"
# Sources that share an origin stay together, so that a held-out fold is truly unseen.
FOLDS: tuple[frozenset[str], ...] = (
    frozenset({"safeguard", "gsm8k", "wiki"}),
    frozenset({"wildjailbreak", "oasst", "banking77", "awesome_prompts_zh"}),
    frozenset({"asb", "asb_embedded", "c4", "glaive"}),
    frozenset({"deepset", "gpteacher_roleplay", "belle", "ui_messages"}),
    frozenset({"inthewild_jb", "gptfuzz", "malignant", "awesome_prompts", "alpaca_demo"}),
    frozenset(
        {
            "garak_misc",
            "giskard",
            "payloadsall",
            "multilang_goodwiins",
            "gpts_sysprompts",
            "xquad",
            "t0",
            "clinc150",
            "selfinstruct",
            "vigogne",
            "fuzzyai_benign",
        }
    ),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text; label 1 is an attack."""

    text: str
    label: int
    source: str
    category: str
    language: str = "en"

    @property
    def is_indirect(self) -> bool:
        """Whether the text is a tool result or a document rather than a user's message."""
        return self.category in INDIRECT


def read_rows(path: Path, exclude: Iterable[str] = ()) -> list[Row]:
    """Rows of a gzipped or plain JSON Lines file.

    Args:
        exclude: sources to leave out, for instance those without a stated licence.

    Raises:
        ValueError: a line without text or label.
    """
    left_out = frozenset(exclude)
    return [row for row in _parse(path) if row.source not in left_out]


def _parse(path: Path) -> Iterator[Row]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            fields = json.loads(line)
            if not isinstance(fields.get("text"), str) or fields.get("label") not in (0, 1):
                raise ValueError(f"line {number} of {path.name} needs a text and a label of 0 or 1")
            yield Row(
                fields["text"],
                fields["label"],
                fields.get("source", "unnamed"),
                fields.get("category", "attack" if fields["label"] else "benign"),
                fields.get("lang", "en"),
            )


def fold_of(source: str) -> int | None:
    """The fold that holds this source out; None for our own rows, except those built on a carrier's text."""
    if source.startswith(OWN_PREFIX):
        carrier = source.partition(":")[2]
        return fold_of(carrier) if carrier else None
    for number, fold in enumerate(FOLDS):
        if source in fold:
            return number
    return sum(source.encode()) % len(FOLDS)
