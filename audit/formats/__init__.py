"""The chain in the formats that receivers read. Each record carries what proves the copy gap-free.

That is: organization, epoch, seq, sealing time, previous link, link and the canonical bytes; and every so
often a signed checkpoint. `promptguard_verify.py` takes any of these files.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from audit.actions import Action, action_name
from audit.formats import cef, ecs, hec, native, ocsf, table
from audit.models import CheckpointRow
from audit.verification.chain import epochs_of, rows_of
from promptguard.core.canonical import parse

CHECKPOINT_EVERY = 1000


@dataclass(frozen=True)
class StreamRecord:
    """One sealed event on its way to a receiver; hashes as hexadecimal text."""

    organization_id: UUID
    epoch: int
    seq: int
    sealed_us: int
    previous: str
    link: str
    canonical: bytes
    said: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "said", parse(self.canonical))

    @cached_property
    def sentence(self) -> str:
        """The event in words; people and objects by their references."""
        actor = f"{self.said['actor']['type']} {self.said['actor']['ref'][:8]}".strip()
        target = next((f"{each['type']} {each['ref']}" for each in self.said["targets"]), "something")
        try:
            return Action[action_name(self.said["type"])].sentence.format(actor=actor, target=target)
        except KeyError:
            return str(self.said["type"])

    def chain(self) -> dict[str, Any]:
        """The fields that tie the record to its neighbours."""
        return {
            "org": str(self.organization_id),
            "epoch": self.epoch,
            "seq": self.seq,
            "sealed_us": self.sealed_us,
            "prev": self.previous,
            "hash": self.link,
        }


@dataclass(frozen=True, slots=True)
class Format:
    media_type: str
    extension: str
    event: Callable[[StreamRecord], str]
    checkpoint: Callable[[str], str]
    header: str = ""


FORMATS = {
    "ndjson": Format("application/x-ndjson", "ndjson", native.event, native.checkpoint),
    "ocsf": Format("application/x-ndjson", "ocsf.ndjson", ocsf.event, ocsf.checkpoint),
    "ecs": Format("application/x-ndjson", "ecs.ndjson", ecs.event, ecs.checkpoint),
    "cef": Format("text/plain", "cef.log", cef.event, cef.checkpoint),
    "hec": Format("application/json", "hec.ndjson", hec.event, hec.checkpoint),
    "csv": Format("text/csv", "csv", table.event, table.checkpoint, table.HEADER),
}


def stream(organization_id: UUID, name: str, *, epoch: int = 0, after: int = 0) -> Iterator[str]:
    """Lines of the format `name`, each ending in a newline, from (epoch, after) on: the receiver's cursor."""
    chosen = FORMATS[name]
    if chosen.header:
        yield chosen.header
    notes = _notes(organization_id)
    for record in _records(organization_id, epoch, after):
        yield chosen.event(record)
        if record.seq % CHECKPOINT_EVERY == 0 and (note := notes.get((record.epoch, record.seq))):
            yield chosen.checkpoint(note)
    if notes:
        yield chosen.checkpoint(notes[max(notes)])


def _records(organization_id: UUID, epoch: int, after: int) -> Iterator[StreamRecord]:
    from django.db import connection

    with connection.cursor() as cursor:
        epochs = [each for each in epochs_of(cursor, organization_id) if each >= epoch]
    for each in epochs:
        for _epoch, seq, sealed_us, previous, link, _leaf, document, *_ in rows_of(organization_id, each):
            if each > epoch or seq > after:
                yield StreamRecord(organization_id, each, seq, sealed_us, previous.hex(), link.hex(), document)


def _notes(organization_id: UUID) -> dict[tuple[int, int], str]:
    rows = CheckpointRow.all_tenants.filter(organization_id=organization_id).order_by("epoch", "size", "sealed_at")
    return {(row.epoch, row.size): row.note for row in rows}
