"""Under `/dashboard/compliance/`."""

from django.urls import path

from compliance import views

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
]
