"""An in-process index of what is restricted: the answer to `may()` without a database, in well under a microsecond."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from ..domain.queries import EVERYTHING, Verdict
from ..domain.terms import later
from .intervals import Interval

__all__ = ["RestrictionIndex"]

_ALLOWED: Final = Verdict(allowed=True)

_Row = tuple[datetime, datetime | None, str]


class RestrictionIndex:
    """The intervals of all sanctioned accounts in memory.

    An account that is absent has no sanction. Times are evaluated at the call, so nothing has to happen when a sanction
    starts or ends. Reading is safe from any thread while one thread puts: an account's rows are replaced as a whole.
    """

    __slots__ = ("_accounts",)

    def __init__(self) -> None:
        self._accounts: dict[str, dict[str, tuple[_Row, ...]]] = {}

    def put(self, account: str, intervals: Iterable[Interval], *, since: datetime | None = None) -> None:
        """Replace what is known of an account; intervals that ended by `since` are left out."""
        functions: dict[str, list[_Row]] = {}
        for interval in intervals:
            if since is None or interval.ends is None or interval.ends > since:
                row = (interval.starts, interval.ends, interval.sanction)
                functions.setdefault(interval.function, []).append(row)
        if functions:
            self._accounts[account] = {name: tuple(sorted(rows, key=_start)) for name, rows in functions.items()}
        else:
            self._accounts.pop(account, None)

    def __len__(self) -> int:
        return len(self._accounts)

    def may(self, account: str, function: str, at: datetime) -> Verdict:
        """May the account use this function at `at`?"""
        functions = self._accounts.get(account)
        if functions is None:
            return _ALLOWED
        own, every = functions.get(function), functions.get(EVERYTHING)
        if own is None:
            if every is None:
                return _ALLOWED
            return _verdict(every, at)
        return _verdict(own if every is None else (*own, *every), at)


def _verdict(rows: tuple[_Row, ...], at: datetime) -> Verdict:
    names: list[str] = []
    until: datetime | None = None
    for starts, ends, sanction in rows:
        if starts <= at and (ends is None or at < ends):
            until = later(until, ends) if names else ends
            names.append(sanction)
    return Verdict(allowed=False, because=tuple(names), until=until) if names else _ALLOWED


def _start(row: _Row) -> datetime:
    return row[0]
