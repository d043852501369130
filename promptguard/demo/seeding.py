"""Puts the demo into an empty installation, and on later starts only makes sure that its sheet is true."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils import timezone

from organizations.accounts import sign_up
from organizations.models import Membership, Organization, User
from organizations.roles import Role, permissions_of
from organizations.services import add_member, create_organization
from promptguard.core.caller import Actor, ActorType, Caller, Origin, Via, command_caller
from promptguard.core.errors import Unauthenticated
from promptguard.core.tenancy import platform_scope
from promptguard.demo import traffic
from promptguard.demo.people import ACME, OPERATOR_EMAIL, TENANTS, DemoProject, Person, Tenant
from promptguard.demo.sheet import Sheet
from promptguard.projects.authentication import recognise
from promptguard.projects.models import ApiKey, Project
from promptguard.projects.services import create_api_key, create_project, delete_api_key

KEY_NAME = "Quick start"
ORIGIN = Origin(user_agent="make run")


def seed(path: Path, base_url: str) -> None:
    """Write the sheet at `path`. Everything or nothing: an interrupted start leaves no half of a demo."""
    sheet = Sheet.read(path)
    with platform_scope():
        acme = Organization.objects.filter(slug=ACME.slug).first()
        if acme is None:
            now = timezone.now()
            for number, tenant in enumerate(TENANTS):
                found(tenant, sheet, now, number)
        elif sheet.content.get("organization_id") != str(acme.id):
            sheet.content = {}  # it speaks of another database
        sheet.content = describe(sheet, base_url)
    sheet.write()


def found(tenant: Tenant, sheet: Sheet, now: datetime, number: int) -> None:
    """One organization with its people, projects, keys and traffic."""
    users = [sign_person_up(person, sheet) for person in tenant.people]
    organization = create_organization(caller=person_at(users[0]), name=tenant.name, slug=tenant.slug)
    owner = person_at(users[0], organization)
    for user, person in zip(users[1:], tenant.people[1:], strict=True):
        add_member(caller=owner, user=user, role=person.role)
    traffic.send([open_source(owner, project) for project in tenant.projects], now, seed=number)


def sign_person_up(person: Person, sheet: Sheet) -> User:
    password = sheet.password(person.email)
    return sign_up(
        origin=ORIGIN,
        email=person.email,
        password=password,
        name=person.name,
        personal_organization=False,
        verified=True,
    )


def open_source(owner: Caller, wanted: DemoProject) -> traffic.Source:
    project = create_project(
        caller=owner, name=wanted.name, description=wanted.description, use_case=wanted.use_case
    )
    key, _ = create_api_key(caller=owner, name=f"{wanted.name} in production", project=project)
    return traffic.Source(project, key, wanted.interactions)


def person_at(user: User, organization: Organization | None = None, role: Role = Role.OWNER) -> Caller:
    """The person as a caller, in `organization` if given."""
    actor = Actor(ActorType.USER, user.id, Via.COMMAND)
    return Caller(organization.id if organization else None, actor, permissions_of(role), ORIGIN)


def describe(sheet: Sheet, base_url: str) -> dict[str, Any]:
    """The sheet's new content: passwords that work, and a key that works."""
    organization = Organization.objects.get(slug=ACME.slug)
    caller = replace(command_caller(organization.id), permissions=permissions_of(Role.OWNER))
    project = Project.objects.for_caller(caller).order_by("created_at")[0]
    return {
        "base_url": base_url,
        "api_key": working_key(caller, project, sheet.api_key),
        "organization_id": str(organization.id),
        "project_id": str(project.id),
        "project": project.name,
        "users": [person for tenant in TENANTS for person in describe_people(sheet, tenant)],
        "operator": describe_operator(sheet),
    }


def describe_people(sheet: Sheet, tenant: Tenant) -> list[dict[str, str]]:
    """Those of the tenant's people who are still there: the demo is meant to be played with."""
    emails = [person.email for person in tenant.people]
    rows = Membership.all_tenants.filter(organization__slug=tenant.slug, user__email__in=emails)
    return [
        describe_person(sheet, row)
        for row in rows.select_related("user", "organization").order_by("created_at")
    ]


def describe_person(sheet: Sheet, membership: Membership) -> dict[str, str]:
    return {
        "email": membership.user.email,
        "password": known_password(membership.user, sheet),
        "role": membership.role,
        "name": membership.user.name,
        "organization": membership.organization.name,
        "organization_id": str(membership.organization.id),
    }


def describe_operator(sheet: Sheet) -> dict[str, str]:
    if not (user := User.objects.filter(email=OPERATOR_EMAIL).first()):
        user = User.objects.create_superuser(
            OPERATOR_EMAIL, sheet.password(OPERATOR_EMAIL), name="Otto Operator"
        )
    return {"email": user.email, "password": known_password(user, sheet), "role": "operator"}


def known_password(user: User, sheet: Sheet) -> str:
    """The password on the sheet; when the sheet was lost, a new one takes its place."""
    if (password := sheet.passwords.get(user.email)) is None:
        password = sheet.password(user.email)
        user.set_password(password)
        user.save(update_fields=["password"])
    return password


def working_key(caller: Caller, project: Project, text: str) -> str:
    """The sheet's key while it works, else a new one instead of it: keys are kept as hashes only."""
    try:
        if recognise(text).organization_id == caller.tenant:
            return text
    except Unauthenticated:
        pass
    for old in ApiKey.objects.for_caller(caller).filter(name=KEY_NAME, revoked_at__isnull=True):
        delete_api_key(caller=caller, key=old)
    return create_api_key(caller=caller, name=KEY_NAME, project=project)[1]
