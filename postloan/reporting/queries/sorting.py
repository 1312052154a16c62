"""In which order the two lists stand. Every order ends with a key, and the large ones follow an index to its end."""

from __future__ import annotations

from django.db.models import F, Min, OuterRef, QuerySet, Subquery, Sum

from postloan.customers.models import Customer
from postloan.loans.models import LoanState

# The tie-break of the open states is the loan's key, which stands in their indexes.
LOAN_SORTS = {
    "loan": ("loan__loan_no",),
    "customer": ("customer__name", "loan_id"),
    "balance": ("principal_balance", "loan_id"),
    "days": ("overdue_since", "loan_id"),
    "matures": ("matures_on", "loan_id"),
}
LOAN_DEFAULT = "-days"
CUSTOMER_SORTS = {
    "number": ("customer_no",),
    "name": ("name", "customer_no"),
    "balance": ("balance", "customer_no"),
    "days": ("overdue_since", "customer_no"),
}
CUSTOMER_DEFAULT = "number"
# These are added up from the loans: offered as long as few enough customers are to be added up.
ADDED_UP = {"balance", "days"}


def split(sort: str, known: dict[str, tuple[str, ...]], default: str) -> tuple[str, bool]:
    """The key and whether it goes downwards; the default where the address asks for what there is not."""
    key = sort.removeprefix("-")
    return (key, sort.startswith("-")) if key in known else (default.removeprefix("-"), default.startswith("-"))


def loans_by(found: QuerySet[LoanState], sort: str) -> QuerySet[LoanState]:
    """More days overdue means an older date; none at all comes last."""
    key, is_down = split(sort, LOAN_SORTS, LOAN_DEFAULT)
    columns = [F(name) for name in LOAN_SORTS[key]]
    # An index is followed in one direction: all of its columns turn together.
    if key == "days":
        first, *rest = columns
        if is_down:
            return found.order_by(first.asc(nulls_last=True), *(column.asc() for column in rest))
        return found.order_by(first.desc(nulls_first=True), *(column.desc() for column in rest))
    return found.order_by(*(column.desc() if is_down else column.asc() for column in columns))


def customers_by(
    found: QuerySet[Customer], sort: str, *, in_books: QuerySet[LoanState], currency: str
) -> QuerySet[Customer]:
    """By what a customer owes in the bank's currency, or by its oldest arrears; who owes nothing comes last."""
    key, is_down = split(sort, CUSTOMER_SORTS, CUSTOMER_DEFAULT)
    mine = in_books.filter(customer=OuterRef("pk")).order_by().values("customer")
    if key == "balance":
        owed = mine.filter(currency=currency).annotate(n=Sum("principal_balance"))
        found = found.annotate(balance=Subquery(owed.values("n")))
    elif key == "days":
        found = found.annotate(overdue_since=Subquery(mine.annotate(n=Min("overdue_since")).values("n")))
        is_down = not is_down
    first, *rest = CUSTOMER_SORTS[key]
    column = F(first)
    return found.order_by(column.desc(nulls_last=True) if is_down else column.asc(nulls_last=True), *rest)
