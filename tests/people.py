"""The people in every test: at Acme Olivia, Adam, Mia and Vic; at Globex Mallory; and Nobody."""

import base64
from dataclasses import dataclass, field, replace
from uuid import UUID

from django.test import Client
from django.utils import timezone
from django_otp.oath import TOTP

from organizations import accounts, second_factor, sessions
from organizations import services as organization_services
from organizations.models import Organization, User
from organizations.roles import Role, permissions_of
from promptguard.core.caller import Actor, ActorType, Caller, Origin, Via
from promptguard.core.crypto import random_token, token_hash
from promptguard.core.tenancy import organization_scope
from promptguard.projects import services as project_services
from promptguard.projects.models import ApiKey, Project

PASSWORD = "correct horse battery staple"
NEW_PASSWORD = "seventeen lanterns over the quiet harbour"
ORIGIN = Origin(ip="203.0.113.7", user_agent="tests", request_id="test-request")


@dataclass
class Person:
    user: User
    role: Role
    organization: Organization

    @property
    def caller(self) -> Caller:
        actor = Actor(ActorType.USER, self.user.id, Via.BEARER)
        return Caller(self.organization.id, actor, permissions_of(self.role), ORIGIN)

    def signed_in_caller(self) -> Caller:
        """The same caller on a session of a moment ago, for what asks for a fresh proof of identity."""
        session = sessions.sign_in(origin=ORIGIN, email=self.user.email, password=PASSWORD).session
        return replace(self.caller, session_id=session.id)

    def token(self) -> str:
        return sessions.sign_in(origin=ORIGIN, email=self.user.email, password=PASSWORD).access_token

    def client(self) -> Client:
        """The dashboard API as this person, acting in their organization."""
        return api_client(Authorization=f"Bearer {self.token()}", X_Organization_Id=str(self.organization.id))

    def switch_second_factor_on(self) -> tuple[TOTP, list[str]]:
        """The authenticator app of this person, whose present code is spent, and the recovery codes."""
        caller = self.signed_in_caller()
        enrolment = second_factor.start_second_factor(caller=caller)
        app = TOTP(base64.b32decode(enrolment.secret))
        return app, second_factor.confirm_second_factor(caller=caller, otp=f"{app.token():06}")


@dataclass
class Tenant:
    """One customer: its people, a project with a key, and whatever a test adds."""

    organization: Organization
    people: dict[str, Person]
    project: Project
    api_key: ApiKey
    key_text: str
    objects: dict[str, UUID] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Person:
        try:
            return self.people[name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def owner(self) -> Person:
        return next(iter(self.people.values()))

    def developer(self) -> Client:
        """The Developer API with this tenant's key."""
        return api_client(X_API_Key=self.key_text)

    def directory(self) -> Client:
        """The organization's directory, over SCIM."""
        from sso.models import DirectoryToken
        from tests.surface import a_connection

        a_connection(self)
        text = DirectoryToken.PREFIX + random_token()
        with organization_scope(self.organization.id):
            caller, expires_at = self.owner.caller, timezone.now() + DirectoryToken.LIFETIME
            DirectoryToken.objects.create_for(caller, token_hash=token_hash(text), expires_at=expires_at)
        return api_client(Authorization=f"Bearer {text}")

    @property
    def key_caller(self) -> Caller:
        from promptguard.projects.scopes import permissions_of as scope_permissions

        actor = Actor(ActorType.API_KEY, self.api_key.id, Via.API_KEY)
        return Caller(self.organization.id, actor, scope_permissions(self.api_key.scopes), ORIGIN)


def api_client(**headers: str) -> Client:
    """A client that sends JSON and these headers (underscores become hyphens)."""
    return Client(headers={name.replace("_", "-"): value for name, value in headers.items()})


def found_tenant(name: str, slug: str, people: dict[str, Role]) -> Tenant:
    """An organization with `people` (first name → role); the first is its owner and founder."""
    users = {
        first: accounts.sign_up(
            origin=ORIGIN,
            email=f"{first}@{slug}.example",
            password=PASSWORD,
            name=first.title(),
            personal_organization=False,
            verified=True,
        )
        for first in people
    }
    founder = next(iter(users.values()))
    actor = Actor(ActorType.USER, founder.id, Via.SESSION)
    organization = organization_services.create_organization(
        caller=Caller(None, actor, origin=ORIGIN), name=name, slug=slug
    )
    owner = Caller(organization.id, actor, permissions_of(Role.OWNER), ORIGIN)
    with organization_scope(organization.id):
        for first, role in list(people.items())[1:]:
            organization_services.add_member(caller=owner, user=users[first], role=role)
        project = project_services.create_project(caller=owner, name="Production")
        key, text = project_services.create_api_key(caller=owner, name="Server", project=None)
    members = {first: Person(users[first], role, organization) for first, role in people.items()}
    return Tenant(organization, members, project, key, text)


def found_acme() -> Tenant:
    roles = {"olivia": Role.OWNER, "adam": Role.ADMIN, "mia": Role.MEMBER, "vic": Role.VIEWER}
    return found_tenant("Acme", "acme", roles)


def found_globex() -> Tenant:
    return found_tenant("Globex", "globex", {"mallory": Role.OWNER})
