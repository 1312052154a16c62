"""What a post gives: capabilities, and how far it sees. The one source of both."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Q

from postloan.core import business_date
from postloan.organization import retail_centres
from postloan.organization.models import ADMINISTRATORS, Branch, BranchKind, BranchLevel, Post, PostCode, Scope, StandIn

if TYPE_CHECKING:
    from postloan.organization.models import Staff

VIEW_PARAMETERS = frozenset({"core.view_parameters"})
# The bank's thresholds for whoever answers for risk in the whole bank; those of log-in and sessions for administrators.
CHANGE_PARAMETERS = VIEW_PARAMETERS | {"core.change_parameters"}
VIEW_FINDINGS = frozenset({"core.view_findings"})
VIEW_HANDOVERS = frozenset({"handovers.view"})
PREPARE_HANDOVERS = VIEW_HANDOVERS | {"handovers.prepare"}
VIEW_CALENDAR = frozenset({"core.view_calendar"})
CHANGE_CALENDAR = VIEW_CALENDAR | {"core.change_calendar"}
VIEW_AUDIT = frozenset({"core.view_audit"})
VIEW_SHOWN_DATA = frozenset({"customers.view_shown_data"})
READ_BOOK = (
    frozenset({"core.view_home", "customers.view_customers", "loans.view_book"}) | VIEW_HANDOVERS | VIEW_CALENDAR
)
# Who does business has todos; an auditor only reads.
BUSINESS = READ_BOOK | {"todos.work"}
REASSIGN = frozenset({"todos.reassign"})
VIEW_ESCALATED = frozenset({"todos.view_escalated"})
SHOW_PERSONAL = frozenset({"customers.show_personal_data"})
VIEW_COLLECTIONS = frozenset({"collections.view"})
COLLECT = VIEW_COLLECTIONS | {"collections.work"}
CONFIRM_PLANS = frozenset({"collections.confirm_plan"})
VIEW_INSPECTIONS = frozenset({"inspections.view"})
INSPECT = VIEW_INSPECTIONS | {"inspections.write"}
LEAD_INSPECTIONS = INSPECT | {
    "inspections.order",
    "inspections.decide_request",
    "inspections.approve",
    "inspections.view_coverage",
}
VIEW_COVERAGE = frozenset({"inspections.view_coverage"})
WATCH_INSPECTIONS = VIEW_INSPECTIONS | {"inspections.order", "inspections.approve", "inspections.view_coverage"}
# The policy and the templates hold for the whole bank: besides the capability they take a post that sees all of it.
RULE_INSPECTIONS = frozenset(
    {
        "inspections.edit_policy",
        "inspections.approve_policy",
        "inspections.edit_templates",
        "inspections.approve_templates",
    }
)
VIEW_MESSAGES = frozenset({"core.view_messages"})
RESEND_MESSAGES = VIEW_MESSAGES | {"core.resend_messages"}
ORDER_STAND_IN = frozenset({"organization.order_stand_in"})
# Who may open the pages about people; each page then shows what the post is for.
VIEW_PEOPLE = "organization.view_people"
CHANGE_BRANCHES = frozenset({"organization.change_branches"})

CAPABILITIES: dict[str, frozenset[str]] = {
    PostCode.ACCOUNT_MANAGER: BUSINESS | INSPECT | COLLECT | SHOW_PERSONAL,
    PostCode.DEPARTMENT_HEAD: BUSINESS
    | LEAD_INSPECTIONS
    | VIEW_FINDINGS
    | VIEW_PARAMETERS
    | PREPARE_HANDOVERS
    | COLLECT
    | CONFIRM_PLANS
    | RESEND_MESSAGES
    | REASSIGN
    | SHOW_PERSONAL
    | ORDER_STAND_IN,
    PostCode.BRANCH_HEAD: BUSINESS
    | LEAD_INSPECTIONS
    | VIEW_FINDINGS
    | VIEW_PARAMETERS
    | PREPARE_HANDOVERS
    | COLLECT
    | CONFIRM_PLANS
    | RESEND_MESSAGES
    | REASSIGN
    | SHOW_PERSONAL
    | ORDER_STAND_IN
    | {"nightly.view_night"},
    PostCode.VICE_PRESIDENT: BUSINESS | WATCH_INSPECTIONS | VIEW_COLLECTIONS | VIEW_FINDINGS | CHANGE_PARAMETERS,
    PostCode.RISK_OFFICER: BUSINESS
    | WATCH_INSPECTIONS
    | RULE_INSPECTIONS
    | VIEW_FINDINGS
    | CHANGE_PARAMETERS
    | VIEW_COLLECTIONS
    | VIEW_MESSAGES
    | VIEW_ESCALATED
    | SHOW_PERSONAL
    | {"nightly.view_night"},
    PostCode.SUPERVISOR: BUSINESS
    | VIEW_INSPECTIONS
    | RULE_INSPECTIONS
    | VIEW_COVERAGE
    | VIEW_COLLECTIONS
    | VIEW_ESCALATED
    | VIEW_FINDINGS
    | CHANGE_PARAMETERS,
    PostCode.CLASSIFICATION_OFFICER: BUSINESS | VIEW_INSPECTIONS,
    PostCode.COLLATERAL_OFFICER: BUSINESS,
    PostCode.ARCHIVIST: BUSINESS,
    PostCode.ASSET_PRESERVATION: BUSINESS | INSPECT | COLLECT | SHOW_PERSONAL,
    PostCode.LEGAL_OFFICER: BUSINESS | VIEW_COLLECTIONS | SHOW_PERSONAL,
    PostCode.DATA_OFFICER: BUSINESS
    | VIEW_FINDINGS
    | VIEW_PARAMETERS
    | RESEND_MESSAGES
    | {
        "imports.view_extracts",
        "imports.load_extracts",
        "imports.download_rejects",
        "nightly.view_night",
        "nightly.run_night",
    },
    PostCode.AUDITOR: READ_BOOK
    | VIEW_INSPECTIONS
    | VIEW_COVERAGE
    | VIEW_COLLECTIONS
    | VIEW_MESSAGES
    | VIEW_FINDINGS
    | VIEW_PARAMETERS
    | VIEW_AUDIT
    | VIEW_SHOWN_DATA
    | {"imports.view_extracts", "nightly.view_night"},
    PostCode.SYSTEM_ADMINISTRATOR: CHANGE_PARAMETERS
    | CHANGE_CALENDAR
    | CHANGE_BRANCHES
    | {
        "core.view_home",
        "organization.manage_people",
        "organization.end_sessions",
        VIEW_PEOPLE,
        "imports.view_extracts",
        "nightly.view_night",
    },
    PostCode.SECURITY_ADMINISTRATOR: CHANGE_PARAMETERS
    | CHANGE_CALENDAR
    | CHANGE_BRANCHES
    | VIEW_SHOWN_DATA
    | {"core.view_home", "organization.manage_posts", VIEW_PEOPLE, "api.view_tokens", "api.manage_tokens"},
    PostCode.AUDIT_ADMINISTRATOR: VIEW_PARAMETERS
    | VIEW_AUDIT
    | VIEW_SHOWN_DATA
    | {"core.view_home", VIEW_PEOPLE, "api.view_tokens"},
}

DEFAULT_SCOPE: dict[str, str] = {
    PostCode.ACCOUNT_MANAGER: Scope.OWN,
    PostCode.DEPARTMENT_HEAD: Scope.BRANCH,
    PostCode.BRANCH_HEAD: Scope.BELOW,
    PostCode.VICE_PRESIDENT: Scope.BELOW,
    PostCode.RISK_OFFICER: Scope.BELOW,
    PostCode.SUPERVISOR: Scope.BELOW,
    PostCode.CLASSIFICATION_OFFICER: Scope.BELOW,
    PostCode.COLLATERAL_OFFICER: Scope.BELOW,
    PostCode.ARCHIVIST: Scope.BRANCH,
    PostCode.ASSET_PRESERVATION: Scope.BELOW,
    PostCode.LEGAL_OFFICER: Scope.BELOW,
    PostCode.DATA_OFFICER: Scope.BELOW,
    PostCode.AUDITOR: Scope.BELOW,
    PostCode.SYSTEM_ADMINISTRATOR: Scope.NONE,
    PostCode.SECURITY_ADMINISTRATOR: Scope.NONE,
    PostCode.AUDIT_ADMINISTRATOR: Scope.NONE,
}


@dataclass(frozen=True)
class Reach:
    """One way of seeing: own customers of a person, or everything of some branches; on some lines or all.

    `on` is the day on which responsibility counts; `code` the post it comes from.
    """

    scope: str
    staff_id: int
    code: str = ""
    branch_ids: frozenset[int] = frozenset()
    lines: frozenset[str] = frozenset()
    on: date | None = None


@dataclass(frozen=True)
class Rights:
    """`posts` are the person's own; `lent` are the business posts of those they stand in for."""

    capabilities: frozenset[str] = frozenset()
    posts: tuple[Post, ...] = ()
    lent: tuple[Post, ...] = ()
    reaches: tuple[Reach, ...] = ()
    stands_in_for: tuple[int, ...] = field(default=())

    @property
    def sees_everything(self) -> bool:
        return any(reach.scope == Scope.ALL and not reach.lines for reach in self.reaches)

    def with_capability(self, capability: str) -> Rights:
        """Only what the posts give that carry this capability: two posts do not lend each other their reach."""
        codes = {code for code, given in CAPABILITIES.items() if capability in given}
        return replace(self, reaches=tuple(reach for reach in self.reaches if reach.code in codes))

    @property
    def is_administrator(self) -> bool:
        return any(post.is_administration for post in self.posts)

    @property
    def held(self) -> tuple[Post, ...]:
        return self.posts + self.lent


