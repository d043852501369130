"""Reads about the IP allow-list."""

from typing import Any

from django.db.models import QuerySet

from organizations.networks.models import AllowedNetwork
from promptguard.core.caller import Caller
from promptguard.core.clientip import contains, networks


def allowed_networks(caller: Caller) -> QuerySet[AllowedNetwork]:
    return AllowedNetwork.objects.for_caller(caller)


def would_pass(caller: Caller, address: str | None) -> dict[str, Any]:
    """Whether `address` (canonical, or None for unknown) would come in, and through which entry."""
    entries = list(allowed_networks(caller).order_by("created_at"))
    matched = next((entry for entry in entries if contains(networks((entry.cidr,)), address)), None)
    return {
        "address": address,
        "passes": not entries or matched is not None,
        "network_id": matched.id if matched else None,
        "is_restricted": bool(entries),
    }
