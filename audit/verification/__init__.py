"""Verifying in the database: one consistent snapshot, streamed through the offline verifier's own walk."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection, transaction

from audit.models import GLOBAL_LOG_ID, SigningKeyRecord
from audit.notes import accepts
from audit.promptguard_verify import Keyring, Report
from audit.verification.chain import DatabaseVerifier
from promptguard.core.tenancy import platform_scope

ORGANIZATIONS = """
SELECT org_id FROM audit_head UNION SELECT org_id FROM audit_checkpoint UNION SELECT org_id FROM audit_prune
UNION SELECT DISTINCT org_id FROM audit_event ORDER BY 1
"""


@contextmanager
def snapshot() -> Iterator[None]:
    """One moment of the whole database, so that a moving tail is never mistaken for tampering."""
    if connection.in_atomic_block:
        with platform_scope():
            yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        with platform_scope():
            yield


def known_organizations() -> list[UUID]:
    """Everybody who has, or is said to have, a chain; a wiped log must not disappear from the list."""
    with connection.cursor() as cursor:
        cursor.execute(ORGANIZATIONS)
        return [
            organization_id for (organization_id,) in cursor.fetchall() if organization_id != GLOBAL_LOG_ID
        ]


def keyring(pinned: Iterable[str] = ()) -> Keyring:
    """The public keys on record, each trusted through its predecessor's signature or because it is pinned."""
    records = [
        {
            "name": key.name,
            "public": bytes(key.public).hex(),
            "introduction": key.introduction,
            "created": key.created.isoformat(),
            "retired": key.retired and key.retired.isoformat(),
            "revoked": key.revoked and key.revoked.isoformat(),
        }
        for key in SigningKeyRecord.objects.all()
    ]
    return Keyring(records, list(pinned), check=accepts)


def verify_organization(organization_id: UUID, keys: Keyring, anchored_notes: Iterable[str] = ()) -> Report:
    """All findings about one chain. Call inside `snapshot()`."""
    return DatabaseVerifier(organization_id, keys, anchored_notes).run()
