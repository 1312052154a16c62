"""What outlives an extract: rows held in quarantine, the control copy of balances, the data date of each source."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from postloan.core.encryption import EncryptedTextField
from postloan.core.fields import AmountField
from postloan.imports.models.extracts import Extract
from postloan.loans.models import Loan


class QuarantinedRow(models.Model):
    """A row whose hard parent is not known yet. Staged again with each extract until the parent arrives."""

    file = models.CharField(_("file"), max_length=60)
    key = models.CharField(_("number"), max_length=200)
    loan_no = models.CharField(_("loan number"), max_length=60, blank=True, default="")
    row = EncryptedTextField(_("row"))
    column = models.CharField(_("column"), max_length=60)
    reason = models.CharField(_("reason"), max_length=40)
    held_since = models.DateField(_("held since"))
    released_on = models.DateField(_("released on"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=20, blank=True, default="")

    class Meta:
        verbose_name = _("row in quarantine")
        verbose_name_plural = _("rows in quarantine")
        ordering = ["file", "key"]
        constraints = [
            models.UniqueConstraint(
                fields=["file", "key"], condition=Q(released_on=None), name="quarantined_row_held_once"
            ),
            models.CheckConstraint(
                condition=Q(released_on=None) | Q(released_on__gte=F("held_since")),
                name="quarantined_row_released_after_held",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file} {self.key}"


class QuarantineState(models.TextChoices):
    APPLIED = "applied", _("applied")
    QUARANTINED = "quarantined", _("in quarantine")
    REJECTED = "rejected", _("rejected")
    WITHDRAWN = "withdrawn", _("withdrawn")


class DeliveredBalance(models.Model):
    """The principal balance core banking last said of a loan, kept apart from the loans table.

    The night compares it with the intervals. It is written from the staged file, never from `loans`.
    """

    loan_no = models.CharField(_("loan number"), max_length=60, unique=True)
    loan = models.ForeignKey(Loan, models.PROTECT, null=True, related_name="+", verbose_name=_("loan"))
    extract = models.ForeignKey(Extract, models.PROTECT, related_name="+", verbose_name=_("extract"))
    currency = models.CharField(_("currency"), max_length=3)
    branch_code = models.CharField(_("branch number"), max_length=40, blank=True, default="")
    principal_balance = AmountField(_("principal balance"))
    state = models.CharField(_("state"), max_length=12, choices=QuarantineState.choices)

    class Meta:
        verbose_name = _("delivered balance")
        verbose_name_plural = _("delivered balances")
        ordering = ["loan_no"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=QuarantineState.values), name="delivered_balance_known_state"),
            models.CheckConstraint(
                condition=~Q(state="applied") | Q(loan__isnull=False), name="delivered_balance_applied_has_loan"
            ),
        ]
        indexes = [
            models.Index(fields=["state"], condition=~Q(state="applied"), name="delivered_balance_apart"),
        ]

    def __str__(self) -> str:
        return self.loan_no
