"""Trying a policy with attacks (contract 1.7). The probes and the grades are the engine's."""

from typing import Any

from promptguard.core.errors import DomainError, NotFound
from promptguard.guard.engine import Policy, PolicyError, parse_preset
from promptguard.guard.engine.redteam import (
    PROBES,
    ProbeResult,
    probe_named,
    run_probe,
    run_probes,
    run_prompt,
)
from promptguard.guard.policies import preset

ATTACKS = tuple(probe for probe in PROBES.values() if probe.expected != "allow")
CONTROLS = tuple(probe for probe in PROBES.values() if probe.expected == "allow")


class InvalidPreset(DomainError):
    code = "invalid_preset"


def catalogue() -> dict[str, Any]:
    """Every probe: attacks, and honest texts as a control."""
    tests = [
        {
            "name": probe.name,
            "category": probe.category,
            "description": probe.description,
            "expected_result": "allow" if probe.expected == "allow" else "block",
        }
        for probe in PROBES.values()
    ]
    return {"total": len(tests), "tests": tests}


def target(name: str) -> Policy:
    """The policy of a preset. Raises InvalidPreset, listing the names that are valid."""
    try:
        return preset(*parse_preset(name))
    except PolicyError as error:
        raise InvalidPreset(f"{error.message[:1].upper()}{error.message[1:]}.") from error


def run_named(name: str, target_preset: str) -> dict[str, Any]:
    """Raises NotFound, InvalidPreset."""
    probe = probe_named(name)
    if probe is None:
        raise NotFound()
    return result_body(run_probe(probe, target(target_preset)))


def run_custom(prompt: str, target_preset: str) -> dict[str, Any]:
    """Raises InvalidPreset."""
    return result_body(run_prompt(prompt, target(target_preset)))


def run_all(target_preset: str) -> dict[str, Any]:
    """All attacks, with the share that was stopped; the controls are counted apart. Raises InvalidPreset."""
    policy = target(target_preset)
    summary, controls = run_probes(policy, ATTACKS), run_probes(policy, CONTROLS)
    return {
        "total_tests": summary.total_tests,
        "blocked": summary.blocked,
        "allowed": summary.allowed,
        "block_rate": summary.block_rate,
        "errored_count": summary.errored_count,
        "report_version": summary.report_version,
        "grade": summary.grade,
        "false_positives": controls.blocked,
        "controls": controls.total_tests,
        "results": [result_body(result) for result in summary.results],
    }


def result_body(result: ProbeResult) -> dict[str, Any]:
    """A result as clients read it: never null where they want a number or an object. A redaction stops a leak."""
    decision = "error" if result.errored else "block" if result.blocked else "allow"
    return {
        "test_name": result.name,
        "category": result.category,
        "prompt": result.prompt,
        "decision": decision,
        "reason": result.reason,
        "threat_type": result.threat_type,
        "confidence": result.confidence or 0.0,
        "blocked": result.blocked,
        "errored": result.errored,
        "passed": result.passed,
        "details": {},
    }
