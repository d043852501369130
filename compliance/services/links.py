"""Fetching a package: by a link that works once, for a quarter of an hour."""

from datetime import timedelta
from typing import IO

from django.utils import timezone

from audit.actions import Action
from audit.services import record
from compliance.models import PrivacyRequest
from compliance.packages import packages
from organizations.services.governance import require_fresh
from promptguard.core.caller import Caller
from promptguard.core.crypto import random_token, same, token_hash
from promptguard.core.errors import NotFound
from promptguard.core.tenancy import platform_scope

LINK_LIFETIME = timedelta(minutes=15)


def new_download_link(*, caller: Caller, request: PrivacyRequest) -> str:
    """A token that opens the package once. Raises ReauthenticationRequired, and NotFound without a package."""
    require_fresh(caller)
    if request.state != PrivacyRequest.State.DONE or not request.package:
        raise NotFound("There is no package to download, or it has been removed.")
    token = random_token()
    request.link_hash, request.link_expires_at = token_hash(token), timezone.now() + LINK_LIFETIME
    request.save(update_fields=["link_hash", "link_expires_at"])
    return token


def open_package(*, caller: Caller, request: PrivacyRequest, token: str) -> IO[bytes]:
    """The package, for whoever holds the newest link; the link is spent by this. Raises NotFound."""
    live = (
        request.link_hash is not None and request.link_expires_at and request.link_expires_at > timezone.now()
    )
    if not live or not same(bytes(request.link_hash or b""), token_hash(token)):
        raise NotFound("This link was used before, or is too old. Ask for a new one.")
    spent = PrivacyRequest.objects.filter(id=request.id, link_hash=request.link_hash)
    if not spent.update(link_hash=None, link_expires_at=None):
        raise NotFound("This link was used before.")
    package = packages().open(request.package)
    if package is None:  # its week ended between the link and this
        raise NotFound("The package has been removed. Ask for a new export.")
    with platform_scope():
        record(Action.DATA_EXPORT_FETCHED, caller=caller, details={"request_id": str(request.id)})
    return package
