"""What a handler is given: recorded events at their places in the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import overload

from msgspec import Struct
from msgspec.structs import replace

from ...domain.events import Event
from ...domain.record import Untold
from ...infrastructure.log import Entry, Told
from ...projections.parked import Parked

__all__ = ["Batch", "LoggedEvent", "Piece"]

Narrate = Callable[[Sequence[Entry]], list[Told]]


class LoggedEvent(Struct, frozen=True):
    """A recorded event and its place in the log.

    `position` counts the events of a partition from 1, without gaps; `version` those of the account. `recorded_at` is aware
    and in UTC. `event` comes without its narrative, which `Batch.narrated` adds. `command_id` names the command that led to it.
    `untold`, in what `Batch.narrated` returns: the event has free text that cannot be told, because it is `encrypted` with a key
    that is not here, or `erased`.
    """

    partition: int
    position: int
    account: str
    version: int
    recorded_at: datetime
    event: Event
    command_id: str | None = None
    untold: Untold | None = None

    @property
    def id(self) -> str:
        """The event's name, the same whenever it is handed over: by it what was seen before can be told."""
        return f"{self.account}/{self.version}"


class Batch(Sequence[LoggedEvent]):
    """Events of one partition in the order of the log, which is the order of each account."""

    def __init__(self, events: Sequence[LoggedEvent], entries: Sequence[Entry], narrate: Narrate) -> None:
        self._events = events
        self._entries = entries
        self._narrate = narrate

    @overload
    def __getitem__(self, index: int) -> LoggedEvent: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[LoggedEvent]: ...
    def __getitem__(self, index: int | slice) -> LoggedEvent | Sequence[LoggedEvent]:
        return self._events[index]

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[LoggedEvent]:
        return iter(self._events)

    def narrated(self) -> list[LoggedEvent]:
        """The same events with their narratives, free text and evidence; read now. What cannot be told is marked `untold`."""
        return [
            replace(logged, event=told.event, untold=told.untold)
            for logged, told in zip(self._events, self._narrate(self._entries), strict=True)
        ]


class Piece(Struct, frozen=True):
    """A piece of a partition as one step takes it in: what is handed over, and what is parked instead."""

    partition: int
    start: int
    end: int
    batch: Batch
    behind: tuple[Parked, ...] = ()
    unreadable: tuple[Parked, ...] = ()
