"""What happens to a key after it was made: changed, rotated with an overlap, warned about before it expires."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from organizations.mailing import queue_mail
from organizations.models import Organization
from organizations.selectors import governors_addresses
from promptguard.core.caller import Caller, system_caller
from promptguard.core.crypto import token_hash
from promptguard.core.errors import Forbidden, Invalid
from promptguard.core.tenancy import organization_scope, platform_scope
from promptguard.projects.keys import generate_key
from promptguard.projects.models import ApiKey
from promptguard.projects.scopes import permissions_of

WARNED_DAYS = (14, 3, 1)
LONGEST_OVERLAP_MINUTES = 10_080


def bounded_expiry(organization: Organization, expires_at: datetime | None, now: datetime) -> datetime | None:
    """The expiry of a key made now: as asked, and within the organization's maximum. Raises Invalid."""
    if expires_at is not None and expires_at <= now:
        raise Invalid.field("expires_at", "Must lie in the future.")
    if organization.key_lifetime_days is None:
        return expires_at
    latest = now + timedelta(days=organization.key_lifetime_days)
    if expires_at is not None and expires_at > latest:
        told = f"Keys of this organization live {organization.key_lifetime_days} days at most."
        raise Invalid.field("expires_at", told, "range")
    return expires_at or latest


def update_api_key(*, caller: Caller, key: ApiKey, changes: Mapping[str, Any]) -> ApiKey:
    """Apply `changes` (column → value). Raises Forbidden for scopes beyond the caller's own, and Invalid."""
    wanted = dict(changes)
    if not permissions_of(wanted.get("scopes", [])) <= caller.permissions_in(key.project_id):
        raise Forbidden("A key cannot do more than whoever changes it.")
    if "expires_at" in wanted:
        wanted["expires_at"] = bounded_expiry(_organization(caller), wanted["expires_at"], timezone.now())
        wanted["warned_days"] = None
    before = {name: getattr(key, name) for name in wanted}
    for name, value in wanted.items():
        setattr(key, name, value)
    key.save(update_fields=list(wanted))
    target = Target("api_key", key.id)
    record(
        Action.API_KEY_UPDATED, caller=caller, targets=[target], before=_plain(before), after=_plain(wanted)
    )
    return key


def rotate_api_key(*, caller: Caller, key: ApiKey, overlap_minutes: int) -> tuple[ApiKey, str]:
    """A new secret, shown once; the old one works `overlap_minutes` longer. One overlap at a time.

    The new one lives as long as the old was meant to. Raises Forbidden when the key may do more than the caller.
    """
    if not permissions_of(key.scopes) <= caller.permissions_in(key.project_id):
        raise Forbidden("Nobody can take over a key that does more than they do.")
    now, organization = timezone.now(), _organization(caller)
    until = now + timedelta(minutes=overlap_minutes)
    key.previous_secret_hash = key.secret_hash
    key.previous_expires_at = min(until, key.expires_at) if key.expires_at else until
    if key.expires_at is not None:
        key.expires_at = now + (key.expires_at - (key.rotated_at or key.created_at))
    if organization.key_lifetime_days is not None:
        latest = now + timedelta(days=organization.key_lifetime_days)
        key.expires_at = min(key.expires_at, latest) if key.expires_at else latest
    text = generate_key(key.public_id)
    key.secret_hash, key.rotated_at, key.warned_days = token_hash(text.text), now, None
    key.save()
    record(
        Action.API_KEY_ROTATED,
        caller=caller,
        targets=[Target("api_key", key.id)],
        after={"prefix": key.prefix, "old_works_until": key.previous_expires_at.isoformat()},
    )
    return key, text.text


def warn_expiring_keys(now: datetime | None = None) -> int:
    """Tell owners and admins of keys that expire within 14, 3 and 1 days, once for each; how many were told of."""
    now = now or timezone.now()
    with platform_scope():
        expiring = ApiKey.all_tenants.filter(
            is_active=True,
            revoked_at__isnull=True,
            expires_at__gt=now,
            expires_at__lte=now + timedelta(days=WARNED_DAYS[0]),
        )
        due = list(expiring.values_list("organization_id", "id", "expires_at"))
    return sum(
        _warn(organization_id, key_id, _threshold(expires_at - now))
        for organization_id, key_id, expires_at in due
        if expires_at is not None
    )


def _threshold(left: timedelta) -> int:
    return min(days for days in WARNED_DAYS if left <= timedelta(days=days))


def _warn(organization_id: UUID, key_id: UUID, days: int) -> bool:
    caller = system_caller(organization_id)
    with organization_scope(organization_id):
        key = ApiKey.objects.for_caller(caller).select_for_update().get(id=key_id)
        if key.expires_at is None or (key.warned_days is not None and key.warned_days <= days):
            return False
        key.warned_days = days
        key.save(update_fields=["warned_days"])
        record(
            Action.API_KEY_EXPIRING,
            caller=caller,
            targets=[Target("api_key", key.id)],
            details={"prefix": key.prefix, "days": days, "expires_at": key.expires_at.isoformat()},
        )
        for address in governors_addresses(caller):
            queue_mail(
                "api_key_expiring",
                address,
                key=f"{key.name} ({key.prefix})",
                organization=key.organization.name,
                expires_on=f"{key.expires_at:%d %B %Y, %H:%M} UTC",
            )
    return True


def _organization(caller: Caller) -> Organization:
    return Organization.objects.get(id=caller.tenant)


def _plain(columns: Mapping[str, Any]) -> dict[str, Any]:
    """For the audit log, which knows no dates."""
    shown = {name: value for name, value in columns.items() if name != "warned_days"}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in shown.items()
    }
