from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_retention")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE legal_hold ADD COLUMN ends_at timestamptz",
            "ALTER TABLE legal_hold DROP COLUMN ends_at",
        )
    ]
