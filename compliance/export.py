"""Access (GDPR Art. 15 and 20): everything the registry knows about a person, streamed."""

import csv
import hashlib
import io
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import orjson
from django.conf import settings
from django.db.models import Q

from audit.models import AuditEvent, DataSubject
from audit.selectors import personal_values
from compliance.holdings import Subject, exported_holdings, rows, section_of
from organizations.selectors import memberships_of
from promptguard.core.caller import system_caller
from promptguard.core.privacy import declared
from promptguard.core.tenancy import organization_scope, platform_scope
from promptguard.projects.models import Project

SCHEMA_VERSION = 1
READ_AT_ONCE = 2000
# A spreadsheet takes a cell that begins so for a formula (OWASP, "CSV Injection").
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
Rows = Iterator[dict[str, Any]]


def sections(subject: Subject) -> Iterator[tuple[str, Rows]]:
    """Name and rows of each part; consume each before asking for the next, inside a platform scope."""
    for holding in exported_holdings():
        found = rows(holding, subject).order_by("pk").values(*holding.exported)
        yield section_of(holding), iter(found.iterator(chunk_size=READ_AT_ONCE))
    yield "organizations", _organizations(subject)
    yield "projects", _projects(subject)
    yield "subscriptions", iter(())
    yield "security_events", _security_events(subject)


def _organizations(subject: Subject) -> Rows:
    for membership in memberships_of(subject.user_id):
        organization = membership.organization
        yield {
            "id": organization.id,
            "name": organization.name,
            "slug": organization.slug,
            "role": membership.role,
            "member_since": membership.created_at,
        }


def _projects(subject: Subject) -> Rows:
    found = Project.all_tenants.filter(organization_id__in=subject.organizations).order_by("pk")
    for row in found.values("id", "organization_id", "name", "created_at").iterator(chunk_size=READ_AT_ONCE):
        yield dict(row)


def _security_events(subject: Subject) -> Rows:
    """Audit events with the person as actor or target, and the values that concern nobody but them."""
    mappings = DataSubject.all_tenants.filter(user_id=subject.user_id)
    for organization_id, ref in list(mappings.values_list("organization_id", "subject_ref")):
        found = AuditEvent.all_tenants.filter(
            Q(actor_ref=ref) | Q(target_refs__contains=[ref]), organization_id=organization_id
        ).order_by("seq")
        for event in found.iterator(chunk_size=READ_AT_ONCE):
            yield _told(event, ref, subject)


def _told(event: AuditEvent, ref: str, subject: Subject) -> dict[str, Any]:
    caller = system_caller(event.organization_id)
    with organization_scope(event.organization_id):
        own = personal_values(caller, [event]).get(event.event_id, {}).get(subject.user_id, {})
    return {
        "id": event.event_id,
        "organization_id": event.organization_id,
        "type": event.event_type,
        "at": event.occurred_at,
        "as": "actor" if event.actor_ref == ref else "target",
        "outcome": event.outcome,
        "values": own,
        "integrity_hash": bytes(event.leaf_hash).hex(),
    }


def size(subject: Subject) -> int:
    """How many rows an export holds, about: what decides between an answer and a job."""
    with platform_scope():
        refs = DataSubject.all_tenants.filter(user_id=subject.user_id).values_list("subject_ref", flat=True)
        events = AuditEvent.all_tenants.filter(actor_ref__in=list(refs)).count()
        return events + sum(rows(holding, subject).count() for holding in exported_holdings())


def document(subject: Subject) -> dict[str, Any]:
    """The whole export as one JSON-serialisable value, for accounts small enough."""
    with platform_scope():
        told: dict[str, Any] = {name: list(found) for name, found in sections(subject)}
    profile = told.pop("profile")
    return {
        "schema_version": SCHEMA_VERSION,
        "generated_at": datetime.now(UTC),
        "profile": profile[0] if profile else None,
        **told,
        "article_15": article_15(),
    }


def article_15() -> list[dict[str, Any]]:
    """What a copy of the data comes with: purposes, and what happens to each kind on erasure."""
    return [
        {
            "data": holding.model,
            "purpose": holding.purpose,
            "on_erasure": holding.erasure,
            "ground": holding.ground,
        }
        for holding in declared().values()
        if holding.personal or holding.subject
    ]


def write_package(subject: Subject, target: BinaryIO | Path) -> int:
    """A ZIP of JSON Lines with CSV twins, a manifest of hashes and a page for people; the number of rows.

    Memory stays flat: each section is streamed to the archive and, beside it, to a temporary file.
    """
    hashes: dict[str, str] = {}
    counts: dict[str, int] = {}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive, platform_scope():
        for name, found in sections(subject):
            counts[name] = _write_section(archive, name, found, hashes)
        _write(archive, "article-15.json", orjson.dumps(article_15(), option=orjson.OPT_INDENT_2), hashes)
        _write(archive, "README.txt", README.encode(), hashes)
        manifest = {
            "schema_version": SCHEMA_VERSION,
            "generated_at": datetime.now(UTC),
            "rows": counts,
            "sha256": hashes,
        }
        archive.writestr("manifest.json", orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
    return sum(counts.values())


def _write_section(archive: zipfile.ZipFile, name: str, found: Rows, hashes: dict[str, str]) -> int:
    digest, count = hashlib.sha256(), 0
    with tempfile.TemporaryFile("w+", newline="", encoding="utf-8") as twin:
        table = csv.writer(twin)
        with archive.open(f"data/{name}.ndjson", "w") as lines:
            for row in found:
                if not count:
                    table.writerow(row)
                line = orjson.dumps(row, default=str, option=orjson.OPT_APPEND_NEWLINE)
                digest.update(line)
                lines.write(line)
                table.writerow(harmless(value) for value in row.values())
                count += 1
        hashes[f"data/{name}.ndjson"] = digest.hexdigest()
        hashes[f"csv/{name}.csv"] = _copy(archive, f"csv/{name}.csv", twin)
    return count


def _copy(archive: zipfile.ZipFile, name: str, twin: Any) -> str:
    digest = hashlib.sha256()
    twin.flush()
    raw = cast(io.BufferedRandom, twin.buffer)
    raw.seek(0)
    with archive.open(name, "w") as target:
        while block := raw.read(65_536):
            digest.update(block)
            target.write(block)
    return digest.hexdigest()


def _write(archive: zipfile.ZipFile, name: str, content: bytes, hashes: dict[str, str]) -> None:
    hashes[name] = hashlib.sha256(content).hexdigest()
    archive.writestr(name, content)


def harmless(value: Any) -> str:
    """A cell that no spreadsheet executes."""
    text = value if isinstance(value, str) else orjson.dumps(value, default=str).decode().strip('"')
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def package_folder() -> Path:
    folder = Path(settings.EXPORT_FOLDER)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


README = """Your data
=========

This archive holds everything that PromptGuard knows about you.

data/            each kind of data in a file of its own, one JSON object a line
csv/             the same for a spreadsheet
article-15.json  why we keep each kind, and what happens to it when you ask to be erased
manifest.json    how many rows there are, and the SHA-256 of every file, so that you can show that nothing was changed

Secrets (passwords, keys) are not here: we keep only their hashes. Other people's data is not here either.
"""
