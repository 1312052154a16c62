"""Forms of the template editor: one section, one question. What they make is checked by the schema."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from postloan.inspections import prefill
from postloan.inspections import questions as schema

RANGES = ("min", "max", "min_length", "max_length", "min_count", "max_count", "min_rows", "max_rows", "explain_min")


class SectionForm(forms.Form):
    code = forms.CharField(label=_("Code"), max_length=80, help_text=_("Small letters, digits, _ and dots"))
    title_zh = forms.CharField(label=_("Title in Chinese"), max_length=120)
    title_en = forms.CharField(label=_("Title in English"), max_length=120)
    hint_zh = forms.CharField(label=_("Hint in Chinese"), max_length=200, required=False)
    hint_en = forms.CharField(label=_("Hint in English"), max_length=200, required=False)
    may_not_apply = forms.BooleanField(label=_("May be marked as not applying, with a reason"), required=False)
    when = forms.CharField(
        label=_("Shown when"), required=False, widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"})
    )
    edit_no = forms.IntegerField(widget=forms.HiddenInput)

    def clean_when(self) -> Any:
        return read_json(self.cleaned_data["when"])

    def made(self, former: dict[str, Any]) -> dict[str, Any]:
        data = {name: value for name, value in self.cleaned_data.items() if name != "edit_no"}
        kept = {name: value for name, value in data.items() if value not in ("", None, False)}
        return {**kept, "questions": former.get("questions", [])}

    @staticmethod
    def initial_of(section: dict[str, Any]) -> dict[str, Any]:
        return {**section, "when": write_json(section.get("when"))}


class QuestionForm(forms.Form):
    """Every kind of question has its own fields; those of other kinds are left out of what is made."""

    code = forms.CharField(label=_("Code"), max_length=80, help_text=_("Small letters, digits, _ and dots"))
    type = forms.ChoiceField(label=_("Type"), choices=lambda: list(schema.TYPES.items()))
    label_zh = forms.CharField(label=_("Question in Chinese"), max_length=200)
    label_en = forms.CharField(label=_("Question in English"), max_length=200)
    hint_zh = forms.CharField(label=_("Hint in Chinese"), max_length=200, required=False)
    hint_en = forms.CharField(label=_("Hint in English"), max_length=200, required=False)
    required = forms.ChoiceField(label=_("Required"), choices=lambda: list(schema.REQUIRED.items()), required=False)
    when = forms.CharField(
        label=_("Shown when"),
        required=False,
        help_text=_("A condition on an answer before it or on a fact, as in the neighbouring questions"),
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
    )
    prefill = forms.ChoiceField(label=_("Filled in with"), required=False)
    keeps = forms.ChoiceField(label=_("Kept as"), required=False)
    unit_zh = forms.CharField(label=_("Unit in Chinese"), max_length=20, required=False)
    unit_en = forms.CharField(label=_("Unit in English"), max_length=20, required=False)
    options = forms.CharField(
        label=_("Options"),
        required=False,
        help_text=_("One a line: code | Chinese | English, and | ! for a risky one"),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )
    columns = forms.CharField(
        label=_("Columns"),
        required=False,
        help_text=_("One a line: code | type | Chinese | English, and | ! for one that is required"),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )
    risky = forms.ChoiceField(
        label=_("Risky answer"), required=False, choices=[("", _("none")), ("yes", _("Yes")), ("no", _("No"))]
    )
    points = forms.IntegerField(label=_("Points of the risky answer"), required=False, min_value=1, max_value=100)
    explain_min = forms.IntegerField(label=_("Shortest explanation, characters"), required=False, min_value=1)
    min = forms.DecimalField(label=_("Smallest value"), required=False)
    max = forms.DecimalField(label=_("Largest value"), required=False)
    min_length = forms.IntegerField(label=_("Shortest text, characters"), required=False, min_value=1)
    max_length = forms.IntegerField(label=_("Longest text, characters"), required=False, min_value=1)
    min_count = forms.IntegerField(label=_("Files, at least"), required=False, min_value=0)
    max_count = forms.IntegerField(label=_("Files, at most"), required=False, min_value=1)
    min_rows = forms.IntegerField(label=_("Rows, at least"), required=False, min_value=0)
    max_rows = forms.IntegerField(label=_("Rows, at most"), required=False, min_value=1)
    opinion = forms.BooleanField(label=_("A judgement: never filled in beforehand"), required=False)
    fixed = forms.BooleanField(label=_("Only shown, cannot be changed"), required=False)
    compare = forms.BooleanField(label=_("Compared with last time"), required=False)
    short = forms.BooleanField(label=_("One line"), required=False)
    not_future = forms.BooleanField(label=_("Not in the future"), required=False)
    not_past = forms.BooleanField(label=_("Not in the past"), required=False)
    edit_no = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choose("prefill", [("", _("nothing")), *prefill.names().items()])
        self._choose("keeps", [("", _("an answer only")), *((name, name) for name in schema.KEEPS)])

    def _choose(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean_when(self) -> Any:
        return read_json(self.cleaned_data["when"])

    def clean_options(self) -> list[dict[str, Any]]:
        return [self._option(line) for line in lines(self.cleaned_data["options"])]

    def _option(self, parts: list[str]) -> dict[str, Any]:
        if len(parts) not in {3, 4}:
            raise forms.ValidationError(gettext("Each line needs three parts."))
        option: dict[str, Any] = dict(zip(("code", "zh", "en"), parts[:3], strict=True))
        return {**option, "risky": True} if parts[3:] == ["!"] else option

    def clean_columns(self) -> list[dict[str, Any]]:
        return [self._column(line) for line in lines(self.cleaned_data["columns"])]

    def _column(self, parts: list[str]) -> dict[str, Any]:
        if len(parts) not in {4, 5}:
            raise forms.ValidationError(gettext("Each line needs four parts."))
        column: dict[str, Any] = dict(zip(("code", "type", "zh", "en"), parts[:4], strict=True))
        return {**column, "required": True} if parts[4:] == ["!"] else column

    def made(self, former: dict[str, Any]) -> dict[str, Any]:
        """The question, with what the form does not show kept from before."""
        data = self.cleaned_data
        known = schema.COMMON | schema.OWN[data["type"]]
        shown = set(self.fields)
        question = {name: value for name, value in former.items() if name in known and name not in shown}
        for name, value in data.items():
            if name in known and value is not False and value not in ("", None, []):
                question[name] = int(value) if name in RANGES and value == int(value) else value
        if former.get("columns") and "columns" in question:
            question["columns"] = _with_options(question["columns"], former["columns"])
        return json.loads(json.dumps(question, default=str))

    @staticmethod
    def initial_of(question: dict[str, Any]) -> dict[str, Any]:
        options = [
            [o["code"], o["zh"], o["en"], *(["!"] if o.get("risky") else [])] for o in question.get("options", [])
        ]
        columns = [
            [c["code"], c.get("type", "text"), c["zh"], c["en"], *(["!"] if c.get("required") else [])]
            for c in question.get("columns", [])
        ]
        return {
            **question,
            "when": write_json(question.get("when")),
            "options": "\n".join(" | ".join(line) for line in options),
            "columns": "\n".join(" | ".join(line) for line in columns),
        }


def _with_options(columns: list[dict[str, Any]], former: list[dict[str, Any]]) -> list[dict[str, Any]]:
    options = {column["code"]: column["options"] for column in former if "options" in column}
    return [
        {**column, "options": options[column["code"]]}
        if column.get("type") == "choice" and column["code"] in options
        else column
        for column in columns
    ]


class HandInForm(forms.Form):
    valid_from = forms.DateField(label=_("Valid from"), widget=forms.DateInput(attrs={"type": "date"}))


class DecisionForm(forms.Form):
    comment = forms.CharField(
        label=_("Remark"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )
    seen = forms.CharField(widget=forms.HiddenInput)


def lines(text: str) -> list[list[str]]:
    return [[part.strip() for part in line.split("|")] for line in text.splitlines() if line.strip()]


def read_json(text: str) -> Any:
    if not text.strip():
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        raise forms.ValidationError(gettext("The condition cannot be read.")) from error


def write_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if value else ""
