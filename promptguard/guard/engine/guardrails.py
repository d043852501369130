"""The guardrails object of the API: its shape, its defaults for each use case and strictness, and its
validation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from promptguard.guard.engine.detectors.content import domain_name
from promptguard.guard.engine.detectors.pii.entities import ALIASES, ENTITIES

USE_CASES: Mapping[str, str] = {
    "default": "General assistants",
    "support_bot": "Customer support: personal data is common, topics are narrow",
    "code_assistant": "Programming: code, logs and exploits are ordinary text",
    "rag_system": "Answers from retrieved documents, which may be poisoned",
    "data_analysis": "Work on records and tables with personal data",
    "creative_writing": "Fiction and role play: dark themes and personas are ordinary",
}
STRICTNESS_LEVELS: Mapping[str, str] = {
    "strict": "Blocks early; more false alarms",
    "moderate": "Blocks what is clear, reports what is doubtful",
    "permissive": "Blocks only what is certain",
}
TOXICITY_CATEGORIES = ("hate", "harassment", "sexual", "violence", "self_harm", "profanity")
_LEVELS = ("strict", "moderate", "permissive")
_PII_MODES = ("redact", "mask", "block", "tokenize")
MOST_DOMAINS = 5_000
_HALLUCINATION_ACTIONS = ("metadata", "flag", "block")
# (warn, block) for each level.
INJECTION_BANDS: Mapping[str, tuple[float, float]] = {
    "strict": (0.35, 0.6),
    "moderate": (0.5, 0.8),
    "permissive": (0.75, 0.93),
}


class PolicyError(ValueError):
    """A policy that cannot be compiled; `field` is the dotted path of the offending value."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


def default_guardrails(use_case: str, strictness: str) -> dict[str, Any]:
    """The guardrails of a preset, in the API's shape."""
    level = strictness
    guardrails: dict[str, Any] = {
        "prompt_injection": {
            "enabled": True,
            "level": level,
            "warn_threshold": None,
            "block_threshold": None,
        },
        "pii_detection": {"enabled": True, "level": level, "mode": "redact", "entities": None},
        "toxicity": {
            "enabled": True,
            "threshold": {"strict": 0.6, "moderate": 0.8, "permissive": 0.95}[level],
            "categories": None,
            "warn_threshold": None,
            "block_threshold": None,
        },
        "data_exfiltration": {"enabled": True, "level": level},
        "secret_key_detection": {"enabled": True, "level": level},
        "url_filtering": {"enabled": True, "allowed_domains": [], "blocked_domains": []},
        "fraud_detection": {"enabled": True},
        "malware_detection": {"enabled": True},
        "jailbreak_detection": {"enabled": True},
        "tool_injection": {"enabled": True},
        "multi_turn_drift": {"enabled": True},
        "hallucination": {"enabled": False, "action": "metadata", "block_threshold": 0.9},
        "mcp_security": {
            "enabled": True,
            "server_allowlist": [],
            "server_blocklist": [],
            "enforce_schema_validation": True,
            "max_argument_size_bytes": 65_536,
        },
    }
    for name, changes in _USE_CASE_CHANGES.get(use_case, {}).items():
        guardrails[name].update(changes)
    return guardrails


_USE_CASE_CHANGES: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "creative_writing": {"toxicity": {"threshold": 0.95}},
    "code_assistant": {"toxicity": {"threshold": 0.9}},
}

_Check = Callable[[str, Any], Any]


