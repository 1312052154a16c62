"""Branches, staff and the posts that say what they may see and do. Seeded by the extract, ours from then on."""

from __future__ import annotations

import re
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from postloan.core import business_date
from postloan.core.changes import APPROVED_WITH_MOMENT, ENDED_WITH_REASON, SECOND_PERSON, WAITING, SecondPerson

if TYPE_CHECKING:
    from postloan.organization.rights import Rights


class BranchLevel(models.TextChoices):
    HEAD_OFFICE = "head_office", _("head office")
    TIER1_BRANCH = "tier1_branch", _("tier-1 branch")
    TIER2_BRANCH = "tier2_branch", _("tier-2 branch")
    SUB_BRANCH = "sub_branch", _("sub-branch")


class BranchKind(models.TextChoices):
    BRANCH = "branch", _("branch")
    RETAIL_CENTRE = "retail_centre", _("retail centre")
    ASSET_PRESERVATION = "asset_preservation", _("asset preservation")


class Line(models.TextChoices):
    CORPORATE = "corporate", _("corporate line")
    INCLUSIVE = "inclusive", _("inclusive line")
    PERSONAL = "personal", _("personal line")
    RURAL = "rural", _("rural line")


class PostCode(models.TextChoices):
    ACCOUNT_MANAGER = "account_manager", _("account manager")
    DEPARTMENT_HEAD = "department_head", _("department head")
    BRANCH_HEAD = "branch_head", _("branch head")
    VICE_PRESIDENT = "vice_president", _("vice president")
    RISK_OFFICER = "risk_officer", _("risk officer")
    SUPERVISOR = "supervisor", _("post-loan supervisor")
    CLASSIFICATION_OFFICER = "classification_officer", _("classification officer")
    COLLATERAL_OFFICER = "collateral_officer", _("collateral officer")
    ARCHIVIST = "archivist", _("archivist")
    ASSET_PRESERVATION = "asset_preservation", _("asset preservation officer")
    LEGAL_OFFICER = "legal_officer", _("legal officer")
    DATA_OFFICER = "data_officer", _("data officer")
    AUDITOR = "auditor", _("auditor")
    SYSTEM_ADMINISTRATOR = "system_administrator", _("system administrator")
    SECURITY_ADMINISTRATOR = "security_administrator", _("security administrator")
    AUDIT_ADMINISTRATOR = "audit_administrator", _("audit administrator")


ADMINISTRATORS = frozenset(
    {PostCode.SYSTEM_ADMINISTRATOR, PostCode.SECURITY_ADMINISTRATOR, PostCode.AUDIT_ADMINISTRATOR}
)


class Scope(models.TextChoices):
    NONE = "none", _("no business")
    OWN = "own", _("own customers")
    BRANCH = "branch", _("own branch")
    BELOW = "below", _("own branch and below")
    ALL = "all", _("whole bank")


class BranchQuerySet(models.QuerySet["Branch"]):
    def below(self, branch: Branch) -> BranchQuerySet:
        """The branch itself and everything under it."""
        return self.filter(path__startswith=branch.path)


