"""Guarantors of overdue loans whose name core banking does not deliver: no demand can be made on them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from postloan.core import findings, sql

SQL = Path(__file__).parent.parent / "sql"
GUARANTOR_UNNAMED = findings.define(
    "collections.guarantor_unnamed",
    _("Guarantor without a name"),
    _("Guarantee {key} of an overdue loan: the guarantor's name is not known, so no demand can be made on them."),
)


def keep_findings(day: date) -> int:
    """Opens and closes the findings of a date; returns how many are new."""
    return findings.keep(GUARANTOR_UNNAMED, sql.load(SQL / "guarantors_unnamed.sql"), on=day).opened
