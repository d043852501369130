"""What every request passes: an id, an address, a stopwatch, and forgiveness for a trailing slash."""

import re
import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from promptguard.core import metrics
from promptguard.core.caller import Origin
from promptguard.core.clientip import client_ip, contains, networks, normalise
from promptguard.core.identifiers import uuid7

GetResponse = Callable[[HttpRequest], HttpResponse]
ACCEPTABLE_REQUEST_ID = re.compile(r"[A-Za-z0-9._\-]{8,64}\Z")
API_PREFIXES = ("/api/", "/dashboard/", "/health", "/metrics", "/scim/")


class RequestContext:
    """Gives each request its `request_id` and `origin`, and counts and times the answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        proposed = request.headers.get("X-Request-Id", "")
        request_id = proposed if ACCEPTABLE_REQUEST_ID.match(proposed) else str(uuid7())
        request.request_id = request_id  # type: ignore[attr-defined]
        request.origin = request_origin(request, request_id)  # type: ignore[attr-defined]
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            response = self.get_response(request)
        finally:
            structlog.contextvars.clear_contextvars()
        response.headers["X-Request-Id"] = request_id
        metrics.count_request(
            request.path, request.method or "", response.status_code, time.perf_counter() - started
        )
        return response


def request_origin(request: HttpRequest, request_id: str) -> Origin:
    address = client_ip(
        request.META.get("REMOTE_ADDR") or "127.0.0.1",
        request.META.get("HTTP_X_FORWARDED_FOR", ""),
        settings.TRUSTED_PROXY_CIDRS,
    )
    return Origin(address, request.headers.get("User-Agent", "")[:256], request_id, country(request))


def country(request: HttpRequest) -> str:
    """The country in `COUNTRY_HEADER`, believed only when a trusted proxy is at the other end of the socket."""
    peer = normalise(request.META.get("REMOTE_ADDR") or "127.0.0.1")
    if not settings.COUNTRY_HEADER or not contains(networks(tuple(settings.TRUSTED_PROXY_CIDRS)), peer):
        return ""
    return request.headers.get(settings.COUNTRY_HEADER, "").strip().upper()[:2]


class OptionalTrailingSlash:
    """API paths mean the same with and without a trailing slash; a redirected POST is a lost POST."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.endswith("/") and request.path_info.startswith(API_PREFIXES):
            request.path_info = request.path_info.rstrip("/")
        return self.get_response(request)
