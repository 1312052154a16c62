"""Two hundred ways in which an extract can be wrong, and what must come of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.test_imports.extracts import ROWS, Small

Reject = tuple[str, int, str, str]


@dataclass(frozen=True)
class RowDamage:
    """A damage to rows: the extract is applied, with exactly these rejects (file, line, column, reason)."""

    name: str
    damage: Callable[[Small], Any]
    rejects: frozenset[Reject]


@dataclass(frozen=True)
class Refusal:
    """A damage to the whole: the extract is refused with this code and nothing changes."""

    name: str
    damage: Callable[[Small], Any]
    code: str


# file, row, column, value, reason: one wrong value each.
VALUES = [
    ("branches", 2, "name", "", "required"),
    ("branches", 2, "name", "支" * 201, "too_long"),
    ("branches", 2, "level", "  ", "required"),
    ("staff", 1, "active", "yes", "not_a_boolean"),
    ("staff", 1, "active", "", "required"),
    ("staff", 1, "branch_code", "B9", "unknown_parent"),
    ("staff", 0, "certificate_until", "2027-13-01", "not_a_date"),
    ("products", 1, "grace_days", "3.0", "not_an_integer"),
    ("products", 1, "grace_days", "-3", "negative"),
    ("products", 1, "grace_days", "1234567890", "too_many_digits"),
    ("groups", 0, "name", "", "required"),
    ("customers", 3, "birth_date", "1980-02-30", "not_a_date"),
    ("customers", 3, "birth_date", "19800228", "not_a_date"),
    ("customers", 3, "birth_date", "1980/02/28", "not_a_date"),
    ("customers", 3, "birth_date", "1880-02-28", "not_a_date"),
    ("customers", 3, "birth_date", "２０００-01-01", "not_a_date"),
    ("customers", 3, "key_customer", "true", "not_a_boolean"),
    ("customers", 3, "kind", "", "required"),
    ("customers", 3, "name", "王" * 201, "too_long"),
    ("customers", 3, "sex", "male", "too_long"),
    ("customers", 3, "manager_no", "6.22202E+15", "scientific_notation"),
    ("related_parties", 0, "share_pct", "sixty", "not_a_rate"),
    ("related_parties", 0, "share_pct", "60.1234567", "too_many_decimals"),
    ("related_parties", 0, "share_pct", "1060.5", "too_many_digits"),
    ("related_parties", 0, "share_pct", "-60.5", "negative"),
    ("credit_reports", 0, "reported_on", "", "required"),
    ("credit_reports", 0, "lenders", "two", "not_an_integer"),
    ("credit_reports", 0, "debt_elsewhere", "-1.00", "negative"),
    ("facilities", 0, "total", "5,000,000.00", "not_an_amount"),
    ("facilities", 0, "used", "", "required"),
    ("facilities", 0, "frozen", "0.0", "not_a_boolean"),
    ("approval_conditions", 0, "text", "", "required"),
    ("contracts", 0, "currency", "cny", "not_a_currency"),
    ("contracts", 0, "currency", "RMB人", "not_a_currency"),
    ("contracts", 0, "amount", "-2000000.00", "negative"),
    ("loans", 1, "amount", "2000.001", "too_many_decimals"),
    ("loans", 1, "amount", "2e3", "not_an_amount"),
    ("loans", 1, "amount", "2.0E+03", "scientific_notation"),
    ("loans", 1, "amount", "+2000.00", "not_an_amount"),
    ("loans", 1, "amount", "2000.", "not_an_amount"),
    ("loans", 1, "amount", ".5", "not_an_amount"),
    ("loans", 1, "amount", "￥2000", "not_an_amount"),
    ("loans", 1, "amount", "NaN", "not_an_amount"),
    ("loans", 1, "amount", "12345678901234567.00", "too_many_digits"),
    ("loans", 3, "interest_receivable", "-0.01", "negative"),
    ("loans", 1, "account_no", "6.22202E+18", "scientific_notation"),
    ("loans", 1, "account_no", "6" * 61, "too_long"),
    ("loans", 1, "extension_count", "1e2", "not_an_integer"),
    ("loans", 1, "matures_on", "2026-02-29", "not_a_date"),
    ("instalments", 3, "interest_due", "", "required"),
    ("instalments", 3, "principal_paid", "-1", "negative"),
    ("instalments", 3, "number", "x", "not_an_integer"),
    ("instalments", 3, "loan_no", "999999", "unknown_parent"),
    ("repayments", 1, "loan_no", "999999", "unknown_parent"),
    ("repayments", 1, "paid_on", "yesterday", "not_a_date"),
    ("repayments", 1, "receipt_no", "", "required"),
    ("payments_out", 0, "mode", "", "required"),
    ("payments_out", 0, "loan_no", "999999", "unknown_parent"),
    ("deductions", 0, "taken", "-1.00", "negative"),
    ("off_balance", 0, "exposure", "", "required"),
    ("off_balance", 0, "margin_pct", "30%", "not_a_rate"),
    ("accounts", 1, "balance", "12.000", "too_many_decimals"),
    ("accounts", 1, "balance", "--12", "not_an_amount"),
    ("account_entries", 1, "amount", "-900.00", "negative"),
    ("account_entries", 1, "booked_on", "2026-3-3", "not_a_date"),
    ("collateral", 0, "seized", "否", "not_a_boolean"),
    ("collateral_links", 0, "collateral_no", "M9", "unknown_parent"),
    ("collateral_links", 0, "rank", "first", "not_an_integer"),
    ("guarantees", 0, "amount", "500000.00.00", "not_an_amount"),
    ("financial_statements", 1, "value", "nine million", "not_an_amount"),
    ("financial_statements", 1, "customer_no", "C9", "unknown_parent"),
    ("external_events", 0, "occurred_on", "2026-03-15T00:00", "not_a_date"),
    ("gl_balances", 1, "balance", "", "required"),
]
# What hangs on a row that is gone is rejected with it: (file, row, column) → further rejects.
FOLLOWERS: dict[tuple[str, int], set[Reject]] = {
    ("loans", 1): {
        ("instalments", 2, "loan_no", "unknown_parent"),
        ("instalments", 3, "loan_no", "unknown_parent"),
        ("repayments", 3, "loan_no", "unknown_parent"),
    },
    ("collateral", 0): {("collateral_links", 2, "collateral_no", "unknown_parent")},
    ("customers", 3): {("loans", 5, "customer_no", "unknown_parent")},
    ("branches", 2): {
        ("customers", 4, "branch_code", "unknown_parent"),
        ("customers", 5, "branch_code", "unknown_parent"),
        ("loans", 4, "customer_no", "unknown_parent"),
        ("loans", 5, "customer_no", "unknown_parent"),
        ("instalments", 4, "loan_no", "parent_in_quarantine"),
        ("instalments", 5, "loan_no", "parent_in_quarantine"),
    },
}


def value_damages() -> list[RowDamage]:
    found = []
    for file, row, column, value, reason in VALUES:
        expected = {(file, row + 2, column, reason)} | FOLLOWERS.get((file, row), set())
        found.append(
            RowDamage(
                f"{file}.{column}={value[:24]!r}",
                lambda small, file=file, row=row, column=column, value=value: small.set(file, row, **{column: value}),
                frozenset(expected),
            )
        )
    return found


def line(file: str, place: int, change: Callable[[bytes], bytes]) -> Callable[[Small], None]:
    """Damages the bytes of one line; line 0 is the header."""

    def damage(small: Small) -> None:
        lines = small.lines(file)
        lines[place] = change(lines[place])
        small.raw[file] = b"".join(lines)

    return damage


def again(file: str, row: int, **values: str) -> Callable[[Small], None]:
    return lambda small: small.rows[file].append({**small.rows[file][row], **values})


def one(*rejects: Reject) -> frozenset[Reject]:
    return frozenset(rejects)


ROW_DAMAGES = [
    *value_damages(),
    RowDamage(
        "a cut multi-byte character",
        line("deductions", 1, lambda text: text.replace("余额不足".encode(), "余额不足".encode()[:-1])),
        one(("deductions", 2, "", "encoding")),
    ),
    RowDamage(
        "a byte that is no UTF-8",
        line("groups", 1, lambda text: text.replace("东方".encode(), b"\xff\xfe")),
        one(("groups", 2, "", "encoding")),
    ),
    RowDamage(
        "GBK bytes in a UTF-8 file",
        line("collateral", 1, lambda text: text.replace(b"BDC-001", "抵押".encode("gbk"))),
        one(("collateral", 2, "", "encoding"), ("collateral_links", 2, "collateral_no", "unknown_parent")),
    ),
    RowDamage(
        "a NUL",
        line("deductions", 1, lambda text: text.replace(b"failed", b"fai\x00led")),
        one(("deductions", 2, "", "nul_character")),
    ),
    RowDamage(
        "a field too few", line("accounts", 2, lambda text: b"A2,C3\r\n"), one(("accounts", 3, "", "too_few_fields"))
    ),
    RowDamage(
        "a field too many",
        line("accounts", 2, lambda text: text.replace(b"\r\n", b",9\r\n")),
        one(("accounts", 3, "", "too_many_fields")),
    ),
    RowDamage(
        "a quotation mark inside a quoted field",
        line("deductions", 1, lambda text: text.replace(b"failed", b'"fai"led')),
        one(("deductions", 2, "", "quoting")),
    ),
    RowDamage(
        "a quotation mark that never closes",
        line("deductions", 1, lambda text: text.replace(b"failed", b'"failed')),
        one(("deductions", 2, "", "quoting")),
    ),
    RowDamage(
        "a field longer than any field",
        line("deductions", 1, lambda text: text.replace(b"failed", b"x" * 200_000)),
        one(("deductions", 2, "", "too_long")),
    ),
    RowDamage("a customer twice", again("customers", 0), one(("customers", 6, "customer_no", "duplicate_key"))),
    RowDamage("a loan twice", again("loans", 3, amount="1.00"), one(("loans", 6, "loan_no", "duplicate_key"))),
    RowDamage(
        "an instalment twice", again("instalments", 0), one(("instalments", 6, "loan_no;number", "duplicate_key"))
    ),
    RowDamage(
        "an instalment twice, its number written otherwise",
        again("instalments", 0, number="01"),
        one(("instalments", 6, "loan_no;number", "duplicate_key")),
    ),
    RowDamage("a receipt twice", again("repayments", 0), one(("repayments", 4, "receipt_no", "duplicate_key"))),
    RowDamage(
        "a statement item twice",
        again("financial_statements", 0, value="1"),
        one(
            (
                "financial_statements",
                4,
                "customer_no;period_end;period_kind;scope;item",
                "duplicate_key",
            )
        ),
    ),
    RowDamage(
        "two faults in a row",
        lambda small: small.set("deductions", 0, tried_on="soon", amount="-1"),
        one(("deductions", 2, "tried_on", "not_a_date"), ("deductions", 2, "amount", "negative")),
    ),
    RowDamage(
        "a loan of an unknown customer",
        lambda small: small.set("loans", 2, customer_no="C9"),
        one(
            ("loans", 4, "customer_no", "unknown_parent"),
            ("instalments", 4, "loan_no", "parent_in_quarantine"),
            ("instalments", 5, "loan_no", "parent_in_quarantine"),
        ),
    ),
    RowDamage(
        "a loan of an unknown branch",
        lambda small: small.set("loans", 3, branch_code="B9"),
        one(("loans", 5, "branch_code", "unknown_parent")),
    ),
    # Nothing is wrong with these: they are taken in without a reject.
    RowDamage("an unknown code", lambda small: small.set("loans", 1, repayment_method="annual"), one()),
    RowDamage("an unknown reference", lambda small: small.set("loans", 1, contract_no="K9"), one()),
    RowDamage(
        "an ID that does not check", lambda small: small.set("customers", 1, id_number="110105194912310020"), one()
    ),
    RowDamage("a leading zero", lambda small: small.set("accounts", 1, account_no="0000000000"), one()),
    RowDamage("a text like a formula", lambda small: small.set("deductions", 0, reason="=1+1"), one()),
    RowDamage("a line break in a field", lambda small: small.set("deductions", 0, reason="余额\r\n不足"), one()),
    RowDamage(
        "blanks around values", lambda small: small.set("loans", 1, amount=" 2000.00 ", status=" active "), one()
    ),
    RowDamage(
        "columns in another order", lambda small: small.columns.update(loans=list(reversed(ROWS["loans"][0]))), one()
    ),
    RowDamage("no row at all", lambda small: small.rows.update(guarantees=[]), one()),
    RowDamage("an account like E without a sign", lambda small: small.set("loans", 1, account_no="1E5"), one()),
]


def raw(file: str, change: Callable[[bytes], bytes]) -> Callable[[Small], None]:
    """Changes a file's bytes after the manifest has been made of what it was."""

    def damage(small: Small) -> None:
        small.entries[file] = small.entry(file)
        small.raw[file] = change(small.content(file))

    return damage


