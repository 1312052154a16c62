"""Notes of what was written in the book, made by triggers on both engines, so that no way of writing goes past them.

A `Source` says which loans a row of a table is about. On PostgreSQL a statement leaves its notes once, over its
transition table; on SQLite row by row, each loan once. Made for a migration by `create` and `drop`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """Rows of `table`; `loans` is a SELECT of loan ids over `{rows}`, which has the columns named in `columns`.

    `when` narrows an update to those that change one of these columns, and leaves inserts and deletes alone: the
    loans a product or customer has are written themselves when it comes or goes.
    """

    table: str
    loans: str
    columns: tuple[str, ...]
    when: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"book_change_{self.table}"


PLAIN = "SELECT r.loan_id FROM {rows} r WHERE r.loan_id IS NOT NULL"
SOURCES = (
    Source("loans_loan", "SELECT r.id AS loan_id FROM {rows} r", ("id",)),
    Source("loans_instalment", PLAIN, ("loan_id",)),
    Source("loans_loanstate", PLAIN, ("loan_id",)),
    Source("loans_loanmanager", PLAIN, ("loan_id",)),
    Source(
        "customers_responsibility",
        "SELECT l.id AS loan_id FROM loans_loan l JOIN {rows} r ON r.customer_id = l.customer_id",
        ("customer_id",),
    ),
    Source(
        "customers_customer",
        "SELECT l.id AS loan_id FROM loans_loan l JOIN {rows} r ON r.id = l.customer_id",
        ("id",),
        when=("main_line",),
    ),
    Source(
        "loans_product",
        "SELECT l.id AS loan_id FROM loans_loan l JOIN {rows} r ON r.id = l.product_id",
        ("id",),
        when=("line", "class_method"),
    ),
)
EVENTS = ("insert", "update", "delete")


def create(source: Source, *, postgres: bool) -> list[str]:
    return _create_postgres(source) if postgres else _create_sqlite(source)


def drop(source: Source, *, postgres: bool) -> list[str]:
    if postgres:
        return [f"DROP FUNCTION IF EXISTS {source.name}() CASCADE"]
    events = ("update",) if source.when else EVENTS
    return [f"DROP TRIGGER IF EXISTS {source.name}_{event}" for event in events]


def _create_postgres(source: Source) -> list[str]:
    fresh, former = (source.loans.format(rows=rows) for rows in ("fresh", "former"))
    if source.when:
        changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in source.when)
        rows = f"(SELECT {', '.join(f'NEW.{name}' for name in source.columns)})"
        return [
            _function(source, f"INSERT INTO loans_bookchange (loan_id) {source.loans.format(rows=rows)};"),
            f"CREATE TRIGGER {source.name}_update AFTER UPDATE ON {source.table} FOR EACH ROW"
            f" WHEN ({changed}) EXECUTE FUNCTION {source.name}()",
        ]
    body = f"""IF TG_OP = 'INSERT' THEN
        INSERT INTO loans_bookchange (loan_id) SELECT DISTINCT n.loan_id FROM ({fresh}) n;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO loans_bookchange (loan_id) SELECT DISTINCT n.loan_id FROM ({former}) n;
    ELSE
        INSERT INTO loans_bookchange (loan_id) {fresh} UNION {former};
    END IF;"""  # noqa: S608
    tables = {"insert": "NEW TABLE AS fresh", "delete": "OLD TABLE AS former"}
    tables["update"] = "OLD TABLE AS former NEW TABLE AS fresh"
    return [_function(source, body)] + [
        f"CREATE TRIGGER {source.name}_{event} AFTER {event} ON {source.table} REFERENCING {tables[event]}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {source.name}()"
        for event in EVENTS
    ]


def _function(source: Source, body: str) -> str:
    return (
        f"CREATE FUNCTION {source.name}() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n    {body}\n"
        "    RETURN NULL;\nEND $$"
    )


def _create_sqlite(source: Source) -> list[str]:
    if source.when:
        changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in source.when)
        return [_sqlite_trigger(source, "update", ("NEW",), f" WHEN {changed}")]
    return [
        _sqlite_trigger(source, "insert", ("NEW",), ""),
        _sqlite_trigger(source, "update", ("NEW", "OLD"), ""),
        # Emptying a test database leaves no notes behind.
        _sqlite_trigger(source, "delete", ("OLD",), " WHEN guards_lifted() = 0"),
    ]


def _sqlite_trigger(source: Source, event: str, sides: tuple[str, ...], when: str) -> str:
    notes = ""
    for side in sides:
        rows = f"(SELECT {', '.join(f'{side}.{name} AS {name}' for name in source.columns)})"
        notes += (
            f" INSERT INTO loans_bookchange (loan_id) SELECT n.loan_id FROM ({source.loans.format(rows=rows)}) n"  # noqa: S608
            " WHERE NOT EXISTS (SELECT 1 FROM loans_bookchange b WHERE b.loan_id = n.loan_id);"
        )
    return f"CREATE TRIGGER {source.name}_{event} AFTER {event} ON {source.table}{when} BEGIN{notes} END"
