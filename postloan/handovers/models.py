"""Customers, loans and work change hands: a list that three people sign, in effect whole from a date."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from postloan.collections.models import MaturityPlan, OverdueCase, PlanState
from postloan.core.fields import AmountField
from postloan.customers.models import Customer, Role
from postloan.handovers.querysets import HandoverItemQuerySet, HandoverQuerySet
from postloan.inspections.models import InspectionTask, TaskState
from postloan.loans.models import Loan
from postloan.organization.models import Staff
from postloan.todos.kinds import TodoKind
from postloan.todos.models import Todo


class HandoverState(models.TextChoices):
    SIGNING = "signing", _("to be signed")
    SIGNED = "signed", _("signed, to take effect")
    IN_EFFECT = "in_effect", _("in effect")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")


OPEN_STATES = (HandoverState.SIGNING, HandoverState.SIGNED)
ALL_SIGNED = Q(giver_signed_at__isnull=False, receiver_signed_at__isnull=False, witness_signed_at__isnull=False)
ENDED = Q(ended_by__isnull=False, ended_at__isnull=False) & ~Q(end_reason="")
NOT_ENDED = Q(ended_by=None, ended_at=None, end_reason="")
STATES = (
    Q(state=HandoverState.SIGNING, took_effect_on=None) & NOT_ENDED & ~ALL_SIGNED
    | Q(state=HandoverState.SIGNED, took_effect_on=None) & NOT_ENDED & ALL_SIGNED
    | Q(state=HandoverState.IN_EFFECT, took_effect_on__isnull=False) & NOT_ENDED & ALL_SIGNED
    | Q(state__in=[HandoverState.REFUSED, HandoverState.WITHDRAWN], took_effect_on=None) & ENDED
)


def _person(label: Any, **options: Any) -> models.ForeignKey:
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=label, **options)


class Handover(models.Model):
    """What one manager gives to another, before a witness. The three are never the same person.

    `content_hash` is what each of them signed. Where the giver cannot sign, a head signs in their place. It takes
    effect by the first night whose business date is not before `effective_on`; what then stands against it is kept
    in `problems`, and the next night looks again.
    """

    handover_no = models.CharField(_("number of the hand-over"), max_length=40, unique=True)
    giver = models.ForeignKey(Staff, models.PROTECT, related_name="handovers_given", verbose_name=_("giver"))
    receiver = models.ForeignKey(Staff, models.PROTECT, related_name="handovers_received", verbose_name=_("receiver"))
    witness = models.ForeignKey(Staff, models.PROTECT, related_name="handovers_witnessed", verbose_name=_("witness"))
    is_giver_absent = models.BooleanField(_("the giver cannot sign"), default=False)
    is_whole_book = models.BooleanField(_("the whole book"), default=True)
    effective_on = models.DateField(_("takes effect on"))
    reason = models.CharField(_("reason"), max_length=400)
    state = models.CharField(_("state"), max_length=10, choices=HandoverState.choices, default=HandoverState.SIGNING)
    content_hash = models.CharField(_("hash of what is signed"), max_length=64)
    prepared_by = _person(_("prepared by"))
    prepared_on = models.DateField(_("prepared on"))
    prepared_at = models.DateTimeField(_("prepared at"))
    giver_signed_by = _person(_("signed for the giver by"), null=True)
    giver_signed_at = models.DateTimeField(_("giver signed at"), null=True)
    receiver_signed_at = models.DateTimeField(_("receiver signed at"), null=True)
    witness_signed_at = models.DateTimeField(_("witness signed at"), null=True)
    ended_by = _person(_("ended by"), null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)
    end_reason = models.CharField(_("remark"), max_length=400, blank=True, default="")
    took_effect_on = models.DateField(_("took effect on"), null=True)
    run_id = models.BigIntegerField(_("run"), null=True)
    moved_todos = models.PositiveIntegerField(_("todos moved"), null=True)
    moved_reports = models.PositiveIntegerField(_("reports passed on"), null=True)
    problems = models.JSONField(_("what stands against it"), default=list, encoder=DjangoJSONEncoder, blank=True)
    history = HistoricalRecords()

    objects = HandoverQuerySet.as_manager()

    class Meta:
        verbose_name = _("hand-over")
        verbose_name_plural = _("hand-overs")
        ordering = ["-prepared_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(giver=F("receiver")), name="handover_giver_is_not_receiver"),
            models.CheckConstraint(condition=~Q(giver=F("witness")), name="handover_giver_is_not_witness"),
            models.CheckConstraint(condition=~Q(receiver=F("witness")), name="handover_receiver_is_not_witness"),
            models.CheckConstraint(
                condition=Q(giver_signed_by=None)
                | (~Q(giver_signed_by=F("receiver")) & ~Q(giver_signed_by=F("witness"))),
                name="handover_three_people_sign",
            ),
            models.CheckConstraint(
                condition=Q(giver_signed_by=None, giver_signed_at=None)
                | Q(giver_signed_by__isnull=False, giver_signed_at__isnull=False),
                name="handover_giver_signed_with_moment",
            ),
            models.CheckConstraint(
                condition=Q(giver_signed_by=None) | Q(giver_signed_by=F("giver")) | Q(is_giver_absent=True),
                name="handover_signed_for_absent_only",
            ),
            models.CheckConstraint(condition=STATES, name="handover_state_fits_dates"),
            models.CheckConstraint(condition=~Q(reason=""), name="handover_has_reason"),
            models.CheckConstraint(
                condition=Q(took_effect_on=None) | Q(took_effect_on__gte=F("effective_on")),
                name="handover_not_before_its_date",
            ),
        ]
        indexes = [
            models.Index(fields=["effective_on"], condition=Q(state="signed"), name="handover_to_take_effect"),
        ]

    def __str__(self) -> str:
        return self.handover_no

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


class ItemKind(models.TextChoices):
    CUSTOMER = "customer", _("customer")
    OWN_LOAN = "own_loan", _("loan with a manager of its own")
    LOAN = "loan", _("loan")
    TODO = "todo", _("todo")
    PLAN = "plan", _("maturity plan")
    CASE = "case", _("overdue case")
    INSPECTION = "inspection", _("inspection")


RESPONSIBLE = (ItemKind.CUSTOMER, ItemKind.OWN_LOAN)
HAS_ROLE = Q(kind__in=RESPONSIBLE, role__in=Role.values)
NAMES: dict[str, Any] = {ItemKind.TODO: TodoKind, ItemKind.PLAN: PlanState, ItemKind.INSPECTION: TaskState}
ABOUT = ("todo", "plan", "case", "inspection")


def _about(name: str = "") -> Q:
    """A line is about one thing and about nothing else."""
    return Q(**{f"{one}__isnull": one != name for one in ABOUT})


FITS = (
    Q(kind=ItemKind.CUSTOMER, loan=None) & ~Q(line="") & _about()
    | Q(kind__in=[ItemKind.OWN_LOAN, ItemKind.LOAN], loan__isnull=False) & _about()
    | Q(kind=ItemKind.TODO) & _about("todo")
    | Q(kind=ItemKind.PLAN) & _about("plan")
    | Q(kind=ItemKind.CASE) & _about("case")
    | Q(kind=ItemKind.INSPECTION, loan=None) & _about("inspection")
)


class HandoverItem(models.Model):
    """A line of the list as it was when it was prepared: figures are of that business date and stay."""

    handover = models.ForeignKey(Handover, models.CASCADE, related_name="items", verbose_name=_("hand-over"))
    kind = models.CharField(_("kind"), max_length=10, choices=ItemKind.choices)
    key = models.CharField(_("key"), max_length=80)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("customer"))
    loan = models.ForeignKey(Loan, models.PROTECT, null=True, related_name="+", verbose_name=_("loan"))
    todo = models.ForeignKey(Todo, models.PROTECT, null=True, related_name="+", verbose_name=_("todo"))
    plan = models.ForeignKey(MaturityPlan, models.PROTECT, null=True, related_name="+", verbose_name=_("plan"))
    case = models.ForeignKey(OverdueCase, models.PROTECT, null=True, related_name="+", verbose_name=_("overdue case"))
    inspection = models.ForeignKey(
        InspectionTask, models.PROTECT, null=True, related_name="+", verbose_name=_("inspection task")
    )
    line = models.CharField(_("line"), max_length=20, blank=True, default="")
    role = models.CharField(_("role"), max_length=1, choices=Role.choices, blank=True, default="")
    since = models.DateField(_("since"), null=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True, default="")
    amount = AmountField(_("amount"), null=True)
    overdue_amount = AmountField(_("overdue"), null=True)
    overdue_since = models.DateField(_("overdue since"), null=True)
    due_on = models.DateField(_("due on"), null=True)
    code = models.CharField(_("code"), max_length=40, blank=True, default="")

    objects = HandoverItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("line of a hand-over")
        verbose_name_plural = _("lines of hand-overs")
        ordering = ["handover", "kind", "id"]
        constraints = [
            models.UniqueConstraint(fields=["handover", "key"], name="handover_item_once"),
            models.CheckConstraint(condition=Q(kind__in=ItemKind.values), name="handover_item_known_kind"),
            models.CheckConstraint(condition=FITS, name="handover_item_fits_kind"),
            models.CheckConstraint(condition=HAS_ROLE | ~Q(kind__in=RESPONSIBLE), name="handover_item_has_role"),
        ]

    def __str__(self) -> str:
        return f"{self.handover_id} {self.key}"

    @property
    def code_name(self) -> str:
        """The kind of a todo, the state of a plan or an inspection."""
        names: dict[str, Any] = dict(NAMES.get(self.kind, PlanState).choices)
        return str(names.get(self.code, self.code))
