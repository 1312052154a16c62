"""Filters and tags every template has without loading them. Which part when: docs/mechanisms/interface.md."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from django import template
from django.core.paginator import Page
from django.template.context import RequestContext
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext, pgettext

from postloan.core import formatting

register = template.Library()

CLASSES = {"normal": 1, "special_mention": 2, "substandard": 3, "doubtful": 4, "loss": 5}
STATES = {
    "done": "check-circle-fill",
    "doing": "circle-half",
    "todo": "circle",
    "err": "exclamation-circle-fill",
    "na": "dash-circle",
}
EMPTY_ICONS = {
    "first": "inbox",
    "none": "inbox",
    "not_found": "search",
    "not_delivered": "cloud-slash",
    "not_permitted": "lock",
    "failed": "exclamation-octagon",
}


def no_data() -> SafeString:
    return format_html('<span class="nodata">{}</span>', gettext("no data"))


# ── values ────────────────────────────────────────────────────────────────────────────────────────────────


@register.filter
def amount(value: Decimal | None) -> str:
    """1,234.50; −12.00; what is not known is said to be so."""
    return no_data() if value is None or value == "" else formatting.amount(value)


@register.filter
def scaled(value: Decimal | None, scale: formatting.Scale) -> str:
    return no_data() if value is None else formatting.amount(Decimal(value) / scale.divisor)


@register.filter
def wan(value: Decimal | None) -> str:
    """In ten thousands, as balances are spoken of in Chinese; in thousands in English."""
    scale = formatting.TEN_THOUSANDS if formatting.is_chinese(get_language() or "") else formatting.THOUSANDS
    return scaled(value, scale)


@register.simple_tag
def unit(currency: str, scale: formatting.Scale = formatting.UNITS) -> str:
    """元 or 万元; in English CNY or CNY thousand. Stands once, in the head or the label."""
    return formatting.unit(currency, scale, language=get_language() or "")


@register.filter
def count(value: int | None) -> str:
    return no_data() if value is None else formatting.integer(value)


@register.filter
def number(value: Decimal | None) -> str:
    """A rate or a share without trailing zeros."""
    return no_data() if value is None else formatting.plain(Decimal(value))


@register.filter
def day(value: date | datetime | None) -> str:
    """2026-11-20."""
    return no_data() if not value else formatting.iso(value)


@register.filter
def moment(value: datetime | None) -> str:
    """2026-11-20 06:12:08, where the bank is."""
    return no_data() if value is None else timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S")


@register.filter
def took(value: timedelta | float | None) -> str:
    """A duration: 0.4 s, 12 s, 3 min 5 s, 1 h 20 min."""
    if value is None:
        return no_data()
    seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    if seconds < 10:
        return gettext("%(seconds)s s") % {"seconds": f"{seconds:.1f}"}
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return gettext("%(seconds)s s") % {"seconds": rest}
    hours, minutes_left = divmod(minutes, 60)
    if not hours:
        return gettext("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": rest}
    return gettext("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes_left}


@register.filter
def or_none(value: object) -> object:
    """A text or a label; what is not known is said to be so."""
    return no_data() if value is None or value == "" else value


@register.filter
def yes_no(value: bool | None) -> str:
    if value is None:
        return no_data()
    return gettext("Yes") if value else gettext("No")


# ── badges ────────────────────────────────────────────────────────────────────────────────────────────────


def band_label(step: int) -> str:
    """The name of a step of the overdue ramp, 0 to 7."""
    if step == 0:
        return gettext("Not overdue")
    if step == len(formatting.BAND_LAST_DAYS):
        return gettext("Over %(days)s days") % {"days": formatting.BAND_LAST_DAYS[-1]}
    first, last = formatting.BAND_LAST_DAYS[step - 1] + 1, formatting.BAND_LAST_DAYS[step]
    return gettext("%(first)s–%(last)s days") % {"first": first, "last": last}


@register.simple_tag
def band_badge(days: int | None) -> SafeString:
    """A swatch of the ramp and the days overdue."""
    if days is None:
        return no_data()
    step = formatting.band_of(days)
    text = band_label(0) if step == 0 else ngettext("%(days)s day", "%(days)s days", days) % {"days": days}
    return format_html('<span class="band band-{}">{}</span>', step, text)


@register.simple_tag
def band_step(step: int) -> SafeString:
    """A whole band by its name."""
    return format_html('<span class="band band-{}">{}</span>', step, band_label(step))


def class_label(code: str) -> str:
    labels = {
        "normal": gettext("Normal"),
        "special_mention": gettext("Special mention"),
        "substandard": gettext("Substandard"),
        "doubtful": gettext("Doubtful"),
        "loss": gettext("Loss"),
    }
    return labels.get(code, code)


@register.simple_tag
def class_badge(code: str | None) -> SafeString:
    """One of the five classes."""
    if not code:
        return no_data()
    return format_html('<span class="cls cls-{}">{}</span>', CLASSES.get(code, 1), class_label(code))


@register.simple_tag
def class_change(before: str, after: str) -> SafeString:
    return format_html(
        '<span class="cls-to">{}<i class="bi bi-arrow-right" aria-hidden="true"></i>'
        '<span class="visually-hidden">{}</span>{}</span>',
        class_badge(before),
        gettext("becomes"),
        class_badge(after),
    )


@register.simple_tag
def sig(level: str | None) -> SafeString:
    """The level of a warning signal: a solid square with its own character."""
    names = {
        "red": (pgettext("signal", "R"), gettext("Red signal")),
        "orange": (pgettext("signal", "O"), gettext("Orange signal")),
        "yellow": (pgettext("signal", "Y"), gettext("Yellow signal")),
        "blue": (pgettext("signal", "B"), gettext("Blue signal")),
    }
    letter, title = names.get(level or "", ("–", gettext("No open signal")))
    return format_html(
        '<span class="sig sig-{0}" title="{2}"><span aria-hidden="true">{1}</span>'
        '<span class="visually-hidden">{2}</span></span>',
        level or "none",
        letter,
        title,
    )


@register.simple_tag
def tag(text: str, tone: str = "") -> SafeString:
    """Everything else that is short; `tone` is ok, warn, bad or brand. Never for a level or a class."""
    return format_html('<span class="tag{}">{}</span>', f" tag-{tone}" if tone else "", text)


@register.simple_tag
def state(code: str, text: str = "") -> SafeString:
    """An icon and a word: todo, doing, done, err, na."""
    words = {
        "done": gettext("Done"),
        "doing": gettext("In progress"),
        "todo": gettext("Not started"),
        "err": gettext("Has errors"),
        "na": gettext("Not applicable"),
    }
    return format_html(
        '<span class="state state-{}"><i class="bi bi-{}" aria-hidden="true"></i>{}</span>',
        code,
        STATES[code],
        text or words[code],
    )


@register.simple_tag
def source(text: str, icon: str = "link-45deg") -> SafeString:
    """Where a fact comes from: link-45deg a system, sliders a parameter, pencil a person."""
    return format_html('<span class="src"><i class="bi bi-{}" aria-hidden="true"></i>{}</span>', icon, text)


@register.simple_tag
def icon(name: str) -> SafeString:
    return format_html('<i class="bi bi-{}" aria-hidden="true"></i>', name)


# ── parts ─────────────────────────────────────────────────────────────────────────────────────────────────


@register.inclusion_tag("components/_fact.html")
def fact(label: str, value: object, *, src: str = "", src_icon: str = "link-45deg", wide: bool = False) -> dict:
    """A label over a value inside <dl class="facts">; its source and date below where they are known."""
    shown = no_data() if value is None or value == "" else value
    return {"label": label, "value": shown, "src": src, "src_icon": src_icon, "wide": wide}


@register.inclusion_tag("components/_figure.html")
def figure(
    label: str, value: object, *, href: str = "", unit: str = "", below: str = "", bad: bool = False,
    cut: bool = False, label_unit: str = "",
) -> dict:  # fmt: skip
    """A figure inside <section class="pl-figs">; where it counts rows, a link to exactly these rows."""
    shown = no_data() if value is None or value == "" else value
    names = ("label", "value", "href", "unit", "below", "bad", "cut", "label_unit")
    return dict(zip(names, (label, shown, href, unit, below, bad, cut, label_unit), strict=True))


@register.inclusion_tag("components/_empty.html")
def empty_state(
    kind: str, title: str, text: str = "", *, action: str = "", href: str = "", detail: str = "", level: int = 3
) -> dict:
    """`kind`: first, none, not_found, not_delivered, not_permitted or failed: different things."""
    return {
        "icon": EMPTY_ICONS[kind], "kind": kind, "title": title, "text": text, "action": action, "href": href,
        "heading": f"h{level}", "detail": detail,
    }  # fmt: skip


@register.inclusion_tag("components/_note.html")
def note(text: str, tone: str = "info", *, icon: str = "") -> dict:
    """A note in a box: info, warn (found by the system), bad (conflict or refusal), ok (it was done)."""
    icons = {
        "info": "info-circle",
        "warn": "exclamation-triangle",
        "bad": "x-octagon",
        "ok": "check-circle",
    }
    return {"text": text, "tone": tone, "icon": icon or icons[tone]}


@register.inclusion_tag("components/_pagination.html", takes_context=True)
def pagination(context: RequestContext, page: Page) -> dict:
    return {
        "page": page,
        "numbers": page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1),
        "ellipsis": page.paginator.ELLIPSIS,
        "request": context.get("request"),
    }


@register.inclusion_tag("components/_sort.html", takes_context=True)
def sort_head(context: RequestContext, key: str, label: str, *, right: bool = False, css: str = "") -> dict:
    """A column head that sorts; the first press on an amount or days sorts downwards."""
    request = context["request"]
    current = str(context.get("sort", "") or request.GET.get("sort", ""))
    is_active = current.lstrip("-") == key
    is_down = current.startswith("-")
    downwards = not is_down if is_active else right
    return {
        "request": request, "label": label, "right": right, "css": css, "is_active": is_active,
        "is_down": is_down, "next": f"-{key}" if downwards else key,
    }  # fmt: skip


@register.filter
def tone_of(message_tags: str) -> str:
    """The tone of a note for a message of Django's."""
    for name, tone in (("error", "bad"), ("warning", "warn"), ("success", "ok")):
        if name in message_tags:
            return tone
    return "info"


@register.inclusion_tag("components/_field.html")
def field(bound, *, hint: str = "", css: str = "") -> dict:
    """A form's field: label, widget, hint, errors, tied together for screen readers."""
    kind = bound.field.widget.__class__.__name__.lower()
    is_check = "checkbox" in kind and "multiple" not in kind
    klass = "form-check-input" if is_check else "form-select" if "select" in kind else "form-control"
    described = [f"{bound.id_for_label}-err"] if bound.errors else []
    if hint or bound.help_text:
        described.append(f"{bound.id_for_label}-hint")
    attrs = {"class": f"{klass} {css}{' is-invalid' if bound.errors else ''}".strip()}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    return {
        "bound": bound,
        "widget": bound.as_widget(attrs=attrs),
        "is_check": is_check,
        "hint": hint or bound.help_text,
    }


@register.simple_tag
def query_field(bound) -> SafeString:
    """A field of a query area: a small label over the widget."""
    klass = "form-select" if hasattr(bound.field, "choices") else "form-control"
    return format_html(
        '<div><label for="{}">{}</label>{}</div>',
        bound.id_for_label,
        bound.label,
        bound.as_widget(attrs={"class": klass}),
    )
