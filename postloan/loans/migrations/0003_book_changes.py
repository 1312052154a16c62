"""Whoever writes a row of the book leaves a note of the loan, for the night to control it."""

from django.db import migrations

from postloan.loans import book_changes


def install(apps, schema_editor):
    postgres = schema_editor.connection.vendor == "postgresql"
    if not postgres:
        # There each row looks whether its loan is noted already; on PostgreSQL notes are only ever read whole.
        schema_editor.execute("CREATE INDEX loans_bookchange_loan ON loans_bookchange (loan_id)", params=None)
    for source in book_changes.SOURCES:
        for statement in book_changes.create(source, postgres=postgres):
            schema_editor.execute(statement, params=None)


def remove(apps, schema_editor):
    for source in book_changes.SOURCES:
        for statement in book_changes.drop(source, postgres=schema_editor.connection.vendor == "postgresql"):
            schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("loans", "0002_state_guards")]
    operations = [migrations.RunPython(install, remove)]
