"""The rows of the chain, as `schema.sql` makes them.

Unmanaged, because the tables are partitioned, and because nothing of Django's may ever truncate them.
`organization_id` is a plain UUID; the nil UUID is the platform's own chain.
"""

from typing import Any, ClassVar, Self, TypeVar
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models

from promptguard.core.caller import Caller
from promptguard.core.tenancy import UnscopedQuery

PLATFORM_ORGANIZATION_ID = UUID(int=0)
# The log over all organizations' checkpoints has a head and tiles of its own, and no events.
GLOBAL_LOG_ID = UUID(int=2**128 - 1)

M = TypeVar("M", bound=models.Model)


class ChainManager(models.Manager[M]):
    """Reading needs a caller; writing goes through the services and the sequencer only."""

    def get_queryset(self) -> models.QuerySet[M]:
        raise UnscopedQuery(f"{self.model.__name__}.objects: use for_caller(caller)")

    def for_caller(self, caller: Caller) -> models.QuerySet[M]:
        return super().get_queryset().filter(organization_id=caller.tenant)


class ChainModel(models.Model):
    """A row of one organization's chain, kept by organization rather than below it."""

    organization_id = models.UUIDField(db_column="org_id")

    all_tenants: ClassVar[models.Manager[Self]] = models.Manager()
    objects: ClassVar[ChainManager[Self]] = ChainManager()

    class Meta:
        abstract = True
        managed = False


class EventFields(ChainModel):
    """What an event is, before and after sealing. The filter columns repeat what `canonical` says."""

    event_id = models.UUIDField(primary_key=True)
    occurred_at = models.DateTimeField()
    event_type = models.TextField()
    actor_ref = models.TextField()
    target_refs: Any = ArrayField(models.TextField())
    outcome = models.TextField()
    severity = models.TextField()
    canonical = models.BinaryField()
    leaf_hash = models.BinaryField()

    class Meta(ChainModel.Meta):
        abstract = True


class InboxEvent(EventFields):
    """Accepted, durable, not yet sealed."""

    id = models.BigIntegerField()

    class Meta(ChainModel.Meta):
        db_table = "audit_inbox"

    def __str__(self) -> str:
        return f"{self.event_type} {self.event_id} (unsealed)"


class SealedFields(EventFields):
    epoch = models.SmallIntegerField()
    seq = models.BigIntegerField()
    sealed_at = models.DateTimeField()
    prev_hash = models.BinaryField()
    hash = models.BinaryField()
    retention_class = models.TextField()

    class Meta(ChainModel.Meta):
        abstract = True

    def __str__(self) -> str:
        return f"{self.event_type} #{self.epoch}.{self.seq}"


class AuditEvent(SealedFields):
    """One sealed event. The table's key is (org_id, epoch, seq, …); `event_id` is unique by making."""

    class Meta(ChainModel.Meta):
        db_table = "audit_event"


class HeldEvent(SealedFields):
    """A copy of an event under legal hold whose partition is gone."""

    class Meta(ChainModel.Meta):
        db_table = "audit_event_held"


class Head(ChainModel):
    """Where each chain stands. `tree_state` holds the peaks of the Merkle tree, largest first."""

    pk = models.CompositePrimaryKey("organization_id", "epoch")
    epoch = models.SmallIntegerField()
    seq = models.BigIntegerField()
    hash = models.BinaryField()
    sealed_at = models.DateTimeField()
    tree_state: Any = ArrayField(models.BinaryField())
    parent = models.BinaryField()
    retention_class = models.TextField()

    class Meta(ChainModel.Meta):
        db_table = "audit_head"


class Tile(ChainModel):
    """Up to 256 subtree hashes of one level (C2SP tlog-tiles)."""

    pk = models.CompositePrimaryKey("organization_id", "epoch", "level", "index")
    epoch = models.SmallIntegerField()
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    data = models.BinaryField()

    class Meta(ChainModel.Meta):
        db_table = "audit_tile"


class PrivatePart(ChainModel):
    """Personal values of one person in one event, sealed under that person's key: the only erasable part."""

    pk = models.CompositePrimaryKey("organization_id", "event_id", "part")
    event_id = models.UUIDField()
    part = models.SmallIntegerField()
    subject_ref = models.TextField()
    key_id = models.UUIDField()
    nonce = models.BinaryField()
    ciphertext = models.BinaryField()
    salt = models.BinaryField()

    class Meta(ChainModel.Meta):
        db_table = "audit_private"


