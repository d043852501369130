"""Attacks of our own writing that a policy is tried with, and the grade it gets."""

from promptguard.guard.engine.redteam.probes import PROBES, Probe, probe_named
from promptguard.guard.engine.redteam.run import (
    ProbeResult,
    ProbeSummary,
    grade,
    run_probe,
    run_probes,
    run_prompt,
)

__all__ = [
    "PROBES",
    "Probe",
    "ProbeResult",
    "ProbeSummary",
    "grade",
    "probe_named",
    "run_probe",
    "run_probes",
    "run_prompt",
]
