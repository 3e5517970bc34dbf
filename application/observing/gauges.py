"""Figures that are asked for from time to time: what waits for its place in the log, and how far followers are behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from opentelemetry.metrics import CallbackOptions, Meter, Observation
from sqlalchemy import func, select

from ...domain.errors import SanctionsError
from ...infrastructure.tables import pending, sanction_events
from ...projections.tables import followers
from ..sanctions import Sanctions

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, Task

__all__ = ["FromLoop", "Reader", "at_once", "backlog", "lag", "watch"]

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


def backlog(door: Sanctions) -> Found:
    """By partition, how many committed events wait for their place in the log; none where it is given with the commit."""
    counts: dict[int, int] = {}
    database = door.store.database
    if database.sequenced:
        with database.reading() as cursor:
            cursor.execute(database.prepare(select(pending.c.partition, func.count()).group_by(pending.c.partition)))
            counts = dict(cursor.fetchall())
    return [Observation(counts.get(part, 0), {"partition": part}) for part in door.store.partitions]


def lag(door: Sanctions) -> Found:
    """By follower and partition, how many entries of the log it has not taken in."""
    log, places = sanction_events.log.c, followers.c
    database = door.store.database
    with database.reading() as cursor:
        cursor.execute(database.prepare(select(log.partition, func.max(log.position)).group_by(log.partition)))
        last: dict[int, int] = dict(cursor.fetchall())
        cursor.execute(database.prepare(select(places.follower, places.partition, places.position)))
        return [
            Observation(last.get(part, 0) - position, {"follower": name, "partition": part})
            for name, part, position in cursor.fetchall()
        ]


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
