"""Figures that are asked for from time to time: what waits for its place in the log, and how far followers are behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from opentelemetry.metrics import CallbackOptions, Meter, Observation
from sqlalchemy import func, select

from ...domain.errors import SanctionsError
from ...projections.tables import followers, parked
from ..sanctions import Sanctions

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Task

__all__ = ["FromLoop", "Reader", "at_once", "backlog", "lag", "waiting_apart", "watch"]

Found = Sequence[Observation]
Reader = Callable[[Callable[[], Found]], Callable[[], Found]]
"""Makes of a reading of the database one that a collector of metrics may ask for at any time, from any thread."""


def watch(meter: Meter, door: Sanctions, reader: Reader) -> None:
    """Have the gauges."""
    meter.create_observable_gauge(
        "account_sanctions.log.backlog",
        [_callback(reader(lambda: backlog(door)))],
        unit="{event}",
        description="Committed events that have no place in the log yet.",
    )
    meter.create_observable_gauge(
        "account_sanctions.follower.lag",
        [_callback(reader(lambda: lag(door)))],
        unit="{event}",
        description="Entries of the log that a follower has not taken in.",
    )
    meter.create_observable_gauge(
        "account_sanctions.follower.parked",
        [_callback(reader(lambda: waiting_apart(door)))],
        unit="{event}",
        description="Events that a follower has parked, which somebody has to look at.",
    )


def backlog(door: Sanctions) -> Found:
    """By partition, how many committed events wait for their place in the log; none where it is given with the commit."""
    waiting = {} if door.store.sequencer is None else door.store.sequencer.backlog().waiting
    return [Observation(waiting.get(part, 0), {"partition": part}) for part in door.store.log.partitions]


def lag(door: Sanctions) -> Found:
    """By follower and partition, how many entries of the log it has not taken in."""
    places = followers.c
    database = door.store.database
    with database.reading() as cursor:
        last = door.store.log.lasts(cursor)
        cursor.execute(database.prepare(select(places.follower, places.partition, places.position)))
        return [
            Observation(last.get(part, 0) - position, {"follower": name, "partition": part})
            for name, part, position in cursor.fetchall()
        ]


def waiting_apart(door: Sanctions) -> Found:
    """By follower, how many events it has parked; none of one that has parked nothing."""
    rows = parked.c
    database = door.store.database
    with database.asking() as cursor:
        cursor.execute(database.prepare(select(rows.follower, func.count()).group_by(rows.follower)))
        return [Observation(count, {"follower": name}) for name, count in cursor.fetchall()]


def at_once(read: Callable[[], Found]) -> Callable[[], Found]:
    """For a door of threads: reads the database when it is asked, in the thread that asks."""

    def asked() -> Found:
        # A gauge that cannot be read has no value; the host's own calls say what is wrong.
        with suppress(SanctionsError):
            return read()
        return ()

    return asked


class FromLoop:
    """For a door that only its event loop may use: tells the last reading, and has the loop take the next one."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop

    def __call__(self, read: Callable[[], Found]) -> Callable[[], Found]:
        """Read in the loop; nobody waits for it."""
        return _Reading(self._loop, read).last


class _Reading:
    def __init__(self, loop: AbstractEventLoop, read: Callable[[], Found]) -> None:
        self._loop = loop
        self._read = read
        self._found: Found = ()
        self._task: Task[None] | None = None

    def last(self) -> Found:
        with suppress(RuntimeError):  # The loop has ended.
            self._loop.call_soon_threadsafe(self._begin)
        return self._found

    def _begin(self) -> None:
        if self._task is None or self._task.done():
            self._task = self._loop.create_task(self._refresh())

    async def _refresh(self) -> None:
        from ..asynchronous.running import run

        with suppress(SanctionsError):
            self._found = await run(self._read)


def _callback(asked: Callable[[], Found]) -> Any:
    def called(_: CallbackOptions) -> Found:
        return asked()

    return called
