"""What the product finds about the use of funds of loans: kept as findings that a report must answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from postloan.core import parameters
from postloan.customers.models import AccountEntry, Customer, RelatedParty
from postloan.inspections import limits
from postloan.inspections.models import FundsFinding
from postloan.inspections.rules_funds import (
    Entry,
    Found,
    Payment,
    excluded_payees,
    plain_name,
    round_trips,
    splits,
)
from postloan.loans.models import Loan

BORROWER, GROUP, RELATED = "borrower", "group", "related_party"
# Where buying property is what the loan is for.
FOR_PROPERTY = frozenset({"property_development", "home_mortgage", "project"})


@dataclass(frozen=True)
class Limits:
    """The parameters of a day."""

    entrusted: dict[str, Decimal]
    split_days: int
    return_days: int
    least_share: Decimal
    words: dict[str, list[str]]

    @classmethod
    def on(cls, day: date) -> Limits:
        def value(key: str) -> Any:
            return parameters.value(key, on=day)

        return cls(
            {family: Decimal(str(amount)) for family, amount in value(limits.ENTRUSTED_LIMITS).items()},
            int(value(limits.SPLIT_WINDOW)),
            int(value(limits.RETURN_WINDOW)),
            Decimal(str(value(limits.LEAST_SHARE))),
            dict(value(limits.EXCLUDED_WORDS)),
        )


@transaction.atomic
def look_at_funds(loans: Iterable[Loan], *, day: date) -> list[FundsFinding]:
    """Finds what payments and entries show, keeps it, ends what they no longer show; returns what stands.

    A finding on the same rows is the same row however often it is found. Source: loan rules of 2024; practice.
    """
    bounds = Limits.on(day)
    standing = []
    for loan in Loan.objects.filter(pk__in=[loan.pk for loan in loans]).select_related("customer", "product"):
        standing += _keep(loan, _found(loan, bounds), day)
    return standing


def _found(loan: Loan, bounds: Limits) -> list[Found]:
    outs = payments_of(loan)
    if not outs:
        return []
    family = loan.product.family if loan.product else ""
    words = {kind: some for kind, some in bounds.words.items() if kind != "real_estate" or family not in FOR_PROPERTY}
    first = min(out.paid_on for out in outs)
    last = max(out.paid_on for out in outs) + timedelta(days=bounds.return_days)
    holders = people_close(loan.customer)
    credits = entries(holders, first, last, "credit")
    debits = entries({loan.customer_id: BORROWER}, first, last, "debit")
    own = plain_name(loan.customer.name)
    return [
        *splits(outs, limit=bounds.entrusted.get(family), window_days=bounds.split_days),
        *round_trips(
            [out for out in outs if plain_name(out.payee) != own],
            credits,
            window_days=bounds.return_days,
            least_share=bounds.least_share,
        ),
        *excluded_payees(outs, debits, words=words, window_days=bounds.return_days, least_share=bounds.least_share),
    ]


def payments_of(loan: Loan) -> list[Payment]:
    """The payments out of a loan that count, each with the group its payee belongs to."""
    rows = list(loan.payments_out.filter(superseded_on=None).order_by("paid_on", "payment_no"))
    groups = groups_of({row.payee_name for row in rows})
    return [
        Payment(
            f"payment:{row.payment_no}",
            row.payee_name,
            row.paid_on,
            row.amount,
            row.mode,
            groups.get(row.payee_name, plain_name(row.payee_name)),
        )
        for row in rows
    ]


def groups_of(names: set[str]) -> dict[str, str]:
    """By name of a payee the group it belongs to, as far as the bank knows: its own group, or one controller."""
    known = Customer.objects.filter(name__in=names, superseded_on=None).values_list("name", "group_no", "pk")
    found = {name: f"group:{number}" for name, number, _pk in known if number}
    controllers: dict[str, list[str]] = {}
    people = RelatedParty.objects.filter(
        customer__in=[pk for _name, _number, pk in known], relation="controller", superseded_on=None
    ).exclude(id_number_index="")
    for name, index in people.values_list("customer__name", "id_number_index"):
        controllers.setdefault(index, []).append(name)
    for index, some in controllers.items():
        for name in some:
            found.setdefault(name, f"controller:{index}")
    return found


def people_close(customer: Customer) -> dict[int, str]:
    """Whose accounts are looked at: the borrower, its group, those tied to it and those it is tied to."""
    found = {}
    parties = list(
        RelatedParty.objects.filter(customer=customer, superseded_on=None).values_list(
            "party_customer_id", "id_number_index"
        )
    )
    by_id = [index for _pk, index in parties if index]
    tied = Customer.objects.filter(superseded_on=None).filter(
        Q(pk__in=[pk for pk, _index in parties if pk]) | Q(id_number_index__in=by_id)
    )
    found.update(dict.fromkeys(tied.values_list("pk", flat=True), RELATED))
    turned = RelatedParty.objects.filter(party_customer=customer, superseded_on=None, customer__isnull=False)
    found.update(dict.fromkeys(turned.values_list("customer_id", flat=True), RELATED))
    if customer.group_no:
        members = Customer.objects.filter(group_no=customer.group_no, superseded_on=None)
        found.update(dict.fromkeys(members.values_list("pk", flat=True), GROUP))
    found[customer.pk] = BORROWER
    return found


def entries(holders: dict[int, str], begin: date, end: date, direction: str) -> list[Entry]:
    """Bookings of these customers within the days, both included."""
    rows: QuerySet[AccountEntry] = AccountEntry.objects.filter(
        customer__in=list(holders), booked_on__range=(begin, end), direction=direction, superseded_on=None
    ).order_by("booked_on", "entry_no")
    return [
        Entry(
            f"entry:{row.entry_no}",
            row.booked_on,
            row.amount,
            row.counterparty_name,
            holders[row.customer_id],  # type: ignore[index]
            row.summary,
        )
        for row in rows
    ]


def _keep(loan: Loan, found: list[Found], day: date) -> list[FundsFinding]:
    there = {one.fingerprint: one for one in FundsFinding.objects.select_for_update().filter(loan=loan)}
    standing = []
    for one in found:
        row = there.pop(one.fingerprint, None)
        if row is None:
            row = FundsFinding.objects.create(
                loan=loan,
                kind=one.kind,
                fingerprint=one.fingerprint,
                facts={
                    "keys": list(one.keys),
                    "payees": list(one.payees),
                    "begins_on": one.begins_on,
                    "ends_on": one.ends_on,
                    "amount": one.amount,
                    "detail": one.detail,
                },
                currency=loan.currency,
                found_on=day,
            )
        elif row.gone_on is not None:
            row.gone_on = None
            row.save(update_fields=["gone_on"])
        standing.append(row)
    gone = [row.pk for row in there.values() if row.gone_on is None]
    FundsFinding.objects.filter(pk__in=gone).update(gone_on=day)
    return standing
