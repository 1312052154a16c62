from django.db import migrations

from postloan.core.sql import POSTGRES_FUNCTIONS

DROP = "DROP FUNCTION IF EXISTS days_between(date, date); DROP FUNCTION IF EXISTS add_days(date, integer);"


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRES_FUNCTIONS)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(DROP)


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
