"""Findings about the data, kept set-based by each import: opened, kept and closed by what is seen now."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from postloan.core import findings, parameters
from postloan.imports import noted_lists
from postloan.imports.reconciling import EXPECTED
from postloan.imports.resolving import Batch, quoted
from postloan.imports.staging import Staged

if TYPE_CHECKING:
    from postloan.imports.apply import Work

UNKNOWN_CODE = findings.define(
    "imports.unknown_code", _("Unknown code"), _("“{code}” in {column} is not in the code list ({rows} rows).")
)
UNKNOWN_REFERENCE = findings.define(
    "imports.unknown_reference",
    _("Unknown reference"),
    _("{key}, named in {column} ({rows} rows), is not known in {file}."),
)
SOURCE_NOT_DELIVERED = findings.define(
    "imports.source_not_delivered",
    _("Source not delivered"),
    _("{aspect} names numbers of {key} ({rows} rows), but that file was never delivered."),
)
IDENTIFIER = findings.define(
    "imports.identifier",
    _("Number does not check"),
    _("The {aspect} of {key} does not check: {reason}."),
    words={
        "id_number": _("identity number"),
        "phone": _("telephone number"),
        "account_no": _("card number"),
        "first_generation": _("a number of the first generation, without a check digit"),
        "length": _("its length"),
        "birth_date": _("its date of birth"),
        "check_digit": _("its check digit"),
        "alphabet": _("a character that cannot stand in it"),
        "format": _("its form"),
    },
)
MISSING = findings.define("imports.missing", _("No longer delivered"), _("{key} has not been delivered since {since}."))
QUARANTINED = findings.define(
    "imports.in_quarantine", _("In quarantine"), _("{key} is held since {since}: {column} is not known.")
)
MOVEMENT = findings.define(
    "imports.movement_difference",
    _("Movement does not give the balance"),
    _("Opening balance and movements of {key} give {expected}; delivered is {actual}."),
    amounts=("expected", "actual"),
)
LEDGER = findings.define(
    "imports.ledger_difference",
    _("Book and general ledger differ"),
    _("Branch {key}: the ledger says {expected} {aspect}, the loans sum up to {actual}."),
    amounts=("expected", "actual"),
)
BRANCH_DIFFERS = findings.define(
    "imports.branch_differs",
    _("Branch differs"),
    _("{aspect} of branch {key}: core banking says “{core}”, here “{ours}”."),
)
STAFF_DIFFERS = findings.define(
    "imports.staff_differs", _("Staff differ"), _("{aspect} of {key}: core banking says “{core}”, here “{ours}”.")
)
MANAGER_DIFFERS = findings.define(
    "imports.manager_differs",
    _("Manager differs"),
    _("Core banking names {core} for {key}, here it is {ours}."),
)


def keep_findings(work: Work) -> None:
    """Brings the findings of this import up to date. To be called inside the applying transaction."""
    batch = work.batch
    noted_lists.keep_codes(batch, UNKNOWN_CODE)
    noted_lists.keep_references(batch, UNKNOWN_REFERENCE, SOURCE_NOT_DELIVERED)
    _keep_identifiers(batch)
    findings.keep(MISSING, MISSING_ROWS, on=batch.day)
    findings.keep(QUARANTINED, HELD_LOANS, on=batch.day)
    findings.keep(MANAGER_DIFFERS, MANAGERS, on=batch.day)
    if work.movements is not None:
        _keep_movements(work)
    if "gl_balances" in batch.delivered:
        _keep_ledger(work)
    if "branches" in batch.delivered:
        findings.keep(BRANCH_DIFFERS, _branches(batch.delivered["branches"]), on=batch.day)
    if "staff" in batch.delivered:
        findings.keep(STAFF_DIFFERS, _staff(batch.delivered["staff"]), on=batch.day)


NOBODY = "CAST(NULL AS bigint)"

MISSING_ROWS = f"""
SELECT 'loan', l.loan_no, '', l.branch_id, l.customer_id, l.id, '{{"since": "' || CAST(l.missing_since AS text) || '"}}'
FROM loans_loan l WHERE l.missing_since IS NOT NULL AND l.superseded_on IS NULL
UNION ALL
SELECT 'customer', c.customer_no, '', c.branch_id, c.id, {NOBODY},
       '{{"since": "' || CAST(c.missing_since AS text) || '"}}'
