"""Every reading of a text that detectors should see, each with an exact map back to the raw characters."""

from promptguard.guard.engine.views.octets import Octets
from promptguard.guard.engine.views.offsets import View, raw_view
from promptguard.guard.engine.views.reading import Reading, read

__all__ = ["Octets", "Reading", "View", "raw_view", "read"]
