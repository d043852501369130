from django.apps import AppConfig


class GuardConfig(AppConfig):
    name = "promptguard.guard"

    def ready(self) -> None:
        from audit.verification import also_verify
        from promptguard.guard.verifying import verify_interactions

        also_verify(verify_interactions)
