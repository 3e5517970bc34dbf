"""Taking in a piece of the log: what all followers share, whatever their handlers do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection

from ...infrastructure.clock import Clock
from ...infrastructure.database import Cursor
from ...infrastructure.log import Entry
from ...infrastructure.mapper import UnreadableEvent
from ...infrastructure.store import Store
from ...projections.followers import Followers
from ...projections.parked import Parked, ParkedEvents
from .batches import Batch, LoggedEvent, Narrate, Piece
from .errors import HandlerFailed

__all__ = ["Keeping", "Size", "Taker", "text_of"]

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

    @contextmanager
    def transaction(self) -> Generator[tuple[Connection, Cursor], None, None]:
        """A transaction as SQLAlchemy's connection and as the driver's cursor."""
        with self.store.database.connected() as connection:
            cursor: Any = connection.connection.cursor()
            with closing(cursor):
                yield connection, cursor

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

    def read(self, cursor: Cursor, partition: int, position: int, size: int, narrate: Narrate) -> Piece:
        """The next piece behind a position: what can be handed over, and what is to be parked instead."""
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


def text_of(error: Exception) -> str:
    """An error in a few words, for people."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return text[:_LONGEST]
