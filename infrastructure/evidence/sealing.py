"""Sealing: the log as a Merkle tree, its root signed as a checkpoint. One sealer a partition at a time.

It reads what is in the log and writes beside it; writers are not held up. A seal covers whole transactions of the log, and
goes on from the last checkpoint, whose own signature is not asked for: a false one is the verifier's to find.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from msgspec import Struct
from sqlalchemy import bindparam, func, insert, select

from ...domain.instants import to_micros
from ..database import Cursor, Database
from ..tables import sanction_events
from .checkpoints import Checkpoint, origin_of, partition_of_origin
from .frontier import Frontier
from .leaves import log_leaf
from .notes import NoteSigner, split_note
from .tables import checkpoints, nodes, places
from .tiles import Tiles

__all__ = ["LogReader", "Sealed", "Sealer"]

_PIECE: Final = 5_000
# How many entries one transaction seals: a store that has never been sealed is sealed in steps.
_MOST: Final = 50_000
_PATIENCE_SECONDS: Final = 10.0


class Sealed(Struct, frozen=True):
    """A checkpoint as it is kept."""

    partition: int
    size: int
    note: str

    @classmethod
    def of(cls, note: str, store_id: str) -> Sealed:
        """A checkpoint of this store as somebody else has kept it; no signature is checked. Raises BadNote."""
        found = Checkpoint.parse(split_note(note).text)
        return cls(partition_of_origin(found.origin, store_id), found.size, note)

    @property
    def checkpoint(self) -> Checkpoint:
        """What it says. Raises BadNote for a damaged one."""
        return Checkpoint.parse(split_note(self.note).text)


class Entry(NamedTuple):
    """An entry of the log; `leaf` is its hash in the tree."""

    account: str
    version: int
    position: int
    leaf: bytes


class LogReader:
    """Reads the leaves, the nodes and the checkpoints of a store's log inside the caller's transaction."""

    def __init__(self, database: Database) -> None:
        prepare = database.prepare
        log, events, kept, seals = sanction_events.log.c, sanction_events.events.c, nodes.c, checkpoints.c
        place = (log.account == events.account) & (log.version == events.version)
        self._leaves = prepare(
            select(log.position, events.hash, log.account, log.version)
            .join_from(sanction_events.log, sanction_events.events, place)
            .where(
                log.partition == bindparam("partition"),
                log.position > bindparam("behind"),
                log.position <= bindparam("end"),
            )
            .order_by(log.position)
        )
        self._nodes = prepare(
            select(kept.hash)
            .where(
                kept.partition == bindparam("partition"),
                kept.level == bindparam("level"),
                kept.number >= bindparam("first"),
                kept.number < bindparam("end"),
            )
            .order_by(kept.number)
        )
        self._size = prepare(select(func.max(log.position)).where(log.partition == bindparam("partition")))
        self._sealed_size = prepare(select(func.max(seals.size)).where(seals.partition == bindparam("partition")))
        newest = select(func.max(seals.size)).where(seals.partition == bindparam("which")).scalar_subquery()
        self._newest = prepare(
            select(seals.size, seals.note).where(seals.partition == bindparam("partition"), seals.size == newest)
        )
        self._sealed = prepare(
            select(seals.size, seals.note).where(seals.partition == bindparam("partition")).order_by(seals.size)
        )

    def size(self, cursor: Cursor, partition: int) -> int:
        """How many entries the partition has."""
        cursor.execute(self._size, (partition,))
        return cursor.fetchone()[0] or 0

    def unsealed(self, cursor: Cursor, partition: int) -> int:
        """How many entries of the partition are under no checkpoint."""
        cursor.execute(self._sealed_size, (partition,))
        sealed = cursor.fetchone()[0] or 0
        return self.size(cursor, partition) - sealed

    def newest(self, cursor: Cursor, partition: int) -> Sealed | None:
        """The last checkpoint of the partition."""
        cursor.execute(self._newest, (partition, partition))
        row = cursor.fetchone()
        return None if row is None else Sealed(partition, row[0], row[1])

    def checkpoints(self, cursor: Cursor, partition: int) -> list[Sealed]:
        """Every checkpoint of the partition, the smallest first."""
        cursor.execute(self._sealed, (partition,))
        return [Sealed(partition, size, note) for size, note in cursor.fetchall()]

    def entries(self, cursor: Cursor, partition: int, first: int, end: int) -> Iterator[Entry]:
        """The entries from index `first` up to `end`, read in pieces; they end early where the log does."""
        while first < end:
            last = min(first + _PIECE, end)
            cursor.execute(self._leaves, (partition, first, last))
            rows = cursor.fetchall()
            for position, event_hash, account, version in rows:
                yield Entry(account, version, position, log_leaf(partition, position, bytes(event_hash)))
            if len(rows) < last - first:
                return
            first = last

    def tiles(self, cursor: Cursor, partition: int) -> Tiles:
        """The complete subtrees of the partition."""

        def fetch(level: int, first: int, end: int) -> Sequence[bytes]:
            if level == 0:
                return [entry.leaf for entry in self.entries(cursor, partition, first, end)]
            cursor.execute(self._nodes, (partition, level, first, end))
            return [bytes(row[0]) for row in cursor.fetchall()]

        return Tiles(fetch)


class Sealer:
    """Writes checkpoints with one key.

    `patience`: after how many seconds the server takes the work from a sealer that does nothing within its transaction.
    """

    def __init__(
        self,
        database: Database,
        store_id: str,
        signer: NoteSigner,
        clock: Callable[[], datetime],
        *,
        patience: float = _PATIENCE_SECONDS,
    ) -> None:
        self._database = database
        self._patience = patience
        self._store_id = store_id
        self._signer = signer
        self._clock = clock
        self._reader = LogReader(database)
        self._add_nodes = database.prepare(insert(nodes))
        self._add_places = database.prepare(insert(places))
        self._add = database.prepare(insert(checkpoints))

    def seal(
        self, partition: int, progress: Callable[[int], None] | None = None, *, wait: bool = True
    ) -> Sealed | None:
        """Seal all of the partition that is in the log; returns its newest checkpoint, None where nothing is in it.

        `progress` is told how many entries each transaction has sealed. `wait`: for another one that seals this partition;
        else the work is left to that one.
        """
        while True:
            sealed, added, more = self._step(partition, wait=wait)
            if progress is not None and added:
                progress(added)
            if not more:
                return sealed

    def _step(self, partition: int, *, wait: bool) -> tuple[Sealed | None, int, bool]:
        with self._database.writing() as cursor:
            # One that is stopped within its transaction loses it, and with it the lock, so that another one can go on.
            self._database.bound_idleness(cursor, self._patience)
            # The sealers of one partition go one after the other; nobody else waits for this lock.
            alone = self._database.alone_at(cursor, f"{checkpoints.name}/{partition}", wait=wait)
            before = self._reader.newest(cursor, partition)
            if not alone:
                return before, 0, False
            old = 0 if before is None else before.size
            size = self._reader.size(cursor, partition)
            if size <= old:
                return before, 0, False
            target = min(size, old + _MOST)
            grown: list[tuple[int, int, int, bytes]] = []
            edge = Frontier.at(
                old,
                self._reader.tiles(cursor, partition).complete,
                lambda level, number, found: grown.append((partition, level, number, found)),
            )
            found: list[tuple[str, int, int]] = []
            for entry in self._reader.entries(cursor, partition, old, target):
                edge.add(entry.leaf)
                found.append((entry.account, entry.version, entry.position))
            if edge.size == old:
                return before, 0, False
            text = Checkpoint(origin_of(self._store_id, partition), edge.size, edge.root()).text
            sealed = Sealed(partition, edge.size, self._signer.sign(text))
            cursor.executemany(self._add_places, found)
            if grown:
                cursor.executemany(self._add_nodes, grown)
            cursor.execute(self._add, (partition, sealed.size, sealed.note, to_micros(self._clock())))
        return sealed, sealed.size - old, sealed.size < size
