"""Mail that is still to be sent."""

from django.db import models
from django.utils import timezone

from promptguard.core.identifiers import uuid7


class OutgoingMail(models.Model):
    """Written in the transaction that caused it, deleted once sent. What it says, tokens included, is sealed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=40)
    address = models.EmailField(max_length=254)
    sealed_context = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    due_at = models.DateTimeField(default=timezone.now, db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.kind} mail {self.id}"
