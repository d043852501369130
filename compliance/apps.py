from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    name = "compliance"

    def ready(self) -> None:
        from compliance import receivers  # noqa: F401
        from compliance.posture import publish

        publish()