FROM customers_customer c WHERE c.missing_since IS NOT NULL AND c.superseded_on IS NULL
"""

HELD_LOANS = f"""
SELECT 'loan', q.key, '', {NOBODY}, {NOBODY}, {NOBODY},
       '{{"since": "' || CAST(q.held_since AS text) || '", "column": "' || q."column" || '"}}'
FROM imports_quarantinedrow q WHERE q.file = 'loans' AND q.released_on IS NULL
"""

# Core banking's manager against ours, where core banking's is somebody we know.
MANAGERS = """
SELECT 'customer', c.customer_no, r.role, c.branch_id, c.id, CAST(NULL AS bigint),
       '{"core": "' || n.staff_no || '", "ours": "' || o.staff_no || '"}'
FROM customers_responsibility r
JOIN customers_customer c ON c.id = r.customer_id
JOIN organization_staff o ON o.id = r.staff_id
JOIN organization_staff n ON n.staff_no = CASE r.role WHEN 'A' THEN c.manager_no ELSE c.assistant_no END
WHERE r.valid_to IS NULL AND r.line = c.main_line AND n.id <> o.id AND c.superseded_on IS NULL
UNION ALL
SELECT 'loan', l.loan_no, 'A', l.branch_id, l.customer_id, l.id,
       '{"core": "' || n.staff_no || '", "ours": "' || o.staff_no || '"}'
FROM loans_loan l
JOIN customers_customer c ON c.id = l.customer_id
JOIN organization_staff n ON n.staff_no = l.manager_no
LEFT JOIN loans_product p ON p.id = l.product_id
LEFT JOIN loans_loanmanager m ON m.loan_id = l.id AND m.role = 'A' AND m.valid_to IS NULL
LEFT JOIN customers_responsibility r ON r.customer_id = l.customer_id AND r.role = 'A' AND r.valid_to IS NULL
    AND r.line = COALESCE(NULLIF(p.line, ''), c.main_line)
