"""Ten ways in which two identities share one address, and who ends up where."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client
from django.utils import timezone

from organizations.models import AuthSession, User
from promptguard.core.tenancy import platform_scope
from sso.models import Identity
from sso.refusals import Reason as R
from tests.people import PASSWORD, Tenant
from tests.sso.hostile import Provider
from tests.sso.journey import address, connect, own_domain, refusals, sign_in


@dataclass
class Scene:
    """Acme is the honest customer, Globex the attacker with a provider of its own; both use one real server."""

    acme: Tenant
    globex: Tenant
    provider: Provider

    def says(self, email: str, subject: str = "subject-1", **more: object) -> None:
        self.provider.claims = {"sub": subject}
        self.provider.userinfo = {"sub": subject, "email": email, **more}

    def person(self, name: str, *, verified: bool) -> User:
        user = self.acme.people[name].user
        User.objects.filter(id=user.id).update(email_verified_at=timezone.now() if verified else None)
        return user


@dataclass(frozen=True)
class Case:
    """`play` returns the tenant whose door is used; `who` is whose session results, or `reason` why none does."""

    name: str
    play: Callable[[Scene], Tenant]
    who: str = ""
    confined: bool = False
    reason: R | None = None

    def __str__(self) -> str:
        return self.name


def verified_domain_verified_person(scene: Scene) -> Tenant:
    connect(scene.acme, scene.provider)
    own_domain(scene.acme)
    scene.person("mia", verified=True)
    scene.says("mia@acme.example")
    return scene.acme


def unverified_domain(scene: Scene) -> Tenant:
    connect(scene.acme, scene.provider)
    scene.person("mia", verified=True)
    scene.says("mia@acme.example")
    return scene.acme


def squatted_account(scene: Scene) -> Tenant:
    """Somebody signed up with a colleague's address before she came: never proven, hence never linked."""
    connect(scene.acme, scene.provider)
    own_domain(scene.acme)
    scene.person("mia", verified=False)
    scene.says("mia@acme.example")
    return scene.acme


def attacker_claims_foreign_address(scene: Scene) -> Tenant:
    connect(scene.globex, scene.provider, allowed_domains=["acme.example"])
    scene.person("mia", verified=True)
    scene.says("mia@acme.example")
    return scene.globex


def attacker_claims_address_of_verified_domain(scene: Scene) -> Tenant:
    own_domain(scene.acme)
    connect(scene.globex, scene.provider, allowed_domains=["acme.example"])
    scene.says("nobody-yet@acme.example")
    return scene.globex


def attacker_reuses_subject(scene: Scene) -> Tenant:
    """The same subject at the same issuer, through another organization's connection, is somebody else."""
    connect(scene.acme, scene.provider)
    own_domain(scene.acme)
    scene.person("mia", verified=True)
    scene.says("mia@acme.example", "shared-subject")
    assert sign_in(Client(), scene.acme, scene.provider).status_code == 302
    connect(scene.globex, scene.provider)
    scene.says("mallory2@globex.example", "shared-subject")
    return scene.globex


def address_moves_to_another_subject(scene: Scene) -> Tenant:
    """The provider gives a leaver's address to a newcomer: a new subject is linked only by the rules of the first."""
    connect(scene.acme, scene.provider)
    scene.says("new@acme.example", "the-leaver")
    assert sign_in(Client(), scene.acme, scene.provider).status_code == 302
    scene.says("new@acme.example", "the-newcomer")
    return scene.acme


def subject_keeps_its_account_when_the_address_changes(scene: Scene) -> Tenant:
    connect(scene.acme, scene.provider)
    scene.says("new@acme.example", "same-subject")
    assert sign_in(Client(), scene.acme, scene.provider).status_code == 302
    scene.says("married@acme.example", "same-subject")
    return scene.acme


def owner_of_the_organization(scene: Scene) -> Tenant:
    """An admin who connects a provider of his own does not become the owner by it."""
    connect(scene.acme, scene.provider)
    own_domain(scene.acme)
    scene.person("olivia", verified=True)
    scene.says("olivia@acme.example")
    return scene.acme


def operator_account(scene: Scene) -> Tenant:
    connect(scene.acme, scene.provider)
    own_domain(scene.acme)
    user = scene.person("mia", verified=True)
    User.objects.filter(id=user.id).update(is_staff=True)
    scene.says("mia@acme.example")
    return scene.acme


