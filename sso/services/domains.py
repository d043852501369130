"""Claiming, proving and losing a mail domain. A proof that was seen is looked for daily, and may be missing a week."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from organizations.models import AuthSession
from promptguard.core.caller import Caller, system_caller
from promptguard.core.crypto import random_token
from promptguard.core.errors import Conflict, Invalid
from promptguard.core.tenancy import organization_scope, platform_scope
from sso.dns import LookupFailed, TxtLookup, txt_records
from sso.domainnames import normalised
from sso.models import Domain, SsoSession

MOST_CLAIMS = 50


class DomainTaken(Conflict):
    code = "domain_taken"
    message = "Another organization has verified this domain."


class TooManyDomains(Conflict):
    code = "too_many_domains"
    message = "An organization claims at most 50 domains."


def claim_domain(*, caller: Caller, name: str) -> Domain:
    """A claim with the TXT record that proves it; the same claim again changes nothing.

    Raises Invalid, TooManyDomains.
    """
    try:
        name = normalised(name)
    except ValueError as error:
        raise Invalid.field("name", f"This {error}.", "domain") from error
    mine = Domain.objects.for_caller(caller)
    if found := mine.filter(name=name).first():
        return found
    if mine.count() >= MOST_CLAIMS:
        raise TooManyDomains()
    domain = Domain.objects.create_for(
        caller, name=name, proof=f"promptguard-verification={random_token(24)}"
    )
    record(
        Action.SSO_DOMAIN_CLAIMED, caller=caller, targets=[Target("domain", domain.id)], after={"name": name}
    )
    return domain


def remove_domain(*, caller: Caller, domain: Domain) -> None:
    """From now on nobody signs in on the strength of this domain; account-wide sessions that did end."""
    before = {"name": domain.name, "status": domain.status}
    target = Target("domain", domain.id)
    end_sessions_on(caller, domain.name)
    domain.delete()
    record(Action.SSO_DOMAIN_REMOVED, caller=caller, targets=[target], before=before)


def check_domain(*, caller: Caller, domain: Domain, lookup: TxtLookup = txt_records) -> Domain:
    """Look for the proof, outside of a transaction, and note what was found. Raises DomainTaken."""
    try:
        is_proven: bool | None = domain.is_vouched or domain.proof in lookup(domain.record_name)
    except LookupFailed:
        is_proven = None
    with organization_scope(caller.tenant):
        domain = Domain.objects.for_caller(caller).select_for_update().get(id=domain.id)
        domain.checked_at = now = timezone.now()
        if is_proven:
            return _proven(caller, domain, now)
        return _missing(caller, domain, now, known=is_proven is not None)


def _proven(caller: Caller, domain: Domain, now: datetime) -> Domain:
    is_new = domain.verified_at is None
    domain.verified_at, domain.failing_since = domain.verified_at or now, None
    try:
        with transaction.atomic():
            domain.save()
    except IntegrityError as error:
        raise DomainTaken() from error
    if is_new:
        target = Target("domain", domain.id)
        details = {"name": domain.name, "vouched": domain.is_vouched}
        record(Action.SSO_DOMAIN_VERIFIED, caller=caller, targets=[target], details=details)
    return domain


def _missing(caller: Caller, domain: Domain, now: datetime, *, known: bool) -> Domain:
    """An unanswered question counts like a missing record: a week of either, and the domain lapses."""
    action = Action.SSO_DOMAIN_CHECKED
    if domain.verified_at is not None:
        domain.failing_since = domain.failing_since or now
        if now - domain.failing_since > Domain.GRACE:
            domain.verified_at = domain.failing_since = None
            action = Action.SSO_DOMAIN_LAPSED
            end_sessions_on(caller, domain.name)
    domain.save()
    details = {"name": domain.name, "record": "missing" if known else "unknown"}
    record(action, caller=caller, targets=[Target("domain", domain.id)], details=details)
    return domain


def end_sessions_on(caller: Caller, name: str) -> int:
    """End the single sign-on sessions of addresses in a domain that no longer counts."""
    mine = SsoSession.objects.for_caller(caller).filter(identity__user__email__iendswith=f"@{name}")
    sessions = AuthSession.objects.filter(id__in=mine.values("session_id"), revoked_at__isnull=True)
    return sessions.update(revoked_at=timezone.now())


def vouch_for_domain(*, caller: Caller, domain: Domain) -> Domain:
    """An operator knows that the domain is theirs: no record is needed. Raises DomainTaken."""
    domain.is_vouched = True
    domain.save(update_fields=["is_vouched"])
    return check_domain(caller=caller, domain=domain)


def recheck_domains(*, lookup: TxtLookup = txt_records) -> int:
    """The daily round over all verified domains that nobody vouches for; returns how many were looked at."""
    with platform_scope():
        due = list(Domain.all_tenants.filter(verified_at__isnull=False, is_vouched=False))
    for domain in due:
        check_domain(caller=system_caller(domain.organization_id), domain=domain, lookup=lookup)
    return len(due)
