"""What a follower has parked: looking at it, trying it again, giving it up. The order of an account is kept throughout."""

from __future__ import annotations

from msgspec import Struct

from ...infrastructure.database import Database
from ...projections.parked import Parked, ParkedEvents
from .errors import HandlerFailed, NotParked, passing
from .taking import Taker, text_of

__all__ = ["Parking", "Retried", "drop_parked"]


class Retried(Struct, frozen=True):
    """What became of parked events: how many were handed over, and how many are still parked."""

    handed_over: int
    still_parked: int


class Parking:
    """The part of a follower that deals with parked events."""

    def __init__(self, taker: Taker, *, batch: int) -> None:
        self._taker = taker
        self._batch = batch

    def parked(self) -> list[Parked]:
        """Every event that is parked, in the order of the log; those with `attempts` 0 wait behind another of their account."""
        taker = self._taker
        with taker.store.database.reading() as cursor:
            return taker.parked.all(cursor, taker.name)

    def retry_parked(self, account: str | None = None) -> Retried:
        """Hand parked events over again, of one account or of all, the oldest of each first.

        An account whose oldest event fails again stays as it is, with one attempt more; one whose events are all taken in goes
        on as if nothing had been. Raises as `step` does, and `StoreBusy` while another process hands events over.
        """
        taker, handed = self._taker, 0
        with taker.store.database.reading() as cursor:
            accounts = taker.parked.accounts(cursor, taker.name)
        for partition, name in accounts:
            if account in (None, name):
                handed += self._retry(partition, name)
        return Retried(handed, sum(account in (None, event.account) for event in self.parked()))

    def drop_parked(self, account: str, version: int) -> Parked:
        """Give a parked event up: it is never handed over again; what waits behind it can be, by `retry_parked`.

        For a person to decide: the follower then lacks this event for good. Raises NotParked.
        """
        return drop_parked(self._taker.store.database, self._taker.parked, self._taker.name, account, version)

    def _retry(self, partition: int, account: str) -> int:
        taker, handed, size = self._taker, 0, self._batch
        while True:
            with taker.store.database.reading() as cursor:
                waiting = taker.parked.of_account(cursor, partition, taker.name, account)[:size]
            if not waiting:
                return handed
            try:
                if taker.again(waiting):
                    handed += len(waiting)
            except HandlerFailed as failed:
                passed = passing(taker.store.database, failed.cause)
                if passed is not None:
                    raise passed from failed.cause
                if len(waiting) > 1:
                    size = 1
                    continue
                with taker.store.database.writing() as cursor:
                    taker.parked.tried(cursor, waiting[0], text_of(failed.cause))
                return handed


def drop_parked(database: Database, parked: ParkedEvents, follower: str, account: str, version: int) -> Parked:
    """Give up a parked event of a follower. Raises NotParked."""
    with database.writing() as cursor:
        for event in parked.all(cursor, follower):
            if (event.account, event.version) == (account, version) and parked.remove(cursor, [event]):
                return event
    raise NotParked(
        f"the follower {follower!r} has parked no version {version} of {account!r}",
        follower=follower,
        account=account,
        version=version,
    )
