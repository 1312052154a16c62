"""Loans and what was paid out, is due and came back; off-balance items; the ledger to reconcile against."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from postloan.core.fields import AmountField, RateField
from postloan.core.models import Delivered
from postloan.customers.models import Customer
from postloan.loans.models.grants import Contract, Product
from postloan.loans.querysets import LoanQuerySet, OfBranchQuerySet, OfLoanCustomerQuerySet, OfLoanQuerySet
from postloan.organization.models import Branch


class LoanStatus(models.TextChoices):
    ACTIVE = "active", _("active")
    SETTLED = "settled", _("settled")
    WRITTEN_OFF = "written_off", _("written off")
    TRANSFERRED = "transferred", _("transferred")
    ADVANCE = "advance", _("advance")


# What is no longer a claim in the books: nothing is due, or it was sold or written off.
OFF_BOOK = (LoanStatus.SETTLED, LoanStatus.TRANSFERRED, LoanStatus.WRITTEN_OFF)


class Loan(Delivered):
    """One loan as core banking has it. Its state after each night is in `LoanState`."""

    loan_no = models.CharField(_("loan number"), max_length=60, unique=True)
    contract_no = models.CharField(_("contract number"), max_length=60, blank=True, default="")
    contract = models.ForeignKey(
        Contract, models.PROTECT, null=True, blank=True, related_name="loans", verbose_name=_("contract")
    )
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="loans", verbose_name=_("customer"))
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="loans", verbose_name=_("branch"))
    booking_branch_code = models.CharField(_("number of the booking branch"), max_length=40, blank=True, default="")
    booking_branch = models.ForeignKey(
        Branch,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="booked_loans",
        verbose_name=_("booking branch"),
    )
    product_code = models.CharField(_("product number"), max_length=60)
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="loans", verbose_name=_("product")
    )
    product_name = models.CharField(_("product name"), max_length=200, blank=True, default="")
    purpose = models.CharField(_("purpose"), max_length=400, blank=True, default="")
    use_industry_code = models.CharField(_("industry of use"), max_length=10, blank=True, default="")
    currency = models.CharField(_("currency"), max_length=3, blank=True, default="")
    amount = AmountField(_("amount paid out"))
    disbursed_on = models.DateField(_("paid out on"))
    matures_on = models.DateField(_("matures on"))
    annual_rate = RateField(_("annual rate in percent"), null=True, blank=True)
    rate_type = models.CharField(_("kind of rate"), max_length=20, blank=True, default="")
    repricing_on = models.DateField(_("next repricing"), null=True, blank=True)
    repayment_method = models.CharField(_("repayment method"), max_length=30, blank=True, default="")
    payment_mode = models.CharField(_("payment mode"), max_length=20, blank=True, default="")
    secured_by = models.CharField(_("secured by"), max_length=120, blank=True, default="")
    principal_balance = AmountField(_("principal balance"))
    interest_receivable = AmountField(_("interest receivable"), null=True, blank=True)
    interest_arrears_on_balance = AmountField(_("interest arrears on balance sheet"), null=True, blank=True)
    interest_arrears_off_balance = AmountField(_("interest arrears off balance sheet"), null=True, blank=True)
    penalty_interest = AmountField(_("penalty interest"), null=True, blank=True)
    compound_interest = AmountField(_("compound interest"), null=True, blank=True)
    core_principal_overdue_since = models.DateField(_("principal overdue since, core banking"), null=True, blank=True)
    core_interest_overdue_since = models.DateField(_("interest overdue since, core banking"), null=True, blank=True)
    core_overdue_principal = AmountField(_("overdue principal, core banking"), null=True, blank=True)
    accrual_status = models.CharField(_("accrual status"), max_length=20, blank=True, default="")
    account_no = models.CharField(_("repayment account"), max_length=60, blank=True, default="")
    manager_no = models.CharField(_("manager in core banking"), max_length=40, blank=True, default="")
    originator_no = models.CharField(_("originator"), max_length=40, blank=True, default="")
    approver_no = models.CharField(_("approver"), max_length=40, blank=True, default="")
    original_matures_on = models.DateField(_("original maturity"), null=True, blank=True)
    extension_count = models.IntegerField(_("number of extensions"), null=True, blank=True)
    renewal_kind = models.CharField(_("kind of renewal"), max_length=40, blank=True, default="")
    refinances_loan_no = models.CharField(_("refinances loan"), max_length=60, blank=True, default="")
    refinances = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="refinanced_by",
        verbose_name=_("refinanced loan"),
    )
    restructured_on = models.DateField(_("restructured on"), null=True, blank=True)
    five_level_class = models.CharField(_("five-level class"), max_length=20, blank=True, default="")
    twelve_level_class = models.CharField(_("twelve-level class"), max_length=40, blank=True, default="")
    classified_on = models.DateField(_("classified on"), null=True, blank=True)
    ecl_stage = models.CharField(_("stage of expected loss"), max_length=10, blank=True, default="")
    provision = AmountField(_("provision"), null=True, blank=True)
    inclusive = models.BooleanField(_("inclusive loan"), null=True, blank=True)
    agricultural = models.BooleanField(_("agricultural loan"), null=True, blank=True)
    green = models.BooleanField(_("green loan"), null=True, blank=True)
    entrusted_loan = models.BooleanField(_("entrusted loan"), null=True, blank=True)
    syndicated_share_pct = RateField(_("share in syndicate, percent"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=20)
    settled_on = models.DateField(_("settled on"), null=True, blank=True)
    quarantined_since = models.DateField(_("in quarantine since"), null=True, blank=True, editable=False)

    objects = LoanQuerySet.as_manager()

    class Meta:
        verbose_name = _("loan")
        verbose_name_plural = _("loans")
        ordering = ["loan_no"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="loan_amount_min_0"),
            models.CheckConstraint(condition=Q(principal_balance__gte=0), name="loan_principal_balance_min_0"),
            models.CheckConstraint(condition=Q(interest_receivable__gte=0), name="loan_interest_receivable_min_0"),
            models.CheckConstraint(
                condition=Q(interest_arrears_on_balance__gte=0), name="loan_interest_arrears_on_balance_min_0"
            ),
            models.CheckConstraint(
                condition=Q(interest_arrears_off_balance__gte=0),
                name="loan_interest_arrears_off_balance_min_0",
            ),
            models.CheckConstraint(condition=Q(penalty_interest__gte=0), name="loan_penalty_interest_min_0"),
            models.CheckConstraint(condition=Q(compound_interest__gte=0), name="loan_compound_interest_min_0"),
            models.CheckConstraint(
                condition=Q(core_overdue_principal__gte=0), name="loan_core_overdue_principal_min_0"
            ),
            models.CheckConstraint(condition=Q(provision__gte=0), name="loan_provision_min_0"),
        ]
        indexes = [
            models.Index(fields=["changed_on"], name="loan_changed"),
            models.Index(fields=["missing_since"], condition=Q(missing_since__isnull=False), name="loan_missing"),
            models.Index(fields=["superseded_on"], condition=Q(superseded_on__isnull=False), name="loan_withdrawn"),
            models.Index(
                fields=["core_principal_overdue_since"],
                condition=Q(core_principal_overdue_since__isnull=False),
                name="loan_core_principal_since",
            ),
            models.Index(
                fields=["core_interest_overdue_since"],
                condition=Q(core_interest_overdue_since__isnull=False),
                name="loan_core_interest_since",
            ),
            models.Index(fields=["matures_on"], name="loan_matures"),
            models.Index(fields=["contract_no"], name="loan_contract_no"),
            models.Index(fields=["branch", "status"], name="loan_branch_status"),
            models.Index(fields=["customer", "status"], name="loan_customer_status"),
        ]

    def __str__(self) -> str:
        return self.loan_no


class Instalment(Delivered):
    """What is due on a day and what of it was paid, as core banking allocates it."""

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="instalments", db_index=False, verbose_name=_("loan"))
    number = models.IntegerField(_("instalment number"))
    due_on = models.DateField(_("due on"))
    principal_due = AmountField(_("principal due"))
    interest_due = AmountField(_("interest due"))
    penalty_due = AmountField(_("penalty due"), null=True, blank=True)
    principal_paid = AmountField(_("principal paid"))
    interest_paid = AmountField(_("interest paid"))
    penalty_paid = AmountField(_("penalty paid"), null=True, blank=True)
    principal_settled_on = models.DateField(_("principal settled on"), null=True, blank=True)
    interest_settled_on = models.DateField(_("interest settled on"), null=True, blank=True)
    settled_on = models.DateField(_("settled on"), null=True, blank=True)

    objects = OfLoanQuerySet.as_manager()

    class Meta:
        verbose_name = _("instalment")
        verbose_name_plural = _("instalments")
        ordering = ["loan", "number"]
        constraints = [
            models.UniqueConstraint(fields=["loan", "number"], name="instalment_once"),
            models.CheckConstraint(condition=Q(principal_due__gte=0), name="instalment_principal_due_min_0"),
            models.CheckConstraint(condition=Q(interest_due__gte=0), name="instalment_interest_due_min_0"),
            models.CheckConstraint(condition=Q(penalty_due__gte=0), name="instalment_penalty_due_min_0"),
            models.CheckConstraint(condition=Q(principal_paid__gte=0), name="instalment_principal_paid_min_0"),
            models.CheckConstraint(condition=Q(interest_paid__gte=0), name="instalment_interest_paid_min_0"),
            models.CheckConstraint(condition=Q(penalty_paid__gte=0), name="instalment_penalty_paid_min_0"),
        ]
        indexes = [models.Index(fields=["due_on"], name="instalment_due")]

    def __str__(self) -> str:
        return f"{self.loan_id}/{self.number}"


class Repayment(Delivered):
    """Money that came back on a loan."""

    receipt_no = models.CharField(_("receipt number"), max_length=60, unique=True)
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="repayments", db_index=False, verbose_name=_("loan"))
    paid_on = models.DateField(_("paid on"))
    principal = AmountField(_("principal"))
    interest = AmountField(_("interest"))
    penalty = AmountField(_("penalty"), null=True, blank=True)
    compound = AmountField(_("compound interest"), null=True, blank=True)
    fees = AmountField(_("fees"), null=True, blank=True)
    source = models.CharField(_("source of repayment"), max_length=20, blank=True, default="")
    account_no = models.CharField(_("account number"), max_length=60, blank=True, default="")
    reverses_receipt_no = models.CharField(_("reverses receipt"), max_length=60, blank=True, default="")

    objects = OfLoanQuerySet.as_manager()

    class Meta:
        verbose_name = _("repayment")
        verbose_name_plural = _("repayments")
        ordering = ["-paid_on", "-receipt_no"]
        constraints = [
            models.CheckConstraint(condition=Q(principal__gte=0), name="repayment_principal_min_0"),
            models.CheckConstraint(condition=Q(interest__gte=0), name="repayment_interest_min_0"),
            models.CheckConstraint(condition=Q(penalty__gte=0), name="repayment_penalty_min_0"),
            models.CheckConstraint(condition=Q(compound__gte=0), name="repayment_compound_min_0"),
            models.CheckConstraint(condition=Q(fees__gte=0), name="repayment_fees_min_0"),
        ]
        indexes = [
            models.Index(fields=["loan", "paid_on"], name="repayment_loan_day"),
        ]

    def __str__(self) -> str:
        return self.receipt_no


class PaymentOut(Delivered):
    """Money paid out of a loan, to whom and for what."""

    payment_no = models.CharField(_("payment number"), max_length=60, unique=True)
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="payments_out", verbose_name=_("loan"))
    paid_on = models.DateField(_("paid on"))
    amount = AmountField(_("amount"))
    mode = models.CharField(_("payment mode"), max_length=20)
    payee_name = models.CharField(_("payee"), max_length=200, blank=True, default="")
    payee_account = models.CharField(_("payee account"), max_length=60, blank=True, default="")
    payee_bank = models.CharField(_("payee bank"), max_length=200, blank=True, default="")
    purpose = models.CharField(_("purpose"), max_length=400, blank=True, default="")

    objects = OfLoanQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment out")
        verbose_name_plural = _("payments out")
        ordering = ["-paid_on", "-payment_no"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="paymentout_amount_min_0"),
        ]

    def __str__(self) -> str:
        return self.payment_no


class Deduction(Delivered):
    """A try to take what is due from the repayment account."""

    deduction_no = models.CharField(_("deduction number"), max_length=60, unique=True)
    loan_no = models.CharField(_("loan number"), max_length=60)
    loan = models.ForeignKey(
        Loan, models.PROTECT, null=True, blank=True, related_name="deductions", verbose_name=_("loan")
    )
    account_no = models.CharField(_("account number"), max_length=60)
    tried_on = models.DateField(_("tried on"))
    amount = AmountField(_("amount"))
    taken = AmountField(_("amount taken"))
    result = models.CharField(_("result"), max_length=20)
    reason = models.CharField(_("reason"), max_length=400, blank=True, default="")

    objects = OfLoanQuerySet.as_manager()

    class Meta:
        verbose_name = _("deduction")
        verbose_name_plural = _("deductions")
        ordering = ["-tried_on", "-deduction_no"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="deduction_amount_min_0"),
            models.CheckConstraint(condition=Q(taken__gte=0), name="deduction_taken_min_0"),
        ]

    def __str__(self) -> str:
        return self.deduction_no


class OffBalanceItem(Delivered):
    """Acceptance, guarantee letter, letter of credit, commitment or non-standard asset."""

    item_no = models.CharField(_("item number"), max_length=60, unique=True)
    kind = models.CharField(_("kind of item"), max_length=40)
    customer_no = models.CharField(_("customer number"), max_length=60)
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="off_balance_items",
        verbose_name=_("customer"),
    )
    contract_no = models.CharField(_("contract number"), max_length=60, blank=True, default="")
    contract = models.ForeignKey(
        Contract,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="off_balance_items",
        verbose_name=_("contract"),
    )
    branch_code = models.CharField(_("branch number"), max_length=40)
    branch = models.ForeignKey(
        Branch,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="off_balance_items",
        verbose_name=_("branch"),
    )
    currency = models.CharField(_("currency"), max_length=3, blank=True, default="")
    amount = AmountField(_("amount"))
    margin_account_no = models.CharField(_("margin account"), max_length=60, blank=True, default="")
    margin_pct = RateField(_("margin in percent"), null=True, blank=True)
    margin_balance = AmountField(_("margin balance"), null=True, blank=True)
    exposure = AmountField(_("exposure"))
    issued_on = models.DateField(_("issued on"))
    matures_on = models.DateField(_("matures on"))
    five_level_class = models.CharField(_("five-level class"), max_length=20, blank=True, default="")
    advance_loan_no = models.CharField(_("advance loan"), max_length=60, blank=True, default="")
    advance_loan = models.ForeignKey(
        Loan, models.PROTECT, null=True, blank=True, related_name="advance_for", verbose_name=_("advance")
    )
    status = models.CharField(_("status"), max_length=20)

    objects = OfLoanCustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("off-balance item")
        verbose_name_plural = _("off-balance items")
        ordering = ["item_no"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="offbalanceitem_amount_min_0"),
            models.CheckConstraint(condition=Q(margin_balance__gte=0), name="offbalanceitem_margin_balance_min_0"),
            models.CheckConstraint(condition=Q(exposure__gte=0), name="offbalanceitem_exposure_min_0"),
        ]

    def __str__(self) -> str:
        return self.item_no


class LedgerBalance(Delivered):
    """A balance of the general ledger, to reconcile the book against."""

    subject_code = models.CharField(_("ledger subject"), max_length=40)
    branch_code = models.CharField(_("branch number"), max_length=40)
    branch = models.ForeignKey(
        Branch,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="ledger_balances",
        verbose_name=_("branch"),
    )
    currency = models.CharField(_("currency"), max_length=3, blank=True, default="")
    name = models.CharField(_("name of subject"), max_length=200, blank=True, default="")
    balance = AmountField(_("ledger balance"))

    objects = OfBranchQuerySet.as_manager()

    class Meta:
        verbose_name = _("ledger balance")
        verbose_name_plural = _("ledger balances")
        ordering = ["subject_code", "branch_code"]
        constraints = [
            models.UniqueConstraint(fields=["subject_code", "branch_code"], name="ledgerbalance_once"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_code} {self.branch_code}"
