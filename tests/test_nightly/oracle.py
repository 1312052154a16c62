"""What is overdue, worked out straight from an extract's files. Shares no code with the product."""

import csv
from datetime import date
from pathlib import Path

HEAD = (
    "business_date,loan_no,customer_no,branch_code,manager_no,status,principal_balance,overdue_since,days_overdue,"
    "overdue_principal,overdue_interest,bucket,band,class_floor,matures_on"
)


def cents(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    whole, _point, part = text.lstrip("-").partition(".")
    return sign * (int(whole or 0) * 100 + int((part + "00")[:2]))


def money(value: int) -> str:
    return f"{value // 100}.{value % 100:02d}"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def bucket(days: int) -> str:
    if days == 0:
        return "M0"
    return f"M{min((days - 1) // 30 + 1, 7)}"


def band(days: int) -> str:
    limits = [(0, "current"), (30, "days_1_30"), (60, "days_31_60"), (90, "days_61_90")]
    limits += [(180, "days_91_180"), (270, "days_181_270"), (360, "days_271_360")]
    return next((name for last, name in limits if days <= last), "over_360")


def floor(days: int) -> str:
    """The debtor method: these banks deliver no products."""
    if days > 360:
        return "loss"
    if days > 270:
        return "doubtful"
    if days > 90:
        return "substandard"
    return "special_mention" if days > 0 else "normal"


def book(folder: Path) -> str:
    """The loan book of an extract's business date; both banks deliver loans and schedules in full."""
    day = date.fromisoformat(folder.name)
    owed: dict[str, list[tuple[date, int, int]]] = {}
    for row in rows(folder / "instalments.csv"):
        due = date.fromisoformat(row["due_on"])
        principal = max(cents(row["principal_due"]) - cents(row["principal_paid"]), 0)
        interest = max(cents(row["interest_due"]) - cents(row["interest_paid"]), 0)
        if due < day and principal + interest > 0:
            owed.setdefault(row["loan_no"], []).append((due, principal, interest))
    lines = [HEAD]
    for loan in sorted(rows(folder / "loans.csv"), key=lambda row: row["loan_no"].encode()):
        unpaid = [] if loan["status"] in ("settled", "transferred") else owed.get(loan["loan_no"], [])
        since = min((due for due, _principal, _interest in unpaid), default=None)
        days = (day - since).days if since else 0
        fields = [
            folder.name,
            loan["loan_no"],
            loan["customer_no"],
            loan["branch_code"],
            loan.get("manager_no", ""),
            loan["status"],
            money(cents(loan["principal_balance"])),
            since.isoformat() if since else "",
            str(days),
            money(sum(principal for _due, principal, _interest in unpaid)),
            money(sum(interest for _due, _principal, interest in unpaid)),
            bucket(days),
            band(days),
            floor(days),
            loan["matures_on"],
        ]
        lines.append(",".join(fields))
    return "\n".join(lines) + "\n"
