"""Whom a hold is about where only the organization's own label names them."""

from django.db import models

from promptguard.core.tenancy import TenantModel


class HeldEndUser(TenantModel):
    """The label of an end user under a legal hold. It goes with the release: the hold itself knows only a pseudonym."""

    hold_id = models.UUIDField(unique=True, editable=False)
    label = models.CharField(max_length=255)

    def __str__(self) -> str:
        return str(self.hold_id)
