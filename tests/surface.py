"""★ Every door of the house: one row for each route and verb. Double-entry book-keeping: the views declare
their permissions, this table declares them again, and `tests/house/test_doors.py` compares both ways.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from audit.actions import Action as A
from audit.holds import place_hold
from audit.services import record
from compliance.models import PrivacyRequest
from organizations import accounts, sessions
from organizations import services as organization_services
from organizations.access_tokens import create_access_token
from organizations.limits.models import Plane
from organizations.limits.services import override_rate_limit
from organizations.models import Membership, Organization, User
from organizations.networks.models import AllowedNetwork
from organizations.networks.services import allow_network
from organizations.roles import Role
from promptguard.core.permissions import Permission as P
from promptguard.core.tenancy import organization_scope
from promptguard.projects import services as project_services
from promptguard.projects.access.models import AccessRule
from promptguard.webhooks import services as webhook_services
from promptguard.webhooks.models import Endpoint
from tests.people import NEW_PASSWORD, ORIGIN, PASSWORD, Tenant

Arguments = Callable[[Tenant], dict[str, Any]]


def nothing(tenant: Tenant) -> dict[str, Any]:
    return {}


def organization(tenant: Tenant) -> dict[str, Any]:
    return {"organization_id": tenant.organization.id}


def project(tenant: Tenant) -> dict[str, Any]:
    return {"project_id": tenant.project.id}


def key(tenant: Tenant) -> dict[str, Any]:
    return {"key_id": tenant.api_key.id}


def network(tenant: Tenant) -> dict[str, Any]:
    with organization_scope(tenant.organization.id):
        caller, cidr = tenant.owner.caller, "127.0.0.0/8"
        found = AllowedNetwork.objects.for_caller(caller).filter(cidr=cidr).first()
        made = found or AllowedNetwork.objects.create_for(caller, cidr=cidr)
    return organization(tenant) | {"network_id": made.id}


def interaction(tenant: Tenant) -> dict[str, Any]:
    return {"interaction_id": an_interaction(tenant)}


def webhook(tenant: Tenant) -> dict[str, Any]:
    return {"endpoint_id": a_webhook(tenant)}


def delivery(tenant: Tenant) -> dict[str, Any]:
    return {"delivery_id": a_delivery(tenant)}


def audit_event(tenant: Tenant) -> dict[str, Any]:
    """Accepted, not sealed: these tests commit nothing."""
    with organization_scope(tenant.organization.id):
        return {"event": record(A.PROJECT_UPDATED, caller=tenant.owner.caller).event_id}


@dataclass(frozen=True)
class Door:
    """`needs` is None for a public door; `audits` is exactly what a success appends to the chain, in order.

    `path` gives the URL's arguments for a tenant, `body` a body that succeeds, `grow` adds one row to a list.
    A `personal` door is about the person who opens it: the ids in its path are the owner's, and 404 to others.
    `foreign` are the body's keys that name an object of the tenant: with another tenant's id they are 404.
    """

    name: str
    verb: str
    needs: P | None
    status: int = 200
    audits: A | tuple[A, ...] | None = None
    path: Arguments = nothing
    body: Arguments | None = None
    grow: Callable[[Tenant], Any] | None = None
    foreign: Arguments | None = None
    personal: bool = False

    def __str__(self) -> str:
        return f"{self.verb} {self.name}"


def a_data_request(kind: str) -> Arguments:
    """A request of the owner's that is waiting."""

    def make(tenant: Tenant) -> dict[str, Any]:
        later = timezone.now() + timedelta(days=1)
        made, _ = PrivacyRequest.objects.get_or_create(
            kind=kind, subject_id=tenant.owner.user.id, defaults={"execute_after": later}
        )
        return {"request_id": made.id}

    return make


def a_request_of_the_organization(scope: str, kind: str, **values: Any) -> Arguments:
    """A request about the tenant, or about one of its end users."""

    def make(tenant: Tenant) -> dict[str, Any]:
        about = {"scope": scope, "kind": kind, "organization_id": tenant.organization.id}
        later = timezone.now() + timedelta(days=1)
        made, _ = PrivacyRequest.objects.get_or_create(
            **about, **values, defaults={"subject_id": tenant.organization.id, "execute_after": later}
        )
        return {"request_id": made.id}

    return make


def a_closing(tenant: Tenant) -> dict[str, Any]:
    """The tenant is being closed, and its deletion is waiting."""
    later = timezone.now() + timedelta(days=1)
    with organization_scope(tenant.organization.id):
        Organization.objects.update(closing_at=later)
    return a_request_of_the_organization("organization", "erasure")(tenant)


def an_end_user(tenant: Tenant) -> dict[str, Any]:
    """Somebody whom the tenant's applications named."""
    named = {"list": "block", "target_type": "end_user", "value": "user-17"}
    with organization_scope(tenant.organization.id):
        if not AccessRule.objects.for_caller(tenant.owner.caller).filter(**named).exists():
            AccessRule.objects.create_for(tenant.owner.caller, **named)
    return {"end_user": "user-17"}


def privacy_doors(kind: str, scope: str, needs: P, body: Arguments | None) -> list["Door"]:
    """The doors about exports of a whole organization, or of an end user."""
    waiting = a_request_of_the_organization(scope, "export")
    package = a_request_of_the_organization(scope, "export", state="done", package="nothing.zip")
    return [
        Door(f"{kind}-export", "POST", needs, 202, A.DATA_EXPORT_REQUESTED, body=body),
        Door(f"{kind}-export-detail", "GET", needs, path=waiting),
        Door(f"{kind}-export-link", "POST", needs, 201, path=package),
        Door(f"{kind}-export-download", "GET", needs, 404, path=package),
        Door(f"{kind}-deletion-detail", "GET", needs, path=a_request_of_the_organization(scope, "erasure")),
    ]


def deletion_with_a_second_owner(tenant: Tenant) -> dict[str, Any]:
    """Nobody who is an organization's only owner can be erased."""
    heir = list(tenant.people.values())[-1].user
    with organization_scope(tenant.organization.id):
        if len(tenant.people) > 1:
            Membership.objects.for_caller(tenant.owner.caller).filter(user=heir).update(role="owner")
    return {"confirmation": "DELETE MY DATA"}


def a_package(tenant: Tenant) -> dict[str, Any]:
    """An export of the owner's that is done."""
    made, _ = PrivacyRequest.objects.get_or_create(
        kind="export", subject_id=tenant.owner.user.id, state="done", package="nothing.zip"
    )
    return {"request_id": made.id}


def a_hold(tenant: Tenant) -> Any:
    """On a span of time in which nothing happened."""
    with organization_scope(tenant.organization.id):
        case = f"Case {len(tenant.objects)} of {tenant.organization.name}"
        long_ago = timezone.now() - timedelta(days=9000)
        made = place_hold(caller=tenant.owner.caller, reason=case, until=long_ago)
        tenant.objects[case] = made.id
        return made.id


def hold(tenant: Tenant) -> dict[str, Any]:
    return {"hold_id": a_hold(tenant)}


