"""A product that is classified by another method leaves a note of each of its loans."""

from django.db import migrations

from postloan.loans import book_changes

(PRODUCT,) = (source for source in book_changes.SOURCES if source.table == "loans_product")


def install(apps, schema_editor):
    postgres = schema_editor.connection.vendor == "postgresql"
    for statement in [*book_changes.drop(PRODUCT, postgres=postgres), *book_changes.create(PRODUCT, postgres=postgres)]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("loans", "0003_book_changes")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