CASES = [
    Case("own verified domain, proven account", verified_domain_verified_person, who="mia@acme.example"),
    Case("domain not verified", unverified_domain, reason=R.LINK_NEEDS_PROOF),
    Case("squatted account", squatted_account, reason=R.LINK_NEEDS_PROOF),
    Case("attacker claims a member's address", attacker_claims_foreign_address, reason=R.LINK_NEEDS_PROOF),
    Case("attacker claims a verified domain", attacker_claims_address_of_verified_domain, reason=R.DOMAIN_OF_ANOTHER),
    Case("attacker reuses a subject", attacker_reuses_subject, who="mallory2@globex.example", confined=True),
    Case("address moves to another subject", address_moves_to_another_subject, reason=R.LINK_NEEDS_PROOF),
    Case("address of a subject changes", subject_keeps_its_account_when_the_address_changes, who="new@acme.example",
         confined=True),
    Case("owner of the organization", owner_of_the_organization, reason=R.LINK_NEEDS_PROOF),
    Case("an operator's account", operator_account, reason=R.LINK_NEEDS_PROOF),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_who_ends_up_where(case: Case, acme: Tenant, globex: Tenant, provider: Provider) -> None:
    browser, scene = Client(), Scene(acme, globex, provider)
    tenant = case.play(scene)
    response = sign_in(browser, tenant, provider)
    if case.reason:
        assert refusals() == [case.reason]
        assert response.status_code == 403
        assert "session" not in browser.cookies
        return
    assert refusals() == []
    assert browser.get("/dashboard/auth/me").json()["user"]["email"] == case.who
    newest = AuthSession.objects.order_by("-id").first()
    assert newest is not None
    assert newest.organization_id == (tenant.organization.id if case.confined else None)


def test_ten_cases() -> None:
    assert len(CASES) == 10


def test_an_unproven_domain_s_session_opens_its_own_organization_only(
    acme: Tenant, globex: Tenant, provider: Provider
) -> None:
    """No provider of one tenant becomes a user of another: Globex's session does not see Acme."""
    from organizations import services
    from promptguard.core.tenancy import organization_scope

    connect(globex, provider)
    provider.userinfo = {"email": "contractor@globex.example"}
    browser = Client()
    assert sign_in(browser, globex, provider).status_code == 302
    with organization_scope(acme.organization.id):
        user = User.objects.get(email="contractor@globex.example")
        services.add_member(caller=acme.owner.caller, user=user, role="admin")  # type: ignore[arg-type]
    assert browser.get(f"/dashboard/organizations/{acme.organization.id}").status_code == 404
    assert browser.get(f"/dashboard/organizations/{globex.organization.id}").status_code == 200


def test_linking_by_password(acme: Tenant, provider: Provider) -> None:
    """Who proves the account may link it: the same browser, signed in, with the password."""
    connect(acme, provider)
    scene_user = acme.olivia.user
    provider.userinfo = {"email": scene_user.email}
    browser = Client()
    assert sign_in(browser, acme, provider).status_code == 403
    token = {"Authorization": f"Bearer {acme.olivia.token()}", "X-Organization-Id": str(acme.organization.id)}
    link = "/dashboard/auth/sso/link"
    wrong = browser.post(link, {"password": "wrong"}, "application/json", headers=token)
    assert wrong.status_code == 401
    assert sign_in(browser, acme, provider).status_code == 403
    right = browser.post(link, {"password": PASSWORD}, "application/json", headers=token)
    assert right.status_code == 200, right.content
    with platform_scope():
        assert Identity.all_tenants.get().user == scene_user
    assert sign_in(browser, acme, provider).status_code == 302


def test_nobody_links_for_somebody_else(acme: Tenant, provider: Provider) -> None:
    connect(acme, provider)
    provider.userinfo = {"email": acme.olivia.user.email}
    browser = Client()
    sign_in(browser, acme, provider)
    token = {"Authorization": f"Bearer {acme.adam.token()}"}
    body = {"password": PASSWORD}
    response = browser.post("/dashboard/auth/sso/link", body, "application/json", headers=token)
    assert response.status_code == 409


def test_an_inactive_account_stays_outside(acme: Tenant, provider: Provider) -> None:
    connect(acme, provider)
    assert sign_in(Client(), acme, provider).status_code == 302
    User.objects.filter(email="new@acme.example").update(is_active=False)
    assert sign_in(Client(), acme, provider).status_code == 403
    assert refusals() == [R.ACCOUNT_DISABLED]


def test_without_auto_provisioning_strangers_stay_outside(acme: Tenant, provider: Provider) -> None:
    connect(acme, provider, auto_provision=False)
    assert sign_in(Client(), acme, provider).status_code == 403
    assert refusals() == [R.NOT_A_MEMBER]
    assert not User.objects.filter(email="new@acme.example").exists()
    assert address("sso-authorize", acme)
