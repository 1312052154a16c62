"""What is to be inspected, when and by whom: the policy, the tasks the night plans by it, visits and requests."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from postloan.core.fields import AmountField
from postloan.customers.models import Customer
from postloan.inspections.querysets import OfCustomerWorkQuerySet, TaskQuerySet
from postloan.loans.models import Loan
from postloan.organization.models import Line


class InspectionKind(models.TextChoices):
    FIRST = "first", _("first inspection")
    PERIODIC = "periodic", _("periodic inspection")
    SPECIAL = "special", _("special inspection")


class Place(models.TextChoices):
    ON_SITE = "on_site", _("on site")
    OFF_SITE = "off_site", _("off site")


class ApprovalState(models.TextChoices):
    """Of a policy, a template version or a request: what one person proposes and another decides."""

    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    APPROVED = "approved", _("approved")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Policy(models.Model):
    """A version of the policy table, in force from a day on until the next one is."""

    version = models.PositiveIntegerField(_("version"), unique=True)
    valid_from = models.DateField(_("valid from"))
    state = models.CharField(_("state"), max_length=10, choices=ApprovalState.choices, default=ApprovalState.DRAFT)
    reason = models.TextField(_("reason of the change"), blank=True, default="")
    source = models.CharField(_("source"), max_length=200, blank=True, default="")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decision_comment = models.TextField(_("remark on the decision"), blank=True, default="")
    content_hash = models.CharField(_("hash of what was approved"), max_length=64, blank=True, default="")
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("inspection policy")
        verbose_name_plural = _("inspection policies")
        ordering = ["-version"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ApprovalState.values), name="policy_known_state"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | Q(made_by=None) | ~Q(decided_by=F("made_by")),
                name="policy_not_by_its_maker",
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.version} {self.valid_from}"


class PolicyRule(models.Model):
    """One line of the table. An empty column means any; of the lines that fit, the first by `position` counts.

    `amount_over` < exposure <= `amount_up_to`, in the currency of the loans. Days are calendar days; empty means that
    this kind of inspection is not planned by the rule.
    """

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="rules", verbose_name=_("inspection policy"))
    position = models.PositiveIntegerField(_("position"))
    line = models.CharField(_("line"), max_length=20, choices=Line.choices, blank=True, default="")
    customer_kinds = models.JSONField(_("kinds of customer"), default=list, blank=True)
    product_families = models.JSONField(_("product families"), default=list, blank=True)
    classes = models.JSONField(_("classes"), default=list, blank=True)
    exceptions = models.JSONField(_("kinds of security that make an exception"), default=list, blank=True)
    amount_over = AmountField(_("amount over"), null=True, blank=True)
    amount_up_to = AmountField(_("amount up to"), null=True, blank=True)
    first_within_days = models.PositiveIntegerField(_("first inspection within days"), null=True, blank=True)
    periodic_every_days = models.PositiveIntegerField(_("periodic inspection every days"), null=True, blank=True)
    sample_percent = models.PositiveSmallIntegerField(_("share drawn as a sample, percent"), null=True, blank=True)
    place = models.CharField(_("on site or off site"), max_length=10, choices=Place.choices, default=Place.ON_SITE)
    people = models.PositiveSmallIntegerField(_("people"), default=2)
    source = models.CharField(_("source"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("rule of the inspection policy")
        verbose_name_plural = _("rules of the inspection policy")
        ordering = ["policy", "position"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "position"], name="policy_rule_once"),
            models.CheckConstraint(condition=Q(people__in=[1, 2]), name="policy_rule_one_or_two_people"),
            models.CheckConstraint(condition=Q(place__in=Place.values), name="policy_rule_known_place"),
            models.CheckConstraint(
                condition=Q(amount_over=None) | Q(amount_up_to=None) | Q(amount_up_to__gt=F("amount_over")),
                name="policy_rule_amounts_in_order",
            ),
            models.CheckConstraint(
                condition=Q(sample_percent=None) | Q(sample_percent__gte=1, sample_percent__lte=100),
                name="policy_rule_sample_percent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy_id}/{self.position}"


class InspectionCycle(models.Model):
    """When a customer is to be inspected next on a line, by the facts of the last night that changed them.

    `base_on` begins the cycle: the last inspection handed in, or the first payout, or the day this system began.
    `every_days` NULL: no periodic inspection by the rule, or not drawn as a sample this year.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="inspection_cycles", verbose_name=_("customer"))
    line = models.CharField(_("line"), max_length=20)
    rule = models.ForeignKey(PolicyRule, models.PROTECT, null=True, related_name="+", verbose_name=_("rule"))
    base_on = models.DateField(_("cycle begins on"))
    every_days = models.PositiveIntegerField(_("periodic inspection every days"), null=True, blank=True)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    five_level_class = models.CharField(_("class"), max_length=20, blank=True, default="")
    loan_count = models.PositiveIntegerField(_("live loans"), default=0)

    objects = OfCustomerWorkQuerySet.as_manager()

    class Meta:
        verbose_name = _("inspection cycle")
        verbose_name_plural = _("inspection cycles")
        ordering = ["customer", "line"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "line"], name="inspection_cycle_once"),
            models.CheckConstraint(
                condition=Q(every_days=None, due_on=None) | Q(every_days__isnull=False, due_on__isnull=False),
                name="inspection_cycle_due_with_days",
            ),
        ]
        indexes = [models.Index(fields=["due_on"], name="inspection_cycle_due")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.line}"


