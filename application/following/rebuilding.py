"""Doing a follower's work anew: from the beginning in its place, or beside what is there, which it then replaces."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection

from ...infrastructure.errors import OutcomeUnknown, StoreError
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
        prepare: Callable[[Connection], object] | None = None,
        progress: Callable[[FollowerStatus], None] | None = None,
        afresh: bool = False,
    ) -> None:
        """Build from the whole log beside what is there, and exchange both when the log has been caught up with.

        `handler(connection, batch)` does what the follower's own one does, in tables of its own. `swap(connection)` puts these
        in the place of the live ones; in the same transaction the last events are handed over and the follower goes on where
        the new tables stand. Writers go on throughout, and the follower until the exchange. A run that was stopped goes on
        where it was, unless `afresh`. `prepare(connection)` makes those tables, empty, whatever lies there: it is called where a
        run begins at the first event, in the transaction that notes so, and not where one goes on. Without it they must be
        there and empty, also when a rebuild is asked for once more that was done. `progress` is told after each batch.

        For followers whose handler writes to this database; raises TypeError for others, and what `step`, `prepare` and `swap`
        raise. Where the commit of the exchange has no answer, the positions tell what became of it; OutcomeUnknown comes only
        where these cannot be read either.
        """
        if not isinstance(self._taker, InOneTransaction):
            raise TypeError("what a handler did elsewhere cannot be exchanged in a transaction: let it begin again")
        beside = self._taker.beside(handler)
        if afresh or prepare is not None:
            self._begin_beside(beside, prepare, afresh=afresh)
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
            except OutcomeUnknown as unknown:
                if self._is_exchanged(beside, unknown):
                    return
                if attempt == _ATTEMPTS:
                    raise

    def _begin_beside(
        self, beside: InOneTransaction, prepare: Callable[[Connection], object] | None, *, afresh: bool
    ) -> None:
        store = beside.store
        with beside.transaction() as (connection, cursor):
            # Two processes that begin together: the second one finds what the first has noted, and prepares nothing.
            store.database.alone_at(cursor, beside.name, wait=True)
            if not afresh and beside.followers.positions(cursor, beside.name):
                return
            beside.followers.forget(cursor, beside.name)
            beside.parked.forget(cursor, beside.name)
            if prepare is not None:
                prepare(connection)
            beside.followers.begin(cursor, beside.name, dict.fromkeys(store.log.partitions, 0))

    @staticmethod
    def _is_exchanged(beside: InOneTransaction, unknown: OutcomeUnknown) -> bool:
        """The exchange takes away the name under which the building was noted, so what is left of it tells."""
        try:
            with beside.store.database.reading() as cursor:
                return not beside.followers.positions(cursor, beside.name)
        except StoreError as error:
            raise unknown from error

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