def signed(file: str, change: Callable[[bytes], bytes]) -> Callable[[Small], None]:
    """Changes a file's bytes, with the manifest made of the result."""
    return lambda small: small.raw.update({file: change(small.content(file))})


def top(**values: Any) -> Callable[[Small], None]:
    return lambda small: small.manifest.update(values)


def entry(file: str, **values: Any) -> Callable[[Small], None]:
    return lambda small: small.entries.setdefault(file, {}).update(values)


def flip(content: bytes) -> bytes:
    place = len(content) // 2
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def file_refusals() -> list[Refusal]:
    """What is refused whichever file it happens to."""
    found = []
    for file in ROWS:
        required = next(iter(ROWS[file][0]))
        found += [
            Refusal(f"{file}: a changed byte", raw(file, flip), "wrong_checksum"),
            Refusal(f"{file}: truncated", raw(file, lambda content: content[:-3]), "wrong_checksum"),
            Refusal(f"{file}: one row less than announced", entry(file, rows=len(ROWS[file]) + 1), "wrong_row_count"),
            Refusal(
                f"{file}: an unknown column",
                signed(file, lambda content: content.replace(b"\r\n", b",surprise\r\n", 1)),
                "unknown_column",
            ),
            Refusal(
                f"{file}: without its key",
                signed(file, lambda content, name=required: content.replace(name.encode() + b",", b"", 1)),
                "required_column_missing",
            ),
        ]
    return found


