"""The control copy of a loan's balance leaves a note too when it is written."""

from django.db import migrations

from postloan.loans import book_changes

SOURCE = book_changes.Source("imports_deliveredbalance", book_changes.PLAIN, ("loan_id",))


def install(apps, schema_editor):
    for statement in book_changes.create(SOURCE, postgres=schema_editor.connection.vendor == "postgresql"):
        schema_editor.execute(statement, params=None)


def remove(apps, schema_editor):
    for statement in book_changes.drop(SOURCE, postgres=schema_editor.connection.vendor == "postgresql"):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("imports", "0001_initial"), ("loans", "0003_book_changes")]
    operations = [migrations.RunPython(install, remove)]
