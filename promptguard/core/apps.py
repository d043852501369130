from typing import Any

from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    name = "promptguard.core"
    label = "core"

    def ready(self) -> None:
        from promptguard.core import checks  # noqa: F401  registers the deployment checks

        autodiscover_modules("privacy", "tasks")

    def secure_database(self, cursor: Any) -> None:
        """Called after each `migrate`: the application's privileges, and the wall around each tenant."""
        from promptguard.core.database import grant_application, secure_tenant_tables

        grant_application(cursor)
        secure_tenant_tables(cursor, apps.get_models())


class OperatorAdminConfig(AdminConfig):
    default_site = "promptguard.core.console.OperatorSite"
