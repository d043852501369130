"""What happens to projects and keys when something happens to organizations and members."""

from typing import Any
from uuid import UUID

from django.dispatch import receiver

from organizations.models import Organization
from organizations.signals import member_removed, organization_created
from promptguard.core.caller import Caller
from promptguard.projects import services


@receiver(organization_created)
def open_first_project(*, organization: Organization, caller: Caller, **_: Any) -> None:
    """A person's own organization begins with a project to send requests to (contract, section 2)."""
    if organization.is_personal:
        services.create_project(caller=caller, name="Production")


@receiver(member_removed)
def settle_keys(*, user_id: UUID, keys: str, heir_id: UUID | None, caller: Caller, **_: Any) -> None:
    services.settle_keys_of(caller=caller, user_id=user_id, heir_id=heir_id if keys == "transfer" else None)
