"""Races, on real connections: one invitation makes one member, one code lets in once, one owner remains."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from organizations import accounts, services, sessions
from organizations.models import AccountLink, Membership, User
from organizations.second_factor import second_factor_is_right
from organizations.services.governance import LastOwner
from promptguard.core.crypto import token_hash
from promptguard.core.errors import DomainError
from promptguard.core.tenancy import organization_scope, platform_scope
from tests.organizations.concurrently import at_once
from tests.people import NEW_PASSWORD, ORIGIN, PASSWORD, Person, Tenant, found_acme

ROUNDS = 5


@pytest.fixture
def live_acme(live_database: str) -> Tenant:
    return found_acme()


def within(person: Person, service: Callable[..., Any], **arguments: Any) -> Callable[[], Any]:
    """`service` as this person, in a transaction of their organization, as the door would call it."""
    caller = person.signed_in_caller()

    def run() -> Any:
        with organization_scope(person.organization.id):
            return service(caller=caller, **arguments)

    return run


def owners(tenant: Tenant) -> set[str]:
    with platform_scope():
        rows = Membership.all_tenants.filter(organization=tenant.organization, role="owner")
        return set(rows.values_list("user__name", flat=True))


def errors(results: list[Any]) -> list[str]:
    return sorted(result.code for result in results if isinstance(result, DomainError))


def test_of_racing_acceptances_one_joins(live_acme: Tenant) -> None:
    for number in range(ROUNDS):
        email = f"nina-{number}@newcomer.example"
        nina = accounts.sign_up(
            origin=ORIGIN, email=email, password=PASSWORD, personal_organization=False, verified=True
        )
        with organization_scope(live_acme.organization.id):
            _, token = services.invite(caller=live_acme.owner.caller, email=email, role="member")
        caller = sessions.person(nina.id, ORIGIN)
        results = at_once([partial(services.accept_invitation, caller=caller, token=token)] * 4)
        assert sum(isinstance(result, Membership) for result in results) == 1
        assert set(errors(results)) <= {"invitation_invalid", "already_member"}
        with platform_scope():
            assert Membership.all_tenants.filter(user=nina).count() == 1


def test_racing_sign_ups_through_one_invitation_make_one_account(live_acme: Tenant) -> None:
    with organization_scope(live_acme.organization.id):
        _, token = services.invite(
            caller=live_acme.owner.caller, email="nora@newcomer.example", role="member"
        )
    action = partial(accounts.sign_up_invited, origin=ORIGIN, token=token, password=PASSWORD)
    results = at_once([action] * 4)
    assert sum(isinstance(result, Membership) for result in results) == 1
    assert User.objects.filter(email="nora@newcomer.example").count() == 1


def test_acceptance_races_with_its_cancelling(live_acme: Tenant) -> None:
    """Whoever wins, the two stories agree: a member and an accepted invitation, or neither."""
    for number in range(ROUNDS):
        email = f"race-{number}@newcomer.example"
        user = accounts.sign_up(
            origin=ORIGIN, email=email, password=PASSWORD, personal_organization=False, verified=True
        )
        with organization_scope(live_acme.organization.id):
            invitation, token = services.invite(caller=live_acme.owner.caller, email=email, role="member")
        joined, cancelled = at_once(
            [
                partial(services.accept_invitation, caller=sessions.person(user.id, ORIGIN), token=token),
                within(live_acme.olivia, services.cancel_invitation, invitation=invitation),
            ]
        )
        assert isinstance(joined, DomainError) != isinstance(cancelled, DomainError)
        with platform_scope():
            assert Membership.all_tenants.filter(user=user).exists() == (not isinstance(joined, DomainError))


def test_racing_attempts_to_remove_the_last_owner_are_all_refused(live_acme: Tenant) -> None:
    olivia = live_acme.olivia
    demote = within(olivia, services.change_role, user_id=olivia.user.id, role="admin")
    results = at_once([within(olivia, services.leave), within(olivia, services.leave), demote, demote])
    assert [type(result) for result in results] == [LastOwner] * 4
    assert owners(live_acme) == {"Olivia"}


def test_two_owners_who_go_at_once_leave_one_behind(live_acme: Tenant) -> None:
    olivia, adam = live_acme.olivia, live_acme.adam
    for number in range(ROUNDS):
        with platform_scope():
            rows = Membership.all_tenants.filter(user__in=[olivia.user, adam.user])
            rows.update(role="owner")
        if number % 2:
            going = [within(olivia, services.change_role, user_id=adam.user.id, role="viewer"),
                     within(adam, services.change_role, user_id=olivia.user.id, role="viewer")]  # fmt: skip
        else:
            going = [
                within(each, services.change_role, user_id=each.user.id, role="admin")
                for each in (olivia, adam)
            ]
        results = at_once(going)
        assert len(errors(results)) == 1
        assert errors(results)[0] in ("last_owner", "above_own_rank")
        assert len(owners(live_acme)) == 1


def test_racing_acceptances_of_ownership_transfer_it_once(live_acme: Tenant) -> None:
    within(live_acme.olivia, services.offer_ownership, user_id=live_acme.adam.user.id)()
    results = at_once([within(live_acme.adam, services.accept_ownership)] * 3)
    assert errors(results) == ["not_found", "not_found"]
    assert owners(live_acme) == {"Adam"}


def test_one_code_lets_one_in(live_acme: Tenant) -> None:
    app, recovery = live_acme.mia.switch_second_factor_on()
    user_id = live_acme.mia.user.id
    app.drift = 1
    results = at_once([partial(second_factor_is_right, user_id, f"{app.token():06}")] * 4)
    assert sorted(results) == [False, False, False, True]
    results = at_once([partial(second_factor_is_right, user_id, recovery[0])] * 4)
    assert sorted(results) == [False, False, False, True]


def test_one_reset_link_sets_one_password(live_acme: Tenant) -> None:
    AccountLink.objects.create(
        user=live_acme.mia.user,
        purpose="reset",
        token_hash=token_hash("the-link"),
        expires_at=timezone.now() + timedelta(hours=1),
    )
    action = partial(accounts.reset_password, origin=ORIGIN, token="the-link", password=NEW_PASSWORD)
    assert errors(at_once([action] * 4)) == ["link_invalid"] * 3


def test_one_refresh_token_refreshes_once_and_its_copy_ends_the_session(live_acme: Tenant) -> None:
    signed_in = sessions.sign_in(origin=ORIGIN, email=live_acme.mia.user.email, password=PASSWORD)
    action = partial(sessions.refresh, origin=ORIGIN, refresh_token=signed_in.refresh_token)
    results = at_once([action] * 2)
    assert errors(results) == ["invalid_refresh_token"]
    assert sessions.session_by_id(signed_in.session.id, live_acme.mia.user.id) is None