def rights_of(staff: Staff, *, on: date) -> Rights:
    """The rights of a person on a day, in at most four queries: the posts held, and those they stand in for.

    1. A stand-in does the absent person's business with the absent person's own posts: what that person is
       lent by somebody else again is not handed on.
    2. Administration is never handed on, and an administrator is never lent business.
    """
    if not staff.is_active:
        return Rights()
    absent = tuple(
        StandIn.objects.filter(
            stand_in=staff, starts_on__lte=on, ends_on__gte=on, withdrawn_at=None, absent__is_active=True
        ).values_list("absent_id", flat=True)
    )
    posts = list(
        Post.objects.on(on)
        .filter(Q(staff=staff) | Q(staff__in=absent))
        .select_related("branch")
        .order_by("valid_from", "pk")
    )
    own = tuple(post for post in posts if post.staff_id == staff.pk)
    if any(post.is_administration for post in own):
        absent = ()
    lent = tuple(post for post in posts if post.staff_id in absent and post.code not in ADMINISTRATORS)
    return Rights(
        capabilities=frozenset().union(*(CAPABILITIES.get(post.code, frozenset()) for post in own + lent)),
        posts=own,
        lent=lent,
        reaches=_reaches([post for post in own + lent if post.scope != Scope.NONE], on=on),
        stands_in_for=absent,
    )


