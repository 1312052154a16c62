"""A bank replayed with its people at work after each date."""

from datetime import date
from pathlib import Path

from postloan.demobank.generator import Settings, make_demo_bank
from postloan.nightly.demonstration.pace import Day
from postloan.nightly.demonstration.work import work
from postloan.nightly.replay import replay


def worked_bank(folder: Path, size: Settings, *, seed: int = 7) -> list[date]:
    """Replays a bank whose people work; returns the dates they worked on."""
    if not (folder / "bank").is_dir():
        make_demo_bank(folder / "bank", folder / "truth.json", size)
    days: list[date] = []

    def after(day: date, following: date | None) -> None:
        days.append(day)
        work(Day(day, following, seed))

    corrections = folder / "bank-corrections"
    replay(folder / "bank", lambda text: None, corrections if corrections.is_dir() else None, after)
    return days
