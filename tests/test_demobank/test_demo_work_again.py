"""The demonstration's people at work: the same seed gives the same, and nowhere else do they work."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from postloan.collections.models import ActionRecord
from postloan.core.models import Event
from postloan.demobank.generator import Settings
from postloan.nightly.demonstration.work import WORKED
from tests.test_demobank.working import worked_bank

pytestmark = pytest.mark.django_db
SMALL = Settings(customers=60, months=1, seed=5, until=date(2026, 10, 9))


def test_the_same_seed_gives_the_same_work(tmp_path: Path) -> None:
    def once(seed: int) -> list[Any]:
        with transaction.atomic():
            worked_bank(tmp_path, SMALL, seed=seed)
            told = list(Event.objects.filter(code=WORKED).order_by("pk").values_list("subject_key", "arguments"))
            said = list(ActionRecord.objects.order_by("pk").values_list("loan__loan_no", "result", "remark"))
            transaction.set_rollback(True)
        return [told, said]

    first = once(7)
    assert first[1]
    assert once(7) == first
    assert once(8) != first


def test_only_in_a_demonstration_and_only_on_a_closed_date(settings: Any) -> None:
    with pytest.raises(CommandError, match="closed business date"):
        call_command("make_demo_work")
    settings.IS_DEMONSTRATION = False
    with pytest.raises(CommandError, match="no demonstration"):
        call_command("make_demo_work")