def rights_of_system(capabilities: frozenset[str], *, branch: Branch, scope: str, on: date) -> Rights:
    """The rights of another system that reads by a token: those of a post at a branch, held by nobody."""
    post = Post(branch=branch, scope=scope, staff_id=0)
    return Rights(capabilities=capabilities, reaches=_reaches([post], on=on))


def _reaches(posts: list[Post], *, on: date) -> tuple[Reach, ...]:
    paths: dict[int, str] = {}
    if any(post.scope == Scope.BELOW for post in posts):
        paths = dict(Branch.objects.order_by().values_list("pk", "path"))
    if any(post.scope == Scope.OWN for post in posts):
        # An extract's date may lie ahead of the calendar: who it names is responsible already.
        on = max(on, business_date.latest() or on)
    return tuple(_reach(post, paths, on) for post in posts) + _run_from_centres(posts, on)


def _run_from_centres(posts: list[Post], on: date) -> tuple[Reach, ...]:
    """A post at a retail centre also sees the lines the centre runs at the branches around it."""
    at_centres = [
        post
        for post in posts
        if post.branch.kind == BranchKind.RETAIL_CENTRE and post.scope in {Scope.BRANCH, Scope.BELOW}
    ]
    if not at_centres:
        return ()
    lines, places = retail_centres.lines_run(on=on), retail_centres.places()
    found = []
    for post in at_centres:
        run = lines.intersection(post.line_list) if post.line_list else lines
        branches = retail_centres.run_from(post.branch_id, places)
        if run and branches:
            found.append(Reach(post.scope, post.staff_id, post.code, branches, run, on))
    return tuple(found)


def _reach(post: Post, paths: dict[int, str], on: date) -> Reach:
    scope, branch_ids = post.scope, frozenset[int]()
    if scope == Scope.BRANCH:
        branch_ids = frozenset({post.branch_id})
    elif scope == Scope.BELOW:
        branch_ids = frozenset(pk for pk, path in paths.items() if path.startswith(post.branch.path))
        # Below the head office is the whole bank; below a branch that merely lost its parent is not.
        is_head_office = post.branch.parent_id is None and post.branch.level == BranchLevel.HEAD_OFFICE
        if is_head_office or len(branch_ids) == len(paths):
            scope, branch_ids = Scope.ALL, frozenset()
    return Reach(scope, post.staff_id, post.code, branch_ids, frozenset(post.line_list), on)
