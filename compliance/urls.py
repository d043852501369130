"""Under `/dashboard/compliance/`."""

from django.urls import path

from compliance import views
from compliance.evidence import views as evidence
from compliance.holds import views as holds
from compliance.posture import views as posture
from compliance.retention import views as retention

urlpatterns = [
    path(
        "compliance/certificates/<uuid:request_id>",
        views.CertificateView.as_view(),
        name="certificate-detail",
    ),
    path("compliance/data-export", views.DataExportView.as_view(), name="data-export"),
    path(
        "compliance/data-export/<uuid:request_id>",
        views.DataExportDetail.as_view(),
        name="data-export-detail",
    ),
    path(
        "compliance/data-export/<uuid:request_id>/link",
        views.DataExportLink.as_view(),
        name="data-export-link",
    ),
    path(
        "compliance/data-export/<uuid:request_id>/download",
        views.DataExportDownload.as_view(),
        name="data-export-download",
    ),
    path("compliance/data-deletion", views.DataDeletionView.as_view(), name="data-deletion"),
    path(
        "compliance/data-deletion/<uuid:request_id>",
        views.DataDeletionDetail.as_view(),
        name="data-deletion-detail",
    ),
    path("compliance/legal-holds", holds.LegalHolds.as_view(), name="legal-hold-list"),
    path("compliance/legal-holds/<uuid:hold_id>", holds.LegalHoldDetail.as_view(), name="legal-hold-detail"),
    path(
        "compliance/legal-holds/<uuid:hold_id>/release",
        holds.LegalHoldRelease.as_view(),
        name="legal-hold-release",
    ),
    path("compliance/evidence", evidence.EvidenceView.as_view(), name="evidence"),
    path("compliance/posture", posture.PostureView.as_view(), name="posture"),
    path("compliance/retention", retention.RetentionView.as_view(), name="retention-terms"),
    path("compliance/retention/preview", retention.RetentionPreview.as_view(), name="retention-preview"),
]