def _boolean(field: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise PolicyError(field, "must be true or false")
    return value


def _choice(options: tuple[str, ...]) -> _Check:
    def check(field: str, value: Any) -> str:
        if value not in options:
            raise PolicyError(field, f"must be one of {', '.join(options)}")
        return str(value)

    return check


def _fraction(field: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise PolicyError(field, "must be a number from 0 to 1")
    return float(value)


def _size(field: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= 10_000_000:
        raise PolicyError(field, "must be a whole number from 1 to 10000000")
    return value


def _optional(check: _Check) -> _Check:
    return lambda field, value: None if value is None else check(field, value)


def _strings(options: frozenset[str] | None = None) -> _Check:
    def check(field: str, value: Any) -> list[str]:
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) and item for item in value):
            raise PolicyError(field, "must be a list of strings")
        unknown = sorted(set(value) - options) if options is not None else []
        if unknown:
            raise PolicyError(field, f"unknown names: {', '.join(unknown)}")
        return list(value)

    return check


def _domains(field: str, value: Any) -> list[str]:
    names = _strings()(field, value)
    if len(names) > MOST_DOMAINS:
        raise PolicyError(field, f"has more than {MOST_DOMAINS} domains")
    try:
        return sorted({domain_name(name) for name in names})
    except ValueError as error:
        raise PolicyError(field, "must be a list of domains, such as example.com") from error


_THRESHOLDS: dict[str, _Check] = {
    "warn_threshold": _optional(_fraction),
    "block_threshold": _optional(_fraction),
}
_LEVELLED: dict[str, _Check] = {"enabled": _boolean, "level": _choice(_LEVELS)}
_TOGGLE: dict[str, _Check] = {"enabled": _boolean}
_SCHEMA: Mapping[str, Mapping[str, _Check]] = {
    "prompt_injection": {**_LEVELLED, **_THRESHOLDS},
    "pii_detection": {
        **_LEVELLED,
        "mode": _choice(_PII_MODES),
        "entities": _optional(_strings(frozenset(ENTITIES) | frozenset(ALIASES))),
    },
    "toxicity": {
        **_TOGGLE,
        **_THRESHOLDS,
        "threshold": _fraction,
        "categories": _optional(_strings(frozenset(TOXICITY_CATEGORIES))),
    },
    "data_exfiltration": _LEVELLED,
    "secret_key_detection": _LEVELLED,
    "url_filtering": {**_TOGGLE, "allowed_domains": _domains, "blocked_domains": _domains},
    "fraud_detection": _TOGGLE,
    "malware_detection": _TOGGLE,
    "jailbreak_detection": _TOGGLE,
    "tool_injection": _TOGGLE,
    "multi_turn_drift": _TOGGLE,
    "hallucination": {
        **_TOGGLE,
        "action": _choice(_HALLUCINATION_ACTIONS),
        "block_threshold": _optional(_fraction),
    },
    "mcp_security": {
        **_TOGGLE,
        "server_allowlist": _strings(),
        "server_blocklist": _strings(),
        "enforce_schema_validation": _boolean,
        "max_argument_size_bytes": _size,
    },
}


def merge_guardrails(defaults: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Defaults with a caller's changes laid over them.

    Raises:
        PolicyError: an unknown guardrail or field, a value of the wrong type, or a warn threshold above its
            block one.
    """
    merged = deepcopy(defaults)
    for name, settings in changes.items():
        if name not in _SCHEMA:
            raise PolicyError(f"guardrails.{name}", "unknown guardrail")
        if settings is None:
            continue
        if not isinstance(settings, Mapping):
            raise PolicyError(f"guardrails.{name}", "must be an object")
        for key, value in settings.items():
            merged[name][key] = _checked(name, key, value)
        _check_bands(name, merged[name])
    return merged


def _checked(name: str, key: str, value: Any) -> Any:
    check = _SCHEMA[name].get(key)
    if check is None:
        raise PolicyError(f"guardrails.{name}.{key}", "unknown field")
    return check(f"guardrails.{name}.{key}", value)


def _check_bands(name: str, settings: Mapping[str, Any]) -> None:
    warn, block = settings.get("warn_threshold"), settings.get("block_threshold")
    if warn is not None and block is None:
        raise PolicyError(f"guardrails.{name}.warn_threshold", "needs a block_threshold")
    if warn is not None and block is not None and warn > block:
        raise PolicyError(f"guardrails.{name}.warn_threshold", "must not be above block_threshold")


def parse_preset(name: str) -> tuple[str, str]:
    """`use_case:strictness`, a bare use case (moderate) or a bare strictness (default use case).

    Raises:
        PolicyError: any other name; the message lists the valid composed names.
    """
    use_case, _, strictness = name.partition(":")
    if use_case in STRICTNESS_LEVELS and not strictness and ":" not in name:
        return "default", use_case
    if use_case in USE_CASES and (strictness in STRICTNESS_LEVELS or ":" not in name):
        return use_case, strictness or "moderate"
    valid = ", ".join(f"{case}:{level}" for case in USE_CASES for level in STRICTNESS_LEVELS)
    raise PolicyError("target_preset", f"unknown preset; valid names are {valid}")
