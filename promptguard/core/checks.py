"""Deployment checks: production mistakes fail `manage.py check --deploy`, with a stable id and a hint."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register, run_checks
from django.core.management.base import SystemCheckError

from promptguard.core.strict import MODES, is_strict

COMPLIANCE = "compliance"


@register(COMPLIANCE)
def check_compliance(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Not only for deployments: each command of `manage.py`, and each server, refuses to start on an error."""
    if settings.COMPLIANCE_MODE not in MODES:
        told = f"COMPLIANCE_MODE is none of {', '.join(MODES)}."
        return [Error(told, id="promptguard.E003")]
    if settings.ENABLE_AUDIT_LOGGING:
        return []
    if is_strict():
        hint = "Set ENABLE_AUDIT_LOGGING=true, or COMPLIANCE_MODE=standard."
        return [Error("Strict mode needs the audit log.", hint=hint, id="promptguard.E004")]
    told = "ENABLE_AUDIT_LOGGING is false: only erasures, holds and retention are recorded."
    return [Warning(told, hint="Nobody can show later who did what.", id="promptguard.W003")]


def refuse_unsound_settings() -> None:
    """For servers, which nothing else checks. Raises SystemCheckError."""
    if errors := [str(found) for found in run_checks(tags=[COMPLIANCE]) if found.is_serious()]:
        raise SystemCheckError("\n".join(errors))


@register(Tags.security, deploy=True)
def check_deployment(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if "*" in settings.ALLOWED_HOSTS:
        found.append(Error("ALLOWED_HOSTS allows any host.", hint="Name your hosts.", id="promptguard.E001"))
    if not settings.PUBLIC_URL.startswith("https://"):
        found.append(
            Error("PUBLIC_URL is not https.", hint="Links and cookies need TLS.", id="promptguard.E002")
        )
    if settings.DATABASES["owner"]["USER"] == settings.DATABASES["default"]["USER"]:
        hint = "Set DATABASE_OWNER_URL to the migrations' role and DATABASE_URL to promptguard_app."
        found.append(Warning("The application owns its tables.", hint=hint, id="promptguard.W001"))
    if settings.EMAIL_BACKEND.rpartition(".")[0].endswith(("console", "filebased", "locmem", "dummy")):
        hint = "Set EMAIL_URL: invitations and password resets need it, and sign-up proves addresses with it."
        found.append(Warning("Mail does not leave this machine.", hint=hint, id="promptguard.W002"))
    return found
