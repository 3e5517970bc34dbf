"""How far the log and its followers have come: figures that anybody can read, whichever process does the work."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from ...infrastructure.database import Cursor
from ...infrastructure.log import Log, Waiting
from ...projections.followers import Followers
from ...projections.parked import ParkedEvents

__all__ = ["FollowerStatus", "LogStatus", "PartitionStatus", "follower_status", "log_status"]


class LogStatus(Struct, frozen=True, kw_only=True):
    """A partition of the log: its last position, and the committed events that have no place in it yet.

    `unsequenced_seconds`: how long ago the oldest of them was recorded; None where there is none.
    """

    partition: int
    position: int
    unsequenced: int = 0
    unsequenced_seconds: float | None = None


class PartitionStatus(Struct, frozen=True, kw_only=True):
    """How far a follower has come in a partition.

    `behind`: how many events it has not taken in, those without a place in the log among them. `seconds`: how long ago the
    oldest of these was recorded. `holder`: which process has the partition for a time, where that is written down.
    """

    partition: int
    position: int
    behind: int
    seconds: float | None = None
    parked: int = 0
    holder: str | None = None


class FollowerStatus(Struct, frozen=True, kw_only=True):
    """How far a follower has come.

    `behind`, `seconds` as for a partition, over all of them: the sum and the longest. `parked` events of `parked_accounts`
    wait for somebody to look at them. `per_second`: events that this process handed over, on average of the last minute; None
    as seen from other processes.
    """

    follower: str
    behind: int
    seconds: float | None
    parked: int
    parked_accounts: int
    partitions: tuple[PartitionStatus, ...]
    per_second: float | None = None


def log_status(cursor: Cursor, log: Log, now: datetime) -> tuple[LogStatus, ...]:
    """Every partition of the log."""
    waiting = {found.partition: found for found in log.waiting(cursor)}
    nothing = Waiting(0, 0, None)
    return tuple(
        LogStatus(
            partition=partition,
            position=position,
            unsequenced=waiting.get(partition, nothing).events,
            unsequenced_seconds=_age(now, [waiting.get(partition, nothing).since]),
        )
        for partition, position in log.lasts(cursor).items()
    )


def follower_status(
    cursor: Cursor, log: Log, followers: Followers, parked: ParkedEvents, name: str, now: datetime
) -> FollowerStatus:
    """One follower; of one that never began, that everything is still before it."""
    positions, holders = followers.positions(cursor, name), followers.holders(cursor, name)
    counts = parked.counts(cursor, name)
    waiting = {found.partition: found for found in log.waiting(cursor)}
    found: list[PartitionStatus] = []
    for partition, last in log.lasts(cursor).items():
        position = positions.get(partition, 0)
        unsequenced = waiting.get(partition, Waiting(partition, 0, None))
        oldest = [unsequenced.since]
        if position < last:
            entry = log.entry(cursor, partition, position + 1)
            oldest.append(log.recorded_at(cursor, entry.account, entry.version))
        found.append(
            PartitionStatus(
                partition=partition,
                position=position,
                behind=last - position + unsequenced.events,
                seconds=_age(now, oldest),
                parked=counts.get(partition, (0, 0))[0],
                holder=holders.get(partition),
            )
        )
    ages = [one.seconds for one in found if one.seconds is not None]
    return FollowerStatus(
        follower=name,
        behind=sum(one.behind for one in found),
        seconds=max(ages) if ages else None,
        parked=sum(one.parked for one in found),
        parked_accounts=sum(accounts for _, accounts in counts.values()),
        partitions=tuple(found),
    )


def _age(now: datetime, instants: Iterable[datetime | None]) -> float | None:
    known = [instant for instant in instants if instant is not None]
    return max(0.0, (now - min(known)).total_seconds()) if known else None
