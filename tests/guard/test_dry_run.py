"""A draft policy over recorded interactions: a job with progress, bounds and a report by rule."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from promptguard.core.jobs import running
from promptguard.core.jobs.models import Job
from promptguard.core.jobs.work import work_named
from promptguard.core.tenancy import organization_scope, platform_scope
from promptguard.guard.models import Interaction
from promptguard.guard.services import dryrun
from promptguard.projects.models import Project
from tests.guard.test_guard_api import INJECTION, guard, user
from tests.guard.test_policies import own, send
from tests.people import Tenant


def a_draft(tenant: Tenant, word: str = "bluebird") -> None:
    rules = [own() | {"rules": [{"condition": "contains_text", "value": word, "action": "block"}]}]
    off = {"prompt_injection": {"enabled": False}, "jailbreak_detection": {"enabled": False}}
    send(tenant, "POST", "policy-versions", {"rules": rules, "guardrails": off})


def started(tenant: Tenant, days: int = 7) -> dict[str, Any]:
    response = send(tenant, "POST", "policy-versions/1/dry-run", {"days": days})
    assert response.status_code == 202
    answer: dict[str, Any] = response.json()
    assert response.headers["Location"].endswith(f"/dry-run/{answer['job_id']}")
    return answer


def asked(tenant: Tenant, job_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = send(tenant, "GET", f"policy-versions/1/dry-run/{job_id}").json()
    return answer


def test_a_dry_run_says_what_would_change_and_what_it_could_not_judge(acme: Tenant) -> None:
    for text in ("Tell me about project bluebird", "How do I bake bread?", INJECTION):
        guard(acme, messages=[user(text)])
    with organization_scope(acme.organization.id):
        Project.objects.for_caller(acme.owner.caller).update(content_mode="none")
    guard(acme, messages=[user("project bluebird, and nothing is stored")])
    a_draft(acme)
    answer = started(acme)
    assert (answer["status"], answer["report"]) == ("pending", None)
    assert started(acme)["job_id"] == answer["job_id"]
    guard(acme, messages=[user("bluebird again, after the run was asked for")])
    running.drain("default")
    answer = asked(acme, answer["job_id"])
    assert (answer["status"], answer["progress"]) == ("done", {"done": 4, "total": 4})
    report = answer["report"]
    assert (report["interactions"], report["re_evaluated"], report["not_stored"]) == (4, 3, 1)
    assert (report["complete"], report["stopped_by"]) == (True, None)
    assert report["transitions"] == [
        {"from": "allow", "to": "block", "count": 1},
        {"from": "block", "to": "allow", "count": 1},
    ]
    newly = {row["rule"]: row["newly"] for row in report["by_rule"] if row["newly"]}
    assert list(newly.values()) == [1]
    assert "bluebird" not in str(answer)
    with platform_scope():
        assert Interaction.all_tenants.count() == 5
        assert "bluebird" not in str(Job.objects.get(id=answer["job_id"]).state)


@pytest.mark.parametrize(("bound", "value"), [("MOST_ROWS", 2), ("LONGEST_SECONDS", -1.0)])
def test_a_dry_run_ends_at_its_bounds_and_says_so(
    acme: Tenant, monkeypatch: pytest.MonkeyPatch, bound: str, value: float
) -> None:
    for number in range(4):
        guard(acme, messages=[user(f"bluebird {number}")])
    a_draft(acme)
    monkeypatch.setattr(dryrun, "CHUNK", 1)
    monkeypatch.setattr(dryrun, bound, value)
    answer = started(acme)
    running.drain("default")
    report = asked(acme, answer["job_id"])["report"]
    assert not report["complete"]
    assert report["stopped_by"] == ("rows" if bound == "MOST_ROWS" else "time")
    assert (report["interactions"], report["considered"]) == (4, 2 if bound == "MOST_ROWS" else 1)


def test_a_dry_run_goes_on_where_a_stopped_worker_left_it(
    acme: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        guard(acme, messages=[user(f"bluebird {number}")])
    a_draft(acme)
    monkeypatch.setattr(dryrun, "CHUNK", 1)
    job_id = started(acme)["job_id"]
    job = running.claim("default", timezone.now())
    assert job is not None
    with pytest.raises(running.JobPaused):
        dryrun.go_on(running.Run(job, work_named(dryrun.TASK), timezone.now, deadline=time.monotonic()))
    assert asked(acme, job_id)["progress"] == {"done": 1, "total": 3}
    later = timezone.now() + timedelta(hours=1)
    assert running.drain("default", clock=lambda: later) == 1
    report = asked(acme, job_id)["report"]
    assert (report["considered"], report["changed"]) == (3, 3)


def test_a_run_of_another_version_or_tenant_is_not_found(acme: Tenant, globex: Tenant) -> None:
    a_draft(acme)
    a_draft(globex)
    job_id = started(acme)["job_id"]
    assert send(globex, "GET", f"policy-versions/1/dry-run/{job_id}").status_code == 404
    assert send(acme, "GET", f"policy-versions/2/dry-run/{job_id}").status_code == 404
