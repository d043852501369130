"""Changes to the IP allow-list; each audited, and none that locks its maker out by mistake."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from audit.actions import Action, Outcome
from audit.envelope import Target
from audit.services import record
from organizations.admission import admission_of
from organizations.models import Organization
from organizations.networks.models import AllowedNetwork
from promptguard.core.access import NetworkNotAllowed
from promptguard.core.caller import Caller, Origin
from promptguard.core.clientip import contains, networks
from promptguard.core.errors import Conflict
from promptguard.core.ratelimit import Limit, limiter
from promptguard.core.tenancy import organization_scope

MOST_ENTRIES = 100


class NetworkListed(Conflict):
    code = "network_listed"
    message = "This network is on the allow-list already."


class TooManyNetworks(Conflict):
    code = "too_many_networks"
    message = f"An allow-list has at most {MOST_ENTRIES} entries."


class WouldLockYouOut(Conflict):
    code = "would_lock_you_out"
    message = "Your own address would not pass any more. Send confirm: true if that is what you want."


def allow_network(*, caller: Caller, cidr: str, label: str = "", confirm: bool = False) -> AllowedNetwork:
    """Add a canonical `cidr`. Raises NetworkListed, TooManyNetworks, WouldLockYouOut."""
    present = _locked(caller)
    if cidr in (entry.cidr for entry in present):
        raise NetworkListed()
    if len(present) >= MOST_ENTRIES:
        raise TooManyNetworks()
    _refuse_lockout(caller, [cidr, *(entry.cidr for entry in present)], confirm)
    entry = AllowedNetwork.objects.create_for(caller, cidr=cidr, label=label, created_by_id=caller.actor.id)
    _record(Action.ALLOWED_NETWORK_ADDED, caller, entry, after={"cidr": cidr, "label": label})
    return entry


def relabel_network(*, caller: Caller, entry: AllowedNetwork, label: str) -> AllowedNetwork:
    before, entry.label = entry.label, label
    entry.save(update_fields=["label"])
    _record(Action.ALLOWED_NETWORK_UPDATED, caller, entry, before={"label": before}, after={"label": label})
    return entry


def disallow_network(*, caller: Caller, entry: AllowedNetwork, confirm: bool = False) -> None:
    """Remove `entry`; with the last one everybody may come again. Raises WouldLockYouOut."""
    rest = [other.cidr for other in _locked(caller) if other.id != entry.id]
    _refuse_lockout(caller, rest, confirm)
    told = {"cidr": entry.cidr, "label": entry.label}
    _record(Action.ALLOWED_NETWORK_REMOVED, caller, entry, before=told)
    entry.delete()


def clear_networks(*, caller: Caller, reason: str) -> int:
    """Remove every entry: the operator's way back in for a tenant that locked itself out. How many there were."""
    entries = _locked(caller)
    admission_of.forget(caller.tenant)
    record(
        Action.ALLOWED_NETWORKS_CLEARED,
        caller=caller,
        targets=[Target("organization", caller.tenant)],
        before={"cidrs": sorted(entry.cidr for entry in entries)},
        after={"cidrs": []},
        reason=reason,
    )
    AllowedNetwork.objects.for_caller(caller).delete()
    return len(entries)


def note_denial(caller: Caller) -> None:
    """Record that an allow-list refused `caller`: once a minute for each, or an attacker would fill the chain."""
    subject = f"denied:{caller.actor.id}"
    once_a_minute = Limit("denial", str(caller.tenant), subject, per_minute=1, burst=1)
    if limiter.charge([once_a_minute]).admitted:
        with organization_scope(caller.tenant):
            record(Action.NETWORK_DENIED, caller=caller, outcome=Outcome.DENIED)


def require_some_network(organizations: Sequence[UUID], origin: Origin) -> None:
    """For renewing a sign-in, which is about no organization yet: at least one of them has to admit the address.

    Raises NetworkNotAllowed. Each request to an organization is checked by its own list anyway.
    """
    lists = [admission_of(organization_id).cidrs for organization_id in organizations]
    if lists and not any(not cidrs or contains(networks(cidrs), origin.ip) for cidrs in lists):
        raise NetworkNotAllowed()


def _locked(caller: Caller) -> list[AllowedNetwork]:
    # The organization's row is the lock: two removals must not each see the other's entry.
    Organization.objects.select_for_update().get(id=caller.tenant)
    return list(AllowedNetwork.objects.for_caller(caller))


def _refuse_lockout(caller: Caller, cidrs: Sequence[str], confirm: bool) -> None:
    if cidrs and not confirm and not contains(networks(tuple(cidrs)), caller.origin.ip):
        raise WouldLockYouOut()


def _record(action: Action, caller: Caller, entry: AllowedNetwork, **told: Any) -> None:
    admission_of.forget(caller.tenant)
    record(action, caller=caller, targets=[Target("allowed_network", entry.id)], **told)
