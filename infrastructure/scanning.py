"""Reading a whole store in one go: every event, account by account, with its place in the log, in bounded memory.

Two ordered readings run side by side inside the caller's transaction and are merged: the events, and the log sorted by account.
Neither database is asked for a row at a time, and neither hands over more than a piece.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, select

from .database import Cursor, Database
from .errors import StoreCorrupt
from .tables import sanction_events

__all__ = ["LoggedEvent", "Scan"]

_PIECE: Final = 2_000
_NAMES: Final = count(1)


class LoggedEvent(NamedTuple):
    """An event as it is stored, with the writer's mark (None: without one), and its place in the log (None: none yet)."""

    account: str
    version: int
    topic: str
    state: bytes
    hash: bytes
    mark: bytes | None
    partition: int | None
    position: int | None


class Scan:
    """Reads the events of all accounts, or of one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        events, log = sanction_events.events.c, sanction_events.log.c
        stored = select(events.account, events.version, events.topic, events.state, events.hash, events.mark)
        places = select(log.account, log.version, log.partition, log.position)
        in_order = (events.account, events.version)
        sorted_log = (log.account, log.version)
        prepare = database.prepare
        self._events = prepare(stored.order_by(*in_order))
        self._places = prepare(places.order_by(*sorted_log))
        self._events_of = prepare(stored.where(events.account == bindparam("account")).order_by(*in_order))
        self._places_of = prepare(places.where(log.account == bindparam("account")).order_by(*sorted_log))

    def events(self, cursor: Cursor, account: str | None = None) -> Iterator[LoggedEvent]:
        """Every event of the snapshot that the cursor reads, by account and version.

        Raises StoreCorrupt where the log names an event that is not there.
        """
        given = () if account is None else (account,)
        stored, sorted_log = (self._events, self._places) if account is None else (self._events_of, self._places_of)
        with self._pieces(cursor, stored, given) as events, self._pieces(cursor, sorted_log, given) as places:
            place = next(places, None)
            for name, version, topic, state, digest, mark in events:
                partition = position = None
                if place is not None and place[0] == name and place[1] == version:
                    partition, position = place[2], place[3]
                    place = next(places, None)
                marked = None if mark is None else bytes(mark)
                yield LoggedEvent(name, version, topic, bytes(state), bytes(digest or b""), marked, partition, position)
            if place is not None:
                raise StoreCorrupt(
                    f"the log names version {place[1]} of {place[0]!r} at position {place[3]}, which is not there as it "
                    "says: verify the store, and restore a backup",
                    account=place[0],
                    version=place[1],
                    position=place[3],
                )

    @contextmanager
    def _pieces(self, cursor: Cursor, sql: str, given: tuple[str, ...]) -> Generator[Iterator[Any], None, None]:
        """The rows of a statement, a piece at a time, while the same connection answers others."""
        connection: Any = getattr(cursor, "connection")  # noqa: B009 - PEP 249 calls it an extension; both drivers have it
        if self._database.engine.dialect.name == "postgresql":
            name = f"sanctions_scan_{next(_NAMES)}"
            cursor.execute(f"DECLARE {name} NO SCROLL CURSOR FOR {sql}", given)
            try:
                yield _fetched(cursor, name)
            finally:
                # An error has ended the transaction, and the cursor with it.
                if not connection.closed and connection.info.transaction_status.name == "INTRANS":
                    cursor.execute(f"CLOSE {name}")
            return
        beside = connection.cursor()
        try:
            beside.arraysize = _PIECE
            yield iter(beside.execute(sql, given))
        finally:
            beside.close()


def _fetched(cursor: Cursor, name: str) -> Iterator[Any]:
    while True:
        cursor.execute(f"FETCH {_PIECE} FROM {name}")
        rows = cursor.fetchall()
        yield from rows
        if len(rows) < _PIECE:
            return
