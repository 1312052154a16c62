"""Why a write was refused."""

from __future__ import annotations


class Refused(Exception):
    """The write cannot be done; the code says why, the page says it in words."""
