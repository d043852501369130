"""Is the installation as it should be? Checks with stable ids, published as metrics (guide, "Grafana Dashboards")."""

from collections.abc import Callable, Mapping

from django.conf import settings

from promptguard.core import metrics

# Only what the configuration itself says; checks that read the database belong to the report.
CHECKS: Mapping[str, Callable[[], bool]] = {
    "audit_logging": lambda: bool(settings.ENABLE_AUDIT_LOGGING),
    "encryption_keys": lambda: bool(settings.ENCRYPTION_KEYS),
    "separate_database_roles": lambda: (
        settings.DATABASES["default"]["USER"] != settings.DATABASES["owner"]["USER"]
    ),
    "transport_security": lambda: settings.PUBLIC_URL.startswith("https://"),
}


def publish() -> None:
    """Set `promptguard_compliance_status`, and count each failing check once for each start of a process."""
    for name, passes in CHECKS.items():
        holds = passes()
        metrics.COMPLIANCE_STATUS.labels(name).set(1 if holds else 0)
        metrics.COMPLIANCE_VIOLATIONS.labels(name).inc(0 if holds else 1)