def an_interaction(tenant: Tenant) -> Any:
    from promptguard.guard.engine import Content, Direction, Message
    from promptguard.guard.services import Attribution, screen

    with organization_scope(tenant.organization.id):
        message = Message("user", f"What are the opening hours of {tenant.organization.name}?")
        return screen(
            caller=tenant.key_caller,
            project=tenant.project,
            content=Content(messages=(message,), direction=Direction.INPUT),
            attribution=Attribution("guard", end_user=f"user-of-{tenant.organization.slug}"),
        ).interaction.id


def a_project(tenant: Tenant) -> Any:
    with organization_scope(tenant.organization.id):
        count = len(tenant.objects)
        made = project_services.create_project(caller=tenant.owner.caller, name=f"Project {count}")
        tenant.objects[made.name] = made.id
        return made.id


def a_key(tenant: Tenant) -> Any:
    with organization_scope(tenant.organization.id):
        caller = tenant.owner.caller
        return project_services.create_api_key(caller=caller, name="Another", project=tenant.project)[0].id


def a_network(tenant: Tenant) -> Any:
    """Each lets the tests' own client in."""
    with organization_scope(tenant.organization.id):
        cidr = f"127.0.0.0/{30 - len(tenant.objects)}"
        made = allow_network(caller=tenant.owner.caller, cidr=cidr, label="Office", confirm=True)
        tenant.objects[cidr] = made.id
        return made.id


def an_override(tenant: Tenant) -> Any:
    with organization_scope(tenant.organization.id):
        return override_rate_limit(
            caller=tenant.owner.caller,
            plane=Plane.DEVELOPER,
            per_minute=600,
            reason="Asked for in a support case",
        ).id


def a_rule(tenant: Tenant, *, everywhere: bool = False) -> Any:
    """Blocks an end user whom no test plays."""
    with organization_scope(tenant.organization.id):
        count = len(tenant.objects)
        project = None if everywhere else tenant.project
        asked = {"list": "block", "target_type": "end_user", "value": f"nobody-{count}"}
        tenant.objects[f"rule {count}"] = AccessRule.objects.create_for(
            tenant.owner.caller, project=project, **asked
        ).id
        return tenant.objects[f"rule {count}"]


def an_organization_rule(tenant: Tenant) -> Any:
    return a_rule(tenant, everywhere=True)


def rule_body(tenant: Tenant) -> dict[str, Any]:
    return {"list": "allow", "target_type": "ip_cidr", "value": "127.0.0.0/8"}


def an_invitation(tenant: Tenant) -> Any:
    with organization_scope(tenant.organization.id):
        address = f"guest-{len(tenant.objects)}@{tenant.organization.slug}.example"
        made, _ = organization_services.invite(caller=tenant.owner.caller, email=address, role="viewer")
        tenant.objects[address] = made.id
        return made.id


def slug(tenant: Tenant) -> dict[str, Any]:
    return {"slug": tenant.organization.slug}


def a_connection(tenant: Tenant) -> Any:
    """An identity provider on an address that nobody may call."""
    from sso.models import Connection

    caller, domains = tenant.owner.caller, [f"{tenant.organization.slug}.example"]
    with organization_scope(tenant.organization.id):
        found = Connection.objects.for_caller(caller).first()
        settings = {"issuer": "https://127.0.0.1", "client_id": "c", "allowed_domains": domains}
        return (found or Connection.objects.create_for(caller, **settings)).id


def connected(tenant: Tenant) -> dict[str, Any]:
    a_connection(tenant)
    return organization(tenant)


def a_domain(tenant: Tenant) -> Any:
    from sso.models import Domain

    with organization_scope(tenant.organization.id):
        name = f"d{len(tenant.objects)}.{tenant.organization.slug}.example"
        tenant.objects[name] = Domain.objects.create_for(tenant.owner.caller, name=name, proof="proof").id
        return tenant.objects[name]


def domain(tenant: Tenant) -> dict[str, Any]:
    return organization(tenant) | {"domain_id": a_domain(tenant)}


def a_directory_token(tenant: Tenant) -> Any:
    from sso.models import DirectoryToken

    with organization_scope(tenant.organization.id):
        known = {
            "token_hash": os.urandom(32),
            "prefix": "pgd_",
            "expires_at": timezone.now() + DirectoryToken.LIFETIME,
        }
        return DirectoryToken.objects.create_for(tenant.owner.caller, **known).id


def a_directory_request(tenant: Tenant) -> Any:
    from sso.models import DirectoryRequest

    with organization_scope(tenant.organization.id):
        asked = {"verb": "GET", "path": f"/Users?of={tenant.organization.slug}", "status": 200}
        return DirectoryRequest.objects.create_for(tenant.owner.caller, **asked).id


def a_policy_version(tenant: Tenant) -> Any:
    from promptguard.guard.services.policies import Draft, draft_policy

    with organization_scope(tenant.organization.id):
        draft = Draft(
            guardrails={"toxicity": {"enabled": False}}, note=f"A note of {tenant.organization.name}"
        )
        return draft_policy(caller=tenant.owner.caller, project=tenant.project, draft=draft).id


def once(tenant: Tenant, name: str, make: Callable[[Tenant], Any]) -> Any:
    """One object for all knocks of a test, made by the first who asks."""
    if name not in tenant.objects:
        tenant.objects[name] = make(tenant)
    return tenant.objects[name]


def policy_version(tenant: Tenant) -> dict[str, Any]:
    once(tenant, "version", a_policy_version)
    return project(tenant) | {"number": 1}


def a_dry_run(tenant: Tenant) -> dict[str, Any]:
    from promptguard.guard.models import PolicyVersion
    from promptguard.guard.services.dryrun import start_dry_run

    place, caller = policy_version(tenant), tenant.owner.caller
    with organization_scope(tenant.organization.id):
        version = PolicyVersion.objects.for_caller(caller).get(project=tenant.project, number=1)
        run = start_dry_run(caller=caller, project=tenant.project, version=version, days=1)
    return place | {"job_id": run.id}


def own_policy(tenant: Tenant) -> dict[str, Any]:
    return project(tenant) | {"policy_id": once(tenant, "policy", an_own_policy)}


def an_own_policy(tenant: Tenant) -> Any:
    from promptguard.guard.services.policies import add_policy

    with organization_scope(tenant.organization.id):
        made = add_policy(caller=tenant.owner.caller, project=tenant.project, policy=OWN_POLICY)
    return UUID(made["id"])


OWN_POLICY = {
    "name": "No code names",
    "description": "",
    "policy_type": "custom",
    "is_active": True,
    "priority": 10,
    "rules": [{"condition": "contains_text", "value": "project bluebird", "action": "block"}],
}


def a_suppression(tenant: Tenant) -> Any:
    from promptguard.guard.services.suppressions import suppress

    tenant.objects[f"rule-{len(tenant.objects)}"] = tenant.project.id
    with organization_scope(tenant.organization.id):
        return suppress(
            caller=tenant.owner.caller,
            project=tenant.project,
            detector="injection_rules",
            rule_id=f"rule-{len(tenant.objects)}",
            reason=f"A reason of {tenant.organization.name}",
        ).id


