"""What agents do beside talking: tool calls, tool servers' manifests, memory, traces, and the drift of
a conversation.
"""

from promptguard.guard.engine.agents.conversation import TurnSignals, drift_finding, signals_of
from promptguard.guard.engine.agents.manifest import ManifestFinding, ManifestReport, scan_manifest
from promptguard.guard.engine.agents.memory import MemoryVerdict, scan_memory
from promptguard.guard.engine.agents.tools import ToolProfile, ToolVerdict, validate_tool
from promptguard.guard.engine.agents.trace import TraceFinding, audit_trace

__all__ = [
    "ManifestFinding",
    "ManifestReport",
    "MemoryVerdict",
    "ToolProfile",
    "ToolVerdict",
    "TraceFinding",
    "TurnSignals",
    "audit_trace",
    "drift_finding",
    "scan_manifest",
    "scan_memory",
    "signals_of",
    "validate_tool",
]