JOIN organization_staff o ON o.id = COALESCE(m.staff_id, r.staff_id)
WHERE n.id <> o.id AND l.superseded_on IS NULL AND l.status NOT IN ('settled', 'transferred')
"""

IDENTIFIED = {
    "customers": ("customer", "s.customer_no", (("id_number", "id_flag"), ("phone", "phone_flag")), "t.customer_no"),
    "related_parties": (
        "related_party",
        "s.customer_no || '/' || s.relation || '/' || s.party_no",
        (("id_number", "id_flag"),),
        "t.customer_no",
    ),
    "accounts": ("account", "s.account_no", (("account_no", "card_flag"),), "t.customer_no"),
}


def _keep_identifiers(batch: Batch) -> None:
    """Check digits were looked at while the numbers were plain; here only their outcome is left."""
    parts, within = [], []
    for name, (kind, key, flags, customer) in IDENTIFIED.items():
        staged = batch.delivered.get(name)
        if staged is None:
            continue
        for aspect, flag in flags:
            number = customer.replace("t.", "s.")
            parts.append(
                f"SELECT '{kind}', {key}, '{aspect}', c.branch_id, c.id, {NOBODY},"
                f" '{{\"reason\": \"' || s.{flag} || '\"}}' FROM {staged.table} s"
                f" LEFT JOIN customers_customer c ON c.customer_no = {number}"
                f" WHERE s.verdict = 0 AND s.{flag} <> ''"
            )
        only = "" if staged.is_full else f" AND f.subject_key IN (SELECT {key} FROM {staged.table} s)"
        within.append(f"(f.subject_kind = '{kind}'{only})")
    if parts:
        findings.keep(IDENTIFIER, " UNION ALL ".join(parts), on=batch.day, within=" OR ".join(within))


def _keep_movements(work: Work) -> None:
    tolerance = Decimal(parameters.value(parameters.MOVEMENT_TOLERANCE, on=work.batch.day))
    expected = f"CAST(CAST(({EXPECTED}) / 100.0 AS numeric(20, 2)) AS text)"
    findings.keep(
        MOVEMENT,
        f"SELECT 'loan', m.loan_no, m.currency, l.branch_id, l.customer_id, l.id, '{{\"expected\": \"' || {expected}"
        f' || \'", "actual": "\' || CAST(CAST(m.closing / 100.0 AS numeric(20, 2)) AS text) || \'"}}\''
        f" FROM {work.movements} m JOIN loans_loan l ON l.loan_no = m.loan_no"
        f" WHERE ABS(m.closing - ({EXPECTED})) > %(tolerance)s",
        {"tolerance": int(tolerance * 100)},
        on=work.batch.day,
    )


def _keep_ledger(work: Work) -> None:
    tolerance = Decimal(parameters.value(parameters.MOVEMENT_TOLERANCE, on=work.batch.day))
    rows = [
        ("branch", line.key, line.currency, {"expected": str(line.expected), "actual": str(line.actual)})
        for line in work.lines
        if line.kind == "ledger" and line.difference is not None and abs(line.difference) > tolerance
    ]
    seen, values = noted_lists.listed(rows)
    findings.keep(LEDGER, seen, values, on=work.batch.day)


def _differences(
    staged: Staged,
    kind: str,
    table: str,
    key: str,
    pairs: Iterator[tuple[str, str, str]] | list[tuple[str, str, str]],
    joins: str = "",
) -> str:
    """A SELECT of the columns in which a staged row and ours differ; texts go through a JSON-safe form."""
    parts = []
    for column, core, ours in pairs:
        if column not in staged.delivered:
            continue
        shown = [
            f"COALESCE(REPLACE(REPLACE(CAST({side} AS text), '\\', '\\\\'), '\"', '\\\"'), '')" for side in (core, ours)
        ]
        parts.append(
            f"SELECT '{kind}', s.{key}, '{column}', {NOBODY}, {NOBODY}, {NOBODY},"
            f' \'{{"core": "\' || {shown[0]} || \'", "ours": "\' || {shown[1]} || \'"}}\''
            f" FROM {staged.table} s JOIN {table} t ON t.{key} = s.{key}{joins}"
            f" WHERE s.verdict = 0 AND COALESCE(CAST({core} AS text), '') <> COALESCE(CAST({ours} AS text), '')"
        )
    return " UNION ALL ".join(parts)


def _branches(staged: Staged) -> str:
    pairs = [
        ("name", "s.name", "t.name"),
        ("level", "s.level", "t.level"),
        ("parent_code", "s.parent_code", "u.branch_code"),
    ]
    if "kind" in staged.delivered:
        pairs.append(("kind", "COALESCE(NULLIF(s.kind, ''), 'branch')", "t.kind"))
    joins = " LEFT JOIN organization_branch u ON u.id = t.parent_id"
    return _differences(staged, "branch", "organization_branch", "branch_code", pairs, joins)


def _staff(staged: Staged) -> str:
    pairs = [
        ("name", "s.name", "t.name"),
        ("branch_code", "s.branch_code", "u.branch_code"),
        ("certificate_until", "s.certificate_until", "t.certificate_until"),
        ("active", f"s.{quoted('active')}", "t.is_active"),
    ]
    joins = " JOIN organization_branch u ON u.id = t.branch_id"
    return _differences(staged, "staff", "organization_staff", "staff_no", pairs, joins)