def suppression(tenant: Tenant) -> dict[str, Any]:
    return project(tenant) | {"suppression_id": once(tenant, "suppression", a_suppression)}


def a_canary(tenant: Tenant) -> Any:
    from promptguard.guard.services.canaries import plant_canary

    name = f"Prompt {len(tenant.objects)} of {tenant.organization.name}"
    tenant.objects[name] = tenant.project.id
    with organization_scope(tenant.organization.id):
        return plant_canary(caller=tenant.owner.caller, project=tenant.project, name=name).canary.id


def canary(tenant: Tenant) -> dict[str, Any]:
    return project(tenant) | {"canary_id": once(tenant, "canary", a_canary)}


def a_feedback(tenant: Tenant) -> Any:
    from promptguard.guard.models import Interaction
    from promptguard.guard.services.reviews import give_feedback

    identifier = an_interaction(tenant)
    with organization_scope(tenant.organization.id):
        caller = tenant.owner.caller
        judged = Interaction.objects.for_caller(caller).get(id=identifier)
        return give_feedback(caller=caller, interaction=judged, judgement="correct").id


def feedback(tenant: Tenant) -> dict[str, Any]:
    return {"judgement": "false_positive", "note": "A recipe."}


def a_webhook(tenant: Tenant) -> Any:
    with organization_scope(tenant.organization.id):
        made, _ = webhook_services.create_endpoint(
            caller=tenant.owner.caller, url=f"https://hooks.example.com/{tenant.organization.slug}"
        )
        return made.id


def a_delivery(tenant: Tenant) -> Any:
    with organization_scope(tenant.organization.id):
        caller = tenant.owner.caller
        made = Endpoint.objects.for_caller(caller).filter(id=a_webhook(tenant)).get()
        return webhook_services.send_test(caller=caller, endpoint=made).id


def invitation(tenant: Tenant) -> dict[str, Any]:
    return organization(tenant) | {"invitation_id": an_invitation(tenant)}


def last_person(tenant: Tenant) -> User:
    return list(tenant.people.values())[-1].user


def last_member(tenant: Tenant) -> dict[str, Any]:
    return organization(tenant) | {"user_id": last_person(tenant).id}


def a_heir(tenant: Tenant) -> dict[str, Any]:
    return {"user_id": str(last_person(tenant).id)}


def a_member(tenant: Tenant, role: Role = Role.VIEWER) -> Any:
    """Somebody new."""
    with organization_scope(tenant.organization.id):
        address = f"member-{len(tenant.objects)}@{tenant.organization.slug}.example"
        user = accounts.sign_up(
            origin=ORIGIN, email=address, password=PASSWORD, personal_organization=False, verified=True
        )
        organization_services.add_member(caller=tenant.owner.caller, user=user, role=role)
        tenant.objects[address] = user.id
        return user.id


def with_a_second_owner(tenant: Tenant) -> dict[str, Any]:
    a_member(tenant, Role.OWNER)
    return organization(tenant)


def with_an_offer(tenant: Tenant) -> dict[str, Any]:
    heir = a_member(tenant)
    with organization_scope(tenant.organization.id):
        organization_services.offer_ownership(caller=tenant.owner.signed_in_caller(), user_id=heir)
    return organization(tenant)


def a_role(tenant: Tenant) -> Any:
    with organization_scope(tenant.organization.id):
        name = f"Role {len(tenant.objects)}"
        made = organization_services.create_role(
            caller=tenant.owner.caller, name=name, permissions=["project:read"]
        )
        tenant.objects[name] = made.id
        return made.id


def role(tenant: Tenant) -> dict[str, Any]:
    return organization(tenant) | {"role_id": a_role(tenant)}


def a_grant(tenant: Tenant) -> Any:
    user_id = a_member(tenant)
    with organization_scope(tenant.organization.id):
        organization_services.grant_project_role(
            caller=tenant.owner.caller, project_id=tenant.project.id, user_id=user_id, role="member"
        )
    return user_id


def a_session(tenant: Tenant) -> Any:
    signed_in = sessions.sign_in(origin=ORIGIN, email=tenant.owner.user.email, password=PASSWORD)
    return signed_in.session.id


def an_access_token(tenant: Tenant) -> Any:
    with organization_scope(tenant.organization.id):
        return create_access_token(
            caller=tenant.owner.signed_in_caller(), name="Automation", permissions=["project:read"]
        )[0].id


def forged_link(tenant: Tenant) -> dict[str, Any]:
    return {"token": "forged"}


def an_address(tenant: Tenant) -> dict[str, Any]:
    return {"email": tenant.owner.user.email}


def text(tenant: Tenant) -> dict[str, Any]:
    return {"content": "What is the weather like today?"}


def access_doors(name: str, read: P, write: P, at: Arguments, grow: Callable[[Tenant], Any]) -> list[Door]:
    def rule(tenant: Tenant) -> dict[str, Any]:
        return at(tenant) | {"rule_id": grow(tenant)}

    listed, one = f"{name}-list", f"{name}-rule"
    return [
        Door(listed, "GET", read, path=at, grow=grow),
        Door(listed, "POST", write, 201, A.ACCESS_RULE_CREATED, path=at, body=rule_body),
        Door(
            one,
            "PATCH",
            write,
            200,
            A.ACCESS_RULE_UPDATED,
            path=rule,
            body=lambda tenant: {"is_active": False},
        ),
        Door(one, "DELETE", write, 204, A.ACCESS_RULE_DELETED, path=rule),
    ]


def an_agent(tenant: Tenant) -> Any:
    from promptguard.guard.services.agents import register_agent

    with organization_scope(tenant.organization.id):
        made = register_agent(caller=tenant.owner.caller, project=tenant.project, name="Assistant")
        return made.agent.id


def agent(tenant: Tenant) -> dict[str, Any]:
    return {"agent_id": str(once(tenant, "agent", an_agent))}


def a_tool_call(tenant: Tenant) -> Any:
    from promptguard.guard.services import Attribution
    from promptguard.guard.services.agents import judge_call

    with organization_scope(tenant.organization.id):
        return judge_call(
            caller=tenant.key_caller,
            project=tenant.project,
            agent_ref="assistant",
            tool_name="search",
            arguments={"query": "weather"},
            attribution=Attribution("agent"),
        )


def a_tool_profile(tenant: Tenant) -> Any:
    from promptguard.guard.services.agents import replace_profile

    with organization_scope(tenant.organization.id):
        changes = {"blocked_tools": ["bash"]}
        return replace_profile(caller=tenant.owner.caller, project=tenant.project, changes=changes)


def a_token(tenant: Tenant) -> Any:
    from promptguard.guard.engine import Decision, Verdict
    from promptguard.guard.services.vault import event_scope, keep_tokens

    verdict = Verdict(Decision.REDACT, "Redacted.", vault={"[EMAIL_TOKEN_1]": "jane@example.com"})
    with organization_scope(tenant.organization.id):
        keep_tokens(
            caller=tenant.key_caller, project=tenant.project, scope=event_scope("evt_1"), verdict=verdict
        )


