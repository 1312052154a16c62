"""Moves between the steps of the two scales. Set-based; called by the night after the states are written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import connection

from postloan.core import sql

SQL = Path(__file__).parent / "sql"


@dataclass(frozen=True)
class Moved:
    superseded: int
    moved: int


def record_moves(day: date, *, run_id: int, is_correction: bool) -> Moved:
    """Writes the moves of a date, one a loan and scale; takes back those that no longer hold."""
    values = {"day": day, "run": run_id, "whole_date": int(is_correction)}
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS night_move")
    sql.execute(SQL / "moves_wanted.sql", values)
    moved = Moved(
        superseded=sql.execute(SQL / "moves_supersede.sql", values),
        moved=sql.execute(SQL / "moves_insert.sql", values),
    )
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE night_move")
    return moved
