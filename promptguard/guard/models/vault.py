"""Values that stand behind tokens, for as long as somebody may want them back."""

from django.db import models
from django.utils import timezone

from promptguard.core.crypto import open_sealed
from promptguard.core.tenancy import TenantModel
from promptguard.projects.models import Project


class VaultedValue(TenantModel):
    """One token of one scope: a session of an end user, or a single event. `scope_hash` names neither."""

    project_field = "project_id"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="vaulted_values")
    scope_hash = models.BinaryField()
    token = models.CharField(max_length=100)
    sealed = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("project", "scope_hash", "token", name="one_value_per_token")]
        indexes = [models.Index("expires_at", name="vaulted_values_by_expiry")]

    def __str__(self) -> str:
        return self.token

    @property
    def value(self) -> str:
        """The original. Raises SealBroken."""
        return open_sealed(bytes(self.sealed), value_place(bytes(self.scope_hash), self.token)).decode()


def value_place(scope_hash: bytes, token: str) -> bytes:
    """Binds a sealed value to its scope and token."""
    return b"guard.vault:" + scope_hash + token.encode()
