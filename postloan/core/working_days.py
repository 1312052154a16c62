"""The table of working days; what counts them is `core/calendar.py`."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class WorkingDay(models.Model):
    """A day of the calendar. `number` counts the working days up to and including it."""

    day = models.DateField(_("day"), unique=True)
    is_working = models.BooleanField(_("working day"))
    is_provisional = models.BooleanField(_("provisional"))
    number = models.IntegerField(_("number of the working day"))

    class Meta:
        verbose_name = _("working day")
        verbose_name_plural = _("working days")
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(fields=["number"], condition=Q(is_working=True), name="working_day_number_once"),
        ]

    def __str__(self) -> str:
        return self.day.isoformat()
