"""What people, owners and officers may ask for; `working` answers it."""

from compliance.services.end_users import (
    erase_end_user_for_operator,
    export_end_user,
    request_end_user_erasure,
)
from compliance.services.links import LINK_LIFETIME, new_download_link, open_package
from compliance.services.organizations import (
    cancel_organization_deletion,
    open_due_closings,
    request_organization_deletion,
    request_organization_export,
)
from compliance.services.people import (
    SoleOwner,
    cancel_erasure,
    erase_for_operator,
    export_or_request,
    repeat_erasure,
    request_erasure,
)
from compliance.services.requests import (
    CONFIRMATION,
    NotCancellable,
    RequestOpen,
    request_by_receipt,
    retry_failed,
    wake_blocked,
)

__all__ = [
    "CONFIRMATION",
    "LINK_LIFETIME",
    "NotCancellable",
    "RequestOpen",
    "SoleOwner",
    "cancel_erasure",
    "cancel_organization_deletion",
    "erase_end_user_for_operator",
    "erase_for_operator",
    "export_end_user",
    "export_or_request",
    "new_download_link",
    "open_due_closings",
    "open_package",
    "repeat_erasure",
    "request_by_receipt",
    "request_end_user_erasure",
    "request_erasure",
    "request_organization_deletion",
    "request_organization_export",
    "retry_failed",
    "wake_blocked",
]
