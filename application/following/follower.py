"""A follower of the log: takes in what was recorded, in order, from where it stopped, whichever process it runs in."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ...infrastructure.background import Background, backoff
from ...infrastructure.errors import StoreBusy, StoreClosed, StoreUnreachable
from ...infrastructure.logs import DEBUG, WARNING, tell
from ...projections.parked import Parked
from .doubt import Doubt
from .errors import HandlerFailed, passing
from .meter import Meter
from .parking import Parking
from .rebuilding import Renewing
from .settings import Settings, check
from .status import FollowerStatus, follower_status
from .taking import Taker, text_of

if TYPE_CHECKING:
    from typing import Unpack

__all__ = ["Follower"]


class Follower(Parking, Renewing, Background):
    """Hands recorded events to a handler: each of an account after the one before it, none left out.

    Run it by hand (`step`, `catch_up`), in this thread (`run`), or in one of its own (`start`, `stop`, or as a context). Any
    number of processes may run the same follower: each partition has one of them at work. Made by `Sanctions.follow`.
    """

    def __init__(self, taker: Taker, batch: int = 1000, **settings: Unpack[Settings]) -> None:
        check(batch, settings)
        self._attempts = settings.get("attempts", 3)
        store = taker.store
        Background.__init__(
            self,
            f"sanctions-follower-{taker.name}",
            store.bells,
            pause=settings.get("poll", 0.5),
            on_error=settings.get("on_error"),
            wait=settings.get("wait"),
            make_event=store.database.make_event,
        )
        Parking.__init__(self, taker, batch=batch)
        self._settings = settings
        self._from_now = settings.get("start", "beginning") == "now"
        self._on_parked = settings.get("on_parked")
        self._doubts = {partition: Doubt(batch) for partition in store.log.partitions}
        self._meter = Meter()
        self._begun = False

    @property
    def name(self) -> str:
        """Under which its positions are kept."""
        return self._taker.name

    def step(self) -> int:
        """Take in at most one batch of each partition; returns how many events were dealt with, handed over or parked.

        Raises a `StoreError`, `TryLater` and other retriable errors: nothing of that batch was kept, or with `outcome_unknown`
        perhaps all of it. Call it again, it knows from the position.
        """
        return self._round()[0]

    def catch_up(self) -> int:
        """Take in all that is in the log, and try again what fails; returns how many events were dealt with.

        What another process has at work is left to it. Raises as `step` does.
        """
        total = 0
        try:
            while True:
                dealt, rest = self._round()
                total += dealt
                if rest is None:
                    return total
                if rest:
                    self._wait(rest)
        finally:
            self.release()

    def release(self) -> None:
        """Let other processes go on at once, where this one has a partition to itself for a time; `stop` does it too."""
        with suppress(StoreBusy, StoreClosed, StoreUnreachable):  # The time runs out by itself.
            self._taker.let_go()

    def status(self) -> FollowerStatus:
        """How far it has come, over all processes, and how quick it is in this one."""
        taker = self._taker
        with taker.store.database.reading() as cursor:
            found = follower_status(cursor, taker.store.log, taker.followers, taker.parked, self.name, taker.clock())
        return replace(found, per_second=self._meter.per_second())

    def _another(self, taker: Taker) -> Follower:
        settings = self._settings.copy()
        settings["start"] = "beginning"
        return Follower(taker, self._batch, **settings)

    def _turn(self) -> float | None:
        return self._round()[1]

    def _ended(self) -> None:
        self.release()

    def _round(self) -> tuple[int, float | None]:
        """How many events were dealt with, and after how many seconds to go on (None: when there is something new)."""
        dealt, rests = 0, list[float]()
        for partition in self._behind():
            moved, rest = self._step(partition)
            dealt += moved
            if rest is not None:
                rests.append(rest)
        return dealt, max(rests) if rests else None

    def _behind(self) -> list[int]:
        """The partitions in which there is something to take in; what has no place in the log yet is given one first."""
        self._begin()
        found = self._unread()
        sequencer = self._taker.store.sequencer
        if not found and sequencer is not None and sequencer.turn():
            found = self._unread()
        return found

    def _unread(self) -> list[int]:
        taker = self._taker
        with taker.store.database.reading() as cursor:
            positions = taker.followers.positions(cursor, self.name)
            return [part for part, last in taker.store.log.lasts(cursor).items() if last > positions.get(part, 0)]

    def _begin(self) -> None:
        if self._begun:
            return
        taker = self._taker
        log, partitions = taker.store.log, set(taker.store.log.partitions)
        with taker.store.database.reading() as cursor:
            known = taker.followers.positions(cursor, self.name).keys() >= partitions
        if not known:
            if self._from_now:
                taker.store.settle_log()
            with taker.store.database.writing() as cursor:
                starts = log.lasts(cursor) if self._from_now else dict.fromkeys(log.partitions, 0)
                taker.followers.begin(cursor, self.name, starts)
        self._begun = True

    def _step(self, partition: int) -> tuple[int, float | None]:
        doubt = self._doubts[partition]
        try:
            piece = self._taker.take(partition, doubt.size)
        except HandlerFailed as failed:
            return self._failed(partition, failed)
        if piece is None:
            return 0, None
        doubt.passed(piece)
        self._meter.add(len(piece.batch))
        if len(piece.batch):
            tell(
                DEBUG, "followed", follower=self.name, partition=partition, position=piece.end, events=len(piece.batch)
            )
        for parked in piece.unreadable:
            self._tell_parked(parked)
        return piece.end - piece.start, 0.0

    def _failed(self, partition: int, failed: HandlerFailed) -> tuple[int, float | None]:
        passed = passing(self._taker.store.database, failed.cause)
        if passed is not None:
            raise passed from failed.cause
        doubt, piece = self._doubts[partition], failed.piece
        if not doubt.failed(piece):
            return 0, 0.0
        if doubt.attempts < self._attempts:
            return 0, backoff(doubt.attempts)
        culprit = self._taker.parked_now(piece.batch[0], attempts=doubt.attempts, error=text_of(failed.cause))
        if not self._taker.park(piece, culprit):
            return 0, None
        doubt.passed(piece)
        for parked in (*piece.unreadable, culprit):
            self._tell_parked(parked)
        return piece.end - piece.start, 0.0

    def _tell_parked(self, parked: Parked) -> None:
        if self._on_parked is not None:
            self._on_parked(parked)
        else:
            tell(
                WARNING,
                "event_parked",
                account=parked.account,
                follower=self.name,
                partition=parked.partition,
                position=parked.position,
                attempts=parked.attempts,
            )
