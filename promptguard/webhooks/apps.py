from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "promptguard.webhooks"

    def ready(self) -> None:
        from promptguard.webhooks import receivers  # noqa: F401  listens to the audit trail
