"""Filters over people and groups (RFC 7644, 3.4.2.2), as far as we know their attributes."""

from typing import Any

from django.db.models import QuerySet
from scim2_filter_parser.transpilers.django_q_object import get_query

from promptguard.core.errors import Invalid

LONGEST_FILTER = 500
USER_FILTERS = {
    ("userName", None, None): "user_name",
    ("externalId", None, None): "external_id",
    ("id", None, None): "id",
    ("displayName", None, None): "display_name",
    ("active", None, None): "is_active",
    ("name", "givenName", None): "given_name",
    ("name", "familyName", None): "family_name",
    ("emails", None, None): "user__email",
    ("emails", "value", None): "user__email",
}
GROUP_FILTERS = {
    ("displayName", None, None): "display_name",
    ("externalId", None, None): "external_id",
    ("id", None, None): "id",
    ("members", "value", None): "memberships__member_id",
}


def filtered(rows: QuerySet[Any], text: str | None, filters: dict[Any, str]) -> QuerySet[Any]:
    """Raises Invalid for a filter that we do not understand."""
    if not text:
        return rows
    refused = Invalid(
        [{"loc": ["query", "filter"], "msg": "is not a filter over known attributes", "type": "filter"}]
    )
    if len(text) > LONGEST_FILTER:
        raise refused
    try:
        return rows.filter(get_query(text, filters))
    except Exception as error:
        raise refused from error
