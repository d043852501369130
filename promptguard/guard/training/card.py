"""The model card: what was trained on, and what the held-out sources say about it, per source."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from promptguard.guard.training.crossvalidate import (
    BLOCK_THRESHOLD,
    WARN_THRESHOLD,
    HeldOut,
    false_alarms,
    macro_recall,
)
from promptguard.guard.training.datasets import FOLDS, HARD_BENIGN, SYSTEM_PROMPTS
from promptguard.guard.training.train import TrainingRun

# Each public source's licence, as its repository states it.
LICENCES = {
    **dict.fromkeys(("safeguard", "wildjailbreak", "malignant", "multilang_goodwiins"), "none stated"),
    **dict.fromkeys(
        (
            "deepset",
            "asb",
            "asb_embedded",
            "giskard",
            "gptfuzz",
            "payloadsall",
            "awesome_prompts_zh",
            "gpts_sysprompts",
        ),
        "MIT",
    ),
    **dict.fromkeys(
        [
            "inthewild_jb",
            "garak_misc",
            "fuzzyai_benign",
            "alpaca_demo",
            "c4",
            "glaive",
            "wiki",
            "gpteacher_roleplay",
            "gsm8k",
            "selfinstruct",
            "t0",
            "oasst",
            "belle",
            "vigogne",
        ],
        "Apache-2.0",
    ),
    **dict.fromkeys(("awesome_prompts", "ui_messages"), "CC0"),
    "banking77": "CC BY 4.0",
    "clinc150": "CC BY 3.0",
    "xquad": "CC BY-SA 4.0",
}


_RECALL, _ORDINARY, _HARD = 0.70, 0.005, 0.05
_INTRODUCTION = """# Model card: injection models

Two logistic regressions over hashed character (3-5) and word (1-3) n-grams, 2^18 weights each, half
precision. `message` reads what people write, `document` reads tool results and retrieved text. Run time needs
NumPy only. What the rules make of a text shifts the model's margin (gain), and both are fused by noisy-or; the
default policy blocks at 0.8 and warns from 0.5.
"""
_TRIED = """
What was tried and did not help: smoother and sharper regressions (half to four times the penalty moved recall
by less than 0.015 at the same false alarms), six-fold weight for hard benign rows, benign rows that weigh five
times the attacks. What helped: benign rows that weigh three times the attacks, a calibration that allows held-
out sources a fifth of the goal and less, and a rule for answers that shall begin with the prompt, written after
reading what passed of `safeguard`: that source is no longer unread. Hard benign texts that are blocked order
the model to override its behaviour inside of a harmless story: the rules fire, and the model, which finds them
benign, is outvoted. Without them the attacks that look the same would pass.
"""
_LIMITS = """## What these numbers are not

- The models never saw a held-out source, but the rules were written by people who had read samples of all of
  them, and slope, centre, gain and limits were chosen while looking at scores of all of them, those never learned
  from included: expect somewhat less on text from elsewhere.
- Harmful wishes wrapped in stories without a word about rules or personas (`wildjailbreak`) mostly pass:
  telling them from fiction needs a language model, and each point of recall costs alarms on honest fiction.
- `deepset` counts unrelated questions and opinions in a prompt as injections; without the application's
  purpose they are ordinary questions.
- Sources with fewer than twenty rows (`gptfuzz`, `payloadsall`, `malignant`, `giskard`) weigh as much in the
  macro mean as large ones; read their rows with that in mind.
