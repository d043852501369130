"""Rows 48 to 50: erasure as its user meets it, and what the chains say afterwards."""

import os
import signal
from collections.abc import Callable
from multiprocessing import get_context
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.test import Client

from audit.keys import current_key
from compliance import tasks, working
from compliance.models import PrivacyRequest
from organizations.models import User
from organizations.roles import Role
from organizations.services.invitations import invite
from promptguard.core.tenancy import organization_scope, platform_scope
from promptguard.projects import services as project_services
from promptguard.projects.models import ApiKey
from tests.audit.attacks.scene import CLEAN, Scene, seal_everything
from tests.people import PASSWORD, Tenant, api_client, found_tenant
from tests.sso.conftest import provider, served_provider
from tests.sso.hostile import Provider
from tests.sso.journey import connect, sign_in

# From Python 3.12 on, forking beside the test runner's own threads is warned about; the children use none of them.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
FORK = get_context("fork")
PHRASE = "DELETE MY DATA"
fixtures = (provider, served_provider)


@pytest.fixture
def acme(database: str, folder: Any, settings: Any) -> Tenant:
    settings.AUDIT_ERASURE_LEDGER = str(folder / "ledger")
    settings.AUDIT_SEALING = (
        "inline"  # a request that waits for its announcement to be sealed need not wait long
    )
    current_key()
    number = User.objects.count()
    people = {"Olivia": Role.OWNER, "Mia": Role.MEMBER}
    return found_tenant("Acme", f"acme-{number}", people)


def delete(client: Client, phrase: str = PHRASE) -> Any:
    body = {"confirmation": phrase}
    return client.post("/dashboard/compliance/data-deletion", body, content_type="application/json")


def is_clean(tenant: Tenant, folder: Any) -> bool:
    seal_everything()
    scene = Scene(tenant.owner.caller, folder / "anchors", folder)
    scene.sign("file")
    return scene.verdicts() == CLEAN


def finished(request_id: UUID | str) -> PrivacyRequest:
    tasks.work()
    request = PrivacyRequest.objects.get(id=request_id)
    return request if request.state == "done" else working.work_on(request.id)


def test_48_a_worker_killed_after_every_step(acme: Tenant, folder: Any) -> None:
    """Real processes, each killed one step further, until one of them comes to the end. `tests/compliance` has more."""
    request_id = delete(acme.people["Mia"].client()).json()["id"]
    deaths = 0
    for survives in range(100):
        connections.close_all()
        worker = FORK.Process(target=work_and_die, args=(request_id, survives))
        worker.start()
        worker.join(60)
        if worker.exitcode == 0:
            break
        assert worker.exitcode == -signal.SIGKILL
        deaths += 1
    assert deaths > 0
    assert finished(request_id).state == "done"
    with platform_scope():
        assert not User.objects.filter(id=acme.people["Mia"].user.id).exists()
    assert is_clean(acme, folder)


def work_and_die(request_id: str, survives: int) -> None:
    steps = 0

    def count(_done: int, _total: int) -> None:
        nonlocal steps
        steps += 1
        if steps > survives:
            os.kill(os.getpid(), signal.SIGKILL)

    working.work_on(UUID(request_id), count)
    os._exit(0)


def sole_owner(acme: Tenant, provider: Provider) -> None:
    refused = delete(acme.owner.client())
    assert (refused.status_code, refused.json()["code"]) == (409, "sole_owner")
    assert User.objects.filter(id=acme.owner.user.id).exists()


def pending_invitation(acme: Tenant, provider: Provider) -> None:
    """An invitation to the erased address stays the organization's; nobody is made of it by themselves."""
    mia = acme.people["Mia"]
    with organization_scope(acme.organization.id):
        invite(caller=acme.owner.caller, email="guest@elsewhere.example", role="viewer")
    assert finished(delete(mia.client()).json()["id"]).state == "done"
    assert not User.objects.filter(email=mia.user.email).exists()


def key_in_use(acme: Tenant, provider: Provider) -> None:
    """The project's key works on; only the person is cut off from it."""
    mia = acme.people["Mia"]
    with organization_scope(acme.organization.id):
        made = project_services.create_api_key(caller=mia.caller, name="Hers", project=acme.project)
    text = made[1]
    ask = {"messages": [{"role": "user", "content": "How do I bake bread?"}]}
    client = api_client(X_API_Key=text)
    assert client.post("/api/v1/guard", ask, content_type="application/json").status_code == 200
    assert finished(delete(mia.client()).json()["id"]).state == "done"
    with platform_scope():
        assert ApiKey.all_tenants.get(name="Hers", organization=acme.organization).created_by_id is None


def provisioned_again(acme: Tenant, provider: Provider) -> None:
    """Single sign-on brings back a person of that name as somebody new: nothing leads to who was erased."""
    connect(acme, provider)
    slug = acme.organization.slug
    provider.claims = provider.userinfo = {"email": f"sam@{slug}.example"}
    browser = Client()
    assert sign_in(browser, acme, provider).status_code == 302
    first = User.objects.get(email=f"sam@{slug}.example").id
    assert finished(delete(browser).json()["id"]).state == "done"
    assert not User.objects.filter(email=f"sam@{slug}.example").exists()
    again = Client()
    assert sign_in(again, acme, provider).status_code == 302
    assert User.objects.get(email=f"sam@{slug}.example").id != first


@pytest.mark.parametrize("case", [sole_owner, pending_invitation, key_in_use, provisioned_again])
def test_49_whoever_leaves_something_behind(
    case: Callable[[Tenant, Provider], None], acme: Tenant, provider: Provider, folder: Any
) -> None:
    case(acme, provider)
    assert is_clean(acme, folder)


@pytest.mark.parametrize(
    "phrase",
    ["delete my data", "DELETE MY DATA ", " DELETE MY DATA", "DELETE MY DATA\n", "DELETE\u00a0MY DATA", "DELETE  MY DATA", "ＤＥＬＥＴＥ MY DATA", "DELETE MY DATA.", "yes", ""],
    ids=["lower case", "space after", "space before", "newline", "no-break space", "two spaces", "full width", "a dot", "yes", "nothing"],
)  # fmt: skip
def test_50_any_other_confirmation_does_nothing(phrase: str, acme: Tenant, folder: Any) -> None:
    mia = acme.people["Mia"]
    assert delete(mia.client(), phrase).status_code == 422
    assert not PrivacyRequest.objects.filter(subject_id=mia.user.id).exists()
    assert api_client().post(
        "/dashboard/auth/login", {"email": mia.user.email, "password": PASSWORD}, content_type="application/json"
    ).status_code == 200  # fmt: skip
    assert is_clean(acme, folder)


def test_50_a_confirmation_counts_for_whoever_is_signed_in(acme: Tenant, folder: Any) -> None:
    """The right phrase in somebody else's session erases nobody but them; without a session, nobody at all."""
    mia = acme.people["Mia"]
    assert delete(Client()).status_code == 401
    refused = delete(acme.owner.client())
    assert refused.status_code == 409
    request = delete(mia.client()).json()
    assert acme.owner.client().get(request["status_url"]).status_code == 404
    assert acme.owner.client().delete(request["status_url"]).status_code == 404
    assert finished(request["id"]).state == "done"
    assert User.objects.filter(id=acme.owner.user.id).exists()
    assert is_clean(acme, folder)
