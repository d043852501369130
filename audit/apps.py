from typing import Any

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"
    label = "audit"

    def ready(self) -> None:
        from audit import (
            checks,  # noqa: F401  registers `check --tag audit`
            receivers,  # noqa: F401  connects them
            upkeep,
        )
        from promptguard.core import health, metrics

        health.companions["audit"] = upkeep.keeps_up
        metrics.before_scrape.append(upkeep.refresh_metrics)

    def secure_database(self, cursor: Any) -> None:
        """Called after each `migrate`: who may append, who may seal, and that nobody may change."""
        from audit.privileges import secure

        secure(cursor)
