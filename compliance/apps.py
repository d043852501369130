from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    name = "compliance"

    def ready(self) -> None:
        from compliance.posture.services import publish, publish_configuration
        from promptguard.core import metrics

        publish_configuration()
        metrics.before_scrape.append(publish)
