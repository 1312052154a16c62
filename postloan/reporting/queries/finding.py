"""Finding customers and loans by what somebody typed, so that an index answers wherever one can.

Numbers are found by their beginning, as they were delivered or in capitals. A name is looked through as a whole: what
is written in Chinese has no capitals, so only Latin letters make the search compare without regard to them.
"""

from __future__ import annotations

import re
from typing import Any

from django.db.models import Q

from postloan.customers.models import Customer
from postloan.loans.models import Loan

# So many customers or loans are named one by one; beyond that the database looks for itself.
MOST_NAMED = 1000
LATIN = re.compile(r"[A-Za-z]")


def starts_with(column: str, text: str) -> Q:
    found = Q(**{f"{column}__startswith": text})
    return found if text.upper() == text else found | Q(**{f"{column}__startswith": text.upper()})


def is_number(column: str, text: str) -> Q:
    return Q(**{f"{column}__in": [text, text.upper()]})


def name_contains(column: str, text: str) -> Q:
    return Q(**{f"{column}__{'icontains' if LATIN.search(text) else 'contains'}": text})


def customers_named(text: str) -> Q:
    """The customer number in full, or a part of the name."""
    return is_number("customer_no", text) | name_contains("name", text)


def loans_meant(text: str) -> Q:
    """A condition on the states of loans: the beginning of a loan number, a customer's number, a part of its name."""
    customers: Any = Customer.objects.filter(customers_named(text)).order_by().values_list("pk", flat=True)
    loans: Any = Loan.objects.filter(starts_with("loan_no", text)).order_by().values_list("pk", flat=True)
    return Q(customer__in=_named(customers)) | Q(loan__in=_named(loans))


def _named(keys: Any) -> Any:
    """The keys themselves while they are few: then both halves of the condition use an index."""
    few = list(keys[: MOST_NAMED + 1])
    return few if len(few) <= MOST_NAMED else keys
