"""Reading some accounts as a whole, one statement for each table, inside the caller's view of the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple

from msgspec import Struct, field
from sqlalchemy import Table, bindparam, func, select, text

from ...infrastructure.database import Cursor, Database
from ...infrastructure.evidence.tables import account_keys, erasures
from ...infrastructure.tables import commands, narratives, sanction_events, snapshots
from ...projections.comparison import Comparison, ViewRows

__all__ = ["AccountReader", "AccountRows", "Counted", "EventRow", "TextRow"]

_PAGE: Final = 2_000
_ACCOUNT: Final = itemgetter(0)


class EventRow(NamedTuple):
    """An event as it is stored."""

    version: int
    topic: str
    state: bytes
    hash: bytes
    mark: bytes | None


class TextRow(NamedTuple):
    """Free text as it is stored beside an event."""

    version: int
    salt: bytes
    body: bytes
    generation: int | None


class Counted(NamedTuple):
    """An account and how many rows of events it has."""

    account: str
    events: int


class AccountRows(Struct):
    """Everything that the store has of one account."""

    account: str
    events: list[EventRow]
    texts: dict[int, TextRow] = {}
    erasures: set[int] = set()
    generations: set[int] = set()
    snapshot: tuple[int, str, bytes] | None = None
    commands: dict[str, tuple[bytes, bytes]] = {}
    view: ViewRows = field(default_factory=ViewRows)


class AccountReader:
    """Reads accounts, and says which there are."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._view = Comparison(database)
        events = sanction_events.events
        prepare = database.prepare
        self._events = self._among(events, "version", "topic", "state", "hash", "mark")
        self._beside = {
            table.name: self._among(table, *columns)
            for table, columns in (
                (narratives, ("version", "salt", "body", "generation")),
                (erasures, ("version",)),
                (account_keys, ("generation",)),
                (snapshots, ("version", "shape", "body")),
                (commands, ("command_id", "digest", "outcome")),
            )
        }
        counted = select(events.c.account, func.count()).group_by(events.c.account).order_by(events.c.account)
        # The limit is part of the text: a server that does not know it plans for more.
        limit = text(f"LIMIT {_PAGE}")
        self._first = prepare(counted.suffix_with(limit))
        self._next = prepare(counted.where(events.c.account > bindparam("after")).suffix_with(limit))

    def _among(self, table: Table, *columns: str) -> str:
        rows = table.c
        named = rows.account.in_(self._database.members("accounts"))
        return self._database.prepare(
            select(rows.account, *(rows[name] for name in columns)).where(named).order_by(*table.primary_key.columns)
        )

    def names(self) -> Iterator[Counted]:
        """Every account with its number of events, in the database's order; each page in a view of its own."""
        after: str | None = None
        while True:
            with self._database.reading() as cursor:
                if after is None:
                    cursor.execute(self._first)
                else:
                    cursor.execute(self._next, (after,))
                found = cursor.fetchall()
            for account, events in found:
                yield Counted(account, events)
            if len(found) < _PAGE:
                return
            after = found[-1][0]

    def read(self, cursor: Cursor, accounts: Sequence[str]) -> Iterator[AccountRows]:
        """All rows of these accounts, one account after the other; of one that has none, empty."""
        given = (self._database.listed(accounts),)
        found = {account: AccountRows(account, []) for account in accounts}
        for account, rows in groupby(self._database.rows(cursor, self._events, given), key=_ACCOUNT):
            found[account].events = [EventRow(*row[1:]) for row in rows]
        for account, *row in self._rows(cursor, narratives, given):
            found[account].texts[row[0]] = TextRow(*row)
        for account, version in self._rows(cursor, erasures, given):
            found[account].erasures.add(version)
        for account, generation in self._rows(cursor, account_keys, given):
            found[account].generations.add(generation)
        for account, *row in self._rows(cursor, snapshots, given):
            found[account].snapshot = (row[0], row[1], bytes(row[2]))
        for account, name, digest, outcome in self._rows(cursor, commands, given):
            found[account].commands[name] = (bytes(digest), bytes(outcome))
        for account, view in self._view.of_accounts(cursor, accounts).items():
            found[account].view = view
        for account in accounts:
            # Handed over and forgotten, so that a chunk is not held twice when it is decoded.
            yield found.pop(account)

    def _rows(self, cursor: Cursor, table: Table, given: tuple[Any, ...]) -> list[Any]:
        return self._database.rows(cursor, self._beside[table.name], given)
