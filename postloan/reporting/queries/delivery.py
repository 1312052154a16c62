"""Which sources were delivered, and up to when: nothing in a file nobody sends says nothing at all."""

from __future__ import annotations

from datetime import date

from postloan.core.models import SourceDate


def data_date(file: str) -> date | None:
    """The last business date on which a file was in an applied extract; None where it never was."""
    return SourceDate.objects.filter(file=file.removesuffix(".csv")).values_list("business_date", flat=True).first()


def is_delivered(file: str) -> bool:
    return data_date(file) is not None
