"""Taking in a piece of the log: the handler's work, the position, and what is parked, together.

`InOneTransaction` is for handlers that write to the store's own database: exactly once. `Elsewhere` is for all others: the
position is written after the handler has returned, so that what it did is done again if the process dies in between.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager
from socket import gethostname
from typing import Any, Final, NamedTuple
from uuid import uuid4

from sqlalchemy import Connection

from ...domain.events import Event
from ...infrastructure.clock import Clock
from ...infrastructure.database import Cursor
from ...infrastructure.errors import StoreBusy
from ...infrastructure.log import Entry
from ...infrastructure.mapper import UnreadableEvent
from ...infrastructure.store import Store
from ...projections.followers import Followers
from ...projections.parked import Parked, ParkedEvents
from .batches import Batch, LoggedEvent, Narrate, Piece
from .errors import HandlerCommitted, HandlerFailed

__all__ = ["Elsewhere", "InOneTransaction", "Keeping", "Taker", "text_of"]

_LONGEST: Final = 2000

Size = Callable[[int], int]
"""How much to take behind a position."""


class Keeping(NamedTuple):
    """Under which name, and where, a follower keeps what it knows."""

    name: str
    store: Store
    followers: Followers
    parked: ParkedEvents
    clock: Clock


class Taker(ABC):
    """What both kinds share: reading a piece, and parking."""

    def __init__(self, keeping: Keeping) -> None:
        self.name, self.store, self.followers, self.parked, self.clock = keeping

    @abstractmethod
    def take(self, partition: int, size: Size) -> Piece | None:
        """Take in the next piece; None while another process has the partition. Raises HandlerFailed."""

    @abstractmethod
    def park(self, piece: Piece, event: Parked) -> bool:
        """Park the one event of a piece; whether the piece was still there to be taken."""

    @abstractmethod
    def again(self, events: Sequence[Parked]) -> bool:
        """Hand parked events over; whether they were still parked. Raises HandlerFailed, StoreBusy while another one works."""

    @abstractmethod
    def let_go(self) -> None:
        """Let other processes go on at once."""

    def parked_now(self, logged: Entry | LoggedEvent, *, attempts: int = 0, error: str = "") -> Parked:
        """An event as it is parked at this moment."""
        return Parked(
            follower=self.name,
            partition=logged.partition,
            position=logged.position,
            account=logged.account,
            version=logged.version,
            attempts=attempts,
            error=error,
            parked_at=self.clock(),
        )

    def _read(self, cursor: Cursor, partition: int, position: int, size: int, narrate: Narrate) -> Piece:
        entries = self.store.log.piece(cursor, partition, position, size)
        if not entries:
            return Piece(partition, position, position, Batch((), (), narrate))
        accounts = {entry.account for entry in entries}
        waiting = self.parked.accounts_among(cursor, partition, self.name, accounts)
        taken: list[Entry] = []
        events: list[LoggedEvent] = []
        behind: list[Parked] = []
        unreadable: list[Parked] = []
        for entry in entries:
            if entry.account in waiting:
                behind.append(self.parked_now(entry))
                continue
            try:
                events.append(self._logged(entry))
                taken.append(entry)
            except UnreadableEvent as error:
                waiting.add(entry.account)
                unreadable.append(self.parked_now(entry, attempts=1, error=text_of(error)))
        batch = Batch(events, taken, narrate)
        return Piece(partition, position, entries[-1].position, batch, tuple(behind), tuple(unreadable))

    def _of(self, cursor: Cursor, events: Sequence[Parked], narrate: Narrate) -> Piece:
        entries = [self.store.log.entry(cursor, event.partition, event.position) for event in events]
        try:
            batch = Batch([self._logged(entry) for entry in entries], entries, narrate)
        except UnreadableEvent as error:
            raise HandlerFailed(Piece(events[0].partition, 0, 0, Batch((), (), narrate)), error) from error
        return Piece(events[0].partition, events[0].position - 1, events[-1].position, batch)

    def _logged(self, entry: Entry) -> LoggedEvent:
        recorded_at, event, command_id = self.store.log.read(entry)
        return LoggedEvent(
            entry.partition, entry.position, entry.account, entry.version, recorded_at, event, command_id
        )

    def _narrator(self, cursor: Cursor) -> Narrate:
        return lambda entries: self.store.log.narrated(cursor, entries)


class InOneTransaction(Taker):
    """The handler's rows and the position commit together."""

    def __init__(self, keeping: Keeping, handler: Callable[[Connection, Batch], object]) -> None:
        super().__init__(keeping)
        self._handler = handler

    def take(self, partition: int, size: Size) -> Piece | None:
        with self._transaction() as (connection, cursor):
            position = self.followers.take(cursor, partition, self.name)
            if position is None:
                return None
            piece = self._read(cursor, partition, position, size(position), self._narrator(cursor))
            self.parked.add(cursor, (*piece.behind, *piece.unreadable))
            if piece.end > position:
                self.followers.move(cursor, partition, self.name, piece.end)
            self._handle(connection, piece)
        return piece

    def park(self, piece: Piece, event: Parked) -> bool:
        with self.store.database.writing() as cursor:
            if self.followers.take(cursor, piece.partition, self.name) != piece.start:
                return False
            self.parked.add(cursor, (*piece.behind, *piece.unreadable, event))
            self.followers.move(cursor, piece.partition, self.name, piece.end)
        return True

    def again(self, events: Sequence[Parked]) -> bool:
        with self._transaction() as (connection, cursor):
            if self.followers.take(cursor, events[0].partition, self.name) is None:
                raise StoreBusy(f"another process is at work as {self.name!r}: try again")
            if self.parked.remove(cursor, events) < len(events):
                connection.rollback()
                return False
            self._handle(connection, self._of(cursor, events, self._narrator(cursor)))
        return True

    def let_go(self) -> None:
        """A transaction lets go by itself."""

    def _handle(self, connection: Connection, piece: Piece) -> None:
        if not piece.batch:
            return
        transaction = connection.get_transaction()
        try:
            self._handler(connection, piece.batch)
        except Exception as error:
            raise HandlerFailed(piece, error) from error
        if connection.get_transaction() is not transaction:
            raise HandlerCommitted(f"the handler of {self.name!r} ended the transaction: let it write only")
        try:
            connection.commit()
        except Exception as error:
            # What is checked at the end of a transaction was the handler's too.
            raise HandlerFailed(piece, error) from error

    @contextmanager
    def _transaction(self) -> Generator[tuple[Connection, Cursor], None, None]:
        with self.store.database.connected() as connection:
            cursor: Any = connection.connection.cursor()
            with closing(cursor):
                yield connection, cursor


