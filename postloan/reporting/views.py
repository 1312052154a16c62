"""The pages that read across apps: the start, the overview, a customer, a loan. The lists: list_views.py."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from postloan.core.access import http_methods, requires
from postloan.customers.models import Customer
from postloan.organization.models import PostCode
from postloan.organization.requests import StaffRequest
from postloan.reporting import customer_cards, pages
from postloan.reporting.queries import customer_tabs, loan_work, timeline
from postloan.reporting.queries import loans as loan_queries

PER_PAGE = 50
BEGIN_AT_WORK = (PostCode.ACCOUNT_MANAGER, PostCode.DEPARTMENT_HEAD, PostCode.BRANCH_HEAD)


def page_of(request: HttpRequest, rows: QuerySet | list, per_page: int = PER_PAGE) -> Page:
    return Paginator(rows, per_page).get_page(request.GET.get("page"))


@requires("core.view_home")
@http_methods()
def home(request: StaffRequest) -> HttpResponse:
    """Where somebody begins: who is sent todos at their work, everybody else at the overview."""
    has_work = any(post.code in BEGIN_AT_WORK for post in request.user.rights.posts)
    return redirect("todos:my_work" if has_work else "reporting:overview")


@requires("customers.view_customers")
@http_methods()
def customer(request: StaffRequest, customer_id: int, tab: str = "overview") -> HttpResponse:
    """One customer: the head, and the chosen tab."""
    visible = Customer.objects.visible_to(request.user).counted().select_related("branch", "group")
    one = get_object_or_404(visible, pk=customer_id)
    if tab not in {"overview", TIMELINE, *customer_tabs.BY_SLUG}:
        raise Http404(tab)
    context = pages.customer_head(one, user=request.user, tab=tab)
    context["exposure_bar"] = customer_cards.exposure(
        one, arrears=context["arrears"], off_balance=context["off_balance"], day=context["day"]
    )
    if tab == "overview":
        context |= customer_cards.overview(one, user=request.user, head=context)
        return render(request, "reporting/customer/overview.html", context)
    if tab == TIMELINE:
        context |= _story(request, timeline.of_customer, one)
        return render(request, "reporting/customer/timeline.html", context)
    context |= _customer_tab(request, one, customer_tabs.BY_SLUG[tab])
    if tab == "accounts":
        context["flow"] = customer_cards.flow(one)
    return render(request, f"reporting/customer/{tab.replace('-', '_')}.html", context)


TIMELINE = "timeline"


def _story(request: StaffRequest, of: Callable[..., timeline.Story], one: Any) -> dict[str, Any]:
    """A page of a timeline; an address that cannot be read begins with the newest."""
    try:
        before = date.fromisoformat(request.GET.get("before", ""))
    except ValueError:
        before = None
    only = timeline.WORK if request.GET.get("only") == timeline.WORK else ""
    return {"story": of(one, user=request.user, before=before, only=only), "only": only, "before": before}


# A table of statements is drawn whole; short lists are; what grows by the day goes by pages.
ROWS_OF_PART = {"statements": 3000, "loans": PER_PAGE, "entries": PER_PAGE, "events": PER_PAGE}


def _customer_tab(request: HttpRequest, one: Customer, tab: customer_tabs.Tab) -> dict[str, Any]:
    parts = {}
    for part in tab.parts:
        page = page_of(request, part.rows(one, request.user), ROWS_OF_PART.get(part.key, 500))
        parts[part.key] = pages.filled(part, page, user=request.user)
    return {"parts": parts}


LOAN_TABS = ("overview", "instalments", "history", "repayments", "payments", "deductions", "security", TIMELINE)


@requires("loans.view_book")
@http_methods()
def loan(request: StaffRequest, loan_id: int, tab: str = "overview") -> HttpResponse:
    """One loan: what core banking says, and its state after each night."""
    one = get_object_or_404(loan_queries.loans_in_scope(request.user), pk=loan_id)
    if tab not in LOAN_TABS:
        raise Http404(tab)
    context = pages.loan_head(one, user=request.user, tab=tab)
    if tab == TIMELINE:
        context |= _story(request, timeline.of_loan, one)
    else:
        context |= pages.loan_tab(one, tab, request=request, day=context["day"], page_of=page_of)
    return render(request, f"reporting/loan/{tab}.html", context)


@requires("collections.view")
@http_methods()
def work_on_loan(request: StaffRequest, loan_id: int) -> HttpResponse:
    """What was done about one loan: a tab of its page for those who see collections."""
    one = get_object_or_404(loan_queries.loans_in_scope(request.user), pk=loan_id)
    context = pages.loan_head(one, user=request.user, tab="work") | loan_work.work_of(one)
    return render(request, "reporting/loan/work.html", context)
