from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.manager
from django.db import migrations, models

SCHEMA = Path(__file__).parent.parent / "schema.sql"


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL(SCHEMA.read_text()),
        migrations.CreateModel(
            name="Anchor",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("global_size", models.BigIntegerField()),
                ("global_root", models.BinaryField()),
                ("note", models.TextField()),
                ("sink", models.TextField()),
                ("receipt", models.BinaryField()),
                ("status", models.TextField()),
                ("attempts", models.IntegerField()),
                ("published_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "audit_anchor",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                ("organization_id", models.UUIDField(db_column="org_id")),
                ("event_id", models.UUIDField(primary_key=True, serialize=False)),
                ("occurred_at", models.DateTimeField()),
                ("event_type", models.TextField()),
                ("actor_ref", models.TextField()),
                (
                    "target_refs",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
                ),
                ("outcome", models.TextField()),
                ("severity", models.TextField()),
                ("canonical", models.BinaryField()),
                ("leaf_hash", models.BinaryField()),
                ("epoch", models.SmallIntegerField()),
                ("seq", models.BigIntegerField()),
                ("sealed_at", models.DateTimeField()),
                ("prev_hash", models.BinaryField()),
                ("hash", models.BinaryField()),
                ("retention_class", models.TextField()),
            ],
            options={
                "db_table": "audit_event",
                "abstract": False,
                "managed": False,
            },
            managers=[
                ("all_tenants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="CheckpointRow",
            fields=[
                ("organization_id", models.UUIDField(db_column="org_id")),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organization_id",
                        "epoch",
                        "size",
                        "sealed_at",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("epoch", models.SmallIntegerField()),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField()),
                ("head_hash", models.BinaryField()),
                ("sealed_at", models.DateTimeField()),
                ("note", models.TextField()),
                ("salt", models.BinaryField()),
                ("global_index", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "audit_checkpoint",
                "abstract": False,
                "managed": False,
            },
            managers=[
                ("all_tenants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="DataSubject",
            fields=[
                ("organization_id", models.UUIDField(db_column="org_id")),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organization_id",
                        "user_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("user_id", models.UUIDField()),
                ("subject_ref", models.TextField()),
            ],
            options={
                "db_table": "data_subject",
                "abstract": False,
                "managed": False,
            },
            managers=[
                ("all_tenants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Head",
            fields=[
                ("organization_id", models.UUIDField(db_column="org_id")),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organization_id",
                        "epoch",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("epoch", models.SmallIntegerField()),
                ("seq", models.BigIntegerField()),
                ("hash", models.BinaryField()),
                ("sealed_at", models.DateTimeField()),
                (
                    "tree_state",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BinaryField(), size=None),
                ),
                ("parent", models.BinaryField()),
                ("retention_class", models.TextField()),
            ],
            options={
                "db_table": "audit_head",
                "abstract": False,
                "managed": False,
            },
            managers=[
                ("all_tenants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="HeldEvent",
            fields=[
                ("organization_id", models.UUIDField(db_column="org_id")),
                ("event_id", models.UUIDField(primary_key=True, serialize=False)),
                ("occurred_at", models.DateTimeField()),
                ("event_type", models.TextField()),
                ("actor_ref", models.TextField()),
                (
                    "target_refs",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
                ),
                ("outcome", models.TextField()),
                ("severity", models.TextField()),
                ("canonical", models.BinaryField()),
                ("leaf_hash", models.BinaryField()),
                ("epoch", models.SmallIntegerField()),
                ("seq", models.BigIntegerField()),
                ("sealed_at", models.DateTimeField()),
                ("prev_hash", models.BinaryField()),
                ("hash", models.BinaryField()),
                ("retention_class", models.TextField()),
            ],
            options={
                "db_table": "audit_event_held",
                "abstract": False,
                "managed": False,
            },
            managers=[
                ("all_tenants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="InboxEvent",
            fields=[
                ("organization_id", models.UUIDField(db_column="org_id")),
                ("event_id", models.UUIDField(primary_key=True, serialize=False)),
                ("occurred_at", models.DateTimeField()),
                ("event_type", models.TextField()),
                ("actor_ref", models.TextField()),
                (
                    "target_refs",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
                ),
                ("outcome", models.TextField()),
                ("severity", models.TextField()),
                ("canonical", models.BinaryField()),
                ("leaf_hash", models.BinaryField()),
                ("id", models.BigIntegerField()),
            ],
            options={
                "db_table": "audit_inbox",
                "abstract": False,
                "managed": False,
            },
            managers=[
                ("all_tenants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="LegalHold",
            fields=[
                ("organization_id", models.UUIDField(db_column="org_id")),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("scope", models.JSONField()),
                ("reason", models.TextField()),
                ("placed_by", models.UUIDField(null=True)),
                ("placed_at", models.DateTimeField()),
                ("released_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "legal_hold",
                "abstract": False,
                "managed": False,
            },
            managers=[
                ("all_tenants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="PrivatePart",
            fields=[
                ("organization_id", models.UUIDField(db_column="org_id")),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organization_id",
                        "event_id",
                        "part",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("event_id", models.UUIDField()),
                ("part", models.SmallIntegerField()),
                ("subject_ref", models.TextField()),
                ("key_id", models.UUIDField()),
                ("nonce", models.BinaryField()),
                ("ciphertext", models.BinaryField()),
                ("salt", models.BinaryField()),
            ],
            options={
                "db_table": "audit_private",
                "abstract": False,
                "managed": False,
            },
            managers=[
                ("all_tenants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Prune",
            fields=[
                ("organization_id", models.UUIDField(db_column="org_id")),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organization_id",
                        "epoch",
                        "from_seq",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("epoch", models.SmallIntegerField()),
                ("from_seq", models.BigIntegerField()),
                ("to_seq", models.BigIntegerField()),
                ("prev_hash", models.BinaryField()),
                ("last_hash", models.BinaryField()),
                (
                    "tree_state",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BinaryField(), size=None),
                ),
                ("policy", models.TextField()),
                ("event_seq", models.BigIntegerField()),
            ],
            options={
                "db_table": "audit_prune",
                "abstract": False,
                "managed": False,
            },
            managers=[
                ("all_tenants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="RetentionPolicy",
            fields=[
                ("organization_id", models.UUIDField(db_column="org_id", primary_key=True, serialize=False)),
                ("retention_class", models.TextField(db_column="class")),
                ("days", models.IntegerField(null=True)),
                ("locked_until", models.DateTimeField(null=True)),
                ("set_by", models.UUIDField(null=True)),
                ("set_at", models.DateTimeField()),
            ],
            options={
                "db_table": "retention_policy",
                "verbose_name_plural": "retention policies",
                "abstract": False,
                "managed": False,
            },
            managers=[
                ("all_tenants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="SealedInteraction",
            fields=[
                ("organization_id", models.UUIDField(db_column="org_id")),
                ("interaction_id", models.UUIDField(primary_key=True, serialize=False)),
                ("event_id", models.UUIDField()),
                ("position", models.IntegerField()),
                ("leaf_hash", models.BinaryField()),
            ],
            options={
                "db_table": "audit_interaction",
                "abstract": False,
                "managed": False,
            },
            managers=[
                ("all_tenants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="SigningKeyRecord",
            fields=[
                ("key_id", models.TextField(primary_key=True, serialize=False)),
                ("name", models.TextField()),
                ("public", models.BinaryField()),
                ("introduction", models.TextField()),
                ("created", models.DateTimeField()),
                ("retired", models.DateTimeField(null=True)),
                ("revoked", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "audit_key",
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="SubjectKey",
            fields=[
                ("organization_id", models.UUIDField(db_column="org_id")),
                ("key_id", models.UUIDField(primary_key=True, serialize=False)),
                ("subject_ref", models.TextField()),
                ("wrapped_dek", models.BinaryField(null=True)),
                ("kek_id", models.TextField()),
                ("destroyed_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "subject_key",
                "abstract": False,
                "managed": False,
            },
            managers=[
                ("all_tenants", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="Tile",
            fields=[
                ("organization_id", models.UUIDField(db_column="org_id")),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organization_id",
                        "epoch",
                        "level",
                        "index",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("epoch", models.SmallIntegerField()),
                ("level", models.SmallIntegerField()),
                ("index", models.BigIntegerField()),
                ("data", models.BinaryField()),
            ],
            options={
                "db_table": "audit_tile",
                "abstract": False,
                "managed": False,
            },
            managers=[
                ("all_tenants", django.db.models.manager.Manager()),
            ],
        ),
    ]
