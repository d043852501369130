"""Two maps: `dashboard` goes under `/dashboard/`, `developer` under `/api/v1/` and `/api/v1/proxy/`."""

from django.urls import path

from promptguard.guard.views import agents, interactions, policies, redteam, scanning

INTERACTION = "interactions/<uuid:interaction_id>"
PROJECT, VERSION = "projects/<uuid:project_id>", "projects/<uuid:project_id>/policy-versions/<int:number>"

dashboard = [
    path("interactions", interactions.InteractionList.as_view(), name="interaction-list"),
    path("interactions/export", interactions.InteractionExport.as_view(), name="interaction-export"),
    path(
        f"{INTERACTION}/explanation",
        interactions.InteractionExplanation.as_view(),
        name="interaction-explanation",
    ),
    path(f"{INTERACTION}/feedback", interactions.InteractionFeedback.as_view(), name="interaction-feedback"),
    path(
        INTERACTION,
        interactions.InteractionDetail.as_view(),
        name="interaction-detail",
    ),
    path(f"{PROJECT}/canaries", policies.CanaryList.as_view(), name="canary-list"),
    path(f"{PROJECT}/canaries/<uuid:canary_id>", policies.CanaryDetail.as_view(), name="canary-detail"),
    path(f"{PROJECT}/guardrails", policies.Guardrails.as_view(), name="guardrails"),
    path(f"{PROJECT}/policies", policies.ProjectPolicyList.as_view(), name="policy-list"),
    path(
        f"{PROJECT}/policies/<uuid:policy_id>", policies.ProjectPolicyDetail.as_view(), name="policy-detail"
    ),
    path(f"{PROJECT}/policy-versions", policies.VersionList.as_view(), name="policy-version-list"),
    path(VERSION, policies.VersionDetail.as_view(), name="policy-version-detail"),
    path(f"{VERSION}/activate", policies.VersionActivation.as_view(), name="policy-version-activate"),
    path(f"{VERSION}/diff", policies.VersionDiffView.as_view(), name="policy-version-diff"),
    path(f"{VERSION}/dry-run", policies.VersionDryRun.as_view(), name="policy-version-dry-run"),
    path(
        f"{VERSION}/dry-run/<uuid:job_id>",
        policies.VersionDryRunDetail.as_view(),
        name="policy-version-dry-run-detail",
    ),
    path(f"{VERSION}/rollback", policies.VersionRollback.as_view(), name="policy-version-rollback"),
    path(f"{PROJECT}/suppressions", policies.SuppressionList.as_view(), name="suppression-list"),
    path(
        f"{PROJECT}/suppressions/<uuid:suppression_id>",
        policies.SuppressionDetail.as_view(),
        name="suppression-detail",
    ),
    path(f"{PROJECT}/tool-profile", agents.ToolProfileView.as_view(), name="tool-profile"),
]
developer = [
    path("agent/analyze-behavior", agents.BehaviourAnalysis.as_view(), name="agent-analyze-behavior"),
    path("agent/health", agents.AgentHealth.as_view(), name="agent-health"),
    path("agent/memory/scan", agents.MemoryScan.as_view(), name="agent-memory-scan"),
    path("agent/register", agents.AgentRegistration.as_view(), name="agent-register"),
    path("agent/trace/audit", agents.TraceAudit.as_view(), name="agent-trace-audit"),
    path("agent/validate-tool", agents.ToolValidation.as_view(), name="agent-validate-tool"),
    path("agent/<path:agent_id>/rotate-credential", agents.CredentialRotation.as_view(), name="agent-rotate"),
    path(
        "agent/<path:agent_id>/sessions/<path:session_id>/end",
        agents.SessionEnd.as_view(),
        name="agent-session-end",
    ),
    path("agent/<path:agent_id>/stats", agents.AgentStatistics.as_view(), name="agent-stats"),
    path("guard", scanning.GuardView.as_view(), name="guard"),
    # What clients up to 1.11 call (contract 1.7).
    path("internal/redteam/test-all", redteam.TestRunAll.as_view(), name="redteam-all"),
    path("internal/redteam/test-custom", redteam.TestRunCustom.as_view(), name="redteam-custom"),
    path("internal/redteam/test/<path:name>", redteam.TestRun.as_view(), name="redteam-test"),
    path("internal/redteam/tests", redteam.TestList.as_view(), name="redteam-tests"),
    path("mcp/scan-manifest", agents.ManifestScan.as_view(), name="mcp-scan-manifest"),
    path("policies", policies.DeveloperPolicyList.as_view(), name="policy-list"),
    path("presets", scanning.PresetList.as_view(), name="preset-list"),
    path("presets/<path:name>", scanning.PresetDetail.as_view(), name="preset-detail"),
    path(f"{PROJECT}/guardrails", policies.DeveloperGuardrails.as_view(), name="guardrails"),
    path("security/redact", scanning.RedactView.as_view(), name="security-redact"),
    path("security/restore", scanning.RestoreView.as_view(), name="security-restore"),
    path("security/scan", scanning.ScanView.as_view(), name="security-scan"),
    path("security-testing/run-all", redteam.TestRunAll.as_view(), name="security-testing-run-all"),
    path("security-testing/run-custom", redteam.TestRunCustom.as_view(), name="security-testing-run-custom"),
    path("security-testing/run/<path:name>", redteam.TestRun.as_view(), name="security-testing-run"),
    path("security-testing/tests", redteam.TestList.as_view(), name="security-testing-tests"),
    path("usage/stats", scanning.UsageStats.as_view(), name="usage-stats"),
]
