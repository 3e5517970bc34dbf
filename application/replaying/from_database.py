"""Folding a part of a store: a range of accounts, in one view of the database, beside writers that go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from ...infrastructure.database import Cursor
from ...infrastructure.ranging import AccountRange, RangeReader
from ...infrastructure.store import Store
from ..simulating.opening import reading_only
from .folding import Row
from .live_view import AT_ONCE, LiveView, Recorded
from .parts import DatabasePart, Told
from .states import States
from .tally import Tally

__all__ = ["fold_database", "fold_range"]

_TELL = 5_000


def fold_database(part: DatabasePart, told: Told) -> Tally:
    """Fold the accounts of a part. Raises a `StoreError`."""
    with reading_only(part.url) as store:
        return fold_range(store, part, told)


def fold_range(store: Store, part: DatabasePart, told: Told) -> Tally:
    """The same in a store that is open."""
    with store.database.reading() as cursor:
        return _Range(store, cursor, part).fold(told)


class _Range:
    """One view of the database."""

    def __init__(self, store: Store, cursor: Cursor, part: DatabasePart) -> None:
        self._cursor = cursor
        self._part = part
        self._reader = RangeReader(store.database)
        self._view = LiveView(store) if part.view else None
        self._states = States(part.instant, self._rows_of)

    def fold(self, told: Told) -> Tally:
        after, waiting, events = self._part.after, Recorded(), 0
        rows = self._reader.rows(self._cursor, AccountRange(self._part.after, self._part.until))
        for account, some in groupby(rows, key=itemgetter(0)):
            found = self._states.add(account, self._once(account, some))
            waiting[account] = found
            events += 0 if found is None else found[0].version
            if events >= _TELL:
                told(events)
                events = 0
            if len(waiting) >= AT_ONCE:
                self._compare(after, account, waiting)
                after, waiting = account, Recorded()
        self._compare(after, self._part.until, waiting)
        told(events)
        return self._states.counting.finish()

    def _compare(self, after: str, until: str | None, recorded: Recorded) -> None:
        if self._view is not None:
            self._view.compare_range(self._cursor, after, until, recorded, self._states.counting.tally)

    def _once(self, account: str, rows: Iterable[Any]) -> Callable[[], Iterable[Row]]:
        """The events of an account as they are read now, and from the table whenever they are asked for again."""
        first = iter([((row[1], row[2], row[3]) for row in rows)])
        return lambda: next(first, None) or self._rows_of(account)

    def _rows_of(self, account: str) -> Iterator[Row]:
        return ((row[1], row[2], row[3]) for row in self._reader.rows_of(self._cursor, account))
