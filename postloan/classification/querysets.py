"""Sets of frozen month-end loans."""

from __future__ import annotations

from django.db.models import Q

from postloan.loans.querysets import OfLoanQuerySet


class MonthEndLoanQuerySet(OfLoanQuerySet):
    def counted(self) -> MonthEndLoanQuerySet:
        return self

    def missed(self, *, in_a_row: int, in_all: int) -> MonthEndLoanQuerySet:
        """The monthly list of those who missed so many instalments in a row or in all (three and six)."""
        return self.filter(Q(missed_in_a_row__gte=in_a_row) | Q(missed_in_all__gte=in_all))


class CountdownQuerySet(OfLoanQuerySet):
    def counted(self) -> CountdownQuerySet:
        return self
