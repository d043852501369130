"""Gathering: each function is one section of the document. No secret, no hash of one, and no prompt is among them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Count, Max

from audit.models import AuditEvent, CheckpointRow, Head, Prune
from audit.verification import snapshot, verify_organization
from audit.verification.anchors import AnchorEvidence
from audit.verification.keys import public_keys
from compliance.evidence.controls import CONTROLS
from compliance.holds.selectors import holds as every_hold
from compliance.models import PrivacyRequest
from compliance.posture import services as posture
from compliance.posture.installation import last_verification
from compliance.retention import selectors as retention
from organizations.models import Membership, Organization, SecondFactor
from organizations.networks.models import AllowedNetwork
from organizations.roles import MATRIX
from promptguard.core.caller import Caller, system_caller
from promptguard.core.privacy import declared, lifetimes
from promptguard.core.tenancy import TenantModel
from promptguard.projects.models import ApiKey, Project

# Above this many events a request does not verify the chain itself, and points at the nightly run.
MOST_VERIFIED_AT_ONCE = 100_000
# What changes how the product behaves, and for whom (SOC 2 CC8.1).
CHANGES = (
    "access_rule.", "allowed_network", "api_key.", "directory.", "invitation.", "legal_hold.", "member.",
    "organization.", "policy.", "project", "rate_limit.", "retention.", "role.", "second_factor.", "sso.",
    "canary.", "suppression.", "tool_profile.", "webhook.",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose facts, and of which span of time. Gather inside a platform scope."""

    organization: Organization
    since: datetime
    until: datetime
    verifies_all: bool = False

    @property
    def caller(self) -> Caller:
        return system_caller(self.organization.id)


def organization(scope: Scope) -> dict[str, Any]:
    found = scope.organization
    return {
        "id": found.id,
        "name": found.name,
        "slug": found.slug,
        "plan": found.plan,
        "created_at": found.created_at,
    }


def configuration(scope: Scope) -> dict[str, Any]:
    """What the installation and the organization are set to; never a secret."""
    found = scope.organization
    networks = AllowedNetwork.objects.for_caller(scope.caller)
    return {
        "compliance_mode": settings.COMPLIANCE_MODE,
        "audit_logging": bool(settings.ENABLE_AUDIT_LOGGING),
        "audit_sealing": settings.AUDIT_SEALING,
        "audit_archive": bool(settings.AUDIT_ARCHIVE_FOLDER),
        "tls": settings.PUBLIC_URL.startswith("https://"),
        "hsts_seconds": settings.SECURE_HSTS_SECONDS,
        "encryption_keys": len(settings.ENCRYPTION_KEYS),
        "access_token_seconds": settings.ACCESS_TOKEN_SECONDS,
        "session_idle_minutes": found.session_idle_minutes or settings.SESSION_IDLE_MINUTES,
        "session_absolute_days": settings.SESSION_ABSOLUTE_DAYS,
        "second_factor_required": found.require_second_factor,
        "allowed_email_domains": sorted(found.allowed_email_domains),
        "allowed_networks": sorted(networks.values_list("cidr", flat=True)),
        "key_lifetime_days": found.key_lifetime_days,
        "rate_limit_per_minute": settings.RATE_LIMIT_PER_MINUTE,
        "projects": [
            {
                "name": project.name,
                "use_case": project.use_case,
                "strictness_level": project.strictness_level,
                "content_kept": str(project.kept_content),
                "fails_closed": project.fails_closed,
                "policy_version": project.policy_number,
            }
            for project in Project.objects.for_caller(scope.caller).order_by("name")
        ],
    }


def access(scope: Scope) -> dict[str, Any]:
    """Who may do what, and how they prove who they are."""
    members = Membership.objects.for_caller(scope.caller).select_related("user", "custom_role")
    confirmed = set(SecondFactor.objects.filter(confirmed_at__isnull=False).values_list("user_id", flat=True))
    return {
        "roles": {str(role): sorted(map(str, allowed)) for role, allowed in MATRIX.items()},
        "members": [
            {
                "email": each.user.email,
                "role": each.role_name,
                "second_factor": each.user_id in confirmed,
                "is_active": each.user.is_active,
                "member_since": each.created_at,
                "last_sign_in": each.user.last_login,
            }
            for each in members.order_by("created_at")
        ],
    }


def keys(scope: Scope) -> list[dict[str, Any]]:
    """The API keys, by their public prefix."""
    rows = ApiKey.objects.for_caller(scope.caller).filter(revoked_at__isnull=True).select_related("project")
    return [
        {
            "prefix": key.prefix,
            "name": key.name,
            "project": key.project.name if key.project else None,
            "scopes": sorted(key.scopes),
            "is_active": key.is_active,
            "created_at": key.created_at,
            "rotated_at": key.rotated_at,
            "expires_at": key.expires_at,
            "last_used_at": key.last_used_at,
            "networks": sorted(key.allowed_cidrs),
        }
        for key in rows.order_by("created_at")
    ]


