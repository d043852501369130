# ruff: noqa: S311 — the generator is seeded on purpose
"""Rows of our own: hard benign texts full of trigger words, injections hidden in documents, many
languages.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import product

from promptguard.guard.training.datasets import Row
from promptguard.guard.training.narratives import narrative_rows
from promptguard.guard.training.phrases import (
    AIMS,
    DIRECT,
    DOCUMENT_BENIGN,
    EXTRACTION,
    FILLERS,
    HARD_BENIGN_TEXTS,
    INDIRECT,
    INTERFACE,
    LANGUAGES,
    TASKS,
    TIMES,
    TOPICS,
)


def synthetic_rows(seed: int, documents: Sequence[Row]) -> list[Row]:
    """Our own rows.

    Args:
        documents: benign rows that injections are hidden in; the new row's source names the carrier's, so
            that a
            fold can leave it out.
    """
    chance = random.Random(seed)
    rows = [
        Row(text.format(x=topic), 0, "own_hard_benign", "hard_benign")
        for text, topic in product(HARD_BENIGN_TEXTS, TOPICS[:8])
    ]
    rows += [
        Row(text.format(x=topic), 0, "own_document", "benign_tool")
        for text, topic in product(DOCUMENT_BENIGN, TOPICS)
    ]
    rows += [
        Row(mark * count, 0, "own_filler", "hard_benign") for mark, count in product(FILLERS, (5, 40, 400))
    ]
    rows += [Row(text, 0, "own_interface", "hard_benign") for text in INTERFACE]
    rows += [Row(text, 1, "own_extraction", "system_prompt_extraction") for text in EXTRACTION]
    rows += [
        Row(f"{chance.choice(TOPICS)}? {text}", 1, "own_extraction", "system_prompt_extraction")
        for text in EXTRACTION
    ]
    rows += [
        Row(text.format(a=chance.choice(TIMES), b=aim), 1, "own_direct", "prompt_injection")
        for text, aim in product(DIRECT, AIMS)
    ]
    for text, task in product(INDIRECT, TASKS):
        filled = text.format(
            t=task.format(n=chance.randint(1000, 99999), m=f"user{chance.randint(1, 99)}@mail.test")
        )
        rows.append(Row(filled, 1, "own_indirect", "indirect_injection"))
        if documents:
            carrier = chance.choice(documents)
            hidden = _hide(filled, carrier.text, chance)
            rows.append(Row(hidden, 1, f"own_indirect:{carrier.source}", "indirect_injection"))
    rows += narrative_rows(seed)
    for language, (attacks, benign) in LANGUAGES.items():
        rows += [Row(text, 1, "own_multilingual", "prompt_injection", language) for text in attacks]
        rows += [Row(text, 0, "own_multilingual", "hard_benign", language) for text in benign]
    return rows


def _hide(attack: str, document: str, chance: random.Random) -> str:
    start = chance.randint(0, max(0, len(document) - 600))
    excerpt = document[start : start + chance.randint(100, 600)]
    at = chance.randint(0, len(excerpt))
    return f"{excerpt[:at]} {attack} {excerpt[at:]}"
