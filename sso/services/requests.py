"""What is forgotten of the directories' requests: the old, and those beyond an organization's newest."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count

from promptguard.core.tenancy import platform_scope
from sso.models import DirectoryRequest


def forget_requests(now: datetime) -> int:
    """The hourly round over all organizations; returns how many rows went."""
    with platform_scope():
        rows = DirectoryRequest.all_tenants.all()
        forgotten, _ = rows.filter(created_at__lt=now - timedelta(days=settings.SCIM_LOG_DAYS)).delete()
        counted = rows.order_by().values("organization_id").annotate(count=Count("id"))
        for each in counted.filter(count__gt=settings.SCIM_LOG_REQUESTS):
            mine = rows.filter(organization_id=each["organization_id"])
            # Ids grow with time (UUIDv7).
            oldest_kept = mine.order_by("-id").values_list("id", flat=True)[settings.SCIM_LOG_REQUESTS - 1]
            forgotten += mine.filter(id__lt=oldest_kept).delete()[0]
    return forgotten
