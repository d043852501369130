"""Scanning what a tool server says about its tools: hidden orders, look-alikes, shadowing, and silent
changes.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from promptguard.guard.engine.agents.tools import canonical_json
from promptguard.guard.engine.content import Origin
from promptguard.guard.engine.detectors.injection import combined_score, scan_rules
from promptguard.guard.engine.views import read
from promptguard.guard.engine.views.canonical import hidden_characters

MAX_TOOLS, MAX_CHARS, _MAX_DEPTH = 500, 131_072, 32
_INJECTION_SCORE = 0.5
_DESCRIBING_KEYS = frozenset(("description", "title", "default", "enum", "examples", "const", "$comment"))


@dataclass(frozen=True, slots=True)
class ManifestFinding:
    """One remark. Codes: E001 orders in a description, W021 invisible or look-alike characters, E002
    shadows another
    server's tool, W022 two tools share a name, E301 changed since the pin, E900 could not be scanned."""

    code: str
    tool: str
    severity: str
    reason: str
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ManifestReport:
    """Findings and pins; `ok` is False for any high finding or an incomplete scan."""

    sha256: str
    ok: bool
    findings: tuple[ManifestFinding, ...]
    tools: tuple[tuple[str, str], ...]
    incomplete: bool
    unscanned_tools: tuple[str, ...]


class ManifestTooLarge(ValueError):
    """More tools or more text than one scan reads."""


def scan_manifest(
    tools: Sequence[Mapping[str, Any]],
    pin: str | None = None,
    other_servers: Mapping[str, Sequence[str]] | None = None,
) -> ManifestReport:
    """Scan a `tools/list` result.

    Args:
        pin: `sha256` of an earlier report; a difference is a finding.
        other_servers: tool names by server, for shadowing.

    Raises:
        ManifestTooLarge: over 500 tools or 131,072 characters of canonical JSON.
    """
    serialised = [canonical_json(tool) for tool in tools]
    if len(tools) > MAX_TOOLS or sum(map(len, serialised)) > MAX_CHARS:
        raise ManifestTooLarge(f"at most {MAX_TOOLS} tools and {MAX_CHARS} characters")
    hashes = [_sha256(text) for text in serialised]
    digest = _sha256("\n".join(sorted(hashes)))
    findings = [*_changed(pin, digest), *_duplicates(tools), *_shadows(tools, other_servers or {})]
    unscanned: list[str] = []
    for tool in tools:
        try:
            findings += _scan_tool(tool)
        except RecursionError:
            unscanned.append(_name(tool))
            findings.append(
                ManifestFinding("E900", _name(tool), "high", "this tool nests too deeply to be scanned")
            )
    ok = not unscanned and all(finding.severity != "high" for finding in findings)
    pins = tuple((_name(tool), each) for tool, each in zip(tools, hashes, strict=True))
    return ManifestReport(digest, ok, tuple(findings), pins, bool(unscanned), tuple(unscanned))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def _name(tool: Mapping[str, Any]) -> str:
    name = tool.get("name")
    return name if isinstance(name, str) else ""


def _changed(pin: str | None, digest: str) -> Iterator[ManifestFinding]:
    if pin is not None and pin != digest:
        yield ManifestFinding("E301", "*", "high", "the tool list changed since it was pinned", {"pin": pin})


def _duplicates(tools: Sequence[Mapping[str, Any]]) -> Iterator[ManifestFinding]:
    counts = Counter(_name(tool).casefold() for tool in tools)
    for name, count in counts.items():
        if count > 1:
            yield ManifestFinding("W022", name, "medium", "two tools share this name", {"count": count})


def _shadows(
    tools: Sequence[Mapping[str, Any]], other_servers: Mapping[str, Sequence[str]]
) -> Iterator[ManifestFinding]:
    owners = {name.casefold(): server for server, names in other_servers.items() for name in names}
    for tool in tools:
        owner = owners.get(_name(tool).casefold())
        if owner is not None:
            yield ManifestFinding(
                "E002", _name(tool), "high", "another server has a tool of this name", {"server": owner}
            )
        description = str(tool.get("description") or "").casefold()
        for name, server in owners.items():
            if owner is None and len(name) > 4 and name in description:
                reason = "the description speaks about another server's tool"
                yield ManifestFinding("E002", _name(tool), "high", reason, {"server": server})


def _scan_tool(tool: Mapping[str, Any]) -> Iterator[ManifestFinding]:
    for path, text in _texts(tool):
        tags, overrides, selectors = hidden_characters(text)
        reading = read(text)
        view = reading.canonical.view
        if tags or overrides or selectors or _has_invisible(text):
            yield ManifestFinding("W021", _name(tool), "medium", "invisible characters", {"path": path})
        elif path == "name" and view.text != text:
            yield ManifestFinding("W021", _name(tool), "medium", "look-alike characters", {"path": path})
        hits = scan_rules(reading, Origin.TOOL_RESULT, False)
        if hits and combined_score(hits) >= _INJECTION_SCORE:
            reason = "the text gives orders to the model"
            yield ManifestFinding(
                "E001", _name(tool), "high", reason, {"path": path, "rule": hits[0].rule.id}
            )


def _has_invisible(text: str) -> bool:
    return any(char in text for char in "\u200b\u200c\u2060\u2061\u2062\u2063\u2064\u00ad")


def _texts(tool: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    stack: list[tuple[str, Any, int]] = [(key, value, 0) for key, value in tool.items()]
    while stack:
        path, node, depth = stack.pop()
        if depth > _MAX_DEPTH:
            raise RecursionError
        if isinstance(node, str):
            yield path, node
        elif isinstance(node, Mapping):
            for key, value in node.items():
                # Property names reach the model too.
                if str(key) not in _DESCRIBING_KEYS:
                    yield f"{path}.{key}", str(key)
                stack.append((f"{path}.{key}", value, depth + 1))
        elif isinstance(node, list | tuple):
            stack += [(f"{path}[{at}]", value, depth + 1) for at, value in enumerate(node)]
