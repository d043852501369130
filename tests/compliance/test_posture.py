"""The posture: each check notices what it is about, and says so in rows, metrics, a page and a door."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from prometheus_client import REGISTRY

from audit import upkeep
from audit.holds import place_hold
from audit.sealing import seal_batch
from audit.tasks import verify
from compliance import tasks
from compliance.models import PostureResult, PrivacyRequest
from compliance.posture import installation, services
from compliance.posture.catalogue import BY_ID, CHECKS, CONFIGURED
from organizations.models import User
from promptguard.core.jobs import running
from promptguard.core.jobs.models import Job
from promptguard.core.tenancy import organization_scope, platform_scope
from tests.people import PASSWORD, Tenant

STRONG = bytes(range(7, 39))


def metric(check: str) -> float | None:
    return REGISTRY.get_sample_value("promptguard_compliance_status", {"check": check})


def violations(check: str) -> float:
    return REGISTRY.get_sample_value("promptguard_compliance_violations_total", {"check": check}) or 0


def status(check: str, tenant: Tenant | None = None) -> str:
    with platform_scope():
        return BY_ID[check].look(tenant.organization.id if tenant else None).status


def test_every_check_is_explained() -> None:
    assert len(CHECKS) == len(BY_ID) >= 20
    for check in CHECKS:
        assert len(check.id) <= 40
        assert check.meaning.endswith(".")
        assert check.references


def test_the_configuration_is_told_from_the_start() -> None:
    services.publish_configuration()
    assert {check.id: metric(check.id) is not None for check in CONFIGURED} == {
        check.id: True for check in CONFIGURED
    }


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        ("audit_logging", {"ENABLE_AUDIT_LOGGING": True}, {"ENABLE_AUDIT_LOGGING": False}),
        ("encryption_keys", {"ENCRYPTION_KEYS": {"a": STRONG}}, {"ENCRYPTION_KEYS": {}}),
        (
            "strong_secrets",
            {"SECRET_KEY": "Zq7-" + "abcdefghijklmnop" * 4, "JWT_KEYS": {"j": bytes(range(60, 92))}},
            {"ENCRYPTION_KEYS": {"a": bytes(32)}},
        ),
        ("strong_secrets", {}, {"JWT_KEYS": {"j": STRONG}}),
        ("strong_secrets", {}, {"SECRET_KEY": "django-insecure-" + "abcdefghijklmnop" * 4}),
        ("transport_security", {"PUBLIC_URL": "https://g.example"}, {"PUBLIC_URL": "http://g.example"}),
        (
            "secure_cookies",
            {"SESSION_COOKIE_SECURE": True, "CSRF_COOKIE_SECURE": True, "SECURE_HSTS_SECONDS": 1},
            {"SESSION_COOKIE_SECURE": False},
        ),
        ("hardened_server", {"DEBUG": False}, {"ALLOWED_HOSTS": ["*"]}),
    ],
)
def test_what_the_configuration_gets_wrong(
    db: None, settings: LazySettings, check: str, good: dict[str, Any], bad: dict[str, Any]
) -> None:
    settings.SECRET_KEY, settings.ENCRYPTION_KEYS = "Zq7-" + "abcdefghijklmnop" * 4, {"a": STRONG}
    settings.JWT_KEYS = {"j": bytes(range(60, 92))}
    for name, value in good.items():
        setattr(settings, name, value)
    assert status(check) == "pass"
    for name, value in bad.items():
        setattr(settings, name, value)
    assert status(check) == "fail"


def test_the_tests_own_secrets_are_weak(db: None) -> None:
    assert status("strong_secrets") == "fail"


def test_walls_and_fences_stand(db: None) -> None:
    assert {
        check: status(check) for check in ("row_security", "audit_fences", "separate_database_roles")
    } == {
        "row_security": "pass",
        "audit_fences": "pass",
        "separate_database_roles": "pass",
    }


def test_a_chain_that_nobody_verified_is_not_well(live_acme: Tenant, settings: LazySettings) -> None:
    assert status("audit_verified") == "fail"
    verify()
    while seal_batch():
        pass
    assert status("audit_verified") == "pass"
    assert status("anchors_fresh") == "fail"
    upkeep.publish()
    assert status("anchors_fresh") == "pass"
    with platform_scope():
        assert installation.last_verification() is not None


def test_backups(db: None, settings: LazySettings, tmp_path: Path) -> None:
    assert status("backups_fresh") == "unknown"
    marker = tmp_path / "last-backup"
    settings.BACKUP_MARKER = str(marker)
    assert status("backups_fresh") == "fail"
    marker.touch()
    assert status("backups_fresh") == "pass"
    old = (timezone.now() - timedelta(days=2)).timestamp()
    os.utime(marker, (old, old))
    assert status("backups_fresh") == "fail"


def test_second_factors(acme: Tenant, globex: Tenant) -> None:
    assert status("admins_second_factor", acme) == "fail"
    for person in (acme.olivia, acme.adam):
        person.switch_second_factor_on()
    assert status("admins_second_factor", acme) == "pass"
    assert status("admins_second_factor") == "fail"  # Mallory has none
    assert status("operators_second_factor") == "pass"
    User.objects.create_superuser("operator@promptguard.example", PASSWORD)
    assert status("operators_second_factor") == "fail"


def test_keys_owners_content_and_retention(acme: Tenant, settings: LazySettings) -> None:
    assert status("keys_expire", acme) == "fail"
    assert status("second_owner", acme) == "fail"
    assert status("retention_limited", acme) == "fail"
    assert status("content_minimised", acme) == "pass"
    with organization_scope(acme.organization.id):
        acme.project.content_mode = "full"
        acme.project.save(update_fields=["content_mode"])
        acme.organization.retention_days = 90
        acme.organization.save(update_fields=["retention_days"])
        acme.api_key.expires_at = timezone.now() + timedelta(days=9)
        acme.api_key.save(update_fields=["expires_at"])
    assert status("content_minimised", acme) == "fail"
    assert status("retention_limited", acme) == "pass"
    assert status("keys_expire", acme) == "pass"
    settings.COMPLIANCE_MODE = "strict"
    assert status("content_minimised", acme) == "pass"


def test_holds_and_requests_that_are_late(acme: Tenant) -> None:
    now = timezone.now()
    assert status("holds_on_time", acme) == status("privacy_requests_on_time") == "pass"
    with organization_scope(acme.organization.id):
        place_hold(caller=acme.owner.caller, reason="case", ends_at=now - timedelta(days=1))
    PrivacyRequest.objects.create(kind="erasure", subject_id=acme.mia.user.id, due_at=now - timedelta(days=1))
    assert status("holds_on_time", acme) == status("privacy_requests_on_time") == "fail"


def test_background_work(live_acme: Tenant) -> None:
    assert status("retention_fresh") == "fail"
    tasks.start_purge()
    running.drain("default")
    assert status("retention_fresh") == status("background_work") == "pass"
    with platform_scope():
        Job.objects.update(status=Job.Status.DEAD)
    assert status("background_work") == "fail"


def test_what_turns_to_failing_is_counted_once(
    acme: Tenant, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services._published, "seconds", 0)
    settings.PUBLIC_URL = "https://guard.example"
    tasks.look()
    services.publish()
    before = violations("transport_security")
    assert metric("transport_security") == 1
    settings.PUBLIC_URL = "http://guard.example"
    for _ in range(3):
        tasks.look()
        services.publish()
    assert metric("transport_security") == 0
    assert violations("transport_security") == before + 1
    assert PostureResult.objects.get(check_id="transport_security").violations == 1
    text = Client().get("/metrics").content.decode()
    assert 'promptguard_compliance_status{check="transport_security"} 0.0' in text


def test_the_door_tells_what_it_means_and_nothing_of_others(acme: Tenant, globex: Tenant) -> None:
    told = acme.owner.client().get("/dashboard/compliance/posture").json()
    assert [check["id"] for check in told["checks"]] != []
    assert {check["id"] for check in told["checks"]} == set(BY_ID)
    assert sum(told["summary"].values()) == len(CHECKS)
    failing = next(check for check in told["checks"] if check["id"] == "admins_second_factor")
    assert (failing["status"], failing["detail"]) == ("fail", "2 owners and admins without one")
    assert failing["fix"]
    assert "lobex" not in str(told)
    assert not any(check["detail"] for check in told["checks"] if check["about"] == "installation")


def test_the_page_shows_each_check_the_gravest_first(acme: Tenant) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("operator@promptguard.example", PASSWORD))
    url = reverse("admin:compliance_postureresult_changelist")
    page = client.get(url).content.decode()
    assert all(check.title in page for check in CHECKS)
    assert page.index("TLS") < page.index(BY_ID["second_owner"].title)
    detail = client.get(reverse("admin:compliance_postureresult_change", args=["row_security"]))
    assert escape(BY_ID["row_security"].meaning) in detail.content.decode()