REDTEAM = [
    Door(name, verb, P.REDTEAM_RUN, path=path, body=body)
    for old, new in (("redteam", "security-testing"),)
    for name, verb, path, body in (
        (f"{new}-tests", "GET", nothing, None),
        (f"{new}-run-all", "POST", nothing, nothing),
        (f"{new}-run", "POST", lambda tenant: {"name": "instruction_override_01"}, nothing),
        (f"{new}-run-custom", "POST", nothing, lambda tenant: {"custom_prompt": "Hello"}),
        (f"{old}-tests", "GET", nothing, None),
        (f"{old}-all", "POST", nothing, nothing),
        (f"{old}-test", "POST", lambda tenant: {"name": "instruction_override_01"}, nothing),
        (f"{old}-custom", "POST", nothing, lambda tenant: {"custom_prompt": "Hello"}),
    )
]
AGENTS = [
    Door(
        "agent-analyze-behavior",
        "POST",
        P.GUARD_RUN,
        body=lambda tenant: {"agent_id": "a/1", "recent_actions": []},
    ),
    Door("agent-health", "GET", P.GUARD_RUN),
    Door("agent-memory-scan", "POST", P.GUARD_RUN, body=text),
    Door(
        "agent-register",
        "POST",
        P.PROJECT_WRITE,
        200,
        A.AGENT_REGISTERED,
        body=lambda tenant: {"agent_name": "Assistant"},
    ),
    Door("agent-rotate", "POST", P.PROJECT_WRITE, 200, A.AGENT_CREDENTIAL_ROTATED, path=agent),
    Door(
        "agent-session-end",
        "POST",
        P.GUARD_RUN,
        path=lambda tenant: {"agent_id": "a/1", "session_id": "s-1"},
    ),
    Door("agent-stats", "GET", P.GUARD_RUN, path=lambda tenant: {"agent_id": "a/1"}),
    Door("agent-trace-audit", "POST", P.GUARD_RUN, body=lambda tenant: {"events": []}),
    Door(
        "agent-validate-tool",
        "POST",
        P.GUARD_RUN,
        body=lambda tenant: {"agent_id": "a/1", "tool_name": "search", "arguments": {"query": "weather"}},
    ),
    Door(
        "mcp-scan-manifest",
        "POST",
        P.GUARD_RUN,
        body=lambda tenant: {"tools": [{"name": "search", "description": "Searches the web."}]},
    ),
]


def sign_in_body(tenant: Tenant) -> dict[str, Any]:
    return {"email": tenant.owner.user.email, "password": PASSWORD}


PLATFORM = [
    Door("home", "GET", None),
    Door("link-page", "GET", None, path=lambda tenant: {"page": "invitation"}),
    Door("health", "GET", None),
    Door("health-live", "GET", None),
    Door("health-ready", "GET", None),
    Door("metrics", "GET", None),
    Door("openapi", "GET", None),
    Door("api-docs", "GET", None),
    Door("api-root", "GET", None),
    Door("proxy-root", "GET", None),
]

GUARDRAILS = [
    Door("guardrails", "GET", P.PROJECT_READ, path=project),
    Door(
        "guardrails",
        "PUT",
        P.PROJECT_WRITE,
        200,
        A.POLICY_ACTIVATED,
        path=project,
        body=lambda tenant: {"guardrails": {"toxicity": {"enabled": False}}},
    ),
]

