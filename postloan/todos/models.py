"""Work pushed to a person, or to a post where nobody is responsible; closed by the thing being done."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from postloan.customers.models import Customer
from postloan.loans.models import Loan
from postloan.organization.models import Branch, Line, PostCode, Staff
from postloan.todos import reasons
from postloan.todos.kinds import KINDS, CloseReason, Kind, TodoKind, TodoState
from postloan.todos.querysets import TodoQuerySet

CLOSED = Q(closed_on__isnull=False, closed_at__isnull=False) & ~Q(close_reason="")
NOT_SUPERSEDED = Q(superseded_by=None)
STATES_AND_DATES = (
    Q(state=TodoState.OPEN, closed_on=None, closed_at=None, closed_by=None, close_reason="") & NOT_SUPERSEDED
    | Q(state=TodoState.DONE, closed_by__isnull=False) & CLOSED & NOT_SUPERSEDED
    | Q(state=TodoState.WITHDRAWN) & CLOSED & NOT_SUPERSEDED
    | Q(state=TodoState.SUPERSEDED, superseded_by__isnull=False) & CLOSED
)
OF_A_PERSON = Q(assignee__isnull=False, post_code="", post_branch=None)
OF_A_POST = Q(assignee=None, post_branch__isnull=False) & ~Q(post_code="")


class Todo(models.Model):
    """One thing somebody has to do about a customer. Its text is made on display, its history is in the events.

    `occurrence` tells one cause from the next about the same subject: the maturity's date and step, the day a loan
    became overdue and the stage. At most one is open a kind, subject and occurrence; one done is never opened again.
    """

    kind = models.CharField(_("kind of todo"), max_length=40)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="todos", verbose_name=_("customer"))
    loan = models.ForeignKey(Loan, models.PROTECT, null=True, blank=True, related_name="todos", verbose_name=_("loan"))
    line = models.CharField(_("line"), max_length=20, blank=True, default="")
    subject_kind = models.CharField(_("subject"), max_length=40)
    subject_id = models.BigIntegerField(_("number of the subject"))
    occurrence = models.CharField(_("occurrence"), max_length=80, blank=True, default="")
    assignee = models.ForeignKey(
        Staff, models.PROTECT, null=True, blank=True, related_name="todos", verbose_name=_("assigned to")
    )
    post_code = models.CharField(_("queue of the post"), max_length=40, blank=True, default="")
    post_branch = models.ForeignKey(
        Branch, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("at the branch")
    )
    reason_code = models.CharField(_("reason"), max_length=60)
    arguments = models.JSONField(_("facts"), default=dict, encoder=DjangoJSONEncoder)
    due_on = models.DateField(_("due on"))
    weight = models.PositiveSmallIntegerField(_("weight"))
    state = models.CharField(_("state"), max_length=10, default=TodoState.OPEN)
    opened_on = models.DateField(_("opened on"))
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("closed by")
    )
    close_reason = models.CharField(_("closed because"), max_length=40, blank=True, default="")
    superseded_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="supersedes", verbose_name=_("superseded by")
    )
    run_id = models.BigIntegerField(_("run"), null=True, blank=True)
    reminded_on = models.DateField(_("reminded on"), null=True, blank=True)
    head_told_on = models.DateField(_("head told on"), null=True, blank=True)
    supervisor_told_on = models.DateField(_("supervisor told on"), null=True, blank=True)

    objects = TodoQuerySet.as_manager()

    class Meta:
        verbose_name = _("todo")
        verbose_name_plural = _("todos")
        ordering = ["due_on", "-weight", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_kind", "subject_id", "occurrence"],
                condition=Q(state=TodoState.OPEN),
                name="todo_open_once",
            ),
            models.CheckConstraint(condition=~Q(kind="") & ~Q(subject_kind=""), name="todo_has_kind_and_subject"),
            models.CheckConstraint(condition=~Q(reason_code=""), name="todo_has_reason"),
            models.CheckConstraint(condition=Q(line="") | Q(line__in=Line.values), name="todo_known_line"),
            models.CheckConstraint(condition=OF_A_PERSON | OF_A_POST, name="todo_of_a_person_or_a_post"),
            models.CheckConstraint(condition=STATES_AND_DATES, name="todo_state_fits_dates"),
            models.CheckConstraint(condition=Q(weight__lte=100), name="todo_weight_max_100"),
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(closed_on__gte=F("opened_on")), name="todo_closed_after_open"
            ),
            models.CheckConstraint(
                condition=Q(reminded_on=None) | Q(reminded_on__gte=F("due_on")), name="todo_reminded_when_due"
            ),
            models.CheckConstraint(
                condition=Q(head_told_on=None) | Q(head_told_on__gt=F("due_on")), name="todo_head_told_when_late"
            ),
            models.CheckConstraint(
                condition=Q(supervisor_told_on=None) | Q(supervisor_told_on__gt=F("due_on")),
                name="todo_supervisor_told_when_late",
            ),
            models.CheckConstraint(
                condition=Q(superseded_by=None) | ~Q(superseded_by=F("id")), name="todo_not_superseded_by_itself"
            ),
        ]
        indexes = [
            models.Index(fields=["assignee", "due_on"], condition=Q(state="open"), name="todo_of_person"),
            models.Index(
                fields=["post_branch", "post_code"], condition=Q(state="open", assignee=None), name="todo_of_post"
            ),
            models.Index(fields=["due_on"], condition=Q(state="open"), name="todo_open_due"),
            models.Index(fields=["subject_kind", "subject_id", "kind"], name="todo_subject"),
            models.Index(fields=["run_id"], name="todo_run"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_kind} {self.subject_id} {self.occurrence}".strip()

    @property
    def about(self) -> Kind:
        return KINDS[self.kind]

    @property
    def kind_label(self) -> str:
        return str(TodoKind(self.kind).label) if self.kind in TodoKind.values else self.kind

    @property
    def reason(self) -> str:
        """Why it exists, in the reader's language."""
        return reasons.describe(self.reason_code, self.arguments)

    @property
    def close_reason_label(self) -> str:
        known = self.close_reason in CloseReason.values
        return str(CloseReason(self.close_reason).label) if known else self.close_reason

    @property
    def post_label(self) -> str:
        return str(PostCode(self.post_code).label) if self.post_code in PostCode.values else self.post_code

    @property
    def state_label(self) -> str:
        return str(TodoState(self.state).label)

    @property
    def is_open(self) -> bool:
        return self.state == TodoState.OPEN

    def days_late(self, on: date) -> int:
        """Calendar days after the due date; negative before it."""
        return (on - self.due_on).days
