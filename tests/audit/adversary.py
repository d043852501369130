"""What an adversary with all rights on the database has: a superuser's connection and our own formulas."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg

from audit import hashing
from audit.checkpoints import origin_of
from audit.notes import SigningKey, checkpoint
from audit.sealing import microseconds
from audit.tree import CompactRange

UNKNOWN_KEY = SigningKey("127.0.0.1:8080/audit", bytes(range(32)))


class Adversary:
    """Rewrites one organization's chain as well as anybody could."""

    def __init__(self, session: psycopg.Connection, organization_id: UUID, stolen: SigningKey) -> None:
        self.session, self.org, self.stolen = session, organization_id, stolen

    def run(self, statement: str, *values: object) -> None:
        self.session.execute(statement.replace("$ORG", f"'{self.org}'"), values or None)

    def one(self, statement: str, *values: object) -> tuple:  # type: ignore[type-arg]
        found = self.session.execute(statement.replace("$ORG", f"'{self.org}'"), values or None).fetchone()
        assert found is not None
        return found

    def edit(self, seq: int) -> None:
        """Change the content, and nothing else."""
        self.run(
            "UPDATE audit_event SET canonical = convert_to(replace(convert_from(canonical, 'UTF8'), '\"number\":',"
            " '\"number\":9'), 'UTF8') WHERE org_id = $ORG AND seq = %s",
            seq,
        )

    def rehash(self, first: int = 1, *, links: Callable[[int], bool] = lambda seq: True) -> None:
        """Recompute leaves and links from `first` on, and give the head what follows from it."""
        rows = self.session.execute(
            "SELECT ctid, tableoid::regclass::text, seq, sealed_at, canonical, hash FROM audit_event"
            " WHERE org_id = %s ORDER BY seq",
            [self.org],
        ).fetchall()
        link, tree = hashing.genesis(self.org, 1), CompactRange()
        for ctid, table, seq, sealed_at, document, old in rows:
            if seq >= first and links(seq):
                leaf = hashlib.sha256(b"\x00" + document).digest()
                prefix = hashing.link_prefix(self.org, 1)
                new = hashing.link(prefix, seq, microseconds(sealed_at), link, leaf)
                self.session.execute(
                    f"UPDATE {table} SET leaf_hash = %s, prev_hash = %s, hash = %s WHERE ctid = %s",
                    [leaf, link, new, ctid],
                )
                link = new
            else:
                link = bytes(old)
            tree.append(link)
        self.head(tree, link)

    def head(self, tree: CompactRange, link: bytes) -> None:
        self.run(
            "UPDATE audit_head SET seq = %s, hash = %s, tree_state = %s::bytea[], sealed_at = coalesce((SELECT sealed_at"
            " FROM audit_event e WHERE e.org_id = $ORG ORDER BY seq DESC LIMIT 1), 'epoch') WHERE org_id = $ORG",
            tree.size,
            link,
            list(tree.peaks),
        )

    def renumber(self, first: int) -> None:
        self.run("UPDATE audit_event SET seq = seq - 1 WHERE org_id = $ORG AND seq > %s", first)

    def truncate(self, last: int, *, checkpoints: bool = False) -> None:
        """The log ends at `last`, and the head agrees."""
        self.run("DELETE FROM audit_event WHERE org_id = $ORG AND seq > %s", last)
        if checkpoints:
            self.run("DELETE FROM audit_checkpoint WHERE org_id = $ORG AND size > %s", last)
        self.rehash(first=last + 1)

    def resign(self, key: SigningKey | None = None) -> None:
        """Replace every checkpoint by one that fits the log as it is now."""
        sizes = [
            size
            for (size,) in self.session.execute(
                "SELECT size FROM audit_checkpoint WHERE org_id = %s", [self.org]
            )
        ]
        links = self.session.execute(
            "SELECT hash FROM audit_event WHERE org_id = %s ORDER BY seq", [self.org]
        )
        tree = CompactRange()
        for size, (link,) in enumerate(links.fetchall(), 1):
            tree.append(link)
            if size in sizes:
                said = checkpoint(origin_of(self.org, 1), size, tree.root(), link, datetime.now(UTC))
                self.run(
                    "UPDATE audit_checkpoint SET root = %s, head_hash = %s, note = %s WHERE org_id = $ORG AND size = %s",
                    said.root,
                    link,
                    (key or self.stolen).sign(said.body()),
                    size,
                )

    def copy_row(self, seq: int, new_seq: int) -> None:
        """A second event with the number `new_seq`, sealed a moment later."""
        self.run(
            "INSERT INTO audit_event SELECT org_id, epoch, %s, %s, sealed_at + interval '1 microsecond', occurred_at,"
            " event_type, actor_ref, target_refs, outcome, severity,"
            " convert_to(replace(convert_from(canonical, 'UTF8'), event_id::text, %s), 'UTF8'), leaf_hash, prev_hash,"
            " hash, retention_class FROM audit_event WHERE org_id = $ORG AND seq = %s",
            new_seq,
            (fresh := uuid4()),
            str(fresh),
            seq,
        )
