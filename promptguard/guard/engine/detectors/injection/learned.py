"""The trained model's opinion of a text, over the views in which its words can be read."""

from __future__ import annotations

from promptguard.guard.engine.content import Origin
from promptguard.guard.engine.model import injection_models
from promptguard.guard.engine.views.reading import Octets, Reading

# Below this the model has nothing to add; most benign text stays far under it.
NOTICEABLE = 0.2
_REWRITTEN_SHARE = 0.12


def model_evidence(reading: Reading, origin: Origin) -> float | None:
    """Evidence 0..1 for an attack, the highest over the views; None when no weights are installed."""
    model = injection_models().get("document" if origin.is_indirect else "message")
    if model is None:
        return None
    texts = {octets.view.text for octets in reading.plain}
    texts |= {octets.view.text for octets in reading.squeezed if _is_rewritten(octets)}
    return round(max(model.evidence(text) for text in sorted(texts)), 4)


def _is_rewritten(octets: Octets) -> bool:
    """Whether joining changed enough of the text that it was a disguise and not a stray abbreviation."""
    parent = octets.view.parent
    original, text = parent.text if parent is not None else "", octets.view.text
    if len(original) != len(text):
        return len(original) - len(text) > _REWRITTEN_SHARE * len(original)
    changed = sum(1 for before, after in zip(original, text, strict=True) if before != after)
    return changed > _REWRITTEN_SHARE * len(original) / 2
