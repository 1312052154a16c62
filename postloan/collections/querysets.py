"""Sets of moves between buckets."""

from __future__ import annotations

from typing import Any

from postloan.loans.querysets import OfLoanQuerySet


class BucketMoveQuerySet(OfLoanQuerySet):
    def counted(self) -> BucketMoveQuerySet:
        """Moves that still stand: a correction replaces those of its date."""
        return self.filter(superseded_by_run=None)

    def on_scale(self, scale: Any) -> BucketMoveQuerySet:
        return self.filter(scale=scale)
