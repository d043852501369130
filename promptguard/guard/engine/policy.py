"""A policy: what to look for, how sure to be, and what to do. Immutable, compiled once, identified by
its content.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Self

from promptguard.guard.engine.canary import Canary
from promptguard.guard.engine.custom import CustomRule
from promptguard.guard.engine.detectors.pii.entities import Sensitivity, entities_up_to, expand_entities
from promptguard.guard.engine.guardrails import (
    INJECTION_BANDS,
    STRICTNESS_LEVELS,
    USE_CASES,
    PolicyError,
    default_guardrails,
    merge_guardrails,
)
from promptguard.guard.engine.model import model_version
from promptguard.guard.engine.verdict import RedactionMode

# Part of every policy version: a change of rules or weights is a change of verdicts.
ENGINE_VERSION = "3"
DEFAULT_MAX_CHARS = 100_000
_TOGGLED = ("fraud_detection", "malware_detection", "url_filtering")
_SENSITIVITIES = {
    "strict": Sensitivity.CONTEXTUAL,
    "moderate": Sensitivity.DIRECT,
    "permissive": Sensitivity.CRITICAL,
}


@dataclass(frozen=True, slots=True)
class Band:
    """From `warn` on a finding is reported, from `block` on it decides."""

    warn: float
    block: float

    def name(self, score: float) -> str | None:
        """`block`, `warn`, or None below both."""
        if score >= self.block:
            return "block"
        return "warn" if score >= self.warn else None


@dataclass(frozen=True, slots=True)
class Suppression:
    """Silences one rule of a detector, for every text or for the one text with this hash."""

    detector: str
    rule_id: str
    match_sha256: str | None = None


@dataclass(frozen=True)
class Policy:
    """A compiled policy; build it with `preset` or `from_guardrails`."""

    use_case: str
    strictness: str
    settings: Mapping[str, Any] = field(repr=False)
    suppressions: tuple[Suppression, ...] = ()
    rules: tuple[CustomRule, ...] = ()
    canaries: tuple[Canary, ...] = ()
    blocked_domains: frozenset[str] = frozenset()
    allowed_domains: frozenset[str] = frozenset()
    max_chars: int = DEFAULT_MAX_CHARS
    version: str = ""
    bands: Mapping[str, Band] = field(default_factory=dict, repr=False)
    pii_entities: frozenset[str] = field(default=frozenset(), repr=False)

    @classmethod
    def preset(cls, use_case: str = "default", strictness: str = "moderate") -> Self:
        """The shipped policy for a use case at a strictness.

        Raises:
            PolicyError: an unknown name.
        """
        return cls.from_guardrails({}, use_case=use_case, strictness=strictness)

    @classmethod
    def from_guardrails(
        cls,
        guardrails: Mapping[str, Any],
        use_case: str = "default",
        strictness: str = "moderate",
        *,
        suppressions: tuple[Suppression, ...] = (),
        rules: tuple[CustomRule, ...] = (),
        canaries: tuple[Canary, ...] = (),
        max_chars: int = DEFAULT_MAX_CHARS,
    ) -> Self:
        """Compile guardrails in the API's shape; what is left out comes from the preset.

        Args:
            rules: the project's own rules, as `CustomRule.parse` returns them.
            max_chars: budget in characters for one evaluation.

        Raises:
            PolicyError: naming the field that is wrong.
        """
        if use_case not in USE_CASES:
            raise PolicyError("use_case", f"must be one of {', '.join(USE_CASES)}")
        if strictness not in STRICTNESS_LEVELS:
            raise PolicyError("strictness_level", f"must be one of {', '.join(STRICTNESS_LEVELS)}")
        settings = merge_guardrails(default_guardrails(use_case, strictness), guardrails)
        fingerprint = [
            ENGINE_VERSION,
            model_version(),
            use_case,
            strictness,
            settings,
            [_plain(each) for each in suppressions],
            [[each.name, each.condition, each.value, each.action, each.direction] for each in rules],
            [[each.name, each.token] for each in canaries],
            max_chars,
        ]
        return cls(
            use_case=use_case,
            strictness=strictness,
            settings=settings,
            suppressions=suppressions,
            rules=rules,
            canaries=canaries,
            blocked_domains=frozenset(settings["url_filtering"]["blocked_domains"]),
            allowed_domains=frozenset(settings["url_filtering"]["allowed_domains"]),
            max_chars=max_chars,
            version=_fingerprint(fingerprint),
            bands=_bands(settings, strictness),
            pii_entities=_pii_entities(settings["pii_detection"]),
        )

    def guardrails(self) -> dict[str, Any]:
        """The guardrails in the API's shape; feeding them to `from_guardrails` gives an equal policy."""
        return deepcopy(dict(self.settings))

    def is_enabled(self, guardrail: str) -> bool:
        """Whether a guardrail takes part; names outside the guardrails object are always on."""
        settings = self.settings.get(guardrail)
        return settings is None or bool(settings["enabled"])

    @property
    def pii_mode(self) -> RedactionMode:
        """What happens to personal information."""
        return RedactionMode(self.settings["pii_detection"]["mode"])

    @property
    def blocks_secrets(self) -> bool:
        """Strict policies block credentials; the others cut them out."""
        return bool(self.settings["secret_key_detection"]["level"] == "strict")

    def is_suppressed(self, detector: str, rule_id: str, match_sha256: str | None) -> bool:
        """Whether a suppression of this policy silences such a finding."""
        return any(
            each.detector == detector
            and each.rule_id == rule_id
            and each.match_sha256 in (None, match_sha256)
            for each in self.suppressions
        )


def _plain(suppression: Suppression) -> list[str | None]:
    return [suppression.detector, suppression.rule_id, suppression.match_sha256]


def _fingerprint(parts: Any) -> str:
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def _bands(settings: Mapping[str, Any], strictness: str) -> dict[str, Band]:
    injection = settings["prompt_injection"]
    level_band = INJECTION_BANDS[injection["level"]]
    block = injection["block_threshold"]
    if block is None:
        block, warn = level_band[1], level_band[0]
    else:
        warn = injection["warn_threshold"] if injection["warn_threshold"] is not None else block
    exfiltration = INJECTION_BANDS[settings["data_exfiltration"]["level"]]
    toxicity = settings["toxicity"]
    toxic_block = (
        toxicity["block_threshold"] if toxicity["block_threshold"] is not None else toxicity["threshold"]
    )
    toxic_warn = toxicity["warn_threshold"] if toxicity["warn_threshold"] is not None else toxic_block * 0.75
    return {
        "prompt_injection": Band(warn, block),
        "jailbreak_detection": Band(warn, block),
        "tool_injection": Band(warn, block),
        "data_exfiltration": Band(*exfiltration),
        "toxicity": Band(min(toxic_warn, toxic_block), toxic_block),
        **dict.fromkeys(_TOGGLED, Band(*INJECTION_BANDS[strictness])),
    }


def _pii_entities(settings: Mapping[str, Any]) -> frozenset[str]:
    if not settings["enabled"]:
        return frozenset()
    if settings["entities"] is not None:
        return expand_entities(frozenset(settings["entities"]))
    return entities_up_to(_SENSITIVITIES[settings["level"]])