- Rows of our own (`own_*`) are trained on and are not part of any figure.
"""


def model_card(run: TrainingRun) -> str:
    """The card in Markdown; the same run gives the same card."""
    return "\n".join([*_head(run), *_results(run), *_misses(run), *_sources(run), _LIMITS])


def _head(run: TrainingRun) -> Iterator[str]:
    yield _INTRODUCTION
    for channel, model in run.models.items():
        yield f"- `{channel}`: version {model.version}, slope {model.slope}, centre {model.centre}, gain {model.gain}"
    yield f"- folds: {len(FOLDS)}, whole sources held out; sources of one origin share a fold"
    yield f"- learned from: {', '.join(run.trained_on)}, and rows of our own"
    if run.held_out.excluded:
        yield f"- judged and never learned from: {', '.join(sorted(run.held_out.excluded))}"
    yield ""


def _scores(held_out: HeldOut, run: TrainingRun) -> Iterator[tuple[str, np.ndarray]]:
    yield "rules alone", held_out.rules >= BLOCK_THRESHOLD
    yield "rules and model", held_out.fused(run.models["message"], run.models["document"]) >= BLOCK_THRESHOLD


def _results(run: TrainingRun) -> Iterator[str]:
    yield "## Held-out results at the default threshold"
    yield ""
    yield "| sources | judged by | macro recall | ordinary benign blocked | hard benign blocked |"
    yield "|---|---|---|---|---|"
    for kind, part in _parts(run.held_out):
        for name, blocked in _scores(part, run):
            ordinary, hard = false_alarms(part.rows, blocked, False), false_alarms(part.rows, blocked, True)
            recall = macro_recall(part.rows, blocked)
            yield f"| {kind} | {name} | {recall:.3f} | {ordinary:.2%} | {hard:.2%} |"
    yield f"| | goal | {_RECALL:.3f} | {_ORDINARY:.2%} | {_HARD:.2%} |"
    yield ""


def _misses(run: TrainingRun) -> Iterator[str]:
    yield "## Where a goal is missed"
    yield ""
    for kind, part in _parts(run.held_out):
        *_, (_, blocked) = _scores(part, run)
        ordinary, hard = false_alarms(part.rows, blocked, False), false_alarms(part.rows, blocked, True)
        gaps = {
            "macro recall": _RECALL - macro_recall(part.rows, blocked),
            "ordinary benign": ordinary - _ORDINARY,
            "hard benign": hard - _HARD,
        }
        missed = ", ".join(f"{name} by {gap * 100:.1f} points" for name, gap in gaps.items() if gap > 0)
        yield f"- {kind}: {missed or 'none'}"
    yield ""
    yield "| source | attacks that pass | of these no rule fires | of these reach the warning |"
    yield "|---|---|---|---|"
    yield from _passing(run)
    yield _TRIED


def _passing(run: TrainingRun) -> Iterator[str]:
    held_out = run.held_out
    scores = held_out.fused(run.models["message"], run.models["document"])
    for source in sorted({row.source for row in held_out.rows if row.label}):
        of_source = np.array([bool(row.label) and row.source == source for row in held_out.rows])
        passing = of_source & (scores < BLOCK_THRESHOLD)
        if passing.any():
            silent, warned = (held_out.rules[passing] == 0).mean(), (scores[passing] >= WARN_THRESHOLD).mean()
            yield f"| {source} | {passing.sum()} of {of_source.sum()} | {silent:.0%} | {warned:.0%} |"


def _parts(held_out: HeldOut) -> Iterator[tuple[str, HeldOut]]:
    yield "all", held_out
    if held_out.excluded:
        for kind, is_excluded in (("learned from, each held out", False), ("never learned from", True)):
            chosen = [
                number
                for number, row in enumerate(held_out.rows)
                if (row.source in held_out.excluded) is is_excluded
            ]
            yield kind, held_out.of(chosen)


def _sources(run: TrainingRun) -> Iterator[str]:
    (_, rules), (_, fused) = list(_scores(run.held_out, run))
    yield "## Per source, held out"
    yield ""
    yield "| source | licence | kind | rows | rules alone | rules and model |"
    yield "|---|---|---|---|---|---|"
    groups: dict[tuple[int, str, str], list[int]] = {}
    for number, row in enumerate(run.held_out.rows):
        groups.setdefault((-row.label, row.source, _kind(row.label, row.category)), []).append(number)
    for (_, source, kind), numbers in sorted(groups.items()):
        licence = LICENCES.get(source, "unknown")
        shares = f"{rules[numbers].mean():.1%} | {fused[numbers].mean():.1%}"
        yield f"| {source} | {licence} | {kind} | {len(numbers)} | {shares} |"
    yield ""


def _kind(label: int, category: str) -> str:
    if label:
        return "attack"
    if category in SYSTEM_PROMPTS:
        return "system prompt (not judged)"
    return "hard benign" if category in HARD_BENIGN else "benign"