class Elsewhere(Taker):
    """The position is written after the handler has returned: at least once.

    A process holds a partition for `seconds`, anew for each piece; one that takes longer may find that another one went on.
    """

    def __init__(self, keeping: Keeping, handler: Callable[[Batch], object], seconds: float) -> None:
        super().__init__(keeping)
        self._handler = handler
        self._seconds = seconds
        self._token = uuid4().hex[:8]

    @property
    def _holder(self) -> str:
        # The process is asked each time: a fork must not hold what its parent holds.
        return f"{gethostname()}:{os.getpid()}:{self._token}"

    def take(self, partition: int, size: Size) -> Piece | None:
        with self.store.database.writing() as cursor:
            position = self.followers.hold(cursor, partition, self.name, self._holder, self._seconds)
            if position is None:
                return None
            piece = self._read(cursor, partition, position, size(position), self._narrate)
        self._handle(piece)
        return piece if piece.end == position or self._settle(piece) else None

    def park(self, piece: Piece, event: Parked) -> bool:
        return self._settle(piece, event)

    def again(self, events: Sequence[Parked]) -> bool:
        partition = events[0].partition
        with self.store.database.writing() as cursor:
            if self.followers.hold(cursor, partition, self.name, self._holder, self._seconds) is None:
                raise StoreBusy(f"another process is at work as {self.name!r}: try again")
            there = {
                event.position for event in self.parked.of_account(cursor, partition, self.name, events[0].account)
            }
            if not there.issuperset(event.position for event in events):
                return False
            piece = self._of(cursor, events, self._narrate)
        self._handle(piece)
        with self.store.database.writing() as cursor:
            self.parked.remove(cursor, events)
        return True

    def let_go(self) -> None:
        with self.store.database.writing() as cursor:
            self.followers.let_go(cursor, self.name, self._holder)

    def _handle(self, piece: Piece) -> None:
        if piece.batch:
            try:
                self._handler(piece.batch)
            except Exception as error:
                raise HandlerFailed(piece, error) from error

    def _settle(self, piece: Piece, *more: Parked) -> bool:
        with self.store.database.writing() as cursor:
            moved = self.followers.settle(cursor, piece.partition, self.name, self._holder, piece.start, piece.end)
            if moved:
                self.parked.add(cursor, (*piece.behind, *piece.unreadable, *more))
        return moved

    def _narrate(self, entries: Sequence[Entry]) -> list[Event]:
        with self.store.database.reading() as cursor:
            return self.store.log.narrated(cursor, entries)


def text_of(error: Exception) -> str:
    """An error in a few words, for people."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return text[:_LONGEST]
