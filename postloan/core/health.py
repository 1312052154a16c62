"""What the watch over the work asks about, besides the job ledger: each app adds what it alone can see."""

from __future__ import annotations

from collections.abc import Callable

_checks: dict[str, Callable[[], int]] = {}


def check(name: str) -> Callable[[Callable[[], int]], Callable[[], int]]:
    """Makes a function known that counts troubles under this name; none is well."""

    def decorate(count: Callable[[], int]) -> Callable[[], int]:
        _checks[name] = count
        return count

    return decorate


def counts() -> dict[str, int]:
    return {name: count() for name, count in sorted(_checks.items())}
