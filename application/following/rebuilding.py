"""Doing a follower's work anew: from the beginning in its place, or beside what is there, which it then replaces."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection

from .batches import Batch
from .errors import HandlerFailed
from .once import InOneTransaction
from .status import FollowerStatus
from .taking import Taker

if TYPE_CHECKING:
    from .follower import Follower

__all__ = ["Renewing"]

_ATTEMPTS: Final = 10


class Renewing(ABC):
    """The part of a follower that does its work anew."""

    def __init__(self, taker: Taker, *, batch: int) -> None:
        self._taker = taker
        self._batch = batch

    @abstractmethod
    def _another(self, taker: Taker) -> Follower:
        """A follower like this one, with another handler and other positions."""

    def begin_again(self, clear: Callable[[Connection], object]) -> None:
        """Go back to the beginning of the log, in one transaction with `clear(connection)`, which empties what was built.

        What is parked is forgotten: it comes again. Readers find what was built empty, and then growing; `rebuild` spares
        them that. Waits for a process that is handing over.
        """
        taker = self._taker
        with taker.transaction() as (connection, cursor):
            for partition in taker.followers.take_all(cursor, taker.name):
                taker.followers.move(cursor, partition, taker.name, 0)
            taker.parked.forget(cursor, taker.name)
            clear(connection)

    def rebuild(
        self,
        handler: Callable[[Connection, Batch], object],
        swap: Callable[[Connection], object],
        *,
        progress: Callable[[FollowerStatus], None] | None = None,
        afresh: bool = False,
    ) -> None:
        """Build from the whole log beside what is there, and exchange both when the log has been caught up with.

        `handler(connection, batch)` does what the follower's own one does, in tables of its own. `swap(connection)` puts these
        in the place of the live ones; in the same transaction the last events are handed over and the follower goes on where
        the new tables stand. Writers go on throughout, and the follower until the exchange. A run that was stopped goes on
        where it was, unless `afresh` (then empty the tables beside first). `progress` is told after each batch.

        For followers whose handler writes to this database; raises TypeError for others, and what `step` and `swap` raise.
        """
        if not isinstance(self._taker, InOneTransaction):
            raise TypeError("what a handler did elsewhere cannot be exchanged in a transaction: let it begin again")
        beside = self._taker.beside(handler)
        if afresh:
            with beside.store.database.writing() as cursor:
                beside.followers.forget(cursor, beside.name)
                beside.parked.forget(cursor, beside.name)
        builder = self._another(beside)
        for attempt in range(1, _ATTEMPTS + 1):
            while builder.step():
                if progress is not None:
                    progress(builder.status())
            builder.catch_up()
            try:
                self._exchange(self._taker, beside, swap)
                return
            except HandlerFailed as failed:
                # On something that came last: it is found and parked outside, as ever.
                if attempt == _ATTEMPTS:
                    raise failed.cause from failed

    def _exchange(self, taker: Taker, beside: InOneTransaction, swap: Callable[[Connection], object]) -> None:
        with beside.transaction() as (connection, cursor):
            # Whoever is handing over finishes first, and nobody begins: what was built is no older than what it replaces.
            taker.followers.take_all(cursor, taker.name)
            if not beside.hand_over_rest(connection, cursor, self._batch):
                return  # Another process did the same, and has exchanged them.
            swap(connection)
            taker.followers.forget(cursor, taker.name)
            taker.parked.forget(cursor, taker.name)
            taker.followers.rename(cursor, beside.name, taker.name)
            taker.parked.rename(cursor, beside.name, taker.name)
