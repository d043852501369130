"""Walks the URL map: what is really there, whatever the table says."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from promptguard.core.views import VERBS, TenantView
from promptguard.core.views import Door as DoorView
from tests.people import Tenant
from tests.surface import Door

# Not ours to list: the operators' console has tests of its own (test_admin.py).
FOREIGN_NAMESPACES = ("admin",)


def real_doors() -> dict[str, set[tuple[str, str, str | None]]]:
    """Namespace → {(url name, verb, permission or None)}."""
    found: dict[str, set[tuple[str, str, str | None]]] = {}
    for namespace, pattern in _patterns(get_resolver(), ""):
        view = getattr(pattern.callback, "view_class", getattr(pattern.callback, "cls", None))
        assert isinstance(view, type), f"{pattern}: a function, not one of our views"
        assert issubclass(view, DoorView), f"{pattern}: not one of our views"
        for verb in VERBS:
            if hasattr(view, verb):
                needs = str(view.permissions[verb.upper()]) if issubclass(view, TenantView) else None
                found.setdefault(namespace, set()).add((pattern.name or "", verb.upper(), needs))
    return found


def real_views() -> Iterator[type[DoorView]]:
    for _, pattern in _patterns(get_resolver(), ""):
        yield pattern.callback.view_class  # type: ignore[attr-defined]


def _patterns(resolver: Any, namespace: str) -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            if entry.namespace not in FOREIGN_NAMESPACES:
                yield from _patterns(entry, entry.namespace or namespace)
        else:
            yield namespace, entry


def address(namespace: str, door: Door, tenant: Tenant) -> str:
    name = f"{namespace}:{door.name}" if namespace else door.name
    return reverse(name, kwargs=door.path(tenant))


def knock(client: Any, namespace: str, door: Door, at: Tenant, body: Any = None) -> Any:
    """Send what the table says to `door`, with the ids of tenant `at`."""
    given = body if body is not None else (door.body(at) if door.body else None)
    response = client.generic(door.verb, address(namespace, door, at), *_json(given))
    if response.streaming:  # read to its end, where the test client closes it
        headers = dict(response.items())
        whole: Any = HttpResponse(response.getvalue(), status=response.status_code, headers=headers)
        whole.json = dict  # a stream is no JSON document
        return whole
    return response


def _json(given: Any) -> tuple[bytes, str]:
    import orjson

    return (b"" if given is None else orjson.dumps(given), "application/json")
