"""What people said about decisions."""

from django.db import models
from django.utils import timezone

from promptguard.core.tenancy import TenantModel
from promptguard.guard.models.interactions import Interaction


class Judgement(models.TextChoices):
    """Whether the guard was right."""

    CORRECT = "correct"
    FALSE_POSITIVE = "false_positive"


class Feedback(TenantModel):
    """One person's judgement of one decision."""

    project_field = "interaction__project_id"

    interaction = models.ForeignKey(Interaction, on_delete=models.CASCADE, related_name="feedback")
    judgement = models.CharField(max_length=20, choices=Judgement)
    note = models.CharField(max_length=1000, blank=True)
    author_id = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.judgement
