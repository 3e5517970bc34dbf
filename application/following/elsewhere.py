"""For handlers that act elsewhere: the position is written when they have returned, so at least once."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from socket import gethostname
from uuid import uuid4

from ...infrastructure.errors import StoreBusy
from ...infrastructure.log import Entry, Told
from ...projections.parked import Parked
from .batches import Batch, Piece
from .errors import HandlerFailed, HandlerNotAwaited
from .settings import called, check_handler, check_hold
from .taking import Keeping, Size, Taker

__all__ = ["Elsewhere"]


class Elsewhere(Taker):
    """Holds a partition for `seconds`, anew for each piece; one that takes longer may find that another process went on."""

    def __init__(self, keeping: Keeping, handler: Callable[[Batch], object], seconds: float) -> None:
        super().__init__(keeping)
        check_handler(handler)
        self._handler = handler
        self._seconds = check_hold(seconds)
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
            piece = self.read(cursor, partition, position, size(position), self._narrate)
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
                called(self._handler, piece.batch)
            except HandlerNotAwaited:
                raise
            except Exception as error:
                raise HandlerFailed(piece, error) from error

    def _settle(self, piece: Piece, *more: Parked) -> bool:
        with self.store.database.writing() as cursor:
            moved = self.followers.settle(cursor, piece.partition, self.name, self._holder, piece.start, piece.end)
            if moved:
                self.parked.add(cursor, (*piece.behind, *piece.unreadable, *more))
        return moved

    def _narrate(self, entries: Sequence[Entry]) -> list[Told]:
        with self.store.database.reading() as cursor:
            return self.store.log.narrated(cursor, entries)
