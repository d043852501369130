"""What each check last found, for the whole installation."""

from django.db import models


class PostureResult(models.Model):
    """One check. `violations` counts how often it turned to failing, `published` how often `/metrics` has said so."""

    class Status(models.TextChoices):
        PASS = "pass"  # noqa: S105  not a password
        FAIL = "fail"
        UNKNOWN = "unknown"

    check_id = models.CharField(max_length=40, primary_key=True)
    status = models.CharField(max_length=10, choices=Status)
    detail = models.CharField(max_length=500, blank=True)
    checked_at = models.DateTimeField()
    # Since when it has had this status.
    since = models.DateTimeField()
    violations = models.PositiveIntegerField(default=0)
    published = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.check_id}: {self.status}"