DASHBOARD = [
    Door(
        "auth-signup",
        "POST",
        None,
        201,
        (A.USER_CREATED, A.ORGANIZATION_CREATED, A.PROJECT_CREATED),
        body=lambda tenant: {"email": "new@nowhere.example", "password": PASSWORD, "name": "New"},
    ),
    Door("auth-login", "POST", None, 200, A.AUTHENTICATION_SIGNED_IN, body=sign_in_body),
    Door("auth-refresh", "POST", None, 401, body=lambda tenant: {"refresh_token": "pgr_forged"}),
    Door("auth-logout", "POST", P.ACCOUNT_MANAGE, 204, A.AUTHENTICATION_SIGNED_OUT),
    Door(
        "auth-reauthenticate",
        "POST",
        P.ACCOUNT_MANAGE,
        204,
        A.AUTHENTICATION_RENEWED,
        body=lambda tenant: {"password": PASSWORD},
    ),
    Door("auth-me", "GET", P.ACCOUNT_READ),
    Door("session-list", "GET", P.ACCOUNT_MANAGE, grow=a_session),
    Door("session-list", "DELETE", P.ACCOUNT_MANAGE, 204, A.SESSIONS_REVOKED),
    Door(
        "session-detail",
        "DELETE",
        P.ACCOUNT_MANAGE,
        204,
        A.SESSION_REVOKED,
        path=lambda tenant: {"session_id": a_session(tenant)},
        personal=True,
    ),
    Door("email-verify", "POST", None, 400, body=forged_link),
    Door("email-verify-resend", "POST", None, 202, A.USER_VERIFICATION_REQUESTED, body=an_address),
    Door("password-reset", "POST", None, 202, A.PASSWORD_RESET_REQUESTED, body=an_address),
    Door(
        "password-reset-confirm",
        "POST",
        None,
        400,
        body=lambda tenant: {"token": "forged", "password": NEW_PASSWORD},
    ),
    Door(
        "password-change",
        "POST",
        P.ACCOUNT_MANAGE,
        204,
        A.PASSWORD_CHANGED,
        body=lambda tenant: {"current_password": PASSWORD, "new_password": NEW_PASSWORD},
    ),
    Door("second-factor", "GET", P.ACCOUNT_MANAGE),
    Door("second-factor", "POST", P.ACCOUNT_MANAGE, 201, A.SECOND_FACTOR_STARTED),
    Door("second-factor", "DELETE", P.ACCOUNT_MANAGE, 409),
    Door("second-factor-confirm", "POST", P.ACCOUNT_MANAGE, 409, body=lambda tenant: {"otp": "123456"}),
    Door("recovery-code-list", "POST", P.ACCOUNT_MANAGE, 409),
    Door("access-token-list", "GET", P.ACCOUNT_MANAGE, path=organization, grow=an_access_token),
    Door(
        "access-token-list",
        "POST",
        P.ACCOUNT_MANAGE,
        201,
        A.ACCESS_TOKEN_CREATED,
        path=organization,
        body=lambda tenant: {"name": "Reports", "permissions": ["project:read"]},
    ),
    Door(
        "access-token-detail",
        "DELETE",
        P.ACCOUNT_MANAGE,
        204,
        A.ACCESS_TOKEN_REVOKED,
        path=lambda tenant: organization(tenant) | {"token_id": an_access_token(tenant)},
        personal=True,
    ),
    Door("organization-list", "GET", P.ACCOUNT_READ),
    Door("certificate-detail", "GET", None, 404, path=a_data_request("erasure")),
    Door("data-export", "POST", P.ACCOUNT_MANAGE, 200, A.DATA_EXPORT_REQUESTED),
    Door("data-export-detail", "GET", P.ACCOUNT_MANAGE, path=a_data_request("export"), personal=True),
    Door("data-export-link", "POST", P.ACCOUNT_MANAGE, 201, path=a_package, personal=True),
    Door("data-export-download", "GET", P.ACCOUNT_MANAGE, 404, path=a_package, personal=True),
    Door(
        "data-deletion",
        "POST",
        P.ACCOUNT_MANAGE,
        202,
        A.ERASURE_REQUESTED,
        body=deletion_with_a_second_owner,
    ),
    Door("data-deletion-detail", "GET", P.ACCOUNT_MANAGE, path=a_data_request("erasure"), personal=True),
    Door(
        "data-deletion-detail",
        "DELETE",
        P.ACCOUNT_MANAGE,
        200,
        A.ERASURE_CANCELLED,
        path=a_data_request("erasure"),
        personal=True,
    ),
    *privacy_doors("organization", "organization", P.ORGANIZATION_DELETE, None),
    Door(
        "organization-deletion",
        "POST",
        P.ORGANIZATION_DELETE,
        202,
        (A.ORGANIZATION_CLOSED, A.ERASURE_REQUESTED),
        body=lambda tenant: {"confirmation": "DELETE MY DATA"},
    ),
    Door(
        "organization-deletion-detail",
        "DELETE",
        P.ORGANIZATION_DELETE,
        200,
        (A.ERASURE_CANCELLED, A.ORGANIZATION_REOPENED),
        path=a_closing,
    ),
    *privacy_doors("end-user", "end_user", P.END_USER_MANAGE, an_end_user),
    Door(
        "end-user-deletion",
        "POST",
        P.END_USER_MANAGE,
        202,
        A.ERASURE_REQUESTED,
        body=lambda tenant: an_end_user(tenant) | {"confirmation": "DELETE MY DATA"},
    ),
    Door("legal-hold-list", "GET", P.COMPLIANCE_READ, grow=a_hold),
    Door(
        "legal-hold-list",
        "POST",
        P.COMPLIANCE_WRITE,
        201,
        A.LEGAL_HOLD_PLACED,
        body=lambda tenant: {"reason": "Case 7", "user_id": str(tenant.owner.user.id)},
        foreign=lambda tenant: {"reason": "Case 7", "user_id": str(tenant.owner.user.id)},
    ),
    Door("legal-hold-detail", "GET", P.COMPLIANCE_READ, path=hold),
    Door(
        "legal-hold-release",
        "POST",
        P.COMPLIANCE_WRITE,
        200,
        A.LEGAL_HOLD_RELEASED,
        path=hold,
        body=lambda tenant: {"reason": "Settled"},
    ),
    Door("evidence", "GET", P.COMPLIANCE_READ),
    Door("posture", "GET", P.COMPLIANCE_READ),
    Door("retention-terms", "GET", P.COMPLIANCE_READ),
    Door(
        "retention-terms",
        "PATCH",
        P.COMPLIANCE_WRITE,
        200,
        (A.RETENTION_CHANGED, A.RETENTION_CHANGED),
        body=lambda tenant: {"days": {"tool_calls": 30}, "audit_class": "3y"},
    ),
    Door("retention-preview", "GET", P.COMPLIANCE_READ),
    Door(
        "organization-list",
        "POST",
        P.ACCOUNT_MANAGE,
        201,
        A.ORGANIZATION_CREATED,
        body=lambda tenant: {"name": "Initech", "slug": "initech"},
    ),
    Door("organization-detail", "GET", P.ORGANIZATION_READ, path=organization),
    Door(
        "organization-detail",
        "PATCH",
        P.ORGANIZATION_WRITE,
        200,
        A.ORGANIZATION_UPDATED,
        path=organization,
        body=lambda tenant: {"name": "Renamed"},
    ),
    Door(
        "organization-detail",
        "DELETE",
        P.ORGANIZATION_DELETE,
        202,
        A.ORGANIZATION_CLOSED,
        path=organization,
        body=lambda tenant: {"confirmation": tenant.organization.slug},
    ),
    Door("organization-reopen", "POST", P.ORGANIZATION_DELETE, 409, path=organization),
    Door("organization-settings", "GET", P.ORGANIZATION_READ, path=organization),
    Door(
        "organization-settings",
        "PATCH",
        P.ORGANIZATION_WRITE,
        200,
        A.ORGANIZATION_UPDATED,
        path=organization,
        body=lambda tenant: {"session_idle_minutes": 60},
    ),
    Door("ownership-transfer", "GET", P.MEMBER_READ, path=with_an_offer),
    Door(
        "ownership-transfer",
        "POST",
        P.ORGANIZATION_TRANSFER,
        201,
        A.ORGANIZATION_OWNERSHIP_OFFERED,
        path=organization,
        body=a_heir,
        foreign=a_heir,
    ),
    Door(
        "ownership-transfer",
        "DELETE",
        P.ORGANIZATION_TRANSFER,
        204,
        A.ORGANIZATION_OWNERSHIP_OFFER_ENDED,
        path=with_an_offer,
    ),
    Door("ownership-accept", "POST", P.ACCOUNT_MANAGE, 404, path=organization),
    Door("ownership-decline", "POST", P.ACCOUNT_MANAGE, 404, path=organization),
    Door("member-list", "GET", P.MEMBER_READ, path=organization, grow=a_member),
    Door("member-detail", "GET", P.MEMBER_READ, path=last_member),
    Door(
        "member-detail",
        "PATCH",
        P.MEMBER_WRITE,
        200,
        A.MEMBER_ROLE_CHANGED,
        path=last_member,
        body=lambda tenant: {"role": "member"},
    ),
    Door("member-detail", "DELETE", P.MEMBER_WRITE, 204, A.MEMBER_REMOVED, path=last_member),
    Door(
        "organization-leave",
        "POST",
        P.ACCOUNT_MANAGE,
        204,
        (A.MEMBER_LEFT, A.API_KEY_DELETED),
        path=with_a_second_owner,
    ),
    Door("permission-list", "GET", P.ACCOUNT_READ, path=organization),
    Door("role-list", "GET", P.ROLE_READ, path=organization, grow=a_role),
    Door(
        "role-list",
        "POST",
        P.ROLE_WRITE,
        201,
        A.ROLE_CREATED,
        path=organization,
        body=lambda tenant: {"name": "Auditor", "permissions": ["audit:read"]},
    ),
    Door("role-detail", "GET", P.ROLE_READ, path=role),
    Door(
        "role-detail",
        "PATCH",
        P.ROLE_WRITE,
        200,
        A.ROLE_UPDATED,
        path=role,
        body=lambda tenant: {"permissions": ["audit:read", "audit:export"]},
    ),
    Door("role-detail", "DELETE", P.ROLE_WRITE, 204, A.ROLE_DELETED, path=role),
    Door("invitation-list", "GET", P.INVITATION_READ, path=organization, grow=an_invitation),
    Door("invitation-detail", "GET", P.INVITATION_READ, path=invitation),
    Door("invitation-detail", "DELETE", P.INVITATION_WRITE, 204, A.INVITATION_CANCELLED, path=invitation),
    Door("invitation-resend", "POST", P.INVITATION_WRITE, 200, A.INVITATION_RESENT, path=invitation),
    Door(
        "invitation-bulk",
        "POST",
        P.INVITATION_WRITE,
        200,
        A.INVITATION_CREATED,
        path=organization,
        body=lambda tenant: {"csv": "email,role\nana@acme.example,viewer\nnot an address\n"},
    ),
    Door("invitation-preview", "POST", None, 404, body=forged_link),
    Door("invitation-accept", "POST", P.ACCOUNT_MANAGE, 404, body=forged_link),
    Door(
        "invitation-sign-up", "POST", None, 404, body=lambda tenant: {"token": "forged", "password": PASSWORD}
    ),
    Door("invitation-decline", "POST", None, 404, body=forged_link),
    Door(
        "invitation-list",
        "POST",
        P.INVITATION_WRITE,
        201,
        A.INVITATION_CREATED,
        path=organization,
        body=lambda tenant: {"email": "colleague@acme.example", "role": "viewer"},
    ),
    Door("network-list", "GET", P.NETWORK_READ, path=organization, grow=a_network),
    Door(
        "network-list",
        "POST",
        P.NETWORK_WRITE,
        201,
        A.ALLOWED_NETWORK_ADDED,
        path=organization,
        body=lambda tenant: {"cidr": "127.0.0.1/32", "label": "Office"},
    ),
    Door("network-check", "GET", P.NETWORK_READ, path=organization),
    Door("network-detail", "GET", P.NETWORK_READ, path=network),
    Door(
        "network-detail",
        "PATCH",
        P.NETWORK_WRITE,
        200,
        A.ALLOWED_NETWORK_UPDATED,
        path=network,
        body=lambda tenant: {"label": "Head office"},
    ),
    Door("network-detail", "DELETE", P.NETWORK_WRITE, 204, A.ALLOWED_NETWORK_REMOVED, path=network),
    Door("key-policy", "GET", P.ORGANIZATION_READ, path=organization),
    Door(
        "key-policy",
        "PATCH",
        P.ORGANIZATION_WRITE,
        200,
        A.ORGANIZATION_UPDATED,
        path=organization,
        body=lambda tenant: {"key_lifetime_days": 90},
    ),
    Door("rate-limits", "GET", P.ORGANIZATION_READ, path=organization),
    Door("retention", "GET", P.ORGANIZATION_READ, path=organization),
    Door(
        "retention",
        "PATCH",
        P.ORGANIZATION_WRITE,
        200,
        A.RETENTION_CHANGED,
        path=organization,
        body=lambda tenant: {"retention_days": 30},
    ),
    Door("project-list", "GET", P.PROJECT_READ, grow=a_project),
    Door(
        "project-list",
        "POST",
        P.PROJECT_WRITE,
        201,
        A.PROJECT_CREATED,
        body=lambda tenant: {"name": "Staging"},
    ),
    Door("project-detail", "GET", P.PROJECT_READ, path=project),
    Door(
        "project-detail",
        "PATCH",
        P.PROJECT_WRITE,
        200,
        A.PROJECT_UPDATED,
        path=project,
        body=lambda tenant: {"strictness_level": "strict"},
    ),
    Door("project-grant-list", "GET", P.MEMBER_READ, path=project, grow=a_grant),
    Door(
        "project-grant-detail",
        "PUT",
        P.MEMBER_WRITE,
        200,
        A.PROJECT_ACCESS_GRANTED,
        path=lambda tenant: project(tenant) | {"user_id": last_person(tenant).id},
        body=lambda tenant: {"role": "viewer"},
    ),
    Door(
        "project-grant-detail",
        "DELETE",
        P.MEMBER_WRITE,
        204,
        A.PROJECT_ACCESS_REVOKED,
        path=lambda tenant: project(tenant) | {"user_id": a_grant(tenant)},
    ),
    *(
        door
        for name, read, write, at, grow in (
            ("project-access", P.PROJECT_READ, P.PROJECT_WRITE, project, a_rule),
            (
                "organization-access",
                P.ORGANIZATION_READ,
                P.ORGANIZATION_WRITE,
                organization,
                an_organization_rule,
            ),
        )
        for door in access_doors(name, read, write, at, grow)
    ),
    Door("api-key-list", "GET", P.API_KEY_READ, grow=a_key),
    Door(
        "api-key-list",
        "POST",
        P.API_KEY_WRITE,
        201,
        A.API_KEY_CREATED,
        body=lambda tenant: {"name": "Worker", "project_id": str(tenant.project.id)},
        foreign=lambda tenant: {"name": "Worker", "project_id": str(tenant.project.id)},
    ),
    Door("api-key-detail", "GET", P.API_KEY_READ, path=key),
    Door("api-key-detail", "DELETE", P.API_KEY_WRITE, 204, A.API_KEY_DELETED, path=key),
    Door(
        "api-key-detail",
        "PATCH",
        P.API_KEY_WRITE,
        200,
        A.API_KEY_UPDATED,
        path=key,
        body=lambda tenant: {"name": "Renamed"},
    ),
    Door("api-key-rotate", "POST", P.API_KEY_WRITE, 200, A.API_KEY_ROTATED, path=key, body=lambda tenant: {}),
    Door("api-key-toggle", "POST", P.API_KEY_WRITE, 200, A.API_KEY_DISABLED, path=key),
    Door("interaction-list", "GET", P.INTERACTION_READ, grow=an_interaction),
    Door("interaction-detail", "GET", P.INTERACTION_READ, path=interaction),
    Door("audit-event-list", "GET", P.AUDIT_READ),
    Door("audit-event-detail", "GET", P.AUDIT_READ, path=audit_event),
    Door("audit-event-proof", "GET", P.AUDIT_READ, 409, path=audit_event),
    Door("audit-checkpoint", "GET", P.AUDIT_READ, 404),
    Door("audit-consistency", "GET", P.AUDIT_READ, 404),
    Door("audit-verify", "POST", P.AUDIT_READ, 200, A.AUDIT_VERIFIED),
    Door("audit-export", "POST", P.AUDIT_EXPORT, 200, A.AUDIT_EXPORTED),
    Door("interaction-explanation", "GET", P.INTERACTION_READ, path=interaction),
    Door("interaction-export", "GET", P.INTERACTION_READ),
    Door("interaction-feedback", "GET", P.INTERACTION_READ, path=interaction),
    Door(
        "interaction-feedback",
        "POST",
        P.INTERACTION_REVIEW,
        201,
        A.INTERACTION_REVIEWED,
        path=interaction,
        body=feedback,
    ),
    *GUARDRAILS,
    Door("policy-list", "GET", P.PROJECT_READ, path=project),
    Door(
        "policy-list",
        "POST",
        P.PROJECT_WRITE,
        201,
        A.POLICY_ACTIVATED,
        path=project,
        body=lambda tenant: OWN_POLICY,
    ),
    Door("policy-detail", "DELETE", P.PROJECT_WRITE, 204, A.POLICY_ACTIVATED, path=own_policy),
    Door("policy-version-list", "GET", P.PROJECT_READ, path=project, grow=a_policy_version),
    Door(
        "policy-version-list",
        "POST",
        P.PROJECT_WRITE,
        201,
        A.POLICY_DRAFTED,
        path=project,
        body=lambda tenant: {"guardrails": {"toxicity": {"threshold": 0.5}}, "note": "Try"},
    ),
    Door("policy-version-detail", "GET", P.PROJECT_READ, path=policy_version),
    Door(
        "policy-version-activate",
        "POST",
        P.PROJECT_WRITE,
        200,
        A.POLICY_ACTIVATED,
        path=policy_version,
    ),
    Door("policy-version-diff", "GET", P.PROJECT_READ, path=policy_version),
    Door(
        "policy-version-dry-run",
        "POST",
        P.PROJECT_READ,
        202,
        path=policy_version,
        body=lambda tenant: {"days": 1},
    ),
    Door("policy-version-dry-run-detail", "GET", P.PROJECT_READ, path=a_dry_run),
    Door("policy-version-rollback", "POST", P.PROJECT_WRITE, 200, A.POLICY_ROLLED_BACK, path=policy_version),
    Door("canary-list", "GET", P.PROJECT_READ, path=project, grow=a_canary),
    Door(
        "canary-list",
        "POST",
        P.PROJECT_WRITE,
        201,
        A.CANARY_PLANTED,
        path=project,
        body=lambda tenant: {"name": "Support prompt", "prompt": "Be kind."},
    ),
    Door("canary-detail", "DELETE", P.PROJECT_WRITE, 204, A.CANARY_RETIRED, path=canary),
    Door("suppression-list", "GET", P.PROJECT_READ, path=project, grow=a_suppression),
    Door(
        "suppression-list",
        "POST",
        P.PROJECT_WRITE,
        201,
        A.SUPPRESSION_CREATED,
        path=project,
        body=lambda tenant: {"detector": "injection_rules", "rule_id": "ignore", "reason": "Too eager"},
    ),
    Door("tool-profile", "GET", P.PROJECT_READ, path=project),
    Door(
        "tool-profile",
        "PUT",
        P.PROJECT_WRITE,
        200,
        A.TOOL_PROFILE_CHANGED,
        path=project,
        body=lambda tenant: {"blocked_tools": ["bash"]},
    ),
    Door("suppression-detail", "DELETE", P.PROJECT_WRITE, 204, A.SUPPRESSION_DELETED, path=suppression),
    Door("openapi", "GET", None),
    Door("sso-discover", "GET", None),
    Door("sso-discover", "POST", None, body=lambda tenant: {"email": "somebody@acme.example"}),
    Door("sso-signed-in", "GET", None),
    Door("sso-token", "POST", P.ACCOUNT_MANAGE, 409),
    Door("sso-link", "POST", P.ACCOUNT_MANAGE, 409, body=lambda tenant: {"password": PASSWORD}),
    Door("sso-end-session", "POST", P.ACCOUNT_MANAGE, 200, A.AUTHENTICATION_SIGNED_OUT),
    Door("sso-authorize", "GET", None, 403, path=slug),
    Door("sso-callback", "GET", None, 403, path=slug),
    Door("sso-logout", "GET", None, path=slug),
    Door("sso-backchannel", "POST", None, 400, A.AUTHENTICATION_SSO_REFUSED, path=slug),
    Door("sso-provider-list", "GET", P.ORGANIZATION_READ),
    Door("sso-connection", "GET", P.ORGANIZATION_WRITE, path=connected),
    Door(
        "sso-connection",
        "PUT",
        P.ORGANIZATION_WRITE,
        200,
        A.SSO_CONNECTION_CREATED,
        path=organization,
        body=lambda tenant: {
            "issuer": "https://idp.example",
            "client_id": "c",
            "allowed_domains": ["acme.example"],
        },
    ),
    Door(
        "sso-connection",
        "PATCH",
        P.ORGANIZATION_WRITE,
        200,
        A.SSO_CONNECTION_UPDATED,
        path=connected,
        body=lambda tenant: {"default_role": "member"},
    ),
    Door("sso-connection", "DELETE", P.ORGANIZATION_WRITE, 204, A.SSO_CONNECTION_DELETED, path=connected),
    Door("sso-connection-test", "POST", P.ORGANIZATION_WRITE, 200, A.SSO_CONNECTION_TESTED, path=connected),
    Door("domain-list", "GET", P.ORGANIZATION_READ, path=organization, grow=a_domain),
    Door(
        "domain-list",
        "POST",
        P.ORGANIZATION_WRITE,
        201,
        A.SSO_DOMAIN_CLAIMED,
        path=organization,
        body=lambda tenant: {"name": "acme.example"},
    ),
    Door("domain-detail", "GET", P.ORGANIZATION_READ, path=domain),
    Door("domain-detail", "DELETE", P.ORGANIZATION_WRITE, 204, A.SSO_DOMAIN_REMOVED, path=domain),
    Door("domain-verify", "POST", P.ORGANIZATION_WRITE, 200, A.SSO_DOMAIN_CHECKED, path=domain),
    Door("scim-token-list", "GET", P.ORGANIZATION_WRITE, path=organization, grow=a_directory_token),
    Door("scim-token-list", "POST", P.ORGANIZATION_WRITE, 201, A.DIRECTORY_TOKEN_CREATED, path=connected),
    Door(
        "scim-token-detail",
        "DELETE",
        P.ORGANIZATION_WRITE,
        204,
        A.DIRECTORY_TOKEN_REVOKED,
        path=lambda tenant: organization(tenant) | {"token_id": a_directory_token(tenant)},
    ),
    Door("scim-request-list", "GET", P.AUDIT_READ, path=organization, grow=a_directory_request),
    Door("project-webhook", "GET", P.WEBHOOK_READ, path=project),
    Door(
        "project-webhook",
        "PATCH",
        P.WEBHOOK_WRITE,
        200,
        A.WEBHOOK_CREATED,
        path=project,
        body=lambda tenant: {"webhook_url": "https://hooks.example.com/promptguard", "webhook_enabled": True},
    ),
    Door("webhook-list", "GET", P.WEBHOOK_READ, grow=a_webhook),
    Door(
        "webhook-list",
        "POST",
        P.WEBHOOK_WRITE,
        201,
        A.WEBHOOK_CREATED,
        body=lambda tenant: {"url": "https://hooks.example.com/promptguard", "event_types": ["threat.*"]},
        foreign=lambda tenant: {"url": "https://hooks.example.com/", "project_id": str(tenant.project.id)},
    ),
    Door("webhook-detail", "GET", P.WEBHOOK_READ, path=webhook),
    Door(
        "webhook-detail",
        "PATCH",
        P.WEBHOOK_WRITE,
        200,
        A.WEBHOOK_UPDATED,
        path=webhook,
        body=lambda tenant: {"description": "Production"},
    ),
    Door("webhook-detail", "DELETE", P.WEBHOOK_WRITE, 204, A.WEBHOOK_DELETED, path=webhook),
    Door("webhook-test", "POST", P.WEBHOOK_WRITE, 202, A.WEBHOOK_TESTED, path=webhook),
    Door("webhook-rotate-secret", "POST", P.WEBHOOK_WRITE, 200, A.WEBHOOK_SECRET_ROTATED, path=webhook),
    Door(
        "webhook-replay",
        "POST",
        P.WEBHOOK_WRITE,
        202,
        A.WEBHOOK_REPLAYED,
        path=webhook,
        body=lambda tenant: {},
    ),
    Door("delivery-list", "GET", P.WEBHOOK_READ, grow=a_delivery),
    Door("delivery-detail", "GET", P.WEBHOOK_READ, path=delivery),
    Door("delivery-replay", "POST", P.WEBHOOK_WRITE, 202, A.WEBHOOK_REPLAYED, path=delivery),
    Door("event-type-list", "GET", P.WEBHOOK_READ),
]

