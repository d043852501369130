from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "promptguard.projects"

    def ready(self) -> None:
        from promptguard.projects import receivers  # noqa: F401  listens to what happens to organizations
