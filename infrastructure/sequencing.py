"""The sequencer: gives what writers have committed its place in the log, one partition at a time, without holding up writers.

A writer leaves a row in `pending` with its events and takes no lock. The sequencer, alone on its partition by an advisory lock
that ends with its transaction, moves committed rows to the log in the order of their insertion. Not by watermark (what commits
late would be skipped for ever) and not by transaction id (an account whose host took its id early would be reordered).
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import Final
from zlib import crc32

from msgspec import Struct

from .database import Database
from .errors import StoreError
from .tables import PREFIX

__all__ = ["CHANNEL", "Backlog", "Sequencer", "partition_of"]

CHANNEL: Final = "sanctions_log"
_BATCH: Final = 5000
# Advisory locks of the sequencers: this and the number of the partition.
_KEY: Final = 0x73616E63
_LOCK: Final = "SELECT pg_advisory_xact_lock(%s, %s)"
_MOVE: Final = """
WITH taken AS (
    DELETE FROM {pending} AS p USING (
        SELECT partition, seq FROM {pending} WHERE partition = %s ORDER BY seq LIMIT %s
    ) AS oldest
    WHERE p.partition = oldest.partition AND p.seq = oldest.seq
    RETURNING p.seq, p.account, p.version
), last AS (
    SELECT coalesce(max(position), 0) AS position FROM {log} WHERE partition = %s
)
INSERT INTO {log} (partition, position, account, version)
SELECT %s, last.position + row_number() OVER (ORDER BY taken.seq), taken.account, taken.version FROM taken, last
"""
_WAITING: Final = "SELECT partition, count(*), min(seq) FROM {pending} GROUP BY partition"
_ANY: Final = "SELECT 1 FROM {pending} LIMIT 1"


def partition_of(account: str, partitions: int) -> int:
    """The partition of an account: stable for ever, whatever process asks."""
    return 0 if partitions == 1 else crc32(account.encode()) % partitions


def _quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""').replace("%", "%%"))


class Backlog(Struct, frozen=True):
    """How many committed events have no place in the log yet, by partition."""

    waiting: dict[int, int]

    @property
    def total(self) -> int:
        """Over all partitions."""
        return sum(self.waiting.values())


class Sequencer:
    """Moves committed events to the log. Any number of processes may run one: each partition has one at work at a time."""

    def __init__(self, database: Database, partitions: int, prefix: str = PREFIX) -> None:
        self._database = database
        self._partitions = partitions
        names = {name: _quoted(prefix + name) for name in ("pending", "log")}
        self._move, self._waiting, self._any = (sql.format(**names) for sql in (_MOVE, _WAITING, _ANY))
        self._notify = f"NOTIFY {names['log']}"
        # Streams of other applications have locks of their own.
        self._key = _KEY if prefix == PREFIX else crc32(prefix.encode(), _KEY) - 2**31

    def backlog(self) -> Backlog:
        """What is waiting now."""
        with self._database.asking() as cursor:
            cursor.execute(self._waiting)
            return Backlog({row[0]: row[1] for row in cursor.fetchall()})

    def catch_up(self) -> int:
        """Sequence all that was committed before this call; returns how many events."""
        with self._database.asking() as cursor:
            cursor.execute(self._any)
            if cursor.fetchone() is None:
                return 0
        return sum(self._drain(partition) for partition in range(self._partitions))

    def _drain(self, partition: int) -> int:
        moved = 0
        while True:
            count = self.step(partition)
            moved += count
            if count < _BATCH:
                return moved

    def step(self, partition: int, batch: int = _BATCH) -> int:
        """One transaction of one partition; returns how many events it moved."""
        with self._database.writing() as cursor:
            # A statement of its own: the next one must see what was committed while this one waited.
            cursor.execute(_LOCK, (self._key, partition))
            cursor.execute(self._move, (partition, batch, partition, partition))
            moved = cursor.rowcount
            if moved:
                cursor.execute(self._notify)
        return moved


class SequencerThread:
    """Runs a sequencer beside a service until it is stopped; errors are told and do not end it."""

    def __init__(
        self, sequencer: Sequencer, *, pause: float = 0.05, on_error: Callable[[StoreError], None] | None = None
    ) -> None:
        self._sequencer = sequencer
        self._pause = pause
        self._on_error = on_error
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="sanctions-sequencer", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the transaction that is running."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                moved = self._sequencer.catch_up()
            except StoreError as error:
                moved = 0
                if self._on_error is not None:
                    self._on_error(error)
            if not moved:
                self._stopping.wait(self._pause)
