"""The running number of an inspection task: JC, the business date, a counter of that date."""

from __future__ import annotations

from datetime import date

from postloan.inspections.models import InspectionTask


def next_task_numbers(day: date, count: int) -> list[str]:
    """As many numbers as asked for, after the last one given on the day. Call it inside the writing transaction."""
    head = f"JC{day:%Y-%m%d}-"
    last = (
        InspectionTask.objects.filter(task_no__startswith=head).order_by("-task_no").values_list("task_no", flat=True)
    ).first()
    begin = int(last.removeprefix(head)) if last else 0
    return [f"{head}{begin + n:05d}" for n in range(1, count + 1)]
