"""Who may open what: one row for every address of the product, written by hand and walked by `test_access.py`.

Adding a page? Add its row here; the test prints a draft of what is missing.

    Row("imports:extract", "/extracts/{extract}", "imports.view_extracts", may=EXTRACTS)

name      the URL's name with its app
path      an address of it; `{…}` is filled in from `objects()` below: add what your page is about there
access    the capability it requires, or SIGNED_IN, or PUBLIC
may       who is answered; everybody else gets 403, those not logged in (anonymous, disabled) are led to log in (302)
absent    who has the capability but not this object in scope: 404
reads     methods that only read; writes: methods that may write. A page without reads answers a GET with 405
answers   what those who may get for a GET where it is not 200
refused   who has the capability and sees the object, and may not write it all the same: 403; {(object, person), …}
but       exceptions by hand, {(object, person): answer}; objects are the rows of SEES

An address about a customer or a loan is asked for three of them: `own`, the branch's that is a colleague's, `branch`, and
another branch's, `foreign`. Who sees which stands in SEES, once for all rows: whoever has the capability and does not
see the object gets 404. What else an address of a customer may name is made by the functions in ABOUT_A_CUSTOMER.

An API's actions and admin pages are addresses too: they stand here like pages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from postloan.imports.models import Extract, ExtractFile
from postloan.inspections.models import Policy
from postloan.organization.models import LogIn
from postloan.reporting.models import SavedFilter
from tests.access_people import (
    ADMINISTRATORS,
    AUDIT,
    AUDITOR,
    BEYOND,
    BRANCH,
    BUSINESS,
    CHANGE_PARAMETERS,
    COLLECT,
    DATA,
    EVERYBODY,
    EXTRACTS,
    HEAD,
    HEAD_ELSEWHERE,
    HEADS,
    MANAGER,
    MANAGERS_AND_HEADS,
    NIGHTS,
    OWN,
    POST,
    PUBLIC,
    READS_HANDOVER,
    RISK,
    SECURITY,
    SEE_FINDINGS,
    SEE_PARAMETERS,
    SHOW_PERSONAL,
    SIGNED_IN,
    STAND_IN,
    SYSTEM,
    THE_HEAD_ABOVE,
    VIEW_COLLECTIONS,
    VIEW_INSPECTIONS,
    VIEW_MESSAGES,
    WATCH,
    WORK,
    Row,
)
from tests.factories import (
    BusinessDateFactory,
    CustomerFactory,
    InstitutionFactory,
    LoanFactory,
    LoanStateFactory,
    OffBalanceItemFactory,
    ParameterFactory,
    RelatedPartyFactory,
    ResponsibilityFactory,
    StandInFactory,
)
from tests.factories.api import TokenFactory
from tests.factories.collecting import (
    ActionRecordFactory,
    DeliveryFactory,
    DemandNoticeFactory,
    MaturityListFactory,
    MaturityNoticeFactory,
    MaturityPlanFactory,
    OverdueCaseFactory,
)
from tests.factories.core import CalendarYearFactory, JobRunFactory
from tests.factories.days import MOMENT
from tests.factories.handovers import HandoverFactory
from tests.factories.inspections import InspectionTaskFactory
from tests.factories.nightly import NightRunFactory
from tests.factories.organization import BranchChangeFactory
from tests.factories.todos import TodoFactory
from tests.test_customers.bank import Bank
from tests.test_inspections import access_rows as inspections
from tests.test_inspections.access import objects_of_reports


def objects(bank: Bank) -> dict[str, Any]:
    """What the addresses are about. Dates and the institution are there too, as after a first extract."""
    InstitutionFactory()
    BusinessDateFactory()
    people = bank.people
    return {
        "night": NightRunFactory().pk,
        "other_job": JobRunFactory(job="deliver_messages", business_date=None, done=True).pk,
        "night_job": JobRunFactory(job="run_night", done=True).pk,
        "token": TokenFactory(branch=bank.branches["west"], issued_by=people["security"]).pk,
        "west": bank.branches["west"].pk,
        "list": MaturityListFactory(branch=bank.branches["west"]).pk,
        "person": people["manager"].pk,
        "post": people["manager"].posts.get().pk,
        "log_in": LogIn.objects.create(staff=people["manager"], started_at=MOMENT, seen_at=MOMENT).pk,
        "calendar": CalendarYearFactory().pk,
        "branch_change": BranchChangeFactory(branch=bank.branches["east"], proposed_by=people["system"]).pk,
        "proposal": ParameterFactory(key="loans.missed_in_all", value=9, proposed=True).pk,
        "stand_in": StandInFactory(
            absent=people["manager"], stand_in=people["assistant"], ordered_by=people["branch_head"]
        ).pk,
        "handover": HandoverFactory(
            giver=people["manager"], receiver=people["assistant"], witness=people["department_head"]
        ).pk,
        "filter": SavedFilter.objects.create(
            staff=people["manager"], list_name="loans", name="Late", query="band=overdue", saved_at=MOMENT
        ).pk,
        **objects_of_imports(),
        **about_a_customer(bank),
    }


def about_a_customer(bank: Bank) -> dict[str, Any]:
    """What an address of a customer may name: of the customer `steel` and its loan, whose manager A is `manager`."""
    return {name: value for make in ABOUT_A_CUSTOMER for name, value in make(bank).items()}


def objects_of_customer(bank: Bank) -> dict[str, Any]:
    """The customer itself, its loan, somebody related to it, a todo about it."""
    customer, loan = bank.customers["steel"], bank.loans["steel"]
    return {
        "customer": customer.pk,
        "customer_no": customer.customer_no,
        "loan": loan.pk,
        "loan_no": loan.loan_no,
        "party": RelatedPartyFactory(customer=customer).pk,
        "todo": TodoFactory(loan=loan, assignee=bank.people["manager"]).pk,
    }


def in_the_place_of_steel(bank: Bank, *, branch: str, manager: Any) -> Bank:
    """The same bank with another customer under the name `steel`, so that the same functions make its objects."""
    customer = CustomerFactory(branch=bank.branches[branch])
    loan = LoanFactory(customer=customer, with_contract=True)
    LoanStateFactory(loan=loan)
    ResponsibilityFactory(customer=customer, staff=manager, valid_from=date(2026, 1, 1))
    return replace(
        bank,
        customers={**bank.customers, "steel": customer},
        loans={**bank.loans, "steel": loan},
        people={**bank.people, "manager": manager},
    )


def objects_of_inspections(bank: Bank) -> dict[str, Any]:
    """A task with a request that waits, and the todos that lead to it."""
    loan, manager = bank.loans["steel"], bank.people["manager"]
    task = InspectionTaskFactory(customer=loan.customer)
    request = task.requests.create(kind="end", reason="已结清", asked_by=manager, asked_on=task.planned_on)

    def todo(kind: str, subject_kind: str = "inspection_task", subject_id: int = task.pk) -> int:
        return TodoFactory(loan=loan, assignee=manager, kind=kind, subject_kind=subject_kind, subject_id=subject_id).pk

    return {
        "task": task.pk,
        "task_request": request.pk,
        "policy": Policy.objects.get(version=1).pk,
        **(reports := objects_of_reports(bank)),
        "task_todo": todo("inspection"),
        "request_todo": todo("inspection_request"),
        "approve_todo": todo("inspection_to_approve", subject_id=reports["report_task"]),
        "returned_todo": todo("inspection_returned", subject_id=reports["report_task"]),
        "measure_todo": todo("inspection_measure", "inspection_measure", reports["measure"]),
        "voucher_todo": todo("voucher_debt", "voucher_debt", reports["voucher"]),
        "more_time_todo": todo("voucher_extension", "voucher_debt", reports["voucher"]),
        "finding_todo": todo("funds_finding", "funds_finding", reports["finding"]),
        "demand_todo": todo("funds_demand", "funds_demand", reports["funds_demand"]),
    }


def objects_of_imports() -> dict[str, Any]:
    """An extract that was refused, with one file, and a run that ended."""
    extract = Extract.objects.create(folder="2026-06-30", state="refused", refusal="interrupted", received_at=MOMENT)
    file = ExtractFile.objects.create(extract=extract, name="loans", mode="full")
    run = JobRunFactory(job="import_extract", shard="2026-06-30", done=True)
    return {"extract": extract.pk, "file": file.pk, "import_run": run.pk}


def objects_of_collections(bank: Bank) -> dict[str, Any]:
    """A notice, a plan, a case and what hangs on it; a todo of each kind that leads to one of them."""
    loan, manager = bank.loans["steel"], bank.people["manager"]
    notice = MaturityNoticeFactory(loan=loan)
    plan = MaturityPlanFactory(loan=loan, submitted=True, made_by=manager)
    case = OverdueCaseFactory(loan=loan)
    item = OffBalanceItemFactory(customer=loan.customer, matures_on=notice.raised_on + timedelta(days=15))

    def todo(kind: str, subject_kind: str, subject_id: int, **arguments: Any) -> int:
        return TodoFactory(
            loan=loan, assignee=manager, kind=kind, subject_kind=subject_kind, subject_id=subject_id,
            arguments=arguments, occurrence=f"{loan.matures_on}:30",
        ).pk  # fmt: skip

    return {
        "notice": notice.pk,
        "plan": plan.pk,
        "case": case.pk,
        "demand": DemandNoticeFactory(case=case).pk,
        "delivery": DeliveryFactory(message__borrower=loan.customer, dead=True).pk,
        "branch": item.branch.pk,
        "notice_todo": todo("maturity_notice", "loan", loan.pk, notice=notice.pk),
        "plan_todo": todo("maturity_plan", "loan", loan.pk, notice=notice.pk),
        "confirm_todo": todo("plan_to_confirm", "loan", loan.pk, plan=plan.pk),
        "opinion_todo": todo("second_opinion", "loan", loan.pk, plan=plan.pk),
        "follow_todo": todo("maturity_follow_up", "loan", loan.pk, notice=notice.pk),
        "case_todo": todo("overdue_contact", "overdue_case", case.pk),
        "call_todo": todo("deduction_failed", "failed_deduction", loan.pk),
        "correction_todo": todo("data_correction", "action_record", ActionRecordFactory(loan=loan).pk),
    }


ABOUT_A_CUSTOMER: list[Callable[[Bank], dict[str, Any]]] = [
    objects_of_customer,
    objects_of_collections,
    objects_of_inspections,
]

DECISIONS = ("approve", "refuse", "withdraw")
# The parts of a customer's and a loan's page: each is an address of its own.
CUSTOMER_TABS = (
    "overview", "loans", "limits", "off-balance", "security", "accounts", "statements", "parties", "reports", "events",
    "timeline",
)  # fmt: skip
LOAN_TABS = ("overview", "instalments", "history", "repayments", "payments", "deductions", "security", "timeline")

ROWS = [
    # core
    Row("core:set_language", "/language", PUBLIC, reads=(), writes=POST, may=EVERYBODY, answers=405),
    Row("core:livez", "/livez", PUBLIC, may=EVERYBODY),
    Row("core:readyz", "/readyz", PUBLIC, may=EVERYBODY),
    Row("core:healthz", "/healthz", PUBLIC, may=EVERYBODY),
    # organization
    Row("organization:login", "/login", PUBLIC, writes=POST, may=EVERYBODY, answers=302),
    Row("organization:logout", "/logout", SIGNED_IN, reads=(), writes=POST, may=EVERYBODY, answers=405),
    Row("organization:change_password", "/password", SIGNED_IN, writes=POST, may=EVERYBODY),
    Row("organization:my_sessions", "/sessions", SIGNED_IN, writes=POST, may=EVERYBODY),
    Row("organization:people", "/people", "organization.view_people", may=ADMINISTRATORS),
    Row("organization:person", "/people/{person}", "organization.view_people", may=ADMINISTRATORS),
    Row("organization:branches", "/branches", "organization.view_people", may=ADMINISTRATORS),
    Row("organization:branch", "/branches/{west}", "organization.view_people", may=ADMINISTRATORS),
    Row(
        "organization:propose_branch", "/branches/{west}/propose", "organization.change_branches",
        writes=POST, may={SYSTEM, SECURITY},
    ),
    *(
        Row(
            "organization:decide_branch", f"/branches/changes/{{branch_change}}/{decision}", "organization.change_branches",
            may={SYSTEM, SECURITY}, reads=(), writes=POST, answers=405,
        )
        for decision in DECISIONS
    ),
    Row("organization:new_person", "/people/new", "organization.manage_people", writes=POST, may={SYSTEM}),
    *(
        Row(
            "organization:change_account", f"/people/{{person}}/{change}", "organization.manage_people",
            writes=POST, may={SYSTEM},
        )
        for change in ("disable", "enable", "unlock", "reset-password")
    ),
    Row("organization:grant_post", "/people/{person}/posts/new", "organization.manage_posts", writes=POST, may={SECURITY}),
    Row("organization:move_person", "/people/{person}/move", "organization.manage_posts", writes=POST, may={SECURITY}),
    Row("organization:end_post", "/posts/{post}/end", "organization.manage_posts", writes=POST, may={SECURITY}),
    Row("organization:sessions", "/records/sessions", "organization.view_people", may=ADMINISTRATORS),
    Row(
        "organization:end_session", "/records/sessions/{log_in}/end", "organization.end_sessions",
        writes=POST, may={SYSTEM},
    ),
    Row("organization:parameters", "/parameters", "core.view_parameters", may=SEE_PARAMETERS),
    Row("organization:parameter", "/parameters/loans.missed_in_all", "core.view_parameters", may=SEE_PARAMETERS),
    # Administrators change what guards the log-in, nothing of the bank's business.
    Row(
        "organization:propose_parameter", "/parameters/loans.missed_in_all/propose", "core.change_parameters",
        writes=POST, may={RISK}, absent={SYSTEM, SECURITY},
    ),
    *(
        Row(
            "organization:decide_parameter", f"/parameters/proposals/{{proposal}}/{decision}", "core.change_parameters",
            reads=(), writes=POST, may=CHANGE_PARAMETERS, answers=405,
            # This one is a threshold of lending: who guards log-ins and accounts does not decide it.
            refused={(OWN, SYSTEM), (OWN, SECURITY)},
        )
        for decision in DECISIONS
    ),
    Row("organization:log_in_record", "/records/log-ins", "core.view_audit", may=WATCH),
    Row("organization:stand_ins", "/stand-ins", "organization.order_stand_in", writes=POST, may=HEADS),
    Row(
        "organization:withdraw_stand_in", "/stand-ins/{stand_in}/withdraw", "organization.order_stand_in",
        writes=POST, may={HEAD}, absent={HEAD_ELSEWHERE},
    ),
    # customers
    Row("customers:personal_data_log", "/personal-data", "customers.view_shown_data", may=WATCH | {SECURITY}),
    Row(
        "customers:show_personal_data", "/personal-data/customers/{customer}", "customers.show_personal_data",
        writes=POST, may=SHOW_PERSONAL - BEYOND, absent=BEYOND,
    ),
    Row(
        "customers:show_party_data", "/personal-data/parties/{party}", "customers.show_personal_data",
        writes=POST, may=SHOW_PERSONAL - BEYOND, absent=BEYOND,
    ),
    # todos
    Row("todos:my_work", "/work", "todos.work", may=WORK),
    Row("todos:todos", "/work/todos", "todos.work", may=WORK),
    Row("todos:export", "/work/todos.csv", "todos.work", may=WORK),
    Row("todos:todo", "/work/todos/{todo}", "todos.work", may=WORK - BEYOND, absent=BEYOND),
    Row("todos:queues", "/work/queues", "todos.work", may=WORK),
    Row(
        "todos:queue", "/work/queues/branch_head/{west}", "todos.work",
        writes=POST, may={HEAD}, absent=WORK - {HEAD},
    ),
    Row("todos:team", "/work/team", "todos.reassign", may=HEADS),
    # Without todos chosen there is nothing to give away: back to the team's.
    Row("todos:reassign", "/work/reassign", "todos.reassign", writes=POST, may=HEADS, answers=302),
    Row("todos:escalated", "/work/escalated", "todos.view_escalated", may={RISK}),
    # collections
    Row("collections:maturities", "/maturities", "collections.view", may=VIEW_COLLECTIONS),
    Row("collections:monthly", "/maturities/next-month", "collections.view", may=VIEW_COLLECTIONS),
    *(
        Row(
            f"collections:letter_{name}", f"/maturities/next-month/{{branch}}.{ending}", "collections.view",
            may=VIEW_COLLECTIONS - BEYOND, absent=BEYOND,
            # A branch's letter has the own customers of whoever asks, and no other: there are some.
            but={(BRANCH, MANAGER): 200, (BRANCH, STAND_IN): 200},
        )
        for name, ending in (("word", "docx"), ("pdf", "pdf"))
    ),
    Row(
        "collections:receive_list", "/maturities/next-month/lists/{list}/receive", "collections.confirm_plan",
        may={HEAD}, absent={HEAD_ELSEWHERE}, reads=(), writes=POST, answers=405,
    ),
    Row("collections:notice", "/maturities/{notice}", "collections.view", may=VIEW_COLLECTIONS - BEYOND, absent=BEYOND),
    # Received by who is to answer it: the manager or the stand-in, not the head above.
    Row(
        "collections:receive", "/maturities/{notice}/receive", "collections.work",
        may=COLLECT, reads=(), writes=POST, answers=405,
        refused=THE_HEAD_ABOVE,
    ),
    Row(
        "collections:record_follow_up", "/maturities/{notice}/follow-up", "collections.work",
        may=COLLECT, reads=(), writes=POST, answers=405,
    ),
    # The plan is handed in: its form leads to it.
    Row(
        "collections:edit_plan", "/maturities/{notice}/plan", "collections.work",
        writes=POST, may=COLLECT - BEYOND, absent=BEYOND, answers=302,
    ),
    Row("collections:plan", "/maturity-plans/{plan}", "collections.view", may=VIEW_COLLECTIONS - BEYOND, absent=BEYOND),
    Row(
        "collections:decide", "/maturity-plans/{plan}/decide", "collections.confirm_plan",
        may=HEADS, reads=(), writes=POST, answers=405,
    ),
    Row(
        "collections:comment", "/maturity-plans/{plan}/comment", "collections.work",
        may=COLLECT, reads=(), writes=POST, answers=405,
    ),
    Row("collections:cases", "/overdue", "collections.view", may=VIEW_COLLECTIONS),
    Row("collections:case", "/overdue/{case}", "collections.view", may=VIEW_COLLECTIONS - BEYOND, absent=BEYOND),
    Row(
        "collections:make_demands", "/overdue/{case}/demands", "collections.work",
        may=COLLECT, reads=(), writes=POST, answers=405,
    ),
    Row(
        "collections:record", "/overdue/loans/{loan}/record", "collections.work",
        writes=POST, may=COLLECT - BEYOND, absent=BEYOND,
    ),
    Row("collections:demand", "/demands/{demand}", "collections.view", may=VIEW_COLLECTIONS - BEYOND, absent=BEYOND),
    Row(
        "collections:receipt", "/demands/{demand}/receipt", "collections.work",
        may=COLLECT, reads=(), writes=POST, answers=405,
    ),
    Row("collections:deductions", "/deductions", "collections.view", may=VIEW_COLLECTIONS),
    Row("collections:undelivered", "/messages/undelivered", "core.view_messages", may=VIEW_MESSAGES),
    Row(
        "collections:send_again", "/messages/undelivered/{delivery}", "core.resend_messages",
        may=HEADS | {DATA}, reads=(), writes=POST, answers=405,
    ),
    *(
        Row(
            f"collections:{name}", f"/work/todos/{{{todo}}}/{path}", capability,
            may=may - BEYOND, absent=may & BEYOND, answers=302,
        )
        for name, todo, path, capability, may in (
            ("receive_notice", "notice_todo", "receive-notice", "collections.view", VIEW_COLLECTIONS),
            ("make_plan", "plan_todo", "make-plan", "collections.work", COLLECT),
            ("confirm_plan", "confirm_todo", "confirm-plan", "collections.view", VIEW_COLLECTIONS),
            ("give_opinion", "opinion_todo", "give-opinion", "collections.work", COLLECT),
            ("follow_up", "follow_todo", "follow-up", "collections.work", COLLECT),
            ("record_action", "case_todo", "record-action", "collections.work", COLLECT),
            ("record_call", "call_todo", "record-call", "collections.work", COLLECT),
        )
    ),
    Row(
        "collections:correct_data", "/work/todos/{correction_todo}/correct-data", "collections.work",
        # Core banking is told by whose todo it is.
        writes=POST, may=COLLECT - BEYOND, absent=BEYOND, refused=THE_HEAD_ABOVE,
    ),
    *inspections.ROWS,
    # handovers
    Row("handovers:handovers", "/handovers", "handovers.view", may=BUSINESS),
    Row("handovers:prepare", "/handovers/new", "handovers.prepare", writes=POST, may=HEADS),
    # The stand-in of a manager is no party of the manager's hand-over.
    *(
        Row(f"handovers:{name}", path, "handovers.view", may=READS_HANDOVER, absent=MANAGERS_AND_HEADS - READS_HANDOVER)
        for name, path in (
            ("handover", "/handovers/{handover}"),
            ("record", "/handovers/{handover}.docx"),
            ("record", "/handovers/{handover}.pdf"),
            ("statement", "/responsibility/{person}"),
            ("statement_file", "/responsibility/{person}.docx"),
            ("statement_file", "/responsibility/{person}.pdf"),
        )
    ),
    *(
        Row(
            f"handovers:{name}", path, "handovers.view", may=READS_HANDOVER, absent=MANAGERS_AND_HEADS - READS_HANDOVER,
            reads=(), writes=POST, answers=405,
        )
        for name, path in (
            ("sign", "/handovers/{handover}/sign"),
            ("end", "/handovers/{handover}/withdraw"),
            ("end", "/handovers/{handover}/refuse"),
        )
    ),
    Row("handovers:responsible", "/responsibility", "handovers.view", may=BUSINESS),
    # reporting
    # Everybody begins somewhere: at their work or at the overview.
    Row("reporting:home", "/", "core.view_home", may=EVERYBODY, answers=302),
    Row("reporting:overview", "/overview", "core.view_home", may=EVERYBODY),
    Row("reporting:coverage", "/coverage", "inspections.view_coverage", may=HEADS | {RISK, AUDITOR}),
    Row("reporting:coverage_rows", "/coverage/rows", "inspections.view_coverage", may=HEADS | {RISK, AUDITOR}),
    Row("reporting:coverage_returns", "/coverage/returns", "inspections.view_coverage", may=HEADS | {RISK, AUDITOR}),
    Row("reporting:export_coverage", "/coverage/export", "inspections.view_coverage", may=HEADS | {RISK, AUDITOR}, reads=(), writes=POST, answers=405),
    Row("reporting:export_inspections", "/inspection-lists/export", "inspections.view", may=VIEW_INSPECTIONS, reads=(), writes=POST, answers=405),
    Row("reporting:missed", "/missed", "loans.view_book", may=BUSINESS),
    Row("reporting:countdown", "/countdown", "loans.view_book", may=BUSINESS),
    Row("reporting:countdown_customers", "/countdown/customers", "loans.view_book", may=BUSINESS),
    Row("reporting:countdown_branches", "/countdown/branches", "loans.view_book", may=BUSINESS),
    Row("reporting:search", "/search", "customers.view_customers", may=BUSINESS),
    Row("reporting:customers", "/customers", "customers.view_customers", may=BUSINESS),
    Row("reporting:customer", "/customers/{customer}", "customers.view_customers", may=BUSINESS - BEYOND, absent=BEYOND),
    *(
        Row(
            "reporting:customer", f"/customers/{{customer}}/{tab}", "customers.view_customers",
            may=BUSINESS - BEYOND, absent=BEYOND,
        )
        for tab in CUSTOMER_TABS
    ),
    Row("reporting:loans", "/loans", "loans.view_book", may=BUSINESS),
    Row("reporting:export_loans", "/loans/export", "loans.view_book", may=BUSINESS, reads=(), writes=POST, answers=405),
    Row("reporting:export_customers", "/customers/export", "customers.view_customers", may=BUSINESS, reads=(), writes=POST, answers=405),
    Row("reporting:export_record", "/records/exports", "core.view_audit", may=WATCH),
    *(
        Row(name, path, "customers.view_customers", may=BUSINESS, reads=(), writes=POST, answers=405)
        for name, path in (
            ("reporting:save_filter", "/loans/filters"),
            ("reporting:save_filter", "/customers/filters"),
            ("reporting:keep_layout", "/loans/layout"),
            ("reporting:keep_layout", "/customers/layout"),
        )
    ),
    # One's own filters only: this one is the manager's.
    Row(
        "reporting:change_filter", "/filters/{filter}", "customers.view_customers",
        may={MANAGER}, absent=BUSINESS - {MANAGER}, reads=(), writes=POST, answers=405,
    ),
    Row("reporting:loan", "/loans/{loan}", "loans.view_book", may=BUSINESS - BEYOND, absent=BEYOND),
    *(
        Row("reporting:loan", f"/loans/{{loan}}/{tab}", "loans.view_book", may=BUSINESS - BEYOND, absent=BEYOND)
        for tab in LOAN_TABS
    ),
    Row("reporting:work_on_loan", "/loans/{loan}/work", "collections.view", may=VIEW_COLLECTIONS - BEYOND, absent=BEYOND),
    # extracts and what became of them
    Row("imports:extracts", "/extracts", "imports.view_extracts", may=EXTRACTS),
    Row("imports:upload", "/extracts/upload", "imports.load_extracts", reads=(), writes=POST, may={DATA}, answers=405),
    Row("imports:take_in", "/extracts/take-in", "imports.load_extracts", reads=(), writes=POST, may={DATA}, answers=405),
    Row("imports:run", "/extracts/runs/{import_run}", "imports.view_extracts", may=EXTRACTS),
    Row("imports:run_again", "/extracts/runs/{import_run}/again", "imports.load_extracts", reads=(), writes=POST, may={DATA}, answers=405),
    Row("imports:run_progress", "/extracts/runs/{import_run}/progress", "imports.view_extracts", may=EXTRACTS),
    Row("imports:extract", "/extracts/{extract}", "imports.view_extracts", may=EXTRACTS),
    Row("imports:reconciliation", "/extracts/{extract}/reconciliation", "imports.view_extracts", may=EXTRACTS),
    Row("imports:rejects", "/extracts/files/{file}", "imports.view_extracts", may=EXTRACTS),
    Row(
        "imports:download", "/extracts/files/{file}/download", "imports.download_rejects",
        reads=(), writes=POST, may={DATA}, answers=405,
    ),
    # administration
    Row("administration:data_quality", "/data-quality", "core.view_findings", may=SEE_FINDINGS),
    Row("administration:findings", "/data-quality/findings", "core.view_findings", may=SEE_FINDINGS),
    Row(
        "administration:export_findings", "/data-quality/findings/export", "core.view_findings",
        may=SEE_FINDINGS, reads=(), writes=POST, answers=405,
    ),
    Row("administration:calendar", "/calendar", "core.view_calendar", may=BUSINESS | {SYSTEM, SECURITY}),
    Row("administration:calendar_year", "/calendar/2028", "core.view_calendar", may=BUSINESS | {SYSTEM, SECURITY}),
    Row("administration:upload_calendar", "/calendar/upload", "core.change_calendar", writes=POST, may={SYSTEM, SECURITY}),
    *(
        Row(
            "administration:decide_calendar", f"/calendar/proposals/{{calendar}}/{decision}", "core.change_calendar",
            may={SYSTEM, SECURITY}, reads=(), writes=POST, answers=405,
        )
        for decision in DECISIONS
    ),
    # nightly
    Row("nightly:nights", "/nights", "nightly.view_night", may=NIGHTS),
    Row("nightly:jobs", "/nights/jobs", "nightly.view_night", may=NIGHTS),
    Row("nightly:job_again", "/nights/jobs/{other_job}/again", "nightly.run_night", reads=(), writes=POST, may={DATA}, answers=405),
    Row("nightly:night", "/nights/{night}", "nightly.view_night", may=NIGHTS),
    Row("nightly:start", "/nights/start", "nightly.run_night", reads=(), writes=POST, may={DATA}, answers=405),
    Row("nightly:run", "/nights/runs/{night_job}", "nightly.view_night", may=NIGHTS),
    Row("nightly:run_again", "/nights/runs/{night_job}/again", "nightly.run_night", reads=(), writes=POST, may={DATA}, answers=405),
    Row("nightly:run_progress", "/nights/runs/{night_job}/progress", "nightly.view_night", may=NIGHTS),
    # the interface for other systems: who reads a page reads the same here; systems come in by token, see test_api
    Row("api:guide", "/api-guide", SIGNED_IN, may=EVERYBODY),
    Row("api:schema", "/api/v1/schema", SIGNED_IN, may=EVERYBODY),
    Row("api:tokens", "/api-tokens", "api.view_tokens", may={SECURITY, AUDIT}),
    Row("api:new_token", "/api-tokens/new", "api.manage_tokens", writes=POST, may={SECURITY}),
    Row("api:revoke_token", "/api-tokens/{token}/revoke", "api.manage_tokens", writes=POST, may={SECURITY}),
    Row("api:customers", "/api/v1/customers", "customers.view_customers", may=BUSINESS),
    Row("api:customers_one", "/api/v1/customers/{customer_no}", "customers.view_customers", may=BUSINESS - BEYOND, absent=BEYOND),
    Row("api:loans", "/api/v1/loans", "loans.view_book", may=BUSINESS),
    Row("api:loans_one", "/api/v1/loans/{loan_no}", "loans.view_book", may=BUSINESS - BEYOND, absent=BEYOND),
    Row("api:todos", "/api/v1/todos", "todos.work", may=WORK),
    Row("api:todos_one", "/api/v1/todos/{todo}", "todos.work", may=WORK - BEYOND, absent=BEYOND),
    Row("api:notices", "/api/v1/notices", "collections.view", may=VIEW_COLLECTIONS),
    Row("api:notices_one", "/api/v1/notices/{notice}", "collections.view", may=VIEW_COLLECTIONS - BEYOND, absent=BEYOND),
    Row("api:runs", "/api/v1/runs", "nightly.view_night", may=NIGHTS),
    Row("api:runs_one", "/api/v1/runs/{night_job}", "nightly.view_night", may=NIGHTS),
]  # fmt: skip