REFUSALS = [
    *file_refusals(),
    Refusal("a file with no bytes", signed("groups", lambda content: b""), "header_missing"),
    Refusal(
        "a column twice", signed("groups", lambda content: content.replace(b"name", b"name,name", 1)), "repeated_column"
    ),
    Refusal("UTF-16", signed("groups", lambda content: content.decode().encode("utf-16")), "header_not_readable"),
    Refusal("a total that is wrong", entry("loans", totals={"principal_balance": "1.00"}), "wrong_total"),
    Refusal("a total off by a cent", entry("repayments", totals={"principal": "10500.01"}), "wrong_total"),
    Refusal("a total of a text", entry("loans", totals={"loan_no": "1"}), "total_of_unknown_column"),
    Refusal("a total of a column not delivered", entry("loans", totals={"provision": "0"}), "total_of_unknown_column"),
    Refusal("a total that is no number", entry("loans", totals={"amount": "much"}), "wrong_value"),
    Refusal("a total as a power", entry("loans", totals={"amount": 1e30}), "wrong_value"),
    Refusal("totals that are a list", entry("loans", totals=[]), "wrong_value"),
    Refusal("an unknown mode", entry("loans", mode="delta"), "wrong_value"),
    Refusal("rows below zero", entry("loans", rows=-1), "wrong_value"),
    Refusal("rows as a text", entry("loans", rows="4"), "wrong_value"),
    Refusal("rows as true", entry("loans", rows=True), "wrong_value"),
    Refusal("a short checksum", entry("loans", sha256="abc"), "wrong_value"),
    Refusal("an unknown key of a file", entry("loans", delimiter=";"), "unknown_key"),
    Refusal("covers where it does not belong", entry("loans", covers=["enforcement"]), "unknown_key"),
    Refusal("covers that is no list", entry("external_events", covers="all"), "wrong_value"),
    Refusal("an entry that is no object", lambda small: small.manifest.update(files={"loans.csv": 4}), "wrong_value"),
    Refusal("an entry without mode", lambda small: small.manifest.update(files={"loans.csv": {}}), "key_missing"),
    Refusal("files that is a list", top(files=[]), "wrong_value"),
    Refusal(
        "a file that is not of the format", lambda small: small.manifest.update(files={"users.csv": {}}), "unknown_file"
    ),
    Refusal(
        "a file named with a path", lambda small: small.manifest.update(files={"../loans.csv": {}}), "unknown_file"
    ),
    Refusal("an unknown key", top(comment="hello"), "unknown_key"),
    Refusal("another format", top(format="postloan-extract/2"), "unknown_format"),
    Refusal("no format", top(format=...), "key_missing"),
    Refusal("no institution", top(institution=...), "key_missing"),
    Refusal("an empty institution", top(institution=" "), "wrong_value"),
    Refusal("an institution that is a number", top(institution=7), "wrong_value"),
    Refusal("another institution", top(institution="otherbank"), "other_institution"),
    Refusal("no currency", top(currency=...), "key_missing"),
    Refusal("a small currency", top(currency="cny"), "wrong_value"),
    Refusal("another currency", top(currency="USD"), "other_currency"),
    Refusal("no business date", top(business_date=...), "key_missing"),
    Refusal("a business date that is none", top(business_date="2026-02-30"), "wrong_value"),
    Refusal("a business date with a time", top(business_date="2026-04-30T00:00"), "wrong_value"),
    Refusal("a wrong folder name", top(business_date="2026-05-31"), "wrong_folder"),
    Refusal("an unknown encoding", top(encoding="latin-1"), "unknown_encoding"),
    Refusal("an encoding that is a list", top(encoding=["utf-8"]), "unknown_encoding"),
    Refusal("no files", top(files=...), "key_missing"),
    Refusal("files in the folder that are not listed", top(files={}), "file_not_listed"),
    Refusal("corrects that is a text", top(corrects="yes"), "wrong_value"),
    Refusal("revision 0", top(revision=0), "wrong_value"),
    Refusal("revision as a text", top(revision="2"), "wrong_value"),
    Refusal("a revision that corrects nothing", top(revision=2), "revision_without_corrects"),
    Refusal("a correction of a date never applied", top(corrects=True, revision=2), "corrects_other_date"),
    Refusal(
        "most of the balance under an unknown customer",
        lambda small: small.set("loans", 0, customer_no="C9", loan_no="000099"),
        "quarantine_too_large",
    ),
]
