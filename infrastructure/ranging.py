"""Reading the events of a range of accounts, in order, a page at a time: what lies on either side is not touched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, text, tuple_

from .database import Cursor, Database
from .tables import sanction_events

__all__ = ["AccountRange", "RangeReader"]


class AccountRange(NamedTuple):
    """The accounts behind `after`, up to and with `until` (None: to the last), in the database's order of names."""

    after: str = ""
    until: str | None = None


class RangeReader:
    """Reads ranges inside the caller's transaction; what is held in memory is one page."""

    def __init__(self, database: Database, size: int = 5000) -> None:
        events = sanction_events.events.c
        self._database = database
        self._size = size
        place = tuple_(events.account, events.version)
        behind = tuple_(
            bindparam("account", type_=events.account.type), bindparam("version", type_=events.version.type)
        )
        found = select(events.account, events.version, events.topic, events.state).where(place > behind)
        # The limit is part of the text: a server that does not know it plans for more.
        limit = text(f"LIMIT {size}")
        in_order = (events.account, events.version)
        self._open = database.prepare(found.order_by(*in_order).suffix_with(limit))
        self._closed = database.prepare(
            found.where(events.account <= bindparam("until")).order_by(*in_order).suffix_with(limit)
        )
        self._named = database.prepare(
            found.where(events.account == bindparam("until")).order_by(*in_order).suffix_with(limit)
        )

    def rows(self, cursor: Cursor, of: AccountRange) -> Iterator[Any]:
        """Account, version, topic and stored bytes of every event of these accounts, by account and version."""
        # Versions count from 1: whatever stands behind this place is of a later account.
        behind = (of.after, _NO_VERSION)
        given: tuple[str, ...] = () if of.until is None else (of.until,)
        yield from self._pages(cursor, self._open if of.until is None else self._closed, behind, given)

    def rows_of(self, cursor: Cursor, account: str) -> Iterator[Any]:
        """The same of one account."""
        yield from self._pages(cursor, self._named, (account, 0), (account,))

    def _pages(self, cursor: Cursor, sql: str, behind: tuple[str, int], given: tuple[str, ...]) -> Iterator[Any]:
        while True:
            page = self._database.rows(cursor, sql, (*behind, *given))
            yield from page
            if len(page) < self._size:
                return
            behind = (page[-1][0], page[-1][1])


_NO_VERSION = 2**62
