from django.db import migrations

# A hold that arrives between the announcement and the drop splits a range: the same first event, another last one.
FORWARDS = """
ALTER TABLE audit_prune DROP CONSTRAINT audit_prune_pkey, ADD PRIMARY KEY (org_id, epoch, from_seq, to_seq)
"""
BACKWARDS = "ALTER TABLE audit_prune DROP CONSTRAINT audit_prune_pkey, ADD PRIMARY KEY (org_id, epoch, from_seq)"


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_retention")]

    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
