"""Intervals of a loan never overlap and change in two ways only; a loan has one manager a role and day."""

from django.db import migrations

from postloan.core import guards

STATE = guards.Overlap("loan_state_no_overlap", "loans_loanstate", ("loan_id",), "{}.superseded_by_run IS NULL")
STATE_TEXT = "two states of a loan on one date"
MANAGER = guards.Overlap("loan_manager_no_overlap", "loans_loanmanager", ("loan_id", "role"))
MANAGER_TEXT = "two managers in the same role for the same loan on one day"
SAME = guards.Overlap("loan_manager_a_is_not_b", "loans_loanmanager", ("loan_id", "staff_id"))
SAME_TEXT = "the same person as A and B manager of a loan on one day"

FIXED = """id loan_id valid_from run_id customer_id branch_id manager_id status currency principal_balance matures_on
overdue_since principal_overdue_since interest_overdue_since overdue_principal overdue_interest bucket band class_floor
five_level_class missed_in_a_row missed_in_all""".split()
UPDATE_TEXT = "a state of a loan only ends once and is superseded once"
DELETE_TEXT = "a state of a loan is never deleted"

OLD, NEW = (", ".join(f"{row}.{column}" for column in FIXED) for row in ("OLD", "NEW"))
CHANGED_TWICE = """(OLD.valid_to IS NOT NULL AND NEW.valid_to IS {differs} OLD.valid_to)
    OR (OLD.superseded_by_run IS NOT NULL AND NEW.superseded_by_run IS {differs} OLD.superseded_by_run)"""

POSTGRES = [
    f"""
CREATE FUNCTION loan_state_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('{guards.SETTING}', true) = '1' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '%', CASE TG_OP WHEN 'DELETE' THEN '{DELETE_TEXT}' ELSE '{UPDATE_TEXT}' END
        USING ERRCODE = 'restrict_violation';
END $$""",
    f"""
CREATE TRIGGER loan_state_changes_once BEFORE UPDATE ON loans_loanstate FOR EACH ROW
WHEN (({NEW}) IS DISTINCT FROM ({OLD}) OR {CHANGED_TWICE.format(differs="DISTINCT FROM")})
EXECUTE FUNCTION loan_state_append_only()""",
    """
CREATE TRIGGER loan_state_never_deleted BEFORE DELETE ON loans_loanstate FOR EACH ROW
EXECUTE FUNCTION loan_state_append_only()""",
]
SQLITE = [
    f"""
CREATE TRIGGER loan_state_changes_once BEFORE UPDATE ON loans_loanstate
WHEN ({NEW}) IS NOT ({OLD}) OR {CHANGED_TWICE.format(differs="NOT")}
BEGIN SELECT RAISE(ABORT, '{UPDATE_TEXT}'); END""",
    f"""
CREATE TRIGGER loan_state_never_deleted BEFORE DELETE ON loans_loanstate
WHEN guards_lifted() = 0
BEGIN SELECT RAISE(ABORT, '{DELETE_TEXT}'); END""",
]


def install(apps, schema_editor):
    postgres = schema_editor.connection.vendor == "postgresql"
    create = guards.create_postgres if postgres else guards.create_sqlite
    statements = list(POSTGRES if postgres else SQLITE)
    for guard, text in ((STATE, STATE_TEXT), (MANAGER, MANAGER_TEXT), (SAME, SAME_TEXT)):
        statements += create(guard, text)
    for statement in statements:
        schema_editor.execute(statement, params=None)


def remove(apps, schema_editor):
    postgres = schema_editor.connection.vendor == "postgresql"
    for guard in (STATE, MANAGER, SAME):
        for statement in guards.drop(guard, postgres=postgres):
            schema_editor.execute(statement, params=None)
    if postgres:
        schema_editor.execute("DROP FUNCTION IF EXISTS loan_state_append_only() CASCADE", params=None)
    else:
        schema_editor.execute("DROP TRIGGER IF EXISTS loan_state_changes_once", params=None)
        schema_editor.execute("DROP TRIGGER IF EXISTS loan_state_never_deleted", params=None)


class Migration(migrations.Migration):
    dependencies = [("loans", "0001_initial"), ("customers", "0002_responsibility_guards")]
    operations = [migrations.RunPython(install, remove)]
