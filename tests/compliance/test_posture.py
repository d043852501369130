"""What the configuration says about itself stands in `/metrics` from the first scrape on."""

from django.conf import LazySettings
from prometheus_client import REGISTRY

from compliance.posture import CHECKS, publish


def status(check: str) -> float | None:
    return REGISTRY.get_sample_value("promptguard_compliance_status", {"check": check})


def violations(check: str) -> float:
    return REGISTRY.get_sample_value("promptguard_compliance_violations_total", {"check": check}) or 0


def test_every_check_has_a_status_and_a_counter_from_the_start() -> None:
    assert {check: status(check) is not None for check in CHECKS} == dict.fromkeys(CHECKS, True)


def test_a_failing_check_is_zero_and_counted(settings: LazySettings) -> None:
    settings.PUBLIC_URL = "https://guard.example"
    publish()
    before = violations("transport_security")
    assert status("transport_security") == 1
    settings.PUBLIC_URL = "http://guard.example"
    publish()
    assert status("transport_security") == 0
    assert violations("transport_security") == before + 1
