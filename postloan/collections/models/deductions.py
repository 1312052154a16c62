"""What falls due next: reminders to borrowers, and what will be taken from accounts before the next business date."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from postloan.core.fields import AmountField
from postloan.customers.models import Customer
from postloan.loans.models import Instalment, Loan
from postloan.loans.querysets import OfLoanQuerySet


class ReminderEnd(models.TextChoices):
    PAID = "paid", _("paid")
    DUE_DATE = "due_date", _("the due date has come")
    MOVED = "moved", _("the due date was changed")
    NOT_WORKED_ON = "not_worked_on", _("the loan is no longer worked on")


class InstalmentReminder(models.Model):
    """An instalment comes within a step; the tightest of a night told the borrower the exact amount."""

    instalment = models.ForeignKey(Instalment, models.PROTECT, related_name="reminders", verbose_name=_("instalment"))
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="reminders", verbose_name=_("loan"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="reminders", verbose_name=_("customer"))
    due_on = models.DateField(_("due on"))
    step_days = models.PositiveIntegerField(_("days before"))
    principal = AmountField(_("principal due"))
    interest = AmountField(_("interest due"))
    raised_on = models.DateField(_("raised on"))
    run_id = models.BigIntegerField(_("run"))
    is_tightest = models.BooleanField(_("tightest of its night"))
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    end_reason = models.CharField(_("reason"), max_length=14, choices=ReminderEnd.choices, blank=True, default="")

    objects = OfLoanQuerySet.as_manager()

    class Meta:
        verbose_name = _("instalment reminder")
        verbose_name_plural = _("instalment reminders")
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["instalment", "due_on", "step_days"], name="instalment_reminder_once"),
            models.CheckConstraint(
                condition=Q(principal__gte=0, interest__gte=0), name="instalment_reminder_amounts_min_0"
            ),
            models.CheckConstraint(condition=Q(raised_on__lt=F("due_on")), name="instalment_reminder_before_due"),
            models.CheckConstraint(
                condition=Q(ended_on=None, end_reason="") | (Q(ended_on__isnull=False) & ~Q(end_reason="")),
                name="instalment_reminder_ended_with_reason",
            ),
        ]
        indexes = [models.Index(fields=["due_on"], condition=Q(ended_on=None), name="instalment_reminder_open")]

    def __str__(self) -> str:
        return f"{self.instalment_id} −{self.step_days}"

    @property
    def amount(self):
        return self.principal + self.interest


class ExpectedDeduction(models.Model):
    """What falls due on a loan on a day before the next business date, and whether the account holds it.

    `balance` NULL is "no data": no account is named, or accounts are not delivered; then `shortfall` is NULL too.
    """

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="expected_deductions", verbose_name=_("loan"))
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="expected_deductions", verbose_name=_("customer")
    )
    due_on = models.DateField(_("due on"))
    listed_on = models.DateField(_("listed on"))
    run_id = models.BigIntegerField(_("run"))
    currency = models.CharField(_("currency"), max_length=3, blank=True, default="")
    principal = AmountField(_("principal due"))
    interest = AmountField(_("interest due"), null=True, blank=True)
    account_no = models.CharField(_("repayment account"), max_length=60, blank=True, default="")
    balance = AmountField(_("balance of the account"), null=True, blank=True)
    shortfall = AmountField(_("shortfall"), null=True, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)

    objects = OfLoanQuerySet.as_manager()

    class Meta:
        verbose_name = _("expected deduction")
        verbose_name_plural = _("expected deductions")
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["loan", "due_on"], name="expected_deduction_once"),
            models.CheckConstraint(
                condition=Q(shortfall=None) | Q(shortfall__gte=0, balance__isnull=False),
                name="expected_deduction_shortfall_from_balance",
            ),
            models.CheckConstraint(condition=Q(listed_on__lt=F("due_on")), name="expected_deduction_listed_before"),
        ]
        indexes = [models.Index(fields=["due_on"], condition=Q(ended_on=None), name="expected_deduction_open")]

    def __str__(self) -> str:
        return f"{self.loan_id} {self.due_on}"

    @property
    def amount(self):
        return self.principal + (self.interest or 0)
