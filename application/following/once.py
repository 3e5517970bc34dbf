"""For handlers that write to the store's own database: their rows and the position commit together, so exactly once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from ...infrastructure.database import Cursor
from ...infrastructure.errors import StoreBusy
from ...projections.parked import Parked
from .batches import Batch, Piece
from .errors import HandlerCommitted, HandlerFailed, HandlerNotAwaited
from .settings import called, check_handler, check_hold
from .taking import Keeping, Size, Taker

__all__ = ["InOneTransaction"]


class InOneTransaction(Taker):
    """The handler's rows and the position commit together. Who does nothing in the transaction for `seconds` loses it."""

    def __init__(self, keeping: Keeping, handler: Callable[[Connection, Batch], object], seconds: float) -> None:
        super().__init__(keeping)
        check_handler(handler)
        self._handler = handler
        self._seconds = check_hold(seconds)

    def take(self, partition: int, size: Size) -> Piece | None:
        with self.transaction() as (connection, cursor):
            self.store.database.bound_idleness(cursor, self._seconds)
            position = self.followers.take(cursor, partition, self.name)
            if position is None:
                return None
            piece = self.read(cursor, partition, position, size(position), self._narrator(cursor))
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
        with self.transaction() as (connection, cursor):
            self.store.database.bound_idleness(cursor, self._seconds)
            if self.followers.take(cursor, events[0].partition, self.name) is None:
                raise StoreBusy(f"another process is at work as {self.name!r}: try again")
            if self.parked.remove(cursor, events) < len(events):
                connection.rollback()
                return False
            self._handle(connection, self._of(cursor, events, self._narrator(cursor)))
        return True

    def let_go(self) -> None:
        """A transaction lets go by itself."""

    def _hand_over(self, connection: Connection, piece: Piece) -> None:
        if not piece.batch:
            return
        transaction = connection.get_transaction()
        try:
            called(self._handler, connection, piece.batch)
        except HandlerNotAwaited:
            raise
        except Exception as error:
            raise HandlerFailed(piece, error) from error
        if connection.get_transaction() is not transaction:
            raise HandlerCommitted(f"the handler of {self.name!r} ended the transaction: let it write only")

    def _handle(self, connection: Connection, piece: Piece) -> None:
        if not piece.batch:
            return
        self._hand_over(connection, piece)
        try:
            self.store.database.commit(connection)
        except Exception as error:
            # What is checked at the end of a transaction was the handler's too.
            raise HandlerFailed(piece, error) from error

    def beside(self, handler: Callable[[Connection, Batch], object]) -> InOneTransaction:
        """The same for another handler, which builds beside this one's work what is to take its place."""
        name = f"{self.name} (rebuild)"
        return InOneTransaction(
            Keeping(name, self.store, self.followers, self.parked, self.clock), handler, self._seconds
        )

    def hand_over_rest(self, connection: Connection, cursor: Cursor, size: int) -> bool:
        """Inside a transaction: take in all that is in the log by now; whether it ever began. Raises HandlerFailed."""
        positions = self.followers.take_all(cursor, self.name)
        lasts = self.store.log.lasts(cursor)
        for partition, position in positions.items():
            reached = position
            while reached < lasts[partition]:
                piece = self.read(cursor, partition, reached, size, self._narrator(cursor))
                self.parked.add(cursor, (*piece.behind, *piece.unreadable))
                reached = piece.end
                self._hand_over(connection, piece)
            self.followers.move(cursor, partition, self.name, reached)
        return bool(positions)
