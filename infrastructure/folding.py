"""Reading whole accounts in their order, folded from their events, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from msgspec import Struct
from sqlalchemy import bindparam, func, select, text

from ..domain.builder import Builder
from ..domain.state import NOTHING, State
from .database import Cursor, Database
from .mapper import SanctionMapper
from .tables import sanction_events

__all__ = ["Folding", "Page"]


class Page(Struct, frozen=True):
    """The next accounts with their states. `until`: the last of them, None where no more follow."""

    states: dict[str, State]
    until: str | None
    events: int


class Folding:
    """Pages of accounts, of some thousand events each. Every method works inside the caller's transaction."""

    def __init__(self, database: Database, mapper: SanctionMapper, size: int = 5000) -> None:
        self._size = size
        events = sanction_events.events.c
        self._database = database
        self._mapper = mapper
        columns = (events.account, events.version, events.topic, events.state)
        # The limit is part of the text: a server that does not know it plans for more.
        limit = text(f"LIMIT {size}")
        prepare = database.prepare
        self._next = prepare(
            select(*columns)
            .where(events.account > bindparam("after"))
            .order_by(events.account, events.version)
            .suffix_with(limit)
        )
        self._rest = prepare(
            select(*columns)
            .where(events.account == bindparam("of"), events.version > bindparam("behind"))
            .order_by(events.version)
            .suffix_with(limit)
        )
        named = database.members("accounts").subquery()
        newest = select(func.max(events.version)).where(events.account == named.c.value).scalar_subquery()
        self._newest = prepare(select(named.c.value, newest))

    def page(self, cursor: Cursor, after: str) -> Page:
        """The accounts that follow `after`, in the database's order of names. Raises UnreadableEvent."""
        rows = self._database.rows(cursor, self._next, (after,))
        complete = len(rows) < self._size
        states: dict[str, State] = {}
        events = len(rows)
        for account, some in groupby(rows, key=itemgetter(0)):
            builder = Builder(NOTHING)
            version = self._apply(builder, some)
            if account == rows[-1][0] and not complete:
                # The page may end in the middle of an account.
                for piece in self._pieces(cursor, account, version):
                    events += len(piece)
                    self._apply(builder, piece)
            states[account] = builder.freeze()
        return Page(states, None if complete else rows[-1][0], events)

    def versions(self, cursor: Cursor, accounts: Iterable[str]) -> dict[str, int]:
        """How many events these accounts have now."""
        cursor.execute(self._newest, (self._database.listed(accounts),))
        return {account: newest or 0 for account, newest in cursor.fetchall()}

    def _pieces(self, cursor: Cursor, account: str, version: int) -> Iterator[list[Any]]:
        while True:
            rows = self._database.rows(cursor, self._rest, (account, version))
            if rows:
                yield rows
                version = rows[-1][1]
            if len(rows) < self._size:
                return

    def _apply(self, builder: Builder, rows: Iterable[Any]) -> int:
        decode, apply, last = self._mapper.decode, builder.apply, 0
        for _, version, topic, state in rows:
            apply(decode(topic, state).event)
            last = version
        return last