def _population(scope: Scope) -> list[dict[str, Any]]:
    rows = AuditEvent.objects.for_caller(scope.caller).filter(
        occurred_at__gte=scope.since, occurred_at__lt=scope.until
    )
    counted = rows.values("event_type").annotate(count=Count("event_id"), last=Max("occurred_at"))
    return [
        {"type": row["event_type"], "count": row["count"], "last": row["last"]}
        for row in counted.order_by("event_type")
    ]


def audit(scope: Scope) -> dict[str, Any]:
    """The population of events, and whether it is whole and genuine."""
    heads = list(Head.objects.for_caller(scope.caller).order_by("epoch"))
    note = CheckpointRow.objects.for_caller(scope.caller).order_by("-epoch", "-size", "-sealed_at").first()
    prunes = Prune.objects.for_caller(scope.caller).order_by("epoch", "from_seq")
    nightly = last_verification()
    return {
        "heads": [{"epoch": head.epoch, "seq": head.seq, "hash": bytes(head.hash).hex()} for head in heads],
        "checkpoint": note.note if note else None,
        "public_keys": public_keys(),
        "population": _population(scope),
        "verification": _verification(scope, heads[-1].seq if heads else 0),
        "last_full_verification": {"at": nightly[0], "exit": nightly[1]} if nightly else None,
        "prunes": [
            {"epoch": each.epoch, "from": each.from_seq, "to": each.to_seq, "class": each.policy}
            for each in prunes
        ],
        "retention_class": retention.audit_term(scope.caller)["retention_class"],
    }


def _verification(scope: Scope, events: int) -> dict[str, Any] | None:
    if events > MOST_VERIFIED_AT_ONCE and not scope.verifies_all:
        return None
    with snapshot():
        report = verify_organization(
            scope.organization.id, AnchorEvidence.from_file(settings.AUDIT_ANCHOR_FILE)
        ).as_dict()
    told: dict[str, Any] = {name: report[name] for name in ("exit", "counts", "findings")}
    return told


def changes(scope: Scope) -> list[dict[str, Any]]:
    """How often each kind of change happened in the span, and when last."""
    return [row for row in _population(scope) if row["type"].startswith(CHANGES)]


def retained(scope: Scope) -> dict[str, Any]:
    shown = retention.shown(scope.caller, scope.organization)
    return {
        "kinds": shown["kinds"],
        "audit_events": shown["audit_events"],
        "due_now": retention.preview(scope.caller, scope.organization, scope.until),
    }


def holds(scope: Scope) -> list[dict[str, Any]]:
    """Orders to keep, without naming the people they are about."""
    return [
        {
            "id": hold.id,
            "reason": hold.reason,
            "about": "one person" if hold.scope.get("subject_ref") else "everything",
            "placed_at": hold.placed_at,
            "ends_at": hold.ends_at,
            "released_at": hold.released_at,
        }
        for hold in every_hold(scope.caller).order_by("placed_at")
    ]


def privacy(scope: Scope) -> dict[str, Any]:
    """Erasures that this organization's chain speaks of, with the certificates that name it."""
    erased = AuditEvent.objects.for_caller(scope.caller).filter(event_type="privacy.erased")
    certified = PrivacyRequest.objects.filter(
        kind=PrivacyRequest.Kind.ERASURE, certificate__contains=f"chain {scope.organization.id} "
    )
    return {
        "erasures_announced": erased.count(),
        "certificates": [
            {
                "request": request.id,
                "requested_at": request.created_at,
                "finished_at": request.finished_at,
                "due_at": request.due_at,
                "certificate": request.certificate,
            }
            for request in certified.order_by("created_at")
        ],
    }


def processing(_scope: Scope) -> list[dict[str, Any]]:
    """What is kept about people, why, and for how long (GDPR Art. 30)."""
    kept = {each.model: each for each in lifetimes().values() if not each.clears}
    return [
        {
            "data": holding.model,
            "purpose": holding.purpose,
            "personal": sorted(holding.personal),
            "on_erasure": str(holding.erasure),
            "ground": holding.ground,
            "of": "organization"
            if issubclass(apps.get_model(holding.model), TenantModel)
            else "installation",
            "retention": kept[holding.model].kind if holding.model in kept else None,
        }
        for holding in sorted(declared().values(), key=lambda each: each.model)
    ]


def guard(scope: Scope) -> dict[str, Any]:
    """What the guard decided in the span."""
    interaction: Any = apps.get_model("guard.Interaction")
    rows = interaction.objects.for_caller(scope.caller).filter(
        created_at__gte=scope.since, created_at__lt=scope.until
    )
    return {
        "decisions": _counted(rows, "decision"),
        "threats": _counted(rows.exclude(threat_type=""), "threat_type"),
    }


def _counted(rows: Any, column: str) -> dict[str, int]:
    counted = rows.order_by().values(column).annotate(count=Count("id"))
    return {row[column]: row["count"] for row in counted}


def controls(findings: list[posture.Finding]) -> list[dict[str, Any]]:
    """Each control with what answers it, and how its checks stand."""
    status = {each.check.id: each.outcome.status for each in findings}
    return [
        {
            "framework": control.framework,
            "reference": control.reference,
            "asks": control.asks,
            "answer": control.answer,
            "sections": list(control.sections),
            "checks": {check: status[check] for check in control.checks},
        }
        for control in CONTROLS
    ]
