"""Posts, stand-ins and accounts: who may change what, and what the database itself refuses."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from postloan.core import business_date
from postloan.core.models import Event
from postloan.organization import events, services
from postloan.organization.models import LogIn, Post, Staff
from tests.factories import BranchFactory, PostFactory, StaffFactory, StandInFactory
from tests.factories.days import MOMENT

pytestmark = pytest.mark.django_db

TODAY = business_date.calendar_today()
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def security():
    return StaffFactory(post="security_administrator")


@pytest.fixture
def system():
    return StaffFactory(post="system_administrator")


def grant(staff, code, by, **more):
    return services.grant_post(
        staff, code=code, branch=more.pop("branch", staff.branch), acting_user=by, reason="appointed", **more
    )


# ── granting and ending ───────────────────────────────────────────────────────────────────────────────────


def test_a_post_is_dated_told_and_kept_with_its_reason(security):
    staff = StaffFactory()
    post = grant(staff, "risk_officer", security, lines=["inclusive", "corporate"])
    assert (post.valid_from, post.valid_to, post.scope, post.lines) == (TODAY, None, "below", "corporate;inclusive")
    assert post.granted_by == security
    kept = post.history.get()
    assert (kept.history_change_reason, kept.history_user) == ("appointed", security)
    event = Event.objects.get(code=events.POST_GRANTED)
    assert (event.actor, event.subject_key, event.arguments["post"]) == (security, staff.staff_no, "risk_officer")


def test_nobody_changes_their_own_posts(security):
    with pytest.raises(services.Refused):
        grant(security, "audit_administrator", security)
    with pytest.raises(services.Refused):
        services.end_post(security.posts.get(), acting_user=security, reason="tired of it")
    with pytest.raises(services.Refused):
        services.move_staff(security, branch=BranchFactory(), acting_user=security, reason="nicer there")


@pytest.mark.parametrize("code", ["system_administrator", "audit_administrator", "branch_head", "account_manager"])
def test_only_the_security_administrator_grants_ends_and_moves(code):
    acting, staff = StaffFactory(post=code), StaffFactory(post="risk_officer")
    with pytest.raises(PermissionDenied):
        grant(staff, "auditor", acting)
    with pytest.raises(PermissionDenied):
        services.end_post(staff.posts.get(), acting_user=acting, reason="no more")
    with pytest.raises(PermissionDenied):
        services.move_staff(staff, branch=BranchFactory(), acting_user=acting, reason="no more")


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        ("account_manager", "system_administrator"),
        ("security_administrator", "auditor"),
        ("system_administrator", "audit_administrator"),
    ],
)
def test_an_administrator_holds_nothing_else_at_the_same_time(security, held, wanted):
    staff = StaffFactory(post=held)
    with pytest.raises(services.Refused):
        grant(staff, wanted, security)
    with pytest.raises(IntegrityError), transaction.atomic():
        PostFactory(staff=staff, code=wanted)


def test_one_after_the_other_is_allowed(security):
    staff = StaffFactory(post="account_manager")
    services.end_post(staff.posts.get(), acting_user=security, reason="becomes administrator")
    assert grant(staff, "system_administrator", security).scope == "none"
    assert Staff.objects.get(pk=staff.pk).must_change_password, "administrators need a longer password"


def test_the_database_refuses_the_overlap_by_an_update_too():
    staff = StaffFactory()
    PostFactory(staff=staff, code="system_administrator", valid_to=TODAY)
    later = PostFactory(staff=staff, code="auditor", valid_from=TODAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.filter(pk=later.pk).update(valid_from=TODAY - timedelta(days=1))


def test_a_post_taken_back_before_it_began_counts_for_nothing(security):
    staff = StaffFactory()
    post = grant(staff, "auditor", security, valid_from=TOMORROW)
    post = services.end_post(post, acting_user=security, reason="somebody else")
    assert post.valid_to == post.valid_from == TOMORROW
    grant(staff, "system_administrator", security)


@pytest.mark.parametrize(
    "more",
    [
        {"valid_from": TODAY - timedelta(days=1)},
        {"valid_from": TOMORROW, "valid_to": TOMORROW},
        {"code": "system_administrator", "scope": "all"},
    ],
)
def test_what_is_refused_about_a_new_post(security, more):
    with pytest.raises(services.Refused):
        grant(StaffFactory(), more.pop("code", "auditor"), security, **more)


def test_the_same_post_is_not_granted_twice_and_not_to_the_disabled(security):
    staff = StaffFactory(post="auditor")
    with pytest.raises(services.Refused):
        grant(staff, "auditor", security)
    with pytest.raises(services.Refused):
        grant(StaffFactory(disabled=True), "auditor", security)


def test_every_change_wants_a_reason(security, system):
    staff = StaffFactory(post="auditor")
    for change in (
        lambda: services.end_post(staff.posts.get(), acting_user=security, reason="  "),
        lambda: services.disable_staff(staff, acting_user=system, reason=""),
        lambda: services.reset_password(staff, acting_user=system, reason="\n"),
    ):
        with pytest.raises(services.Refused):
            change()


def test_moving_ends_the_posts_at_the_former_branch(security):
    elsewhere, new = BranchFactory(), BranchFactory()
    staff = StaffFactory(post="account_manager")
    PostFactory(staff=staff, code="risk_officer", branch=elsewhere)
    services.move_staff(staff, branch=new, acting_user=security, reason="rotation")
    assert Staff.objects.get(pk=staff.pk).branch == new
    assert [post.code for post in Post.objects.on(TODAY).filter(staff=staff)] == ["risk_officer"]


# ── accounts ──────────────────────────────────────────────────────────────────────────────────────────────


def test_somebody_added_has_no_post_and_sees_nothing(system):
    staff, password = services.add_staff(
        staff_no="LX77777", name="赵一", branch=system.branch, acting_user=system, reason="joined"
    )
    assert staff.check_password(password)
    assert staff.must_change_password
    assert staff.rights.capabilities == frozenset()


def test_numbers_are_not_given_twice_not_even_in_other_letters(system):
    StaffFactory(staff_no="LX1")
    with pytest.raises(services.Refused):
        services.add_staff(staff_no="lx1", name="钱二", branch=system.branch, acting_user=system, reason="joined")


def test_nobody_disables_or_resets_themselves(system):
    for change in (services.disable_staff, services.reset_password):
        with pytest.raises(services.Refused):
            change(system, acting_user=system, reason="why not")


@pytest.mark.parametrize("code", ["security_administrator", "audit_administrator", "branch_head"])
def test_accounts_are_the_system_administrators(code):
    acting, staff = StaffFactory(post=code), StaffFactory()
    for change in (services.disable_staff, services.enable_staff, services.reset_password, services.unlock):
        with pytest.raises(PermissionDenied):
            change(staff, acting_user=acting, reason="asked to")


def test_disabled_and_enabled_again(system):
    staff = StaffFactory(post="auditor")
    services.disable_staff(staff, acting_user=system, reason="on leave for long")
    assert Staff.objects.get(pk=staff.pk).rights.capabilities == frozenset()
    with pytest.raises(services.Refused):
        services.disable_staff(staff, acting_user=system, reason="again")
    services.enable_staff(staff, acting_user=system, reason="back")
    assert Staff.objects.get(pk=staff.pk).has_capability("core.view_audit")


# ── stand-ins ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def bank():
    root = BranchFactory()
    branch = BranchFactory(parent=root, tier2=True)
    return {
        "root": root,
        "branch": branch,
        "head": StaffFactory(post="branch_head", branch=branch),
        "manager": StaffFactory(post="account_manager", branch=branch),
        "other": StaffFactory(post="account_manager", branch=branch),
    }


def order(absent, stand_in, by, first=TODAY, last=TOMORROW):
    return services.order_stand_in(
        absent, stand_in=stand_in, starts_on=first, ends_on=last, acting_user=by, reason="annual leave"
    )


def test_a_head_orders_and_withdraws(bank):
    made = order(bank["manager"], bank["other"], bank["head"])
    assert Staff.objects.get(pk=bank["other"].pk).rights.stands_in_for == (bank["manager"].pk,)
    services.withdraw_stand_in(made, acting_user=bank["head"], reason="back earlier")
    assert Staff.objects.get(pk=bank["other"].pk).rights.stands_in_for == ()
    with pytest.raises(services.Refused):
        services.withdraw_stand_in(made, acting_user=bank["head"], reason="twice")


def test_a_head_may_be_stood_in_for_but_not_make_themselves_a_stand_in(bank):
    order(bank["head"], bank["manager"], bank["head"])
    with pytest.raises(services.Refused):
        order(bank["manager"], bank["head"], bank["head"])


def test_what_a_head_may_not_order(bank):
    elsewhere = StaffFactory(post="account_manager", branch=BranchFactory(parent=bank["root"]))
    without_post = StaffFactory(branch=bank["branch"])
    higher = StaffFactory(branch=bank["branch"])
    PostFactory(staff=higher, code="auditor", branch=bank["root"])
    wide = StaffFactory(post="risk_officer", post__scope="all", branch=bank["branch"])
    administrator = StaffFactory(post="system_administrator", branch=bank["branch"])
    refused = [
        (elsewhere, bank["manager"]),
        (bank["manager"], elsewhere),
        (without_post, bank["manager"]),
        (higher, bank["manager"]),
        (wide, bank["manager"]),
        (administrator, bank["manager"]),
        (bank["manager"], administrator),
        (bank["manager"], bank["manager"]),
        (StaffFactory(post="account_manager", branch=bank["branch"], disabled=True), bank["manager"]),
    ]
    for absent, stand_in in refused:
        with pytest.raises(services.Refused):
            order(absent, stand_in, bank["head"])


def test_days_gone_by_turned_round_or_ordered_already_are_refused(bank):
    pair = (bank["manager"], bank["other"], bank["head"])
    for first, last in ((TODAY - timedelta(days=1), TODAY), (TOMORROW, TODAY)):
        with pytest.raises(services.Refused):
            order(*pair, first, last)
    order(*pair)
    with pytest.raises(services.Refused):
        order(*pair, TOMORROW, TOMORROW + timedelta(days=9))


def test_a_department_head_does_not_hand_on_what_the_branch_head_may(bank):
    head = StaffFactory(post="department_head", branch=bank["branch"])
    order(bank["manager"], bank["other"], head)
    with pytest.raises(services.Refused):
        order(bank["head"], bank["other"], head)


def test_account_managers_order_nothing(bank):
    with pytest.raises(PermissionDenied):
        order(bank["other"], bank["head"], bank["manager"])


# ── what the database refuses ─────────────────────────────────────────────────────────────────────────────


def log_in(**fields):
    given = {"staff": StaffFactory(), "started_at": MOMENT, "seen_at": MOMENT, **fields}
    return LogIn.objects.create(**given)


@pytest.mark.parametrize(
    "make",
    [
        lambda: PostFactory(code="emperor", scope="own"),
        lambda: PostFactory(scope="everything"),
        lambda: PostFactory(valid_from=date(2026, 2, 1), valid_to=date(2026, 1, 31)),
        lambda: PostFactory(code="audit_administrator", scope="all"),
        lambda: PostFactory(staff=(one := PostFactory()).staff, code=one.code, branch=one.branch),
        lambda: StandInFactory(starts_on=date(2026, 2, 1), ends_on=date(2026, 1, 31)),
        lambda: StandInFactory(absent=(same := StaffFactory()), stand_in=same),
        lambda: StandInFactory(reason=""),
        lambda: StaffFactory(staff_no=""),
        lambda: StaffFactory(staff_no=StaffFactory().staff_no),
        lambda: BranchFactory(branch_code=""),
        lambda: log_in(seen_at=MOMENT - timedelta(seconds=1)),
        lambda: log_in(ended_at=MOMENT),
        lambda: log_in(ended_because="idle"),
    ],
)
def test_rows_that_must_not_be(make):
    with pytest.raises(IntegrityError), transaction.atomic():
        make()


def test_a_branch_is_not_its_own_parent():
    branch = BranchFactory()
    branch.parent = branch
    with pytest.raises(IntegrityError), transaction.atomic():
        branch.save()