class Branch(models.Model):
    """A node of the branch tree. `path` is the codes from the root, each followed by a slash."""

    branch_code = models.CharField(_("branch number"), max_length=40, unique=True)
    name = models.CharField(_("branch name"), max_length=200)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("parent branch"),
    )
    level = models.CharField(_("level"), max_length=40, blank=True, default="")
    kind = models.CharField(_("kind of branch"), max_length=40, blank=True, default="branch")
    path = models.CharField(_("path"), max_length=400, db_index=True)
    first_delivered_on = models.DateField(_("first delivered on"), null=True, editable=False)
    changed_on = models.DateField(_("last changed on"), null=True, editable=False)
    missing_since = models.DateField(_("not delivered since"), null=True, editable=False)
    history = HistoricalRecords()

    objects = BranchQuerySet.as_manager()

    class Meta:
        verbose_name = _("branch")
        verbose_name_plural = _("branches")
        ordering = ["path"]
        constraints = [
            models.CheckConstraint(condition=~Q(branch_code=""), name="branch_has_code"),
            models.CheckConstraint(condition=Q(parent=None) | ~Q(parent=F("id")), name="branch_not_own_parent"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_head_office(self) -> bool:
        """The top of the tree; a branch that merely lost its parent is none."""
        return self.parent_id is None and self.level == BranchLevel.HEAD_OFFICE

    @property
    def depth(self) -> int:
        return self.path.count("/") - 1


class StaffQuerySet(models.QuerySet["Staff"]):
    def holding(self, code: str) -> StaffQuerySet:
        return self.filter(pk__in=Post.objects.on(business_date.calendar_today()).filter(code=code).values("staff"))

    def without_post(self) -> StaffQuerySet:
        return self.exclude(pk__in=Post.objects.on(business_date.calendar_today()).values("staff"))


class StaffManager(BaseUserManager.from_queryset(StaffQuerySet)):  # type: ignore[misc]
    def get_by_natural_key(self, username: str | None) -> Staff:
        return self.get(staff_no=username)


class Staff(AbstractBaseUser):
    """A member of staff; the staff number logs in. What they may do comes from their posts, never from here."""

    staff_no = models.CharField(_("staff number"), max_length=40, unique=True)
    name = models.CharField(_("staff name"), max_length=120)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="staff", verbose_name=_("branch"))
    certificate_until = models.DateField(_("certificate valid until"), null=True, blank=True)
    is_active = models.BooleanField(_("in service"), default=True)
    must_change_password = models.BooleanField(_("must change password"), default=True)
    password_changed_at = models.DateTimeField(_("password changed at"), null=True, blank=True)
    is_demonstration = models.BooleanField(_("demonstration user"), default=False, editable=False)
    language = models.CharField(
        _("language"), max_length=10, choices=settings.LANGUAGES, blank=True, default="", editable=False
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    first_delivered_on = models.DateField(_("first delivered on"), null=True, editable=False)
    changed_on = models.DateField(_("last changed on"), null=True, editable=False)
    missing_since = models.DateField(_("not delivered since"), null=True, editable=False)
    history = HistoricalRecords(excluded_fields=["password", "last_login", "language"])

    objects = StaffManager()

    USERNAME_FIELD = "staff_no"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("staff member")
        verbose_name_plural = _("staff")
        ordering = ["staff_no"]
        constraints = [models.CheckConstraint(condition=~Q(staff_no=""), name="staff_has_number")]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def rights(self) -> Rights:
        """What this person may see and do today, read once a request."""
        from postloan.organization.rights import rights_of

        return rights_of(self, on=business_date.calendar_today())

    def has_capability(self, capability: str) -> bool:
        return self.is_active and capability in self.rights.capabilities


class PasswordHistory(models.Model):
    """Hashes of former passwords, so that they do not return."""

    staff = models.ForeignKey(Staff, models.CASCADE, related_name="former_passwords")
    password = models.CharField(max_length=128)
    set_at = models.DateTimeField()

    class Meta:
        verbose_name = _("former password")
        verbose_name_plural = _("former passwords")
        ordering = ["-set_at"]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.set_at:%Y-%m-%d}"


class LogInEnd(models.TextChoices):
    LOGGED_OUT = "logged_out", _("logged out")
    IDLE = "idle", _("idle too long")
    TOO_LONG = "too_long", _("longest session reached")
    NEWER = "newer", _("logged in elsewhere")
    ENDED_BY_OWNER = "ended_by_owner", _("ended by the person from another session")
    ENDED_BY_ADMINISTRATOR = "ended_by_admin", _("ended by an administrator")
    DISABLED = "disabled", _("account disabled")
    PASSWORD_RESET = "password_reset", _("password reset")


class LogInQuerySet(models.QuerySet["LogIn"]):
    def running(self) -> LogInQuerySet:
        return self.filter(ended_at=None)


class LogIn(models.Model):
    """One log-in of a person, from the password until its end, and why it ended. The session names its row."""

    staff = models.ForeignKey(Staff, models.PROTECT, related_name="log_ins", verbose_name=_("staff member"))
    started_at = models.DateTimeField(_("logged in at"))
    seen_at = models.DateTimeField(_("last seen at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ended_because = models.CharField(
        _("ended because"), max_length=20, choices=LogInEnd.choices, blank=True, default=""
    )
    address = models.GenericIPAddressField(_("network address"), null=True, blank=True)
    client = models.CharField(_("browser"), max_length=200, blank=True, default="")

    objects = LogInQuerySet.as_manager()

    class Meta:
        verbose_name = _("log-in")
        verbose_name_plural = _("log-ins")
        ordering = ["-started_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(seen_at__gte=F("started_at")), name="log_in_seen_after_start"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_because="") | (Q(ended_at__isnull=False) & ~Q(ended_because="")),
                name="log_in_end_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["staff", "-started_at"], name="log_in_staff"),
            models.Index(fields=["started_at"], name="log_in_started"),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def client_name(self) -> str:
        """The browser and its system as people call them: Chrome 131, Windows. Else what it said, cut."""
        browser = re.search(r"(Edg|Firefox|Chrome|Version)/(\d+)", self.client)
        system = re.search(r"Windows|Android|iPhone|iPad|Mac OS|Linux", self.client)
        if browser is None or system is None:
            return self.client[:40]
        edge = re.search(r"Edg/(\d+)", self.client)
        name, version = ("Edge", edge[1]) if edge else (browser[1].replace("Version", "Safari"), browser[2])
        return f"{name} {version}, {system[0]}"


class DatedQuerySet(models.QuerySet):
    def on(self, day: date) -> DatedQuerySet:
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day)


class Post(models.Model):
    """A post held at a branch from a date, with the lines it covers and how far it sees."""

    staff = models.ForeignKey(Staff, models.PROTECT, related_name="posts", verbose_name=_("staff member"))
    code = models.CharField(_("post"), max_length=40, choices=PostCode.choices)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="posts", verbose_name=_("branch"))
    lines = models.CharField(
        _("lines"),
        max_length=120,
        blank=True,
        default="",
        help_text=_("separated by ; — empty means all lines"),
    )
    scope = models.CharField(_("sees"), max_length=10, choices=Scope.choices)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid until"), null=True, blank=True, help_text=_("the first day without it"))
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("granted by")
    )
    history = HistoricalRecords()

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        ordering = ["staff", "code", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["staff", "code", "branch"], condition=Q(valid_to=None), name="post_open_once"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="post_ends_after_start"
            ),
            models.CheckConstraint(condition=Q(code__in=PostCode.values), name="post_known_code"),
            models.CheckConstraint(condition=Q(scope__in=Scope.values), name="post_known_scope"),
            models.CheckConstraint(
                condition=~Q(code__in=sorted(ADMINISTRATORS)) | Q(scope=Scope.NONE),
                name="post_administrator_sees_no_business",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff} {self.get_code_display()}"

    @property
    def is_administration(self) -> bool:
        return self.code in ADMINISTRATORS

    @property
    def line_list(self) -> list[str]:
        return [line for line in self.lines.split(";") if line]

    @property
    def line_names(self) -> list[str]:
        names = dict(Line.choices)
        return [str(names.get(line, line)) for line in self.line_list]


