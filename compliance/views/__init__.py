"""The doors of data protection: about oneself, about one's organization, about its end users."""

from compliance.views.certificates import CertificateView
from compliance.views.end_users import (
    EndUserDeletionDetail,
    EndUserDeletionView,
    EndUserExportDetail,
    EndUserExportDownload,
    EndUserExportLink,
    EndUserExportView,
)
from compliance.views.organizations import (
    OrganizationDeletionDetail,
    OrganizationDeletionView,
    OrganizationExportDetail,
    OrganizationExportDownload,
    OrganizationExportLink,
    OrganizationExportView,
)
from compliance.views.people import (
    DataDeletionDetail,
    DataDeletionView,
    DataExportDetail,
    DataExportDownload,
    DataExportLink,
    DataExportView,
)

__all__ = [
    "CertificateView",
    "DataDeletionDetail",
    "DataDeletionView",
    "DataExportDetail",
    "DataExportDownload",
    "DataExportLink",
    "DataExportView",
    "EndUserDeletionDetail",
    "EndUserDeletionView",
    "EndUserExportDetail",
    "EndUserExportDownload",
    "EndUserExportLink",
    "EndUserExportView",
    "OrganizationDeletionDetail",
    "OrganizationDeletionView",
    "OrganizationExportDetail",
    "OrganizationExportDownload",
    "OrganizationExportLink",
    "OrganizationExportView",
]
