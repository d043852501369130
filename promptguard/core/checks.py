"""Deployment checks: production mistakes fail `manage.py check --deploy`, with a stable id and a hint."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register


@register(Tags.security, deploy=True)
def check_deployment(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if "*" in settings.ALLOWED_HOSTS:
        found.append(Error("ALLOWED_HOSTS allows any host.", hint="Name your hosts.", id="promptguard.E001"))
    if not settings.PUBLIC_URL.startswith("https://"):
        found.append(
            Error("PUBLIC_URL is not https.", hint="Links and cookies need TLS.", id="promptguard.E002")
        )
    if settings.COMPLIANCE_MODE not in ("standard", "strict"):
        found.append(Error("COMPLIANCE_MODE is neither standard nor strict.", id="promptguard.E003"))
    if settings.COMPLIANCE_MODE == "strict" and not settings.ENABLE_AUDIT_LOGGING:
        found.append(
            Error("Strict mode needs the audit log.", hint="ENABLE_AUDIT_LOGGING=true", id="promptguard.E004")
        )
    if settings.DATABASES["owner"]["USER"] == settings.DATABASES["default"]["USER"]:
        hint = "Set DATABASE_OWNER_URL to the migrations' role and DATABASE_URL to promptguard_app."
        found.append(Warning("The application owns its tables.", hint=hint, id="promptguard.W001"))
    if settings.EMAIL_BACKEND.rpartition(".")[0].endswith(("console", "filebased", "locmem", "dummy")):
        hint = "Set EMAIL_URL: invitations and password resets need it, and sign-up proves addresses with it."
        found.append(Warning("Mail does not leave this machine.", hint=hint, id="promptguard.W002"))
    return found