DEVELOPER = [
    Door("health", "GET", None),
    Door("project-list", "GET", P.PROJECT_READ, grow=a_project),
    Door(
        "project-list",
        "POST",
        P.PROJECT_WRITE,
        201,
        A.PROJECT_CREATED,
        body=lambda tenant: {"name": "Staging"},
    ),
    Door("api-key-list", "GET", P.API_KEY_READ, grow=a_key),
    Door(
        "api-key-list",
        "POST",
        P.API_KEY_WRITE,
        201,
        A.API_KEY_CREATED,
        body=lambda tenant: {"name": "Worker"},
        foreign=lambda tenant: {"name": "Worker", "project_id": str(tenant.project.id)},
    ),
    Door("api-key-detail", "DELETE", P.API_KEY_WRITE, 200, A.API_KEY_DELETED, path=key),
    Door("api-key-toggle", "PUT", P.API_KEY_WRITE, 200, A.API_KEY_DISABLED, path=key),
    Door(
        "guard",
        "POST",
        P.GUARD_RUN,
        body=lambda tenant: {"messages": [{"role": "user", "content": "What is the weather like today?"}]},
        foreign=lambda tenant: {"input": "Hello", "project_id": str(tenant.project.id)},
    ),
    Door(
        "security-scan",
        "POST",
        P.GUARD_RUN,
        body=text,
        foreign=lambda tenant: {"content": "Hello", "project_id": str(tenant.project.id)},
    ),
    Door("security-redact", "POST", P.GUARD_RUN, body=text),
    Door(
        "security-restore",
        "POST",
        P.GUARD_RUN,
        body=lambda tenant: {"content": "Hello [EMAIL_TOKEN_1]", "session_id": "s-1"},
        foreign=lambda tenant: {
            "content": "Hello",
            "session_id": "s-1",
            "project_id": str(tenant.project.id),
        },
    ),
    *AGENTS,
    *REDTEAM,
    *GUARDRAILS,
    Door("policy-list", "GET", P.PROJECT_READ),
    Door("policy-list", "POST", P.PROJECT_WRITE, 201, A.POLICY_ACTIVATED, body=lambda tenant: OWN_POLICY),
    Door("preset-list", "GET", P.PROJECT_READ),
    Door("preset-detail", "GET", P.PROJECT_READ, path=lambda tenant: {"name": "support_bot:strict"}),
    Door("usage-stats", "GET", P.USAGE_READ),
]

