"""The days tests happen on, where they do not say another one."""

from datetime import UTC, date, datetime

# Facts were delivered on this business date; posts and responsibilities are old.
DELIVERED_ON = date(2026, 6, 30)
LONG_AGO = date(2020, 1, 1)
MOMENT = datetime(2026, 6, 30, 10, 0, tzinfo=UTC)
