"""An in-process index of what is restricted: the answer to `may()` without a database, in well under a microsecond."""

from __future__ import annotations

import sys
from collections.abc import Container, Iterable
from datetime import datetime
from typing import Any, Final

from ..domain.queries import EVERYTHING, Verdict
from ..domain.terms import later
from .intervals import Interval

__all__ = ["RestrictionIndex"]

_ALLOWED: Final = Verdict(allowed=True)
# An account's rows one after the other in one tuple: function, start, end, sanction. A tuple of texts and times is no work for
# the garbage collector, and half the size of what one would write first (a dictionary of functions to tuples of tuples).
_WIDTH: Final = 4
_Rows = tuple[Any, ...]


class RestrictionIndex:
    """The intervals of all sanctioned accounts in memory.

    An account that is absent has no sanction. Times are evaluated at the call, so nothing has to happen when a sanction
    starts or ends. Reading is safe from any thread while one thread changes it: an account's rows are replaced as a whole.
    """

    __slots__ = ("_accounts", "_unpruned")

    def __init__(self) -> None:
        self._accounts: dict[str, _Rows] = {}
        self._unpruned: list[str] = []

    def put(self, account: str, intervals: Iterable[Interval], *, since: datetime | None = None) -> None:
        """Replace what is known of an account; intervals that ended by `since` are left out."""
        kept = [each for each in intervals if since is None or each.ends is None or each.ends > since]
        if kept:
            kept.sort(key=_start)
            self._accounts[account] = tuple(value for each in kept for value in _row(each))
        else:
            self._accounts.pop(account, None)

    def keep_only(self, accounts: Container[str]) -> None:
        """Forget every other account."""
        for account in list(self._accounts):
            if account not in accounts:
                del self._accounts[account]

    def __len__(self) -> int:
        return len(self._accounts)

    def may(self, account: str, function: str, at: datetime) -> Verdict:
        """May the account use this function at `at`?"""
        rows = self._accounts.get(account)
        if rows is None:
            return _ALLOWED
        if len(rows) != _WIDTH:
            return _verdict(rows, function, at)
        # Most accounts have one row.
        name, starts, ends, sanction = rows
        if name in (function, EVERYTHING) and starts <= at and (ends is None or at < ends):
            return Verdict(allowed=False, because=(sanction,), until=ends)
        return _ALLOWED

    def prune(self, now: datetime, most: int) -> int:
        """Forget intervals that ended by `now`, of the next accounts, that many at most; returns how many are left in this round.

        Called again and again it comes by all accounts: what has ended does not stay for ever.
        """
        if not self._unpruned:
            self._unpruned = list(self._accounts)
        for account in self._unpruned[-most:]:
            rows = self._accounts.get(account, ())
            ends = rows[2::_WIDTH]
            if any(end is not None and end <= now for end in ends):
                left = [place for place, end in enumerate(ends) if end is None or end > now]
                if left:
                    self._accounts[account] = tuple(
                        value for place in left for value in rows[place * _WIDTH : (place + 1) * _WIDTH]
                    )
                else:
                    del self._accounts[account]
        del self._unpruned[-most:]
        return len(self._unpruned)


def _verdict(rows: _Rows, function: str, at: datetime) -> Verdict:
    names: list[str] = []
    until: datetime | None = None
    values = iter(rows)
    for name, starts, ends, sanction in zip(values, values, values, values, strict=False):
        # A tuple of both names for each row would take as long as the rest.
        own = name == function or name == EVERYTHING  # noqa: PLR1714 - see above
        if own and starts <= at and (ends is None or at < ends):
            until = later(until, ends) if names else ends
            if sanction not in names:
                names.append(sanction)
    return Verdict(allowed=False, because=tuple(names), until=until) if names else _ALLOWED


def _row(interval: Interval) -> _Rows:
    # There are few names of functions and many rows.
    return (sys.intern(interval.function), interval.starts, interval.ends, interval.sanction)


def _start(interval: Interval) -> tuple[datetime, str]:
    return (interval.starts, interval.sanction)
