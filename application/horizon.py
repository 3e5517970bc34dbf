"""How far knowledge goes: until an instant, up to a place in the log, or as far as a checkpoint covers it.

By an instant, what was recorded until then is known. By a place in the log, what stands in the log up to there: what was
committed late stands behind what came before it, however early its time of recording, and is known from its place on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Protocol

from msgspec import Struct

from ..domain.errors import Malformed, SanctionsError
from ..domain.record import Recorded
from ..infrastructure.database import Cursor
from ..infrastructure.evidence.checkpoints import Checkpoint
from ..infrastructure.store import Store
from .given import utc

if TYPE_CHECKING:
    from ..infrastructure.evidence.placing import Places

__all__ = [
    "CheckpointContradicted",
    "CheckpointElsewhere",
    "Horizon",
    "KnownAt",
    "LogPosition",
    "PartitionUnsaid",
    "PositionAhead",
    "Unbounded",
    "Until",
    "horizon",
]


class LogPosition(Struct, frozen=True):
    """The first `position` entries of a partition of the log, counted from 1."""

    partition: int
    position: int


KnownAt = datetime | LogPosition | Checkpoint | Sequence[LogPosition | Checkpoint] | None
"""As of what something is known; None: all that is recorded. Of several partitions, a position or checkpoint for each."""


class PositionAhead(SanctionsError):
    """The log does not go so far: give a position that it has reached. If a checkpoint says so, its end was cut off: `verify`."""

    code: ClassVar[str] = "position_ahead"


class PartitionUnsaid(SanctionsError):
    """The account's events stand in another partition of the log: give a position, or a checkpoint, of that one too."""

    code: ClassVar[str] = "partition_unsaid"


class CheckpointElsewhere(SanctionsError):
    """The checkpoint is of another store: give one that was made of this store's log."""

    code: ClassVar[str] = "checkpoint_elsewhere"


class CheckpointContradicted(SanctionsError):
    """The log is not the one that the checkpoint was made of: somebody touched one of them. Run `verify`."""

    code: ClassVar[str] = "checkpoint_contradicted"


class Horizon(Protocol):
    """What of an account's record is known."""

    def known(self, cursor: Cursor, account: str, records: Sequence[Recorded]) -> list[Recorded]:
        """Those of all the records of an account that are known."""
        ...

    def instant(self, now: datetime) -> datetime:
        """The instant that stands for it: until when something was recorded that is known."""
        ...

    @property
    def words(self) -> str | None:
        """The place in the log, as `partition:position`; None where it is an instant."""
        ...


class Unbounded:
    """All that is recorded, even where this machine's clock runs behind the one that recorded it."""

    @property
    def words(self) -> str | None:
        return None

    def known(self, cursor: Cursor, account: str, records: Sequence[Recorded]) -> list[Recorded]:  # noqa: ARG002
        """All of them."""
        return list(records)

    def instant(self, now: datetime) -> datetime:
        """Now."""
        return now


class Until(Struct, frozen=True):
    """What was recorded until an instant."""

    until: datetime

    @property
    def words(self) -> str | None:
        return None

    def known(self, cursor: Cursor, account: str, records: Sequence[Recorded]) -> list[Recorded]:  # noqa: ARG002
        """Those recorded by then."""
        return [record for record in records if record.recorded_at <= self.until]

    def instant(self, now: datetime) -> datetime:  # noqa: ARG002 - of the protocol
        """That instant."""
        return self.until


class _InLog:
    """What stands in the log up to a position of each of some partitions."""

    def __init__(self, places: Places, positions: dict[int, int], at: datetime) -> None:
        self._places = places
        self._positions = positions
        self._at = at

    @property
    def words(self) -> str | None:
        return " ".join(f"{partition}:{position}" for partition, position in sorted(self._positions.items()))

    def known(self, cursor: Cursor, account: str, records: Sequence[Recorded]) -> list[Recorded]:
        """Those up to the position. Raises PartitionUnsaid."""
        partition = self._places.partition(account)
        position = self._positions.get(partition)
        if position is None:
            said = ", ".join(map(str, sorted(self._positions)))
            raise PartitionUnsaid(
                f"the events of {account!r} stand in partition {partition} of the log, and only partition {said} was named",
                account=account,
                partition=partition,
            )
        count = self._places.known(cursor, account, position)
        return [record for record in records if record.version <= count]

    def instant(self, now: datetime) -> datetime:  # noqa: ARG002 - of the protocol
        """When the last entry up to there was recorded."""
        return self._at


def horizon(store: Store, cursor: Cursor, known_at: KnownAt) -> Horizon:
    """How far knowledge goes in a store.

    Raises Malformed for a naive time, a position below 1 and for a partition named twice; PositionAhead, CheckpointElsewhere and
    CheckpointContradicted where the store's log is not the one that is meant.
    """
    if known_at is None:
        return Unbounded()
    if isinstance(known_at, datetime):
        return Until(utc("known_at", known_at))
    from ..infrastructure.evidence.placing import Places

    given = [known_at] if isinstance(known_at, LogPosition | Checkpoint) else list(known_at)
    places = Places(store.database, store.identity.partitions)
    lasts, positions = store.log.lasts(cursor), dict[int, int]()
    for one in given:
        place = one if isinstance(one, LogPosition) else _covered(store, one)
        _check(place, lasts)
        if place.partition in positions:
            raise Malformed(f"known_at: partition {place.partition} is named twice", field="known_at")
        if isinstance(one, Checkpoint) and places.root(cursor, place.partition, one.size) != one.root:
            raise CheckpointContradicted(
                f"the first {one.size} entries of the log are not those of the checkpoint: run `verify`",
                partition=place.partition,
                size=one.size,
            )
        positions[place.partition] = place.position
    if not positions:
        raise Malformed("known_at: name a position of the log, or a checkpoint", field="known_at")
    ends = [store.log.read(store.log.entry(cursor, *each))[0] for each in positions.items()]
    return _InLog(places, positions, max(ends))


def _covered(store: Store, checkpoint: Checkpoint) -> LogPosition:
    prefix = f"account-sanctions/{store.identity.store_id}/"
    partition = checkpoint.origin.removeprefix(prefix)
    if not checkpoint.origin.startswith(prefix) or not (partition.isascii() and partition.isdecimal()):
        raise CheckpointElsewhere(
            f"the checkpoint is of the log {checkpoint.origin!r}, and not of this store ({store.identity.store_id})",
            origin=checkpoint.origin,
        )
    return LogPosition(int(partition), checkpoint.size)


def _check(place: LogPosition, lasts: dict[int, int]) -> None:
    if place.position < 1 or place.partition < 0:
        raise Malformed("known_at: partitions count from 0 and positions from 1", field="known_at")
    if place.partition not in lasts:
        raise PositionAhead(
            f"the log has {len(lasts)} partitions, and no partition {place.partition}", partition=place.partition
        )
    if place.position > lasts[place.partition]:
        raise PositionAhead(
            f"partition {place.partition} of the log has {lasts[place.partition]} entries, and not {place.position}",
            partition=place.partition,
            last=lasts[place.partition],
        )
