"""Looking at the installation: its configuration, its database, its log."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.utils import timezone

from audit import upkeep
from audit.actions import Action
from audit.checks import harmful_privileges, missing_fences
from audit.models import PLATFORM_ORGANIZATION_ID, AuditEvent
from compliance.models import PrivacyRequest
from compliance.posture.check import Outcome, none_of, passes, unknown
from organizations.models import SecondFactor, User
from promptguard.core.canonical import parse
from promptguard.core.database import tenant_column
from promptguard.core.jobs.models import Job

DAY = timedelta(hours=26)
LONGEST_ANCHOR_SILENCE = timedelta(hours=2)
SHORTEST_SECRET, FEWEST_CHARACTERS = 50, 12
FEWEST_BYTES = 12


def audit_logging(_organization: UUID | None) -> Outcome:
    return passes(bool(settings.ENABLE_AUDIT_LOGGING))


def encryption_keys(_organization: UUID | None) -> Outcome:
    keys = settings.ENCRYPTION_KEYS
    return passes(bool(keys) and all(len(key) == 32 for key in keys.values()), f"{len(keys)} keys")


def strong_secrets(_organization: UUID | None) -> Outcome:
    """Made by a generator, long, and none used twice."""
    keys = [*settings.ENCRYPTION_KEYS.values(), *settings.JWT_KEYS.values()]
    weak = [key for key in keys if len(set(key)) < FEWEST_BYTES]
    secret = settings.SECRET_KEY
    is_short = len(secret) < SHORTEST_SECRET or len(set(secret)) < FEWEST_CHARACTERS
    is_known = secret.startswith(("django-insecure", "only-for-tests", "changeme", "secret"))
    reused = len(set(keys)) < len(keys)
    return passes(not (weak or is_short or is_known or reused), f"{len(keys)} keys looked at")


def separate_database_roles(_organization: UUID | None) -> Outcome:
    users = {alias: settings.DATABASES[alias]["USER"] for alias in ("default", "owner", "sequencer")}
    return passes(len(set(users.values())) == len(users), f"{len(set(users.values()))} of 3 roles")


def transport_security(_organization: UUID | None) -> Outcome:
    return passes(settings.PUBLIC_URL.startswith("https://"))


def secure_cookies(_organization: UUID | None) -> Outcome:
    return passes(
        bool(settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE and settings.SECURE_HSTS_SECONDS)
    )


def hardened_server(_organization: UUID | None) -> Outcome:
    return passes(not settings.DEBUG and "*" not in settings.ALLOWED_HOSTS)


def row_security(_organization: UUID | None) -> Outcome:
    tables = {model._meta.db_table for model in apps.get_models() if tenant_column(model)}
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
        walled = {table for (table,) in cursor.fetchall()}
    return passes(tables <= walled, f"{len(tables & walled)} of {len(tables)} tables")


def audit_fences(_organization: UUID | None) -> Outcome:
    found = [*harmful_privileges(), *missing_fences()]
    return passes(not found, ", ".join(found)[:300] or "append-only, by privileges and triggers")


def audit_sealing(_organization: UUID | None) -> Outcome:
    told = upkeep.figures()
    return passes(told["ready"], f"{told['unsealed']} waiting, the oldest for {told['oldest_seconds']:.0f} s")


def audit_verified(_organization: UUID | None) -> Outcome:
    found = last_verification()
    if found is None:
        return passes(False, "never verified")
    at, code = found
    return passes(code == 0 and at > timezone.now() - DAY, f"{at:%Y-%m-%d %H:%M} UTC, exit code {code}")


def last_verification() -> tuple[datetime, int] | None:
    """When all chains were last verified, and how that ended (exit code of `verify_audit_chain`)."""
    runs = AuditEvent.all_tenants.filter(
        organization_id=PLATFORM_ORGANIZATION_ID, event_type=str(Action.AUDIT_VERIFIED)
    )
    for event in runs.order_by("-epoch", "-seq")[:20]:
        details = parse(bytes(event.canonical))["pub"].get("details", {})
        if "exit" in details:
            return event.occurred_at, details["exit"]
    return None


def anchors_fresh(_organization: UUID | None) -> Outcome:
    age = upkeep.figures()["anchor_age_seconds"]
    if age is None:
        return passes(False, "no anchor was ever published")
    return passes(age < LONGEST_ANCHOR_SILENCE.total_seconds(), f"{age / 60:.0f} minutes old")


def backups_fresh(_organization: UUID | None) -> Outcome:
    if not settings.BACKUP_MARKER:
        return unknown("BACKUP_MARKER is not set")
    try:
        last = datetime.fromtimestamp(Path(settings.BACKUP_MARKER).stat().st_mtime, UTC)
    except OSError:
        return passes(False, "there is no marker of a backup")
    return passes(last > timezone.now() - DAY, f"{last:%Y-%m-%d %H:%M} UTC")


def operators_second_factor(_organization: UUID | None) -> Outcome:
    confirmed = SecondFactor.objects.filter(confirmed_at__isnull=False).values("user_id")
    without = User.objects.filter(is_staff=True, is_active=True).exclude(id__in=confirmed)
    return none_of(without.count(), "operators without one")


def retention_fresh(_organization: UUID | None) -> Outcome:
    done = Job.objects.filter(task="retention.purge", status=Job.Status.DONE).order_by("-finished_at").first()
    if done is None or done.finished_at is None:
        return passes(False, "never finished")
    return passes(done.finished_at > timezone.now() - DAY, f"{done.finished_at:%Y-%m-%d %H:%M} UTC")


def privacy_requests_on_time(_organization: UUID | None) -> Outcome:
    late = PrivacyRequest.objects.filter(state__in=PrivacyRequest.OPEN, due_at__lt=timezone.now())
    return none_of(late.count(), "overdue")


def background_work(_organization: UUID | None) -> Outcome:
    return none_of(Job.objects.filter(status=Job.Status.DEAD).count(), "jobs given up")
