"""An administrator's post never overlaps with another post of the same person: neither business nor a second
administration. Half-open periods; a post that ended on the day it began counts for nothing."""

from django.db import migrations

ADMINISTRATION = "('system_administrator', 'security_administrator', 'audit_administrator')"

OVERLAP = f"""
    SELECT 1 FROM organization_post p
    WHERE p.staff_id = NEW.staff_id AND p.id <> NEW.id AND p.code <> NEW.code
      AND (p.code IN {ADMINISTRATION} OR NEW.code IN {ADMINISTRATION})
      AND (p.valid_to IS NULL OR p.valid_to > p.valid_from)
      AND (NEW.valid_to IS NULL OR NEW.valid_to > NEW.valid_from)
      AND (NEW.valid_to IS NULL OR p.valid_from < NEW.valid_to)
      AND (p.valid_to IS NULL OR NEW.valid_from < p.valid_to)
"""

POSTGRES = f"""
CREATE OR REPLACE FUNCTION post_separate_administrators() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS ({OVERLAP}) THEN
        RAISE EXCEPTION 'post_separate_administrators' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER post_separate_administrators AFTER INSERT OR UPDATE ON organization_post
    FOR EACH ROW EXECUTE FUNCTION post_separate_administrators();
"""

SQLITE = """
CREATE TRIGGER post_separate_administrators_{event} AFTER {event} ON organization_post
WHEN EXISTS ({overlap})
BEGIN
    SELECT RAISE(ABORT, 'post_separate_administrators');
END
"""


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRES)
        return
    for event in ("INSERT", "UPDATE"):
        schema_editor.execute(SQLITE.format(event=event, overlap=OVERLAP))


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER post_separate_administrators ON organization_post")
        schema_editor.execute("DROP FUNCTION post_separate_administrators()")
        return
    for event in ("INSERT", "UPDATE"):
        schema_editor.execute(f"DROP TRIGGER post_separate_administrators_{event}")


class Migration(migrations.Migration):
    dependencies = [("organization", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
