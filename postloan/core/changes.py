"""What one person proposes and another approves: parameters and calendars. `core/models.py` is where to import from."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords


class ChangeEnd(models.TextChoices):
    """Why a proposed or approved change no longer stands."""

    WITHDRAWN = "withdrawn", _("withdrawn")
    REFUSED = "refused", _("refused")
    REPLACED = "replaced", _("replaced")


class SecondPerson(models.Model):
    """A change that one person proposes and another approves; refused, withdrawn or replaced it stands no longer."""

    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    proposed_at = models.DateTimeField(_("proposed at"), auto_now_add=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, verbose_name=_("approved by")
    )
    approved_at = models.DateTimeField(_("approved at"), null=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, verbose_name=_("ended by")
    )
    ended_at = models.DateTimeField(_("ended at"), null=True)
    ended_because = models.CharField(
        _("ended because"), max_length=10, choices=ChangeEnd.choices, blank=True, default=""
    )
    end_reason = models.CharField(_("remark"), max_length=400, blank=True, default="")

    class Meta:
        abstract = True

    @property
    def is_waiting(self) -> bool:
        return self.approved_by_id is None and self.ended_at is None

    @property
    def is_standing(self) -> bool:
        return self.approved_by_id is not None and self.ended_at is None


STANDING = Q(ended_at=None, approved_by__isnull=False)
WAITING = Q(ended_at=None, approved_by=None)
SECOND_PERSON = Q(approved_by=None) | ~Q(approved_by=F("proposed_by"))
APPROVED_WITH_MOMENT = Q(approved_by=None, approved_at=None) | Q(approved_by__isnull=False, approved_at__isnull=False)
# Refused or withdrawn is only what nobody has approved; replaced only what somebody has.
ENDED_WITH_REASON = (
    Q(ended_at=None, ended_by=None, ended_because="")
    | Q(ended_at__isnull=False, ended_by__isnull=False, ended_because="replaced", approved_by__isnull=False)
    | Q(ended_at__isnull=False, ended_by__isnull=False, ended_because__in=["refused", "withdrawn"], approved_by=None)
)


class Parameter(SecondPerson):
    """A threshold of the bank: valid from a date, proposed by one person, approved by another.

    The defaults stand in code (`core/parameters.py`) with their source; a row here overrides both, `source` is the
    document or article by which the bank decided. A night uses what is valid on
    its date, so a `valid_from` on or before the last closed date is refused by the service.
    """

    key = models.CharField(_("parameter"), max_length=80)
    scope = models.CharField(_("applies to"), max_length=80, blank=True, default="")
    valid_from = models.DateField(_("valid from"))
    value = models.JSONField(_("value"), encoder=DjangoJSONEncoder)
    source = models.CharField(_("source"), max_length=200, blank=True, default="")
    reason = models.CharField(_("reason"), max_length=400)
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("parameter")
        verbose_name_plural = _("parameters")
        ordering = ["key", "scope", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["key", "scope", "valid_from"], condition=STANDING, name="parameter_once_a_date"
            ),
            models.UniqueConstraint(fields=["key", "scope"], condition=WAITING, name="parameter_one_proposal"),
            models.CheckConstraint(condition=SECOND_PERSON, name="parameter_second_person"),
            models.CheckConstraint(condition=APPROVED_WITH_MOMENT, name="parameter_approved_with_moment"),
            models.CheckConstraint(condition=ENDED_WITH_REASON, name="parameter_ended_with_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.scope} {self.valid_from}".strip()


class CalendarYear(SecondPerson):
    """The holidays of a year as the State Council publishes them, where the library does not know them yet.

    `days_off` are working days of the week on which no work is done, `make_up_days` Saturdays and Sundays on which
    it is; both as ISO dates.
    """

    year = models.PositiveSmallIntegerField(_("year"))
    days_off = models.JSONField(_("days off"), default=list)
    make_up_days = models.JSONField(_("make-up working days"), default=list)
    source = models.CharField(_("source"), max_length=200)
    file_name = models.CharField(_("file"), max_length=200)
    file_hash = models.CharField(_("hash of the file"), max_length=64)

    class Meta:
        verbose_name = _("calendar of a year")
        verbose_name_plural = _("calendars of years")
        ordering = ["-year", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["year"], condition=STANDING, name="calendar_year_one_standing"),
            models.UniqueConstraint(fields=["year"], condition=WAITING, name="calendar_year_one_proposal"),
            models.CheckConstraint(condition=SECOND_PERSON, name="calendar_year_second_person"),
            models.CheckConstraint(condition=APPROVED_WITH_MOMENT, name="calendar_year_approved_with_moment"),
            models.CheckConstraint(condition=ENDED_WITH_REASON, name="calendar_year_ended_with_reason"),
            models.CheckConstraint(condition=Q(year__gte=2004, year__lte=2199), name="calendar_year_plausible"),
        ]

    def __str__(self) -> str:
        return str(self.year)
