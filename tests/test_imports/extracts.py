"""A small valid extract with a row of nearly everything, to be damaged by tests and signed again."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

DAY = "2026-03-31"
NEXT_DAY = "2026-04-30"
TOTALS = {
    "loans": ("amount", "principal_balance"),
    "instalments": ("principal_due", "principal_paid"),
    "repayments": ("principal",),
    "payments_out": ("amount",),
    "account_entries": ("amount",),
    "gl_balances": ("balance",),
}
CHANGES = {"repayments", "payments_out", "deductions", "account_entries", "financial_statements"}


def table(text: str) -> list[dict[str, str]]:
    """Rows of a table written with bars: the first line names the columns."""
    lines = [line.strip().split("|") for line in text.strip().splitlines()]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


ROWS: dict[str, list[dict[str, str]]] = {
    "branches": table("""branch_code|name|parent_code|level|kind
        HO|总行||head_office|branch
        B1|城东支行|HO|sub_branch|branch
        B2|城西支行|HO|sub_branch|"""),
    "staff": table("""staff_no|name|branch_code|posts|lines|certificate_until|active
        S1|王伟|B1|account_manager||2027-01-01|1
        S2|李娜|B1|account_manager;branch_head|corporate|||""".replace("|||", "||1")),
    "products": table("""product_code|name|family|line|class_method|grace_days
        P1|流动资金贷款|working_capital|corporate|debtor|0
        P2|个人消费贷款|personal_consumption|personal|days_past_due|3"""),
    "groups": table("""group_no|name|core_customer_no
        G1|东方集团|C1"""),
    "customers": table("""customer_no|name|kind|branch_code|manager_no|assistant_no|id_type|id_number|birth_date|sex|phone|address|group_no|key_customer
        C1|东方机械有限公司|corporate|B1|S1|S2|credit_code|91350211M000100Y43|||0592-5551234|厦门市湖里区枋湖路1号|G1|1
        C2|张三|individual|B1|S1||resident_id|11010519491231002X|1949-12-31|f|13800138000|北京市朝阳区建国路2号||0
        C3|李四|individual|B2|S2||other|E12345678|1980-01-01|m|13900139000|||
        C4|王五|farmer|B2|S2||other||||||| """),
    "related_parties": table("""customer_no|relation|party_no|name|id_type|id_number|share_pct|party_customer_no
        C1|controller|R1|赵六|resident_id|11010519491231002X|60.5|C2"""),
    "credit_reports": table("""report_no|customer_no|reported_on|debt_elsewhere|lenders
        CR1|C1|2026-03-01|100000.00|2"""),
    "facilities": table("""facility_no|customer_no|total|used|available|expires_on|frozen
        F1|C1|5000000.00|1000000.00|4000000.00|2027-03-31|0"""),
    "approval_conditions": table("""condition_no|facility_no|kind|text|due_on
        AC1|F1|covenant|资产负债率不超过70%|2026-12-31"""),
    "contracts": table("""contract_no|customer_no|facility_no|kind|signed_on|amount|currency|notarised
        K1|C1|F1|single|2026-01-05|2000000.00|CNY|1"""),
    "loans": table("""loan_no|contract_no|customer_no|branch_code|product_code|currency|amount|disbursed_on|matures_on|annual_rate|secured_by|principal_balance|interest_receivable|manager_no|five_level_class|status|settled_on|extension_count
        000001|K1|C1|B1|P1|CNY|1000000.00|2026-01-10|2027-01-10|4.350000|guarantee;mortgage|990000.00|120.55|S1|normal|active||0
        000002||C2|B1|P2|CNY|2000.00|2026-02-10|2026-08-10|6.5||1500.00|||normal|active||
        000003||C3|B2|P2|CNY|3000.00|2026-02-11|2026-08-11|6.5||3000.00|||special_mention|active||
        000004||C4|B2|P2|CNY|500.00|2025-02-11|2026-02-11|6.5||0.00|||normal|settled|2026-02-11|"""),
    "instalments": table("""loan_no|number|due_on|principal_due|interest_due|principal_paid|interest_paid|settled_on
        000002|1|2026-03-10|500.00|10.83|500.00|10.83|2026-03-10
        000002|2|2026-04-10|500.00|8.12|0.00|0.00|
        000003|1|2026-03-11|1500.00|16.25|0.00|0.00|
        000003|2|2026-04-11|1500.00|8.12|0.00|0.00|"""),
    "repayments": table("""receipt_no|loan_no|paid_on|principal|interest|source|reverses_receipt_no
        T1|000001|2026-03-20|10000.00|3500.00|borrower|
        T2|000002|2026-03-10|500.00|10.83|borrower|"""),
    "payments_out": table("""payment_no|loan_no|paid_on|amount|mode|payee_name|payee_account
        PO1|000001|2026-01-10|1000000.00|entrusted|供应商甲|6222020000000000001"""),
    "deductions": table("""deduction_no|loan_no|account_no|tried_on|amount|taken|result|reason
        D1|000003|A2|2026-03-11|1516.25|0.00|failed|余额不足"""),
    "off_balance": table("""item_no|kind|customer_no|branch_code|currency|amount|margin_pct|exposure|issued_on|matures_on|status
        OB1|acceptance|C1|B1|CNY|300000.00|30|210000.00|2026-01-20|2026-07-20|active"""),
    "accounts": table("""account_no|customer_no|kind|balance|frozen
        00A1|C1|settlement|-15.20|0
        A2|C3|repayment|12.00|0"""),
    "account_entries": table("""entry_no|account_no|customer_no|booked_on|direction|amount|balance_after|counterparty_name|summary
        E1|00A1|C1|2026-03-02|credit|900.00|884.80|客户乙|货款
        E2|00A1|C1|2026-03-03|debit|900.00|-15.20|供应商甲|=付款"""),
    "collateral": table("""collateral_no|kind|owner_no|register_no|appraised_value|appraised_on|seized
        M1|residential|C1|BDC-001|1500000.00|2025-12-01|0"""),
    "collateral_links": table("""collateral_no|contract_no|secured_amount|rank
        M1|K1|1000000.00|1"""),
    "guarantees": table("""guarantee_no|contract_no|guarantor_no|amount|maximum|liability
        GU1|K1|C2|500000.00|0|joint"""),
    "financial_statements": table("""customer_no|period_end|period_kind|scope|item|value|audited
        C1|2025-12-31|year|single|net_profit|-25000.00|1
        C1|2025-12-31|year|single|total_assets|9000000.00|1"""),
    "external_events": table("""event_no|customer_no|subject_name|subject_id_number|occurred_on|kind|summary|amount
        EV1|C1|东方机械有限公司||2026-03-15|lawsuit_defendant|买卖合同纠纷|80000.00"""),
    "gl_balances": table("""subject_code|branch_code|currency|name|balance
        130301|B1|CNY|贷款|991500.00
        130301|B2|CNY|贷款|3000.00"""),
}  # fmt: skip


@dataclass
class Small:
    """An extract to be changed and written. `raw` replaces a file's bytes, `manifest` whole keys of the manifest."""

    day: str = DAY
    rows: dict[str, list[dict[str, str]]] = field(default_factory=lambda: deepcopy(ROWS))
    columns: dict[str, list[str]] = field(default_factory=dict)
    modes: dict[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    raw: dict[str, bytes] = field(default_factory=dict)
    manifest: dict[str, Any] = field(default_factory=dict)
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)

    def only(self, names: Iterable[str]) -> Small:
        self.rows = {name: self.rows[name] for name in names}
        return self

    def set(self, file: str, row: int, **values: str) -> Small:
        self.rows[file][row].update(values)
        return self

    def names(self, file: str) -> list[str]:
        given = list(ROWS[file][0])
        more = {name: None for row in self.rows[file] for name in row if name not in given}
        return self.columns.get(file) or [*given, *more]

    def content(self, file: str) -> bytes:
        if file in self.raw:
            return self.raw[file]
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        names = self.names(file)
        writer.writerow(names)
        writer.writerows([row.get(name, "") for name in names] for row in self.rows[file])
        return out.getvalue().encode(self.encoding)

    def lines(self, file: str) -> list[bytes]:
        """The file's lines with their ends, to be damaged one by one and put back as `raw`."""
        return self.content(file).splitlines(keepends=True)

    def entry(self, file: str) -> dict[str, Any]:
        content = self.content(file)
        made = {
            "mode": self.modes.get(file, "changes" if file in CHANGES else "full"),
            "rows": self.count(file, content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "totals": {column: self.total(file, column) for column in TOTALS.get(file, ())},
        }
        return {**made, **self.entries.get(file, {})}

    def count(self, file: str, content: bytes) -> int:
        """A field may hold a line break, damaged bytes may hold anything."""
        if file not in self.raw:
            return len(self.rows[file])
        return sum(1 for line in content.splitlines()[1:] if line.strip())

    def total(self, file: str, column: str) -> str:
        total = Decimal(0)
        for row in self.rows[file]:
            try:
                value = Decimal(row.get(column, "").strip() or "0")
            except InvalidOperation:
                continue
            total += value if value.is_finite() else 0
        return str(total)

    def write(self, root: Path) -> Path:
        folder = root / self.day
        folder.mkdir(parents=True)
        for file in self.rows:
            (folder / f"{file}.csv").write_bytes(self.content(file))
        manifest = {
            "format": "postloan-extract/1",
            "institution": "testbank",
            "business_date": self.day,
            "currency": "CNY",
            "encoding": {"utf-8-sig": "utf-8"}.get(self.encoding, self.encoding),
            "files": {f"{file}.csv": self.entry(file) for file in self.rows},
        }
        manifest |= self.manifest
        text = json.dumps({key: value for key, value in manifest.items() if value is not ...})
        (folder / "manifest.json").write_text(text)
        return folder
