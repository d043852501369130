from pathlib import Path

from django.db import migrations

FUNCTIONS = Path(__file__).parent.parent / "retention.sql"


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunSQL(FUNCTIONS.read_text())]
