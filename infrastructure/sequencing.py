"""The sequencer: gives what writers have committed its place in the log, one partition at a time, without holding up writers.

A writer leaves a row in `pending` with its events and takes no lock. The sequencer, alone on its partition by an advisory lock
that ends with its transaction, moves committed rows to the log in the order of their insertion. Not by watermark (what commits
late would be skipped for ever) and not by transaction id (an account whose host took its id early would be reordered).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Event
from time import monotonic
from typing import Final
from zlib import crc32

from msgspec import Struct

from .background import Background, ErrorTold, backoff
from .database import Database, Flag
from .errors import StoreClosed, StoreError, StoreNotPermitted, StoreReadOnly
from .tables import PREFIX

__all__ = ["Backlog", "Sequencer", "SequencerService", "partition_of"]

_BATCH: Final = 5000
# Advisory locks of the sequencers: this and the number of the partition.
_KEY: Final = 0x73616E63
# A sequencer that is stopped within its transaction loses it, and with it the lock, so that another one can go on.
_PATIENCE_SECONDS: Final = 10.0
_SET: Final = "set_config('idle_in_transaction_session_timeout', %s, true)"
_LOCK: Final = f"SELECT {_SET}, pg_advisory_xact_lock(%s, %s)"
_TRY: Final = f"SELECT {_SET}, pg_try_advisory_xact_lock(%s, %s)"
_IDLE: Final = 3600.0
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
# In the order of the index: the rows of the table itself may be as many dead ones as were moved since the last vacuum.
_ANY: Final = "SELECT 1 FROM {pending} ORDER BY partition, seq LIMIT 1"


def partition_of(account: str, partitions: int) -> int:
    """The partition of an account: stable for ever, whatever process asks."""
    return 0 if partitions == 1 else crc32(account.encode()) % partitions


def _quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))


class Backlog(Struct, frozen=True):
    """How many committed events have no place in the log yet, by partition."""

    waiting: dict[int, int]

    @property
    def total(self) -> int:
        """Over all partitions."""
        return sum(self.waiting.values())


class Sequencer:
    """Moves committed events to the log. Any number of processes may run one: each partition has one at work at a time.

    `prefix`: how the names of its tables begin. `patience`: after how many seconds the server takes the lock from a sequencer
    that does nothing within its transaction.
    """

    def __init__(
        self, database: Database, partitions: int, prefix: str = PREFIX, *, patience: float = _PATIENCE_SECONDS
    ) -> None:
        self._database = database
        self._partitions = partitions
        names = {name: _quoted(prefix + name) for name in ("pending", "log")}
        self._move, self._waiting, self._any = (sql.format(**names) for sql in (_MOVE, _WAITING, _ANY))
        # A channel is named as the log is.
        self._notify = f"NOTIFY {names['log']}"
        # Streams of other applications have locks of their own.
        self._key = _KEY if prefix == PREFIX else crc32(prefix.encode(), _KEY) - 2**31
        self._patience = f"{round(patience * 1000)}ms"

    def backlog(self) -> Backlog:
        """What is waiting now."""
        with self._database.asking() as cursor:
            cursor.execute(self._waiting)
            return Backlog({row[0]: row[1] for row in cursor.fetchall()})

    def catch_up(self) -> int:
        """Sequence all that was committed before this call; returns how many events. Waits where another one is at work.

        Who may only read (a replica, a role for reports) leaves it to others and reads what they have sequenced.
        """
        with suppress(StoreReadOnly, StoreNotPermitted):
            return self.work()
        return 0

    def work(self) -> int:
        """The same for whoever has to do it: raises StoreReadOnly and StoreNotPermitted where it cannot."""
        return sum(self._drain(partition) for partition in range(self._partitions)) if self._is_needed() else 0

    def turn(self) -> int:
        """At most one piece of each partition where no other one is at work; returns how many events. Waits for nobody.

        Raises as `work` does.
        """
        if not self._is_needed():
            return 0
        return sum(self.step(partition, wait=False) for partition in range(self._partitions))

    def lend_a_turn(self) -> int:
        """A turn, by somebody who may leave it to others."""
        with suppress(StoreReadOnly, StoreNotPermitted):
            return self.turn()
        return 0

    def _is_needed(self) -> bool:
        with self._database.asking() as cursor:
            cursor.execute(self._any)
            return cursor.fetchone() is not None

    def _drain(self, partition: int) -> int:
        moved = 0
        while True:
            count = self.step(partition)
            moved += count
            if count < _BATCH:
                return moved

    def step(self, partition: int, batch: int = _BATCH, *, wait: bool = True) -> int:
        """One transaction of one partition; returns how many events it moved, 0 where another one is at work and `wait` is no."""
        with self._database.writing() as cursor:
            # A statement of its own: the next one must see what was committed while this one waited.
            cursor.execute(_LOCK if wait else _TRY, (self._patience, self._key, partition))
            if cursor.fetchone()[1] is False:
                return 0
            cursor.execute(self._move, (partition, batch, partition, partition))
            moved = cursor.rowcount
            if moved:
                self._tell(cursor.execute)
        return moved

    def _tell(self, execute: Callable[[str], object]) -> None:
        """Wake the followers when this transaction commits; never in a writer's, because a NOTIFY makes commits queue."""
        execute(self._notify)


class SequencerService(Background):
    """Runs a sequencer beside a service until it is stopped, and seals what it has sequenced where there is a key for that.

    Where the log needs no sequencer (SQLite) it only seals; where there is nothing of both to do, it does nothing. Any number of
    processes may run one: at each partition one is at work, and when it dies another goes on. `seal` seals what is due.
    """

    def __init__(
        self,
        sequencer: Sequencer | None,
        *,
        pause: float = 0.05,
        on_error: ErrorTold | None = None,
        seal: Callable[[], object] | None = None,
        make_event: Callable[[], Flag] = Event,
    ) -> None:
        # Writers say nothing, because that would make their commits queue: it looks for itself.
        pause = _IDLE if sequencer is None and seal is None else pause
        super().__init__("sanctions-sequencer", None, pause=pause, on_error=on_error, make_event=make_event)
        self._sequencer = sequencer
        self._seal = seal
        self._failures = 0
        self._seal_again = 0.0

    def _turn(self) -> float | None:
        moved = 0 if self._sequencer is None else self._sequencer.turn()
        if self._seal is not None and monotonic() >= self._seal_again:
            self._try_to(self._seal)
        return 0.0 if moved else None

    def _try_to(self, seal: Callable[[], object]) -> None:
        try:
            seal()
            self._failures = 0
        except StoreClosed:
            raise
        except StoreError as error:
            # Followers wait for the log and for no seal: sequencing goes on meanwhile.
            self._failures += 1
            self._seal_again = monotonic() + backoff(self._failures)
            self._tell(error)