class Visit(models.Model):
    """One call on a customer that serves several tasks; what was seen once is shared by their reports."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="visits", verbose_name=_("customer"))
    planned_for = models.DateField(_("planned for"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("opened by")
    )
    opened_on = models.DateField(_("opened on"))
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    place = models.CharField(_("place of the inspection"), max_length=200, blank=True, default="")
    latitude = models.DecimalField(_("latitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=9, decimal_places=6, null=True, blank=True)
    person_met = models.CharField(_("person met"), max_length=100, blank=True, default="")
    person_post = models.CharField(_("post of the person met"), max_length=100, blank=True, default="")
    history = HistoricalRecords()

    objects = OfCustomerWorkQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        ordering = ["-planned_for", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(started_at__isnull=False, ended_at__gte=F("started_at")),
                name="visit_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.planned_for}"

    @property
    def told(self) -> dict[str, str]:
        """What a report keeps of it, as text; what is not known is left out."""
        values = {
            "started_at": self.started_at and self.started_at.isoformat(),
            "ended_at": self.ended_at and self.ended_at.isoformat(),
            "place": self.place,
            "latitude": f"{self.latitude:.6f}" if self.latitude is not None else "",
            "longitude": f"{self.longitude:.6f}" if self.longitude is not None else "",
            "person_met": self.person_met,
            "person_post": self.person_post,
        }
        return {name: value for name, value in values.items() if value}


class TaskState(models.TextChoices):
    PLANNED = "planned", _("to do")
    DRAFTING = "drafting", _("being written")
    SUBMITTED = "submitted", _("to approve")
    RETURNED = "returned", _("sent back")
    APPROVED = "approved", _("approved")
    ENDED = "ended", _("ended without inspection")
    WITHDRAWN = "withdrawn", _("withdrawn")


class InspectionTask(models.Model):
    """One inspection that is owed. Planned by the night or ordered by a head or a risk officer.

    `occurrence` tells one from the next: the contract and month of a first inspection, the day on which the cycle of a
    periodic one began, the cause of a special one. `due_on` moves only by an approved request or to an earlier day by
    worse facts; `first_due_on` keeps the day first given.
    """

    task_no = models.CharField(_("inspection number"), max_length=40, unique=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="inspection_tasks", verbose_name=_("customer"))
    line = models.CharField(_("line"), max_length=20, blank=True, default="")
    kind = models.CharField(_("kind of inspection"), max_length=10, choices=InspectionKind.choices)
    occurrence = models.CharField(_("occurrence"), max_length=120)
    loans: models.ManyToManyField = models.ManyToManyField(
        Loan, through="TaskLoan", related_name="inspection_tasks", verbose_name=_("loans")
    )
    reason_code = models.CharField(_("reason"), max_length=60)
    arguments = models.JSONField(_("facts"), default=dict, encoder=DjangoJSONEncoder)
    rule = models.ForeignKey(
        PolicyRule, models.PROTECT, null=True, blank=True, related_name="tasks", verbose_name=_("rule")
    )
    place = models.CharField(_("on site or off site"), max_length=10, choices=Place.choices, default=Place.ON_SITE)
    people = models.PositiveSmallIntegerField(_("people"), default=2)
    planned_on = models.DateField(_("planned on"))
    first_due_on = models.DateField(_("first due on"))
    due_on = models.DateField(_("due on"))
    state = models.CharField(_("state"), max_length=10, choices=TaskState.choices, default=TaskState.PLANNED)
    visit = models.ForeignKey(
        Visit, models.PROTECT, null=True, blank=True, related_name="tasks", verbose_name=_("visit")
    )
    ordered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ordered by")
    )
    submitted_on = models.DateField(_("submitted on"), null=True, blank=True)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)
    withdraw_reason = models.CharField(_("reason of withdrawal"), max_length=40, blank=True, default="")
    run_id = models.BigIntegerField(_("run"), null=True, blank=True)
    history = HistoricalRecords()

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("inspection task")
        verbose_name_plural = _("inspection tasks")
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["customer", "line", "kind", "occurrence"], name="inspection_task_once"),
            models.CheckConstraint(condition=Q(state__in=TaskState.values), name="inspection_task_known_state"),
            models.CheckConstraint(condition=Q(kind__in=InspectionKind.values), name="inspection_task_known_kind"),
            models.CheckConstraint(condition=Q(people__in=[1, 2]), name="inspection_task_one_or_two_people"),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(done_on__isnull=False, submitted_on__isnull=False),
                name="inspection_task_done_with_day",
            ),
            models.CheckConstraint(
                condition=Q(state="withdrawn", withdrawn_on__isnull=False) & ~Q(withdraw_reason="")
                | ~Q(state="withdrawn") & Q(withdrawn_on=None, withdraw_reason=""),
                name="inspection_task_withdrawn_with_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on"],
                condition=Q(state__in=["planned", "drafting", "submitted", "returned"]),
                name="inspection_task_open",
            ),
            models.Index(fields=["customer", "kind", "state"], name="inspection_task_customer"),
            models.Index(fields=["run_id"], name="inspection_task_run"),
            models.Index(fields=["submitted_on"], name="inspection_task_submitted"),
            models.Index(fields=["done_on"], name="inspection_task_done"),
        ]

    def __str__(self) -> str:
        return self.task_no

    @property
    def is_open(self) -> bool:
        return self.state in {TaskState.PLANNED, TaskState.DRAFTING, TaskState.SUBMITTED, TaskState.RETURNED}

    @property
    def was_late(self) -> bool:
        """Submitted after the day first given. It stays so, whatever was granted later."""
        return self.submitted_on is not None and self.submitted_on > self.first_due_on


class TaskLoan(models.Model):
    """A loan that a task covers. At most one first inspection a loan and month of payout stands."""

    task = models.ForeignKey(
        InspectionTask, models.PROTECT, related_name="task_loans", verbose_name=_("inspection task")
    )
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="task_loans", verbose_name=_("loan"))
    kind = models.CharField(_("kind of inspection"), max_length=10, choices=InspectionKind.choices)
    payout_month = models.DateField(_("month of the payout"), null=True, blank=True)
    is_withdrawn = models.BooleanField(_("withdrawn"), default=False)

    class Meta:
        verbose_name = _("loan of an inspection")
        verbose_name_plural = _("loans of inspections")
        ordering = ["task", "loan"]
        constraints = [
            models.UniqueConstraint(fields=["task", "loan"], name="task_loan_once"),
            models.UniqueConstraint(
                fields=["loan", "payout_month"],
                condition=Q(kind="first", is_withdrawn=False),
                name="task_loan_first_once_a_month",
            ),
            models.CheckConstraint(
                condition=Q(kind="first", payout_month__isnull=False) | ~Q(kind="first") & Q(payout_month=None),
                name="task_loan_month_of_first",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.loan_id}"


class RequestKind(models.TextChoices):
    DELAY = "delay", _("later date")
    END = "end", _("end without inspection")


class TaskRequest(models.Model):
    """Somebody asks for a later date, or to end a task without inspection; somebody else decides.

    `cycle_days` and `cycle_due_on` keep what the cycle asked for when a later date was granted.
    """

    task = models.ForeignKey(InspectionTask, models.PROTECT, related_name="requests", verbose_name=_("inspection task"))
    kind = models.CharField(_("asked for"), max_length=10, choices=RequestKind.choices)
    reason = models.TextField(_("reason"))
    new_due_on = models.DateField(_("new date"), null=True, blank=True)
    cycle_days = models.PositiveIntegerField(_("cycle in days when granted"), null=True, blank=True)
    cycle_due_on = models.DateField(_("due by the cycle when granted"), null=True, blank=True)
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
        verbose_name = _("request about an inspection")
        verbose_name_plural = _("requests about inspections")
        ordering = ["-asked_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["task"], condition=Q(state="submitted"), name="task_request_one_open"),
            models.CheckConstraint(condition=~Q(reason=""), name="task_request_with_reason"),
            models.CheckConstraint(
                condition=Q(kind="delay", new_due_on__isnull=False) | Q(kind="end", new_due_on=None),
                name="task_request_date_fits_kind",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("asked_by")), name="task_request_not_by_its_maker"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.kind}"
