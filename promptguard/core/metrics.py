"""Every Prometheus name in one place. The names are the guide's ("Monitoring and Observability")."""

import os
from collections.abc import Callable

from django.core.exceptions import ImproperlyConfigured
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector

REQUESTS = Counter("promptguard_requests_total", "Answers given", ["service", "method", "status"])
REQUEST_DURATION = Histogram(
    "promptguard_request_duration_seconds",
    "Time from the first to the last middleware",
    ["service"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
DECISIONS = Counter("promptguard_decisions_total", "Guard decisions", ["decision"])
THREATS_BLOCKED = Counter(
    "promptguard_threats_blocked_total", "Requests blocked by the guard", ["threat_type"]
)
COMPLIANCE_VIOLATIONS = Counter(
    "promptguard_compliance_violations_total", "Posture checks that turned from passing to failing", ["check"]
)
COMPLIANCE_STATUS = Gauge(
    "promptguard_compliance_status",
    "1 where a posture check passes, 0 where it fails",
    ["check"],
    multiprocess_mode="mostrecent",
)
RATE_LIMITED = Counter("promptguard_rate_limited_total", "Requests refused by a rate limit", ["limit"])
RATE_LIMIT_FALLBACKS = Counter(
    "promptguard_rate_limit_fallbacks_total",
    "Rate limits decided by one process alone because Valkey was away",
)
AUDIT_SEALED = Counter("promptguard_audit_events_sealed_total", "Events sealed by this process")
AUDIT_BACKLOG = Gauge(
    "promptguard_audit_backlog_events", "Events accepted and not yet sealed", multiprocess_mode="mostrecent"
)
AUDIT_BACKLOG_AGE = Gauge(
    "promptguard_audit_backlog_age_seconds",
    "Age of the oldest unsealed event",
    multiprocess_mode="mostrecent",
)
AUDIT_ANCHOR_AGE = Gauge(
    "promptguard_audit_anchor_age_seconds",
    "Age of the newest published anchor",
    multiprocess_mode="mostrecent",
)
AUDIT_LAST_VERIFIED = Gauge(
    "promptguard_audit_last_verified_timestamp_seconds",
    "When all chains were last verified without a finding",
    multiprocess_mode="mostrecent",
)
JOBS = Counter("promptguard_jobs_total", "Background jobs by how a run of them ended", ["task", "outcome"])
WEBHOOK_ATTEMPTS = Counter("promptguard_webhook_attempts_total", "Webhook attempts", ["outcome"])
WEBHOOK_DURATION = Histogram(
    "promptguard_webhook_duration_seconds",
    "Time from the start of an attempt to the receiver's answer",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15),
)
WEBHOOK_BACKLOG_AGE = Gauge(
    "promptguard_webhook_backlog_age_seconds",
    "How long the oldest webhook delivery is overdue",
    multiprocess_mode="mostrecent",
)

# What rooms set just before somebody reads, because no request of this process would.
before_scrape: list[Callable[[], None]] = []

SERVICES = (("/api/", "api"), ("/dashboard/", "dashboard"), ("/admin/", "admin"), ("/scim/", "scim"))
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def count_request(path: str, method: str, status: int, seconds: float) -> None:
    """Count one answer; labels come from closed sets, so that nobody outside can grow them."""
    service = next((name for prefix, name in SERVICES if path.startswith(prefix)), "other")
    if service != "other" or not path.startswith(("/health", "/metrics")):
        REQUESTS.labels(service, method if method in METHODS else "other", status).inc()
        REQUEST_DURATION.labels(service).observe(seconds)


def expose(address: str) -> None:
    """Answer Prometheus at `address` (host:port), for a process that serves nothing else; empty for no.

    With PROMETHEUS_MULTIPROC_DIR, as Celery's pool needs it, the counts of the process's children are added up.
    Raises ImproperlyConfigured for anything else, and when somebody else answers there.
    """
    if not address:
        return
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():  # an empty host would be every network of this machine
        raise ImproperlyConfigured(f"WORKER_METRICS_ADDRESS={address} is no host:port")
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    try:
        start_http_server(int(port), host.strip("[]"), registry)
    except (OSError, OverflowError) as error:
        message = f"WORKER_METRICS_ADDRESS={address}: {error}; each process of a machine needs its own"
        raise ImproperlyConfigured(message) from error
