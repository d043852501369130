"""What the chain knows about people: pseudonyms for ever, values only as long as their key lives."""

from promptguard.core.privacy import Erasure, Holding, declare

EVENT = (
    "event_type",
    "actor_ref",
    "target_refs",
    "outcome",
    "severity",
    "canonical",
    "leaf_hash",
)
SEALED = (*EVENT, "prev_hash", "hash", "retention_class")
PSEUDONYMOUS = "It holds pseudonyms and hiding commitments only; the trail must outlive the person's account."


def _kept(model: str, purpose: str, impersonal: tuple[str, ...]) -> Holding:
    return Holding(model, purpose, impersonal=impersonal, erasure=Erasure.RETAIN, ground=PSEUDONYMOUS)


declare(
    _kept("audit.InboxEvent", "Events waiting to be sealed", EVENT),
    _kept("audit.AuditEvent", "The sealed audit trail", SEALED),
    _kept("audit.HeldEvent", "Sealed events under legal hold", SEALED),
    _kept("audit.Head", "Where each chain stands", ("hash", "tree_state", "parent", "retention_class")),
    _kept("audit.Tile", "Merkle tree tiles", ("data",)),
    _kept("audit.SealedInteraction", "Where an interaction's leaf lies", ("leaf_hash",)),
    _kept("audit.CheckpointRow", "Signed notes", ("root", "head_hash", "note", "salt")),
    _kept("audit.Prune", "Ranges that retention removed", ("prev_hash", "last_hash", "tree_state", "policy")),
    _kept("audit.LegalHold", "Orders to keep", ("scope", "reason")),
    _kept("audit.RetentionPolicy", "How long events are kept", ("retention_class",)),
    _kept(
        "audit.Anchor",
        "Receipts of published checkpoints",
        ("global_root", "note", "sink", "receipt", "status"),
    ),
    _kept("audit.SigningKeyRecord", "Public keys", ("key_id", "name", "public", "introduction")),
    Holding(
        "audit.PrivatePart",
        purpose="Personal values of audit events, encrypted for each person",
        personal=("subject_ref", "nonce", "ciphertext", "salt"),
        erasure=Erasure.SHRED,
    ),
    Holding(
        "audit.DataSubject",
        purpose="The way from a pseudonym back to a person",
        subject="user_id",
        personal=("subject_ref",),
        exported=("organization_id",),
    ),
    Holding(
        "audit.SubjectKey",
        purpose="The key that opens a person's values",
        personal=("subject_ref", "wrapped_dek"),
        impersonal=("kek_id",),
        erasure=Erasure.SHRED,
    ),
)
