"""Where in the log the events of an account stand, and which checkpoint covers them. Inside the caller's transaction."""

from __future__ import annotations

from bisect import bisect_left

from msgspec import Struct
from sqlalchemy import bindparam, func, select

from ..database import Cursor, Database
from ..sequencing import partition_of
from ..tables import sanction_events
from .frontier import Frontier
from .tables import checkpoints, places

__all__ = ["Place", "Places"]


class Place(Struct, frozen=True):
    """The place of an event in the log. `checkpoint`: the size of the smallest checkpoint that covers it, None: not sealed."""

    partition: int
    position: int
    checkpoint: int | None


class Places:
    """Looks up places of events.

    The sealer notes the places of what it seals; what comes behind the newest checkpoint is found by reading that part of
    the log, so the log needs no second index that every writer would pay for.
    """

    def __init__(self, database: Database, partitions: int) -> None:
        self._partitions = partitions
        self._database = database
        log, kept, seals = sanction_events.log.c, places.c, checkpoints.c
        prepare = database.prepare
        of, here = kept.account == bindparam("account"), log.partition == bindparam("partition")
        self._sealed = prepare(select(kept.version, kept.position).where(of))
        self._known = prepare(select(func.max(kept.version)).where(of, kept.position <= bindparam("position")))
        self._end = prepare(select(func.max(seals.size)).where(seals.partition == bindparam("partition")))
        self._sizes = prepare(select(seals.size).where(seals.partition == bindparam("partition")).order_by(seals.size))
        behind = (here, log.position > bindparam("behind"), log.account == bindparam("account"))
        self._tail = prepare(select(log.version, log.position).where(*behind))
        self._tail_known = prepare(select(func.max(log.version)).where(*behind, log.position <= bindparam("position")))

    def partition(self, account: str) -> int:
        """The partition in which the account's events stand."""
        return partition_of(account, self._partitions)

    def known(self, cursor: Cursor, account: str, position: int) -> int:
        """How many events of the account stand in its partition up to this position: its first ones, for its order is kept."""
        partition = self.partition(account)
        cursor.execute(self._known, (account, position))
        known: int = cursor.fetchone()[0] or 0
        end = self._sealed_up_to(cursor, partition)
        if position > end:
            cursor.execute(self._tail_known, (partition, end, account, position))
            known = max(known, cursor.fetchone()[0] or 0)
        return known

    def of(self, cursor: Cursor, account: str) -> dict[int, Place]:
        """The place of each event of the account that is in the log, by its version."""
        partition = self.partition(account)
        cursor.execute(self._sizes, (partition,))
        sizes = [row[0] for row in cursor.fetchall()]
        end = sizes[-1] if sizes else 0
        cursor.execute(self._sealed, (account,))
        found = list(cursor.fetchall())
        cursor.execute(self._tail, (partition, end, account))
        found += cursor.fetchall()
        return {version: Place(partition, position, _covering(sizes, position)) for version, position in found}

    def root(self, cursor: Cursor, partition: int, size: int) -> bytes | None:
        """The root of the tree over the first entries of the partition as they are now; None where there are not so many."""
        # What signs checkpoints is an extra, and only who has one asks for its root.
        from .sealing import LogReader

        tiles = LogReader(self._database).tiles(cursor, partition)
        try:
            return Frontier.at(size, tiles.complete).root()
        except LookupError:
            return None

    def _sealed_up_to(self, cursor: Cursor, partition: int) -> int:
        cursor.execute(self._end, (partition,))
        return cursor.fetchone()[0] or 0


def _covering(sizes: list[int], position: int) -> int | None:
    """The first of these ascending sizes that reaches the position."""
    index = bisect_left(sizes, position)
    return sizes[index] if index < len(sizes) else None
