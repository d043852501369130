from django.apps import AppConfig


class OrganizationsConfig(AppConfig):
    name = "organizations"

    def ready(self) -> None:
        from audit import naming
        from organizations import receivers, selectors  # noqa: F401  connects them

        naming.register(slugs=selectors.slugs, find=selectors.organization_with_slug)
