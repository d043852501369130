"""What a tenant may ask for: that an event is in the log, that the log only grew, and who else has seen it."""

from typing import Any

from audit.checkpoints import global_leaf_value
from audit.models import GLOBAL_LOG_ID, Anchor, AuditEvent, CheckpointRow, Head, SealedInteraction
from audit.tiles import GlobalTreeReader, Pruned, TreeReader
from audit.tree import consistency_proof, inclusion_proof, leaf, perfect_root
from audit.verification.keys import public_keys
from promptguard.core.caller import Caller
from promptguard.core.database import driver_cursor
from promptguard.core.errors import Conflict, DomainError, NotFound
from promptguard.core.tenancy import platform_scope


class NotSignedYet(Conflict):
    code = "not_signed_yet"
    message = "The event is accepted; the next checkpoint will cover it."


class NoLongerProvable(DomainError):
    status, code = 410, "no_longer_provable"
    message = "The events that this proof needs are past their retention."


def checkpoint_of(caller: Caller, epoch: int | None = None, at_least: int = 0) -> CheckpointRow | None:
    """The newest checkpoint of the caller's log, or the first that covers `at_least` events of an epoch."""
    rows = CheckpointRow.objects.for_caller(caller)
    if epoch is None:
        return rows.order_by("-epoch", "-size", "-sealed_at").first()
    return rows.filter(epoch=epoch, size__gte=at_least).order_by("size", "sealed_at").first()


def presented_checkpoint(row: CheckpointRow) -> dict[str, Any]:
    return {
        "epoch": row.epoch,
        "size": row.size,
        "root": bytes(row.root).hex(),
        "note": row.note,
        "sealed_at": row.sealed_at,
        "keys": public_keys(),
        "log": _in_global_log(row),
    }


def _in_global_log(row: CheckpointRow) -> dict[str, Any] | None:
    """That this note is in the one log that all tenants and anchors share. Hashes of others' notes are all that leaves."""
    with platform_scope():
        newest = Anchor.objects.order_by("-global_size").first()
        if newest is None or row.global_index is None or row.global_index >= newest.global_size:
            return None
        with driver_cursor() as cursor:
            tree = GlobalTreeReader(cursor, GLOBAL_LOG_ID, 1)
            path = inclusion_proof(tree.subtree, row.global_index, newest.global_size)
    value = global_leaf_value(bytes(row.salt), row.organization_id, row.note)
    return {
        "index": row.global_index,
        "size": newest.global_size,
        "salt": bytes(row.salt).hex(),
        "leaf": leaf(value).hex(),
        "path": [step.hex() for step in path],
        "note": newest.note,
    }


def event_proof(caller: Caller, event: AuditEvent) -> dict[str, Any]:
    """Everything needed to recompute the signed root from one event. Raises NotSignedYet, NoLongerProvable."""
    signed = checkpoint_of(caller, event.epoch, event.seq)
    if signed is None:
        raise NotSignedYet()
    return {
        "event": bytes(event.canonical).decode(),
        "integrity_hash": bytes(event.leaf_hash).hex(),
        "epoch": event.epoch,
        "seq": event.seq,
        "sealed_at": event.sealed_at,
        "previous": bytes(event.prev_hash).hex(),
        "hash": bytes(event.hash).hex(),
        "index": event.seq - 1,
        "size": signed.size,
        "path": _path(caller, event.epoch, event.seq - 1, signed.size),
        "checkpoint": signed.note,
    }


def _path(caller: Caller, epoch: int, index: int, size: int) -> list[str]:
    with driver_cursor() as cursor:
        try:
            path = inclusion_proof(TreeReader(cursor, caller.tenant, epoch).subtree, index, size)
        except Pruned as error:
            raise NoLongerProvable() from error
    return [step.hex() for step in path]


def consistency(caller: Caller, epoch: int | None, old: int, new: int | None) -> dict[str, Any]:
    """That the log at size `old` is a prefix of the log at `new` (default: now). Raises NotFound, NoLongerProvable."""
    heads = Head.objects.for_caller(caller).order_by("-epoch")
    head = heads.first() if epoch is None else heads.filter(epoch=epoch).first()
    if head is None or not 0 < old <= (new or head.seq) <= head.seq:
        raise NotFound()
    new = new or head.seq
    with driver_cursor() as cursor:
        tree = TreeReader(cursor, caller.tenant, head.epoch)
        try:
            path = consistency_proof(tree.subtree, old, new)
        except Pruned as error:
            raise NoLongerProvable() from error
    return {"epoch": head.epoch, "from_size": old, "to_size": new, "path": [step.hex() for step in path]}


def interaction_proof(caller: Caller, place: SealedInteraction) -> dict[str, Any]:
    """That an interaction's leaf is under the root that its `interactions.sealed` event committed to."""
    rows = SealedInteraction.objects.for_caller(caller).filter(event_id=place.event_id).order_by("position")
    leaves = [leaf(bytes(each)) for each in rows.values_list("leaf_hash", flat=True)]

    def subtree(height: int, index: int) -> bytes:
        return perfect_root(leaves[index << height : (index + 1) << height])

    path = inclusion_proof(subtree, place.position, len(leaves))
    return {
        "event_id": place.event_id,
        "index": place.position,
        "size": len(leaves),
        "path": [step.hex() for step in path],
    }