class SealedInteraction(ChainModel):
    """Which `interactions.sealed` event holds an interaction's leaf, and at which position."""

    interaction_id = models.UUIDField(primary_key=True)
    event_id = models.UUIDField()
    position = models.IntegerField()
    leaf_hash = models.BinaryField()

    class Meta(ChainModel.Meta):
        db_table = "audit_interaction"


class CheckpointRow(ChainModel):
    """A signed note about one chain at one size."""

    pk = models.CompositePrimaryKey("organization_id", "epoch", "size", "sealed_at")
    epoch = models.SmallIntegerField()
    size = models.BigIntegerField()
    root = models.BinaryField()
    head_hash = models.BinaryField()
    sealed_at = models.DateTimeField()
    note = models.TextField()
    salt = models.BinaryField()
    global_index = models.BigIntegerField(null=True)

    class Meta(ChainModel.Meta):
        db_table = "audit_checkpoint"


class Prune(ChainModel):
    """A range of events that left lawfully, with what a verifier needs to step over it."""

    pk = models.CompositePrimaryKey("organization_id", "epoch", "from_seq", "to_seq")
    epoch = models.SmallIntegerField()
    from_seq = models.BigIntegerField()
    to_seq = models.BigIntegerField()
    prev_hash = models.BinaryField()
    last_hash = models.BinaryField()
    tree_state: Any = ArrayField(models.BinaryField())
    policy = models.TextField()
    event_seq = models.BigIntegerField()

    class Meta(ChainModel.Meta):
        db_table = "audit_prune"


class LegalHold(ChainModel):
    """While it is not released, nothing in its scope is pruned or erased.

    `ends_at` is when it was meant to end: past it somebody has to decide, but only a release ends it.
    """

    id = models.UUIDField(primary_key=True)
    scope = models.JSONField()
    reason = models.TextField()
    placed_by = models.UUIDField(null=True)
    placed_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)

    class Meta(ChainModel.Meta):
        db_table = "legal_hold"

    def __str__(self) -> str:
        return f"hold {self.id}"


class RetentionPolicy(ChainModel):
    """How long new events of an organization are kept."""

    organization_id = models.UUIDField(db_column="org_id", primary_key=True)
    retention_class = models.TextField(db_column="class")
    days = models.IntegerField(null=True)
    locked_until = models.DateTimeField(null=True)
    set_by = models.UUIDField(null=True)
    set_at = models.DateTimeField()

    class Meta(ChainModel.Meta):
        db_table = "retention_policy"
        verbose_name_plural = "retention policies"

    def __str__(self) -> str:
        return f"keep {self.retention_class}"


class DataSubject(ChainModel):
    """The only way from a pseudonym in the chain back to a person; erasure deletes it.

    A person may have two where two first events coincided.
    """

    pk = models.CompositePrimaryKey("organization_id", "user_id", "subject_ref")
    user_id = models.UUIDField()
    subject_ref = models.TextField()

    class Meta(ChainModel.Meta):
        db_table = "data_subject"


class SubjectKey(ChainModel):
    """The data key of one person in one organization, wrapped; without it the private parts are noise."""

    key_id = models.UUIDField(primary_key=True)
    subject_ref = models.TextField()
    wrapped_dek = models.BinaryField(null=True)
    kek_id = models.TextField()
    destroyed_at = models.DateTimeField(null=True)

    class Meta(ChainModel.Meta):
        db_table = "subject_key"


class Anchor(models.Model):
    """One global note handed to one sink."""

    id = models.BigIntegerField(primary_key=True)
    global_size = models.BigIntegerField()
    global_root = models.BinaryField()
    note = models.TextField()
    sink = models.TextField()
    receipt = models.BinaryField()
    status = models.TextField()
    attempts = models.IntegerField()
    published_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "audit_anchor"

    def __str__(self) -> str:
        return f"{self.sink} #{self.global_size}"


class SigningKeyRecord(models.Model):
    """The public half of a checkpoint key, introduced by its predecessor's signature."""

    key_id = models.TextField(primary_key=True)
    name = models.TextField()
    public = models.BinaryField()
    introduction = models.TextField()
    created = models.DateTimeField()
    retired = models.DateTimeField(null=True)
    revoked = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "audit_key"

    def __str__(self) -> str:
        return self.key_id
