"""Where the money went: what the product found and must be answered, vouchers that are owed, demands."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from postloan.core.fields import AmountField
from postloan.inspections.models.planning import ApprovalState
from postloan.inspections.models.reports import Evidence, Report, StoredFile
from postloan.inspections.querysets import OfReportQuerySet
from postloan.loans.models import Loan, PaymentOut


class Demanded(models.TextChoices):
    MEND = "mend", _("to be mended")
    REPAY = "repay", _("to be paid back early")


class FundsFindingKind(models.TextChoices):
    SPLIT = "split", _("payments split under the limit")
    ROUND_TRIP = "round_trip", _("money came back")
    EXCLUDED_PAYEE = "excluded_payee", _("excluded payee")


class FundsFinding(models.Model):
    """Something the payments and account entries of a loan show. Found again on the same facts it is the same row."""

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="funds_findings", verbose_name=_("loan"))
    kind = models.CharField(_("kind"), max_length=20, choices=FundsFindingKind.choices)
    fingerprint = models.CharField(_("fingerprint of the facts"), max_length=64)
    facts = models.JSONField(_("facts"), default=dict, encoder=DjangoJSONEncoder)
    currency = models.CharField(_("currency"), max_length=3, blank=True, default="")
    found_on = models.DateField(_("found on"))
    gone_on = models.DateField(_("gone on"), null=True, blank=True)

    class Meta:
        verbose_name = _("finding on the use of funds")
        verbose_name_plural = _("findings on the use of funds")
        ordering = ["loan", "kind", "id"]
        constraints = [
            models.UniqueConstraint(fields=["loan", "kind", "fingerprint"], name="funds_finding_once"),
            models.CheckConstraint(condition=Q(kind__in=FundsFindingKind.values), name="funds_finding_known_kind"),
            models.CheckConstraint(
                condition=Q(gone_on=None) | Q(gone_on__gte=F("found_on")), name="funds_finding_gone"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.loan_id} {self.kind}"


class FundsAnswer(models.Model):
    """What a report says to a finding: misuse or not, and why; for misuse what is demanded, and by when."""

    report = models.ForeignKey(
        Report, models.PROTECT, related_name="funds_answers", verbose_name=_("inspection report")
    )
    finding = models.ForeignKey(
        FundsFinding, models.PROTECT, related_name="answers", verbose_name=_("finding on the use of funds")
    )
    is_misuse = models.BooleanField(_("misuse of funds"), null=True, blank=True)
    explanation = models.TextField(_("explanation"), blank=True, default="")
    demanded = models.CharField(_("demanded"), max_length=10, choices=Demanded.choices, blank=True, default="")
    respond_by = models.DateField(_("to be met by"), null=True, blank=True)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("edited by")
    )
    edited_at = models.DateTimeField(_("edited at"), null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("answer to a finding")
        verbose_name_plural = _("answers to findings")
        ordering = ["report", "id"]
        constraints = [
            models.UniqueConstraint(fields=["report", "finding"], name="funds_answer_once"),
            models.CheckConstraint(
                condition=Q(is_misuse=True, respond_by__isnull=False) & ~Q(demanded="")
                | Q(Q(is_misuse=None) | Q(is_misuse=False), demanded="", respond_by=None),
                name="funds_answer_demands_after_misuse",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.finding_id}"

    @property
    def stamp(self) -> str:
        """Tells one answer from what it was changed to."""
        return self.edited_at.isoformat() if self.edited_at else ""


class FundsProof(models.Model):
    """A file of the report that is the voucher of a payment, or evidence for what is said to a finding."""

    report = models.ForeignKey(Report, models.PROTECT, related_name="funds_proofs", verbose_name=_("inspection report"))
    evidence = models.ForeignKey(Evidence, models.PROTECT, related_name="proves", verbose_name=_("evidence"))
    payment = models.ForeignKey(
        PaymentOut, models.PROTECT, null=True, blank=True, related_name="vouchers", verbose_name=_("payment")
    )
    finding = models.ForeignKey(
        FundsFinding,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="proofs",
        verbose_name=_("finding on the use of funds"),
    )

    class Meta:
        verbose_name = _("proof of the use of funds")
        verbose_name_plural = _("proofs of the use of funds")
        ordering = ["report", "id"]
        constraints = [
            models.UniqueConstraint(fields=["evidence", "payment"], name="funds_proof_once_a_payment"),
            models.UniqueConstraint(fields=["evidence", "finding"], name="funds_proof_once_a_finding"),
            models.CheckConstraint(
                condition=Q(payment=None, finding__isnull=False) | Q(payment__isnull=False, finding=None),
                name="funds_proof_of_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.evidence_id}"


class VoucherDebt(models.Model):
    """A paper that a payment still lacks; owed from the report's approval on, settled by a file.

    `first_due_on` is what the report said and what is signed; `due_on` moves when somebody else grants more time.
    """

    report = models.ForeignKey(
        Report, models.PROTECT, related_name="voucher_debts", verbose_name=_("inspection report")
    )
    payment = models.ForeignKey(PaymentOut, models.PROTECT, related_name="voucher_debts", verbose_name=_("payment"))
    missing = models.CharField(_("missing paper"), max_length=40)
    first_due_on = models.DateField(_("first due on"))
    due_on = models.DateField(_("due on"))
    owed_since = models.DateField(_("owed since"), null=True, blank=True)
    settled_on = models.DateField(_("settled on"), null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("settled by")
    )
    file = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("stored file")
    )
    file_name = models.CharField(_("file name"), max_length=200, blank=True, default="")
    history = HistoricalRecords()

    objects = OfReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("missing voucher")
        verbose_name_plural = _("missing vouchers")
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["report", "payment", "missing"], name="voucher_debt_once"),
            models.CheckConstraint(condition=~Q(missing=""), name="voucher_debt_says_what"),
            models.CheckConstraint(condition=Q(due_on__gte=F("first_due_on")), name="voucher_debt_never_earlier"),
            models.CheckConstraint(
                condition=Q(settled_on=None, settled_by=None, file=None)
                | Q(settled_on__isnull=False, settled_by__isnull=False, file__isnull=False, owed_since__isnull=False),
                name="voucher_debt_settled_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id} {self.missing}"


class VoucherExtension(models.Model):
    """Somebody asks for more time to bring a voucher; somebody else decides."""

    debt = models.ForeignKey(VoucherDebt, models.PROTECT, related_name="extensions", verbose_name=_("missing voucher"))
    new_due_on = models.DateField(_("new date"))
    reason = models.TextField(_("reason"))
    state = models.CharField(_("state"), max_length=10, choices=ApprovalState.choices, default=ApprovalState.SUBMITTED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_on = models.DateField(_("asked on"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decision_comment = models.TextField(_("remark on the decision"), blank=True, default="")
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("request for more time for a voucher")
        verbose_name_plural = _("requests for more time for vouchers")
        ordering = ["-asked_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["debt"], condition=Q(state="submitted"), name="voucher_extension_one_open"),
            models.CheckConstraint(condition=~Q(reason=""), name="voucher_extension_with_reason"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")), name="voucher_extension_not_by_its_maker"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.debt_id} {self.new_due_on}"


class FundsDemand(models.Model):
    """A written demand to the borrower after misuse: to explain, to mend or to pay back by a date."""

    report = models.ForeignKey(
        Report, models.PROTECT, related_name="funds_demands", verbose_name=_("inspection report")
    )
    demand_no = models.CharField(_("number of the demand"), max_length=40, unique=True)
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="funds_demands", verbose_name=_("loan"))
    demanded = models.CharField(_("demanded"), max_length=10, choices=Demanded.choices)
    amount = AmountField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    text = models.TextField(_("text"))
    respond_by = models.DateField(_("to be met by"))
    issued_on = models.DateField(_("issued on"))
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("issued by")
    )
    delivered_on = models.DateField(_("delivered on"), null=True, blank=True)
    delivered_to = models.CharField(_("delivered to"), max_length=100, blank=True, default="")
    met_on = models.DateField(_("met on"), null=True, blank=True)
    not_met_on = models.DateField(_("not met, as of"), null=True, blank=True)
    result = models.TextField(_("result"), blank=True, default="")
    history = HistoricalRecords()

    objects = OfReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("demand after misuse of funds")
        verbose_name_plural = _("demands after misuse of funds")
        ordering = ["-issued_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["report", "loan"], name="funds_demand_once_a_loan"),
            models.CheckConstraint(condition=Q(respond_by__gte=F("issued_on")), name="funds_demand_date_ahead"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="funds_demand_of_an_amount"),
            models.CheckConstraint(
                condition=Q(met_on=None, not_met_on=None)
                | Q(met_on=None, not_met_on__isnull=False) & ~Q(result="")
                | Q(met_on__isnull=False, not_met_on=None) & ~Q(result=""),
                name="funds_demand_ends_once_with_result",
            ),
        ]

    def __str__(self) -> str:
        return self.demand_no
