"""The side menu: each entry names the capability it needs, so nobody is shown a door that is locked for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Entry:
    """`also` names the further pages, or whole apps, on which the entry counts as the current place."""

    label: str | Promise
    icon: str
    view: str
    capabilities: tuple[str, ...]
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Group:
    label: str | Promise
    entries: tuple[Entry, ...]


MENU = (
    Group(
        "",
        (
            Entry(_("Overview"), "layout-text-window", "reporting:overview", ("core.view_home",)),
            Entry(_("My work"), "inbox", "todos:my_work", ("todos.work",), ("todos:todos", "todos:todo")),
            Entry(_("Who is behind"), "people-fill", "todos:team", ("todos.reassign",), ("todos:reassign",)),
            Entry(
                _("Long overdue todos"),
                "hourglass-split",
                "todos:escalated",
                ("todos.view_escalated",),
            ),
        ),
    ),
    Group(
        _("Post-loan work"),
        (
            Entry(_("Inspections"), "clipboard-check", "inspections:tasks", ("inspections.view",), ("inspections:",)),
            Entry(
                _("Coverage of inspections"),
                "bar-chart-steps",
                "reporting:coverage",
                ("inspections.view_coverage",),
                ("reporting:coverage_rows", "reporting:coverage_returns"),
            ),
            Entry(
                _("Maturities and plans"),
                "calendar3",
                "collections:maturities",
                ("collections.view",),
                ("collections:notice", "collections:plan", "collections:edit_plan"),
            ),
            Entry(
                _("Overdue and collection"),
                "telephone",
                "collections:cases",
                ("collections.view",),
                ("collections:case", "collections:record"),
            ),
            Entry(_("Deductions"), "credit-card", "collections:deductions", ("collections.view",)),
            Entry(
                _("Countdown"),
                "hourglass-top",
                "reporting:countdown",
                ("loans.view_book",),
                ("reporting:countdown_customers", "reporting:countdown_branches"),
            ),
            Entry(_("Instalments missed"), "calendar-x", "reporting:missed", ("loans.view_book",)),
        ),
    ),
    Group(
        _("Books"),
        (
            Entry(
                _("Customers"),
                "building",
                "reporting:customers",
                ("customers.view_customers",),
                ("reporting:customer", "customers:"),
            ),
            Entry(_("Loans"), "cash-stack", "reporting:loans", ("loans.view_book",), ("reporting:loan",)),
            Entry(_("Responsibility"), "person-vcard", "handovers:responsible", ("handovers.view",), ("handovers:",)),
        ),
    ),
    Group(
        _("Data and nights"),
        (
            Entry(_("Extracts"), "database-down", "imports:extracts", ("imports.view_extracts",), ("imports:",)),
            Entry(
                _("Data quality"),
                "clipboard-data",
                "administration:data_quality",
                ("core.view_findings",),
                ("administration:findings",),
            ),
            Entry(_("The night"), "moon-stars", "nightly:nights", ("nightly.view_night",), ("nightly:",)),
            Entry(
                _("Calendar"), "calendar-week", "administration:calendar", ("core.view_calendar",), ("administration:",)
            ),
            Entry(
                _("Undelivered messages"), "envelope-exclamation", "collections:undelivered", ("core.view_messages",)
            ),
        ),
    ),
    Group(
        _("Administration"),
        (
            Entry(
                _("Report templates"),
                "ui-checks",
                "inspections:templates",
                ("inspections.edit_templates",),
                (
                    "inspections:template",
                    "inspections:template_version",
                    "inspections:preview_template",
                    "inspections:template_diff",
                    "inspections:template_section",
                    "inspections:template_question",
                ),
            ),
            Entry(
                _("People and posts"),
                "people",
                "organization:people",
                ("organization.view_people",),
                ("organization:",),
            ),
            Entry(
                _("Parameters"),
                "sliders",
                "organization:parameters",
                ("core.view_parameters",),
                ("organization:parameter", "organization:propose_parameter", "organization:decide_parameter"),
            ),
            Entry(
                _("Stand-ins"),
                "person-check",
                "organization:stand_ins",
                ("organization.order_stand_in",),
                ("organization:withdraw_stand_in",),
            ),
            Entry(_("Tokens of systems"), "key", "api:tokens", ("api.view_tokens",), ("api:",)),
            Entry(
                _("Records"),
                "journal-text",
                "customers:personal_data_log",
                ("customers.view_shown_data",),
                ("organization:log_in_record", "reporting:export_record"),
            ),
        ),
    ),
)


@dataclass(frozen=True)
class Shown:
    label: str
    icon: str
    href: str
    is_current: bool


@dataclass(frozen=True)
class ShownGroup:
    label: str
    items: tuple[Shown, ...]


def menu_for(*, has_capability: Callable[[str], bool], view_name: str) -> list[ShownGroup]:
    """The groups and entries a person may open, with the current place marked."""
    current = _current(view_name)
    groups = []
    for group in MENU:
        items = tuple(
            _shown(entry, entry is current)
            for entry in group.entries
            if any(map(has_capability, entry.capabilities)) and _address(entry)
        )
        if items:
            groups.append(ShownGroup(str(group.label), items))
    return groups


def place(view_name: str) -> str:
    """The label of the menu entry a page belongs to, for the head of the phone's screen."""
    current = _current(view_name)
    return str(current.label) if current else ""


def _current(view_name: str) -> Entry | None:
    """The entry that names the page itself, else one that names its app."""
    entries = [entry for group in MENU for entry in group.entries]
    exact = (entry for entry in entries if view_name == entry.view or view_name in entry.also)
    by_app = (entry for entry in entries if view_name.partition(":")[0] + ":" in entry.also)
    return next(exact, None) or next(by_app, None)


def _shown(entry: Entry, is_current: bool) -> Shown:
    return Shown(str(entry.label), entry.icon, _address(entry), is_current)


def _address(entry: Entry) -> str:
    try:
        return reverse(entry.view)
    except NoReverseMatch:
        return ""
