"""Facts of the loans, their contract and facility, the payments out and the accounts."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from postloan.inspections.prefill import Book, Fact, core, fact, text


def _total(book: Book, name: str) -> Decimal | None:
    """The sum over the loans of one currency; no data where no loan says anything."""
    known = [getattr(loan, name) for loan in book.same_currency if getattr(loan, name) is not None]
    return sum(known, Decimal(0)) if known else None


# ── loans, contract, facility ─────────────────────────────────────────────────────────────────────────────


@fact("loan.numbers", _("loan numbers"))
def numbers(book: Book) -> Fact | None:
    return core("、".join(loan.loan_no for loan in book.loans), book.day)


@fact("loan.product", _("product"))
def product(book: Book) -> Fact | None:
    named = dict.fromkeys(loan.product.name if loan.product else loan.product_name for loan in book.loans)
    return core("、".join(filter(None, named)), book.day)


@fact("loan.disbursed_on", _("paid out on"))
def disbursed_on(book: Book) -> Fact | None:
    return core(book.first.disbursed_on.isoformat(), book.first.changed_on) if book.first else None


@fact("loan.matures_on", _("matures on"))
def matures_on(book: Book) -> Fact | None:
    days = [loan.matures_on for loan in book.loans]
    return core(min(days).isoformat() if days else None, book.day)


@fact("loan.amount", _("amount paid out"))
def amount(book: Book) -> Fact | None:
    return core(text(_total(book, "amount")), book.day)


@fact("loan.balance", _("principal balance"))
def balance(book: Book) -> Fact | None:
    return core(text(_total(book, "principal_balance")), book.day)


@fact("loan.rate", _("annual rate in percent"))
def rate(book: Book) -> Fact | None:
    found = book.first.annual_rate if book.first else None
    return core((found is not None and f"{found.normalize():f}") or None, book.day)


@fact("loan.purpose", _("purpose"))
def purpose(book: Book) -> Fact | None:
    said = "；".join(dict.fromkeys(loan.purpose for loan in book.loans if loan.purpose))
    contract = book.first.contract_no if book.first else ""
    return Fact(said, f"contract|{contract}" if contract else "core", book.day) if said else None


@fact("loan.payment_mode", _("payment mode"))
def payment_mode(book: Book) -> Fact | None:
    return core(book.first.payment_mode if book.first else "", book.day)


@fact("loan.repayment_method", _("repayment method"))
def repayment_method(book: Book) -> Fact | None:
    return core(book.first.repayment_method if book.first else "", book.day)


@fact("loan.secured_by", _("secured by"))
def secured_by(book: Book) -> Fact | None:
    ways = sorted({way for loan in book.loans for way in loan.secured_by.split(";") if way})
    return Fact(ways, "core", book.day) if ways else None


@fact("loan.class", _("class in core banking"))
def five_level_class(book: Book) -> Fact | None:
    return core(book.worst_class(), book.day)


@fact("loan.overdue_days", _("days overdue"))
def overdue_days(book: Book) -> Fact | None:
    if not book.states:
        return None
    days = [(book.day - state.overdue_since).days for state in book.states if state.overdue_since]
    return Fact(str(max(days, default=0)), "night", book.day)


@fact("loan.overdue_principal", _("overdue principal"))
def overdue_principal(book: Book) -> Fact | None:
    known = [state.overdue_principal for state in book.states if state.currency == book.currency]
    return Fact(text(sum(known, Decimal(0))), "night", book.day) if known else None


@fact("loan.interest_arrears", _("interest in arrears"))
def interest_arrears(book: Book) -> Fact | None:
    known = [state.overdue_interest for state in book.states if state.overdue_interest is not None]
    return Fact(text(sum(known, Decimal(0))), "night", book.day) if known else None


@fact("loan.missed_in_all", _("instalments missed in all"))
def missed_in_all(book: Book) -> Fact | None:
    known = [state.missed_in_all for state in book.states if state.missed_in_all is not None]
    return Fact(str(max(known)), "night", book.day) if known else None


@fact("loan.last_repaid_on", _("last repayment"))
def last_repaid_on(book: Book) -> Fact | None:
    day = book.last_repayment()
    return core(day and day.isoformat(), book.day)


@fact("loan.count", _("number of loans"))
def loan_count(book: Book) -> Fact | None:
    return Fact(str(len(book.loans)), "core", book.day) if book.loans else None


@fact("contract.number", _("contract number"))
def contract_no(book: Book) -> Fact | None:
    return core("、".join(dict.fromkeys(loan.contract_no for loan in book.loans if loan.contract_no)), book.day)


@fact("contract.amount", _("contract amount"))
def contract_amount(book: Book) -> Fact | None:
    contract = book.first.contract if book.first else None
    return Fact(text(contract.amount), f"contract|{contract.contract_no}", contract.signed_on) if contract else None


@fact("contract.signed_on", _("contract signed on"))
def contract_signed_on(book: Book) -> Fact | None:
    contract = book.first.contract if book.first else None
    return Fact(contract.signed_on.isoformat(), f"contract|{contract.contract_no}", None) if contract else None


@fact("facility.total", _("total limit"))
def facility_total(book: Book) -> Fact | None:
    return core(text(book.facility.total), book.facility.changed_on) if book.facility else None


@fact("facility.available", _("available limit"))
def facility_available(book: Book) -> Fact | None:
    return core(text(book.facility.available), book.facility.changed_on) if book.facility else None


@fact("facility.expires_on", _("facility expires on"))
def facility_expires_on(book: Book) -> Fact | None:
    return core(book.facility.expires_on.isoformat(), book.facility.changed_on) if book.facility else None


# ── payments and accounts ─────────────────────────────────────────────────────────────────────────────────


@fact("payments.rows", _("payments out, one by one"))
def payments(book: Book) -> Fact | None:
    rows = [
        {
            "key": payment.payment_no,
            "date": payment.paid_on.isoformat(),
            "payee": payment.payee_name,
            "bank": payment.payee_bank,
            "amount": text(payment.amount),
            "mode": payment.mode,
            "purpose": payment.purpose,
        }
        for payment in book.payments
    ]
    return Fact(rows, "payments", max(payment.paid_on for payment in book.payments)) if rows else None


@fact("payments.total", _("payments out, total"))
def payments_total(book: Book) -> Fact | None:
    if not book.payments:
        return None
    return Fact(text(sum((payment.amount for payment in book.payments), Decimal(0))), "payments", book.day)


@fact("account.balance", _("balance of the accounts"))
def account_balance(book: Book) -> Fact | None:
    if not book.accounts:
        return None
    return core(text(sum((account.balance for account in book.accounts), Decimal(0))), book.day)


@fact("account.daily_average", _("daily average of the accounts"))
def daily_average(book: Book) -> Fact | None:
    known = [account.daily_average for account in book.accounts if account.daily_average is not None]
    return core(text(sum(known, Decimal(0))) if known else None, book.day)


@fact("account.frozen", _("an account is frozen"))
def frozen(book: Book) -> Fact | None:
    known = [account.frozen for account in book.accounts if account.frozen is not None]
    return core(("yes" if any(known) else "no") if known else None, book.day)


@fact("account.credits_90", _("booked in, 90 days"))
def credits_90(book: Book) -> Fact | None:
    total = book.entries("credit")
    return Fact(text(total), "entries", book.day) if total is not None else None


@fact("account.debits_90", _("booked out, 90 days"))
def debits_90(book: Book) -> Fact | None:
    total = book.entries("debit")
    return Fact(text(total), "entries", book.day) if total is not None else None
