"""No two A managers, nor two B, of a customer and line on one day; and A is never B."""

from django.db import migrations

from postloan.core import guards

OVERLAP = guards.Overlap("responsibility_no_overlap", "customers_responsibility", ("customer_id", "line", "role"))
OVERLAP_TEXT = "two managers in the same role for the same customer and line on one day"
# Whoever holds one role may not hold the other on a day: the same person twice, whatever the role.
SAME = guards.Overlap("responsibility_a_is_not_b", "customers_responsibility", ("customer_id", "line", "staff_id"))
SAME_TEXT = "the same person as A and B manager of a customer and line on one day"


def install(apps, schema_editor):
    postgres = schema_editor.connection.vendor == "postgresql"
    create = guards.create_postgres if postgres else guards.create_sqlite
    for guard, text in ((OVERLAP, OVERLAP_TEXT), (SAME, SAME_TEXT)):
        for statement in create(guard, text):
            schema_editor.execute(statement, params=None)


def remove(apps, schema_editor):
    for guard in (OVERLAP, SAME):
        for statement in guards.drop(guard, postgres=schema_editor.connection.vendor == "postgresql"):
            schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial"), ("core", "0002_sql_functions")]
    operations = [migrations.RunPython(install, remove)]