SCIM_USER = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "userName": "somebody@elsewhere.example",
}
SCIM_GROUP = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Engineering"}
SCIM_PATCH = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    "Operations": [{"op": "replace", "path": "displayName", "value": "Renamed"}],
}


def connection(tenant: Tenant) -> dict[str, Any]:
    return {"connection_id": a_connection(tenant)}


def a_directory_user(tenant: Tenant) -> Any:
    from sso.models import DirectoryUser

    with organization_scope(tenant.organization.id):
        name = f"u{len(tenant.objects)}@{tenant.organization.slug}.example"
        tenant.objects[name] = DirectoryUser.objects.create_for(tenant.owner.caller, user_name=name).id
        return tenant.objects[name]


def a_directory_group(tenant: Tenant) -> Any:
    from sso.models import DirectoryGroup

    with organization_scope(tenant.organization.id):
        name = f"g{len(tenant.objects)} of {tenant.organization.slug}"
        tenant.objects[name] = DirectoryGroup.objects.create_for(tenant.owner.caller, display_name=name).id
        return tenant.objects[name]


def directory_user(tenant: Tenant) -> dict[str, Any]:
    return connection(tenant) | {"user_id": a_directory_user(tenant)}


def directory_group(tenant: Tenant) -> dict[str, Any]:
    return connection(tenant) | {"group_id": a_directory_group(tenant)}


