"""What other rooms ask before they let somebody in."""

from typing import Any

from django.dispatch import receiver

from organizations.entrances import entrance_asked
from promptguard.core.tenancy import platform_scope
from sso.enforcement import check_entrance


@receiver(entrance_asked, dispatch_uid="sso")
def ask_single_sign_on(sender: object, **asked: Any) -> None:
    """Raises SsoRequired. An inviting organization's own scope is not enough to see whose the domain is."""
    asked.pop("signal", None)
    with platform_scope():
        check_entrance(**asked)
