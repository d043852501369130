"""Personal information: patterns with checksums and context, over seventy types in more than twenty
countries.
"""

from promptguard.guard.engine.detectors.pii.entities import (
    ALIASES,
    ENTITIES,
    PII_TYPES,
    Sensitivity,
    UnknownEntity,
    entities_up_to,
    expand_entities,
)
from promptguard.guard.engine.detectors.pii.scanner import EntityHit, find_pii, scan_pii

__all__ = [
    "ALIASES",
    "ENTITIES",
    "PII_TYPES",
    "EntityHit",
    "Sensitivity",
    "UnknownEntity",
    "entities_up_to",
    "expand_entities",
    "find_pii",
    "scan_pii",
]
