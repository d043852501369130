"""People act at random, two or three at once: there is always an owner, and nobody outside sees inside."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from organizations import accounts, services, sessions
from organizations.models import Membership, Organization, User
from organizations.roles import MATRIX, Role
from organizations.selectors import memberships_of
from promptguard.core.caller import Caller
from promptguard.core.errors import DomainError
from promptguard.core.identifiers import uuid7
from promptguard.core.tenancy import organization_scope, platform_scope
from promptguard.projects import services as project_services
from tests.organizations.concurrently import at_once
from tests.people import ORIGIN, PASSWORD, api_client

PEOPLE = ("ann", "bob", "cid", "dot", "eve")
people = st.sampled_from(PEOPLE)
roles = st.sampled_from(["owner", "admin", "member", "viewer"])
SECRET = "the project nobody outside knows"

# One step: who does what to whom, with which role.
steps = st.tuples(
    people,
    st.sampled_from(["invite", "accept", "remove", "promote", "offer", "take", "leave"]),
    people,
    roles,
)


class Governance(RuleBasedStateMachine):
    """One organization and five people; ann founded it."""

    users: dict[str, User]
    clients: dict[str, Any]
    callers: dict[str, Caller]

    @initialize()
    def found(self) -> None:
        founder = self.callers["ann"]
        self.organization = services.create_organization(
            caller=founder, name="Acme", slug=f"a{uuid7().hex[:30]}"
        )
        self.tokens: dict[str, str] = {}
        with organization_scope(self.organization.id):
            caller = replace(founder, organization_id=self.organization.id, permissions=MATRIX[Role.OWNER])
            project_services.create_project(caller=caller, name=SECRET)

    @rule(at_the_same_time=st.lists(steps, min_size=1, max_size=3))
    def act(self, at_the_same_time: list[tuple[str, str, str, str]]) -> None:
        results = at_once([partial(self.attempt, *step) for step in at_the_same_time])
        for (_, verb, whom, _), result in zip(at_the_same_time, results, strict=True):
            if verb == "invite" and not isinstance(result, DomainError):
                self.tokens[whom] = result[1]

    def attempt(self, who: str, verb: str, whom: str, role: str) -> Any:
        caller = self.callers[who].within(self.organization.id)
        if verb == "accept":
            return services.accept_invitation(caller=self.callers[who], token=self.tokens.get(whom, "none"))
        target: UUID = self.users[whom].id
        inside: dict[str, Callable[[], Any]] = {
            "invite": lambda: services.invite(caller=caller, email=self.users[whom].email, role=role),
            "remove": lambda: services.remove_member(caller=caller, user_id=target),
            "promote": lambda: services.change_role(caller=caller, user_id=target, role=role),
            "offer": lambda: services.offer_ownership(caller=caller, user_id=target),
            "take": lambda: services.accept_ownership(caller=caller),
            "leave": lambda: services.leave(caller=caller),
        }
        # The door lets members in only; what they may do there is the services' to say.
        if self.organization.id not in {each.organization_id for each in memberships_of(self.users[who].id)}:
            return DomainError()
        with organization_scope(self.organization.id):
            return inside[verb]()

    @invariant()
    def there_is_an_owner(self) -> None:
        with platform_scope():
            members = Membership.all_tenants.filter(organization=self.organization)
            assert members.filter(role="owner", user__is_active=True).exists()
            assert members.count() == members.values("user").distinct().count()

    @invariant()
    def nobody_outside_sees_inside(self) -> None:
        with platform_scope():
            inside = set(
                Membership.all_tenants.filter(organization=self.organization).values_list(
                    "user_id", flat=True
                )
            )
        for name, client in self.clients.items():
            headers = {"X-Organization-Id": str(self.organization.id)}
            answer = client.get("/dashboard/projects", headers=headers)
            is_member = self.users[name].id in inside
            assert answer.status_code == (200 if is_member else 404), name
            assert (SECRET in answer.content.decode()) == is_member
            members = client.get(f"/dashboard/organizations/{self.organization.id}/members")
            assert members.status_code == answer.status_code


def test_governance_holds_under_concurrent_actors(live_database: str) -> None:
    Governance.users, Governance.callers, Governance.clients = {}, {}, {}
    for name in PEOPLE:
        email = f"{name}@governance.example"
        user = accounts.sign_up(
            origin=ORIGIN, email=email, password=PASSWORD, personal_organization=False, verified=True
        )
        signed_in = sessions.sign_in(origin=ORIGIN, email=email, password=PASSWORD)
        Governance.users[name] = user
        Governance.callers[name] = sessions.person(user.id, ORIGIN, signed_in.session.id)
        Governance.clients[name] = api_client(Authorization=f"Bearer {signed_in.access_token}")
    run_state_machine_as_test(
        Governance,
        settings=settings(
            max_examples=10, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
    with platform_scope():
        assert Organization.objects.count() >= 10
