"""Keeping the in-process index current: load everything once, then follow the log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import groupby
from threading import Lock
from typing import Any

from ..domain.queries import Verdict
from ..infrastructure.clock import Clock
from ..infrastructure.database import Cursor, Database
from ..infrastructure.store import Store
from ..projections.current import CurrentRestrictions
from ..projections.index import RestrictionIndex
from .asking import LINKS

__all__ = ["FollowedIndex"]


class FollowedIndex:
    """The index with the positions of the log up to which it is true. It is as stale as its last `refresh`.

    A host calls `refresh` as often as the staleness that it can bear; `may` never touches the database.
    """

    def __init__(self, database: Database, store: Store, view: CurrentRestrictions, clock: Clock) -> None:
        self._database = database
        self._store = store
        self._view = view
        self._clock = clock
        self._index = RestrictionIndex()
        self._refreshing = Lock()
        store.settle_log()
        with database.reading() as cursor:
            self.positions = store.last_positions(cursor)
            self._followed = self._links_followed(cursor)
            now = clock()
            for account, rows in groupby(view.everything(cursor), key=_account):
                self._index.put(account, (interval for _, interval in rows), since=now)

    def __len__(self) -> int:
        return len(self._index)

    @property
    def position(self) -> int:
        """How many entries of the log it has taken in, over all partitions."""
        return sum(self.positions.values())

    @property
    def may_at(self) -> Callable[[str, str, datetime], Verdict]:
        """`may(account, function, at)` itself, for loops that count nanoseconds; `at` must be aware."""
        return self._index.may

    def may(self, account: str, function: str, at: datetime | None = None) -> Verdict:
        """May the account use the function now (or at `at`, from the last refresh on)? Names are not checked here."""
        return self._index.may(account, function, self._clock() if at is None else at)

    def refresh(self) -> int:
        """Take in what was recorded since; returns how many accounts changed."""
        # One at a time: rows that were read earlier must not be put over newer ones.
        self._store.settle_log()
        with self._refreshing, self._database.reading() as cursor:
            last = self._store.last_positions(cursor)
            touched = set(self._store.accounts_since(cursor, self.positions))
            followed = self._links_followed(cursor)
            if followed != self._followed:
                # The follower of links has put other ends into rows of accounts of which nothing was recorded.
                causes = self._store.accounts_since(cursor, self._followed)
                touched |= self._view.links.because_of(cursor, causes)
                self._followed = followed
            for account in touched:
                self._index.put(account, self._view.of_account(cursor, account))
            self.positions = last
        return len(touched)

    def _links_followed(self, cursor: Cursor) -> dict[int, int]:
        return {part: self._view.followers.position(cursor, part, LINKS) for part in self._store.partitions}


def _account(row: tuple[str, Any]) -> str:
    return row[0]
