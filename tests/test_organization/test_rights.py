"""What posts give: capabilities, reach, stand-ins; the three administrators see no business."""

from datetime import timedelta

import pytest

from postloan.core import business_date
from postloan.organization.models import ADMINISTRATORS, PostCode, Staff
from postloan.organization.rights import CAPABILITIES, DEFAULT_SCOPE, rights_of
from tests.factories import BranchFactory, BusinessDateFactory, PostFactory, StaffFactory, StandInFactory

pytestmark = pytest.mark.django_db
TODAY = business_date.calendar_today()
BUSINESS = {"customers.view_customers", "loans.view_book", "customers.show_personal_data"}


def rights(staff):
    return rights_of(Staff.objects.get(pk=staff.pk), on=TODAY)


def test_every_post_has_capabilities_and_a_usual_scope():
    assert set(CAPABILITIES) == set(DEFAULT_SCOPE) == set(PostCode.values)


@pytest.mark.parametrize("code", sorted(ADMINISTRATORS))
def test_administrators_are_given_no_business(code):
    held = rights(StaffFactory(post=code))
    assert not held.capabilities & BUSINESS
    assert held.reaches == ()


def test_no_business_post_administers():
    administration = {"organization.manage_people", "organization.manage_posts"}
    for code in set(PostCode.values) - ADMINISTRATORS:
        assert not CAPABILITIES[code] & administration


def test_posts_count_from_their_first_day_to_the_day_before_their_last():
    staff = StaffFactory()
    PostFactory(staff=staff, code="auditor", valid_from=TODAY + timedelta(days=1))
    PostFactory(staff=staff, code="risk_officer", valid_to=TODAY)
    assert rights(staff).posts == ()
    PostFactory(staff=staff, code="archivist", valid_from=TODAY, valid_to=TODAY + timedelta(days=1))
    assert [post.code for post in rights(staff).posts] == ["archivist"]


def test_below_the_head_office_is_everything_but_below_a_branch_that_lost_its_parent_is_not():
    head_office, orphan = BranchFactory(), BranchFactory(tier2=True)
    assert rights(StaffFactory(post="branch_head", branch=head_office)).sees_everything
    assert not rights(StaffFactory(post="branch_head", branch=orphan)).sees_everything


def test_below_a_root_that_holds_every_branch_is_everything():
    root = BranchFactory(tier1=True)
    BranchFactory(parent=root)
    assert rights(StaffFactory(post="branch_head", branch=root)).sees_everything


def test_codes_that_begin_alike_are_not_below_one_another():
    root = BranchFactory()
    one = BranchFactory(parent=root, branch_code="B1")
    ten = BranchFactory(parent=root, branch_code="B10")
    reach = rights(StaffFactory(post="branch_head", branch=one)).reaches[0]
    assert one.pk in reach.branch_ids
    assert ten.pk not in reach.branch_ids


def test_a_stand_in_gets_the_business_and_not_the_other_way_round():
    absent = StaffFactory(post="risk_officer")
    stand_in = StaffFactory(post="account_manager")
    StandInFactory(absent=absent, stand_in=stand_in)
    assert "nightly.view_night" in rights(stand_in).capabilities
    assert [post.code for post in rights(stand_in).posts] == ["account_manager"]
    assert rights(absent).lent == ()


def test_stand_ins_are_not_handed_on():
    c, b, a = (StaffFactory(post=code) for code in ("data_officer", "risk_officer", "account_manager"))
    StandInFactory(absent=c, stand_in=b)
    StandInFactory(absent=b, stand_in=a)
    assert "imports.load_extracts" in rights(b).capabilities
    assert "imports.load_extracts" not in rights(a).capabilities
    assert {post.staff_id for post in rights(a).lent} == {b.pk}


@pytest.mark.parametrize("code", sorted(ADMINISTRATORS))
def test_administration_is_never_lent_and_administrators_are_lent_nothing(code):
    administrator, manager = StaffFactory(post=code), StaffFactory(post="account_manager")
    StandInFactory(absent=administrator, stand_in=manager)
    StandInFactory(absent=manager, stand_in=administrator)
    assert rights(manager).capabilities == CAPABILITIES["account_manager"]
    assert rights(administrator).capabilities == CAPABILITIES[code]
    assert rights(administrator).reaches == ()


@pytest.mark.parametrize(
    "fields",
    [
        {"starts_on": TODAY + timedelta(days=1)},
        {"ends_on": TODAY - timedelta(days=1)},
        {"withdrawn_at": business_date.timezone.now()},
    ],
)
def test_a_stand_in_to_come_over_or_withdrawn_gives_nothing(fields):
    stand_in = StaffFactory(post="account_manager")
    StandInFactory(absent=StaffFactory(post="auditor"), stand_in=stand_in, **fields)
    assert rights(stand_in).lent == ()


def test_on_its_first_and_last_day_it_gives():
    stand_in = StaffFactory()
    StandInFactory(absent=StaffFactory(post="auditor"), stand_in=stand_in, starts_on=TODAY, ends_on=TODAY)
    assert rights(stand_in).lent


def test_the_disabled_give_and_have_nothing():
    absent = StaffFactory(post="auditor", disabled=True)
    stand_in = StaffFactory()
    StandInFactory(absent=absent, stand_in=stand_in)
    assert rights(stand_in).capabilities == frozenset()
    assert rights(absent).capabilities == frozenset()


def test_two_posts_do_not_lend_each_other_their_reach():
    root = BranchFactory()
    BranchFactory(parent=root)
    staff = StaffFactory(post="account_manager", branch=root)
    PostFactory(staff=staff, code="auditor")
    held = rights(staff)
    assert held.sees_everything
    assert not held.with_capability("customers.show_personal_data").sees_everything
    assert [reach.scope for reach in held.with_capability("customers.show_personal_data").reaches] == ["own"]


def test_reading_rights_costs_the_same_whatever_they_are(django_assert_max_num_queries):
    BusinessDateFactory()
    root = BranchFactory()
    staff = StaffFactory(branch=root)
    for _branch in range(4):
        below = BranchFactory(parent=root)
        PostFactory(staff=staff, code="branch_head", branch=below)
        absent = StaffFactory(post="account_manager", branch=below)
        StandInFactory(absent=absent, stand_in=staff)
    fresh = Staff.objects.get(pk=staff.pk)
    with django_assert_max_num_queries(4):
        assert len(rights_of(fresh, on=TODAY).reaches) == 8
