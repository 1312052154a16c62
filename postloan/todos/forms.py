"""The query area above lists of todos, and what a head says when giving work to somebody else."""

from __future__ import annotations

from dataclasses import fields as dataclass_fields
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from postloan.organization.models import Branch, Line, Staff
from postloan.organization.rights import CAPABILITIES
from postloan.todos.kinds import Tab, TodoKind, TodoState
from postloan.todos.queries import TodoQuery
from postloan.todos.queries.listing import MINE
from postloan.todos.querysets import posts_of

ANY = ("", _("All"))
WORKING_POSTS = [code for code, capabilities in CAPABILITIES.items() if "todos.work" in capabilities]


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class TodoQueryForm(forms.Form):
    """What cannot be read is left out, never an error page."""

    q = forms.CharField(label=_("Customer or loan"), required=False, max_length=60)
    whose = forms.ChoiceField(label=_("Whose"), required=False, choices=[("", _("All I see")), (MINE, _("Mine to do"))])
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[ANY, *TodoKind.choices])
    tab = forms.ChoiceField(label=_("Kind of work"), required=False, choices=[ANY, *Tab.choices])
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("Open")),
            *((state.value, state.label) for state in TodoState if state != TodoState.OPEN),
            ("all", _("All, also closed")),
        ],
    )
    due_from = forms.DateField(label=_("Due from"), required=False, widget=DateInput())
    due_by = forms.DateField(label=_("Due by"), required=False, widget=DateInput())
    told = forms.ChoiceField(
        label=_("Told"),
        required=False,
        choices=[ANY, ("head", _("To the head")), ("supervisor", _("To the supervisor"))],
    )
    assignee = forms.IntegerField(required=False, widget=forms.HiddenInput())
    queue = forms.RegexField(r"^\w+:\d+$", required=False, widget=forms.HiddenInput())
    branch = forms.CharField(required=False, max_length=400, widget=forms.HiddenInput())
    line = forms.ChoiceField(required=False, choices=[ANY, *Line.choices], widget=forms.HiddenInput())

    def __init__(self, data: Any) -> None:
        super().__init__(data, auto_id="q-%s")

    def query(self) -> TodoQuery:
        self.is_valid()
        given = {item.name: self.cleaned_data.get(item.name) for item in dataclass_fields(TodoQuery)}
        return TodoQuery(**{name: _text(value) for name, value in given.items()})

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("q", "whose", "tab", "state")]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("kind", "due_from", "due_by", "told")]

    @property
    def asks_more(self) -> bool:
        return any(bound.value() for bound in self.more_fields)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


class PersonChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} {obj.staff_no} · {obj.branch.name}"


class ReassignForm(forms.Form):
    """To whom and why. Offered are the people with business posts at the branches the head leads."""

    to = PersonChoice(label=_("To"), queryset=Staff.objects.none())
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, data: Any = None, *, user: Any, on: Any) -> None:
        super().__init__(data)
        field: Any = self.fields["to"]
        field.queryset = people_led_by(user, on=on)


def people_led_by(user: Any, *, on: Any) -> Any:
    """The people with business posts at the branches of the posts that give this person the right to reassign."""
    branches = Branch.objects.none()
    for post in posts_of(user):
        if "todos.reassign" in CAPABILITIES.get(post.code, frozenset()):
            branches |= Branch.objects.below(post.branch)
    working = Staff.objects.filter(posts__in=_working_posts(on), posts__branch__in=branches)
    return (
        Staff.objects.filter(pk__in=working.values("pk"), is_active=True).select_related("branch").order_by("staff_no")
    )


def _working_posts(on: Any) -> Any:
    from postloan.organization.models import Post

    return Post.objects.on(on).filter(code__in=WORKING_POSTS)
