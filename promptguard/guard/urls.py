"""Two maps: `dashboard` goes under `/dashboard/`, `developer` under `/api/v1/` and `/api/v1/proxy/`."""

from django.urls import path

from promptguard.guard import views

dashboard = [
    path("interactions", views.InteractionList.as_view(), name="interaction-list"),
    path("interactions/<uuid:interaction_id>", views.InteractionDetail.as_view(), name="interaction-detail"),
]
developer = [
    path("guard", views.GuardView.as_view(), name="guard"),
    path("security/scan", views.ScanView.as_view(), name="security-scan"),
    path("security/redact", views.RedactView.as_view(), name="security-redact"),
    path("presets", views.PresetList.as_view(), name="preset-list"),
    path("presets/<path:name>", views.PresetDetail.as_view(), name="preset-detail"),
    path("usage/stats", views.UsageStats.as_view(), name="usage-stats"),
]
