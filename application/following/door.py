"""The part of `Sanctions` that follows the log."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ...infrastructure.background import ErrorTold
from ...infrastructure.clock import Clock
from ...infrastructure.sequencing import SequencerService
from ...infrastructure.store import Store
from ...projections.current import CurrentRestrictions
from ...projections.parked import Parked
from ..evidencing import Evidencing
from .batches import Batch
from .elsewhere import Elsewhere
from .errors import UnknownFollower
from .follower import Follower
from .once import InOneTransaction
from .parking import drop_parked
from .settings import Settings
from .status import FollowerStatus, LogStatus, follower_status, log_status
from .taking import Keeping

if TYPE_CHECKING:
    from typing import Unpack

    from sqlalchemy import Connection

__all__ = ["Following"]

_LONGEST_NAME: Final = 200


class Following(Evidencing):
    """What `Sanctions` offers to those who follow the log."""

    store: Store
    clock: Clock
    view: CurrentRestrictions

    def follow(
        self,
        name: str,
        handler: Callable[[Connection, Batch], object],
        batch: int = 1000,
        *,
        hold: float = 60.0,
        **settings: Unpack[Settings],
    ) -> Follower:
        """A follower whose handler writes to this database: each event once, whatever dies when.

        `handler(connection, batch)` writes through the SQLAlchemy connection and does not commit: its rows and the position
        are one transaction. `name` keeps the position. An event on which the handler raises is tried again, then parked: later
        ones of its account wait behind it, other accounts go on. `hold`: after how many seconds without a word in its
        transaction a process loses it, so that another one can go on (PostgreSQL), at most a day. `settings`: those of
        `Settings`. Raises TypeError and ValueError for what makes no sense.
        """
        return Follower(InOneTransaction(self._keeping(name), handler, hold), batch, **settings)

    def follow_elsewhere(
        self,
        name: str,
        handler: Callable[[Batch], object],
        batch: int = 1000,
        *,
        hold: float = 60.0,
        **settings: Unpack[Settings],
    ) -> Follower:
        """A follower whose handler acts elsewhere (another database, a queue, a service): each event at least once.

        `handler(batch)` runs outside any transaction, and the position is written when it has returned. Where a process dies
        in between, the same events come again: tell them by `LoggedEvent.id`. A process has a partition to itself for `hold`
        seconds, counted anew for each batch: the handler takes less. The rest is as for `follow`.
        """
        return Follower(Elsewhere(self._keeping(name), handler, hold), batch, **settings)

    def sequencing(self, *, pause: float = 0.05, on_error: ErrorTold | None = None) -> SequencerService:
        """Gives what is committed its place in the log, in the background: `with sanctions.sequencing(): ...`.

        With keys it seals the log too, every second or every 1,000 events. On SQLite the place is given at once, and without
        keys there is nothing to do. Any number of processes may do it; `pause`: seconds between looks where nothing waited;
        `on_error` is told of errors, else they are logged.
        """
        seal = None if self.store.securing is None else self.sealing()
        make_event = self.store.database.make_event
        return SequencerService(self.store.sequencer, pause=pause, on_error=on_error, seal=seal, make_event=make_event)

    def log_status(self) -> tuple[LogStatus, ...]:
        """How far the log goes, and what waits for its place in it, by partition."""
        with self.store.database.reading() as cursor:
            return log_status(cursor, self.store.log, self.clock())

    def followers(self) -> list[FollowerStatus]:
        """How far every follower has come that ever began, in whichever process."""
        view = self.view
        with self.store.database.reading() as cursor:
            return [
                follower_status(cursor, self.store.log, view.followers, view.parked, name, self.clock())
                for name in view.followers.names(cursor)
            ]

    def parked(self, follower: str) -> list[Parked]:
        """What a follower has parked, in the order of the log. Raises UnknownFollower."""
        with self.store.database.reading() as cursor:
            if follower not in self.view.followers.names(cursor):
                raise UnknownFollower(f"no follower {follower!r} ever began in this store", follower=follower)
            return self.view.parked.all(cursor, follower)

    def drop_parked(self, follower: str, account: str, version: int) -> Parked:
        """Give up an event that a follower has parked, for good: that is for a person to decide. Raises NotParked."""
        return drop_parked(self.store.database, self.view.parked, follower, account, version)

    def _keeping(self, name: str) -> Keeping:
        if not 1 <= len(name) <= _LONGEST_NAME or "\0" in name:
            raise ValueError(f"a follower has a name of 1 to {_LONGEST_NAME} characters, and no NUL among them")
        return Keeping(name, self.store, self.view.followers, self.view.parked, self.clock)
