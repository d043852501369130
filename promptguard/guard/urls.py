"""Two maps: `dashboard` goes under `/dashboard/`, `developer` under `/api/v1/` and `/api/v1/proxy/`."""

from django.urls import path

from promptguard.guard.views import interactions, policies, scanning

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
    path(f"{VERSION}/rollback", policies.VersionRollback.as_view(), name="policy-version-rollback"),
    path(f"{PROJECT}/suppressions", policies.SuppressionList.as_view(), name="suppression-list"),
    path(
        f"{PROJECT}/suppressions/<uuid:suppression_id>",
        policies.SuppressionDetail.as_view(),
        name="suppression-detail",
    ),
]
developer = [
    path("guard", scanning.GuardView.as_view(), name="guard"),
    path("policies", policies.DeveloperPolicyList.as_view(), name="policy-list"),
    path("presets", scanning.PresetList.as_view(), name="preset-list"),
    path("presets/<path:name>", scanning.PresetDetail.as_view(), name="preset-detail"),
    path(f"{PROJECT}/guardrails", policies.DeveloperGuardrails.as_view(), name="guardrails"),
    path("security/redact", scanning.RedactView.as_view(), name="security-redact"),
    path("security/scan", scanning.ScanView.as_view(), name="security-scan"),
    path("usage/stats", scanning.UsageStats.as_view(), name="usage-stats"),
]
