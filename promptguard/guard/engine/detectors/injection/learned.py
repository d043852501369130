"""The trained model's opinion of a text, over the views in which its words can be read."""

from __future__ import annotations

from promptguard.guard.engine.content import Origin
from promptguard.guard.engine.model import injection_models
from promptguard.guard.engine.views import Octets, Reading

# Below this the model has nothing to add; most benign text stays far under it.
NOTICEABLE = 0.2
# In a word or two there is too little to read: a greeting must not depend on a few n-grams. Rules still judge it.
FEWEST_CHARS = 20
_REWRITTEN_SHARE = 0.12
# Parting words that were run together adds one space for each.
_PARTED_SHARE = 0.06


def model_evidence(reading: Reading, origin: Origin, hint: float = 0.0) -> float | None:
    """Evidence 0..1 for an attack, the highest over the views; None when no weights are installed.

    Args:
        hint: what the rules make of the same text, 0..1.
    """
    model = injection_models().get("document" if origin.is_indirect else "message")
    if model is None:
        return None
    texts = {octets.view.text for octets in reading.plain}
    texts |= {octets.view.text for octets in reading.squeezed if _is_rewritten(octets)}
    readable = [text for text in sorted(texts) if len(text.strip()) >= FEWEST_CHARS]
    return round(max((model.evidence(text, hint) for text in readable), default=0.0), 4)


def _is_rewritten(octets: Octets) -> bool:
    """Whether joining changed enough of the text that it was a disguise and not a stray abbreviation."""
    parent = octets.view.parent
    original, text = parent.text if parent is not None else "", octets.view.text
    if len(original) != len(text):
        grown = len(text) - len(original)
        return grown > _PARTED_SHARE * len(original) or -grown > _REWRITTEN_SHARE * len(original)
    changed = sum(1 for before, after in zip(original, text, strict=True) if before != after)
    return changed > _REWRITTEN_SHARE * len(original) / 2
