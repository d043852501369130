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
    path(
        "compliance/organization-export", views.OrganizationExportView.as_view(), name="organization-export"
    ),
    path(
        "compliance/organization-export/<uuid:request_id>",
        views.OrganizationExportDetail.as_view(),
        name="organization-export-detail",
    ),
    path(
        "compliance/organization-export/<uuid:request_id>/link",
        views.OrganizationExportLink.as_view(),
        name="organization-export-link",
    ),
    path(
        "compliance/organization-export/<uuid:request_id>/download",
        views.OrganizationExportDownload.as_view(),
        name="organization-export-download",
    ),
    path(
        "compliance/organization-deletion",
        views.OrganizationDeletionView.as_view(),
        name="organization-deletion",
    ),
    path(
        "compliance/organization-deletion/<uuid:request_id>",
        views.OrganizationDeletionDetail.as_view(),
        name="organization-deletion-detail",
    ),
    path("compliance/end-user-export", views.EndUserExportView.as_view(), name="end-user-export"),
    path(
        "compliance/end-user-export/<uuid:request_id>",
        views.EndUserExportDetail.as_view(),
        name="end-user-export-detail",
    ),
    path(
        "compliance/end-user-export/<uuid:request_id>/link",
        views.EndUserExportLink.as_view(),
        name="end-user-export-link",
    ),
    path(
        "compliance/end-user-export/<uuid:request_id>/download",
        views.EndUserExportDownload.as_view(),
        name="end-user-export-download",
    ),
    path("compliance/end-user-deletion", views.EndUserDeletionView.as_view(), name="end-user-deletion"),
    path(
        "compliance/end-user-deletion/<uuid:request_id>",
        views.EndUserDeletionDetail.as_view(),
        name="end-user-deletion-detail",
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