SYNC, USER_CHANGED, GROUP_CHANGED = P.DIRECTORY_SYNC, A.DIRECTORY_USER_CHANGED, A.DIRECTORY_GROUP_CHANGED
SCIM = [
    Door("user-list", "GET", SYNC, path=connection, grow=a_directory_user),
    Door("user-list", "POST", SYNC, 201, USER_CHANGED, path=connection, body=lambda tenant: SCIM_USER),
    Door("user-detail", "GET", SYNC, path=directory_user),
    Door("user-detail", "PUT", SYNC, 200, USER_CHANGED, path=directory_user, body=lambda tenant: SCIM_USER),
    Door(
        "user-detail", "PATCH", SYNC, 200, USER_CHANGED, path=directory_user, body=lambda tenant: SCIM_PATCH
    ),
    Door("user-detail", "DELETE", SYNC, 204, USER_CHANGED, path=directory_user),
    Door("group-list", "GET", SYNC, path=connection, grow=a_directory_group),
    Door("group-list", "POST", SYNC, 201, GROUP_CHANGED, path=connection, body=lambda tenant: SCIM_GROUP),
    Door("group-detail", "GET", SYNC, path=directory_group),
    Door(
        "group-detail", "PUT", SYNC, 200, GROUP_CHANGED, path=directory_group, body=lambda tenant: SCIM_GROUP
    ),
    Door(
        "group-detail",
        "PATCH",
        SYNC,
        200,
        GROUP_CHANGED,
        path=directory_group,
        body=lambda tenant: SCIM_PATCH,
    ),
    Door("group-detail", "DELETE", SYNC, 204, GROUP_CHANGED, path=directory_group),
    Door("provider-config", "GET", SYNC, path=connection),
    Door("schema-list", "GET", SYNC, path=connection),
    Door(
        "schema-detail",
        "GET",
        SYNC,
        path=lambda tenant: connection(tenant) | {"name": SCIM_USER["schemas"][0]},
    ),
    Door("resource-type-list", "GET", SYNC, path=connection),
    Door("resource-type-detail", "GET", SYNC, path=lambda tenant: connection(tenant) | {"name": "User"}),
    Door("nowhere", "POST", SYNC, 404, path=lambda tenant: connection(tenant) | {"path": "Devices"}),
    Door("nowhere", "GET", SYNC, 404, path=lambda tenant: connection(tenant) | {"path": "Devices"}),
]

SURFACE: dict[str, list[Door]] = {
    "": PLATFORM,
    "dashboard": DASHBOARD,
    "api": DEVELOPER,
    "proxy": DEVELOPER,
    "scim": SCIM,
}
