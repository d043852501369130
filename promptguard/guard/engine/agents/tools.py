# ruff: noqa: E501 — a pattern is one line
"""May this agent call this tool with these arguments? Lists first, then the arguments themselves."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import re2

from promptguard.guard.engine.content import Content, ContentTooLarge, Message
from promptguard.guard.engine.evaluate import evaluate
from promptguard.guard.engine.policy import Policy
from promptguard.guard.engine.verdict import Decision, Status

BLOCKED_TOOLS = frozenset(
    [
        "execute_shell",
        "run_command",
        "bash",
        "system",
        "delete_file",
        "rm",
        "rmdir",
        "kill_process",
        "terminate",
    ]
)
APPROVAL_TOOLS = frozenset(("send_email", "http_post"))
_RISK_LEVELS = ((0.2, "safe"), (0.4, "low"), (0.6, "medium"), (0.8, "high"), (1.0, "critical"))
# (rule, risk, pattern); what follows is what makes an argument dangerous whatever the tool is.
_ARGUMENT_RISKS = (
    ("destructive_command", 0.95, r"(?i)\brm\s+-(?:rf|fr)\b|\bmkfs\b|\bdd\s+if=|:\(\)\s?\{|\bshutdown\b|\bformat\s+[a-z]:|>\s?/dev/sd"),
    ("command_chaining", 0.75, r"(?:;|&&|\|\||`|\$\()\s?(?:rm|curl|wget|bash|sh|nc|python3?|cat|chmod|sudo|powershell)\b"),
    ("path_traversal", 0.75, r"(?:\.\./){2,}|\.\.\\\.\.\\|%2e%2e%2f"),
    ("sensitive_path", 0.85, r"(?i)/etc/(?:passwd|shadow|sudoers)|\.ssh/|id_rsa|\.aws/credentials|\.kube/config|(?:^|/)\.env\b|windows\\system32|/proc/self"),
    ("sql_destruction", 0.85, r"(?i)\b(?:drop|truncate)\s+(?:table|database|schema)\b|\bdelete\s+from\s+\w+\s*(?:;|$|where\s+1\s*=\s*1)|'\s*or\s+'?1'?\s*=\s*'?1|union\s+select"),
    ("metadata_address", 0.95, r"169\.254\.169\.254|metadata\.google\.internal|100\.100\.100\.200|fd00:ec2::254"),
    ("privilege", 0.7, r"(?i)\bsudo\b|\bchmod\s+(?:777|\+s)|\bsetuid\b|--privileged\b|\bGRANT\s+ALL\b"),
    ("download_and_run", 0.95, r"(?i)\b(?:curl|wget|iwr)\b[^\n]{0,200}\|\s*(?:sudo\s+)?(?:ba)?sh\b|\biex\b[^\n]{0,80}downloadstring"),
)  # fmt: skip
_BANK = tuple((rule, risk, re2.compile(pattern)) for rule, risk, pattern in _ARGUMENT_RISKS)
_ADDRESS = re2.compile(r"(?i)\bhttps?://(?:[^/\s@]{1,64}@)?(\[[0-9a-f:.]+\]|[a-z0-9.-]+)")
_MAX_NODES, _MAX_DEPTH = 5_000, 64


@dataclass(frozen=True, slots=True)
class ToolProfile:
    """What a project lets an agent do; an empty allowed list permits every tool that is not blocked."""

    allowed_tools: frozenset[str] = frozenset()
    blocked_tools: frozenset[str] = BLOCKED_TOOLS
    approval_tools: frozenset[str] = APPROVAL_TOOLS
    max_argument_bytes: int = 65_536


@dataclass(frozen=True, slots=True)
class ToolVerdict:
    """Answer to one call: reasons name rules, never argument values."""

    allowed: bool
    risk_score: float
    risk_level: str
    reason: str
    warnings: tuple[str, ...]
    blocked_reasons: tuple[str, ...]


def risk_level(score: float) -> str:
    """safe to 0.2, low to 0.4, medium to 0.6, high to 0.8, critical above."""
    return next(level for limit, level in _RISK_LEVELS if score <= limit)


def validate_tool(
    tool_name: str, arguments: Mapping[str, Any], policy: Policy, profile: ToolProfile | None = None
) -> ToolVerdict:
    """Judge one call. Arguments over the profile's size are refused unread; deep or wide ones likewise."""
    profile = profile or ToolProfile()
    blocked, warnings = list(_by_name(tool_name, profile)), list[str]()
    score = 1.0 if blocked else 0.0
    if tool_name.lower() in profile.approval_tools:
        warnings.append("this tool needs a person's approval")
        score = max(score, 0.5)
    texts = _texts(arguments, profile.max_argument_bytes)
    if texts is None:
        blocked.append("the arguments are too large or nested too deeply to be checked")
        score = 1.0
    for rule, risk in _risks(texts or [], policy):
        (blocked if risk >= 0.8 else warnings).append(f"arguments: {rule}")
        score = max(score, risk)
    reason = blocked[0] if blocked else warnings[0] if warnings else "nothing speaks against this call"
    return ToolVerdict(
        not blocked,
        round(score, 4),
        risk_level(score),
        reason,
        tuple(dict.fromkeys(warnings)),
        tuple(dict.fromkeys(blocked)),
    )


def _by_name(tool_name: str, profile: ToolProfile) -> Iterator[str]:
    plain = tool_name.strip().lower().replace("-", "_")
    last = plain.rpartition(".")[2].rpartition("/")[2].rpartition("__")[2]
    if {plain, last} & profile.blocked_tools:
        yield "this tool is blocked"
    if profile.allowed_tools and not {tool_name, plain} & profile.allowed_tools:
        yield "this tool is not on the agent's list"


def _texts(arguments: Mapping[str, Any], max_bytes: int) -> list[str] | None:
    texts: list[str] = []
    stack: list[tuple[Any, int]] = [(arguments, 0)]
    size = 0
    for _ in range(_MAX_NODES):
        if not stack:
            return texts
        node, depth = stack.pop()
        if isinstance(node, str):
            texts.append(node)
            size += len(node.encode("utf-8", "replace"))
        elif isinstance(node, Mapping):
            stack += [(key, depth + 1) for key in node] + [(value, depth + 1) for value in node.values()]
        elif isinstance(node, list | tuple):
            stack += [(value, depth + 1) for value in node]
        if size > max_bytes or depth > _MAX_DEPTH:
            return None
    return None


def _risks(texts: list[str], policy: Policy) -> Iterator[tuple[str, float]]:
    joined = "\n".join(texts)
    octets = joined.encode("utf-8", "replace")
    for rule, risk, pattern in _BANK:
        if pattern.search(octets) is not None:
            yield rule, risk
    if any(_is_private(match.group(1).decode()) for match in _ADDRESS.finditer(octets)):
        yield "private_network_address", 0.85
    try:
        verdict = evaluate(Content((Message("user", joined),)), policy)
    except ContentTooLarge:
        yield "arguments_not_scanned", 0.85
        return
    for finding in verdict.findings:
        if finding.status is Status.ACTIVE:
            blocks = verdict.decision is Decision.BLOCK and finding.band == "block"
            yield finding.threat_type, finding.confidence if blocks else min(0.6, finding.confidence)


def _is_private(host: str) -> bool:
    if host.lower() in ("localhost", "localhost.localdomain") or host.lower().endswith(
        (".local", ".internal")
    ):
        return True
    try:
        return not ipaddress.ip_address(host.strip("[]")).is_global
    except ValueError:
        return False


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spaces, for hashing."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