class StandIn(models.Model):
    """Somebody acts for somebody absent, from a day to a day inclusive. Responsibility itself never moves."""

    absent = models.ForeignKey(Staff, models.PROTECT, related_name="absences", verbose_name=_("absent"))
    stand_in = models.ForeignKey(Staff, models.PROTECT, related_name="stands_in_for", verbose_name=_("stand-in"))
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    reason = models.CharField(_("reason"), max_length=200)
    ordered_by = models.ForeignKey(Staff, models.PROTECT, related_name="+", verbose_name=_("ordered by"))
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("stand-in")
        verbose_name_plural = _("stand-ins")
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="stand_in_ends_after_start"),
            models.CheckConstraint(condition=~Q(absent=F("stand_in")), name="stand_in_is_somebody_else"),
            models.CheckConstraint(condition=~Q(reason=""), name="stand_in_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.stand_in} → {self.absent}"


class BranchChange(SecondPerson):
    """What a branch is to be called, to be, and to hang under. Approved it holds at once, with all below it."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="changes", verbose_name=_("branch"))
    name = models.CharField(_("branch name"), max_length=200)
    level = models.CharField(_("level"), max_length=40, blank=True, default="")
    kind = models.CharField(_("kind of branch"), max_length=40)
    parent = models.ForeignKey(
        Branch, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("parent branch")
    )
    before = models.JSONField(_("as it was"), default=dict)
    reason = models.CharField(_("reason"), max_length=400)

    class Meta:
        verbose_name = _("change of a branch")
        verbose_name_plural = _("changes of branches")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["branch"], condition=WAITING, name="branch_change_one_proposal"),
            models.CheckConstraint(condition=SECOND_PERSON, name="branch_change_second_person"),
            models.CheckConstraint(condition=APPROVED_WITH_MOMENT, name="branch_change_approved_with_moment"),
            models.CheckConstraint(condition=ENDED_WITH_REASON, name="branch_change_ended_with_reason"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(reason=""), name="branch_change_has_name_and_reason"),
            models.CheckConstraint(condition=Q(parent=None) | ~Q(parent=F("branch")), name="branch_change_no_ring"),
        ]

    def __str__(self) -> str:
        return f"{self.branch_id} {self.name}"
