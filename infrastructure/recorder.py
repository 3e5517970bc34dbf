"""Recorders behind eventsourcing's interfaces, on SQLAlchemy Core.

The log has one of two orders. `commit`: positions are given inside the inserting transaction, under a lock on a server (on
SQLite writers are serial anyway). `log`: the transaction takes no lock and leaves its events in a table of pending ones; a
sequencer, or the first reader of the log, gives the positions afterwards. In neither can what is committed late hide behind
something that was read before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from threading import Event as Signal
from typing import Any, Final, Literal
from uuid import UUID

from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    IntegrityError,
    Notification,
    ProcessRecorder,
    StoredEvent,
    Subscription,
    Tracking,
    TrackingRecorder,
)
from sqlalchemy import Table, bindparam, func, insert, select

from .database import Cursor, Database
from .errors import StoreReadOnly
from .sequencing import Sequencer, partition_of
from .tables import EventTables

__all__ = [
    "IdType",
    "SQLAlchemyAggregateRecorder",
    "SQLAlchemyApplicationRecorder",
    "SQLAlchemyProcessRecorder",
    "SQLAlchemyTrackingRecorder",
]

IdType = Literal["uuid", "text"]
_PARTITION: Final = 0
_POLL_SECONDS: Final = 0.1
_LONG: Final = 16


class SQLAlchemyAggregateRecorder(AggregateRecorder):
    """Streams of events, without an order among streams (snapshots, say)."""

    def __init__(self, database: Database, events: Table, id_type: IdType = "uuid") -> None:
        self.database = database
        self.id_type = id_type
        columns = events.c
        self._version = f"{events.name}.version"
        self._insert = database.prepare(insert(events))
        self._select = database.prepare(
            select(columns.version, columns.topic, columns.state).where(columns.account == bindparam("account"))
        )

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Write events as one transaction. Raises Conflict when a version is taken."""
        if stored_events or kwargs:
            with self._transaction() as cursor:
                return self.insert_with(cursor, stored_events, **kwargs)
        return None

    def _transaction(self) -> AbstractContextManager[Cursor]:
        return self.database.at_once()

    def insert_with(self, cursor: Cursor, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Write events inside a transaction that is open already."""
        self._insert_rows(cursor, stored_events, **kwargs)
        return None

    def _insert_rows(
        self, cursor: Cursor, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> list[tuple[Any, ...]]:
        rows = self._rows(stored_events, **kwargs)
        if rows:
            cursor.executemany(self._insert, rows)
        return rows

    def _rows(self, stored_events: Sequence[StoredEvent], **_: Any) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = []
        stream, name = None, ""
        for stored in stored_events:
            if stored.originator_id is not stream:
                stream = stored.originator_id
                name = text_of(stream)
            rows.append((name, stored.originator_version, stored.topic, stored.state, None, None))
        return rows

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """The events of one stream, oldest first unless `desc`."""
        account = text_of(originator_id)
        sql, parameters = self._range(self._select, [account], gt, lte, desc=desc, limit=limit)
        with self.database.reading() as cursor:
            cursor.execute(sql, parameters)
            rows = cursor.fetchall()
        identity = self.id_of(account)
        return [StoredEvent(identity, version, topic, bytes(state)) for version, topic, state in rows]

    def _range(
        self, sql: str, given: list[Any], gt: int | None, lte: int | None, *, desc: bool, limit: int | None
    ) -> tuple[str, tuple[Any, ...]]:
        mark = self.database.mark
        for comparison, value in ((">", gt), ("<=", lte)):
            if value is not None:
                sql += f" AND {self._version} {comparison} {mark}"
                given.append(value)
        sql += f" ORDER BY {self._version} {'DESC' if desc else 'ASC'}"
        if limit is not None:
            sql += f" LIMIT {mark}"
            given.append(limit)
        return sql, tuple(given)

    def id_of(self, account: str) -> UUID | str:
        """A stream's name as its application knows it."""
        return UUID(account) if self.id_type == "uuid" else account


class SQLAlchemyApplicationRecorder(SQLAlchemyAggregateRecorder, ApplicationRecorder):
    """Streams and the log: the one order in which followers read them.

    With a table of pending events the log is written in the order `log`, otherwise in the order `commit`.
    """

    partitions: int = 1

    def __init__(self, database: Database, tables: EventTables, id_type: IdType = "uuid") -> None:
        super().__init__(database, tables.events, id_type)
        self._log = tables.log
        log, events = tables.log.c, tables.events.c
        self._append = database.prepare(insert(tables.log))
        # Many events of one stream need not be named one by one a second time.
        self._append_run = database.prepare(
            insert(tables.log).from_select(
                list(log),
                select(
                    bindparam("partition", type_=log.partition.type),
                    bindparam("before", type_=log.position.type) + events.version,
                    events.account,
                    events.version,
                )
                .where(events.account == bindparam("account"))
                .where(events.version.between(bindparam("first"), bindparam("final")))
                .order_by(events.version),
            )
        )
        self._last = database.prepare(select(func.max(log.position)).where(log.partition == bindparam("partition")))
        self._read = database.prepare(
            select(log.position, log.account, log.version, events.topic, events.state)
            .join_from(tables.log, tables.events, (log.account == events.account) & (log.version == events.version))
            .where(log.partition == bindparam("partition"))
        )
        self._sequencer: Sequencer | None = None
        if tables.pending is not None:
            waiting: dict[str, Any] = {name: bindparam(name) for name in ("partition", "account", "version")}
            self._await = database.prepare(insert(tables.pending).inline().values(waiting))
            self._sequencer = Sequencer(database, self.partitions, tables.events.name.removesuffix("events"))

    def _transaction(self) -> AbstractContextManager[Cursor]:
        return self.database.writing() if self._sequencer is None else self.database.at_once()

    def insert_with(self, cursor: Cursor, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Write events inside a transaction that is open already; returns their positions where they have any yet."""
        if self._sequencer is None:
            with self.database.gathered(cursor) as writes:
                rows = self._insert_rows(writes, stored_events, **kwargs)
            return self._place(cursor, rows)
        if rows := self._insert_rows(cursor, stored_events, **kwargs):
            cursor.executemany(self._await, [(self._partition(row[0]), row[0], row[1]) for row in rows])
        return None

    def _partition(self, account: str) -> int:
        return partition_of(account, self.partitions)

    def _place(self, cursor: Cursor, rows: Sequence[tuple[Any, ...]]) -> list[int]:
        """Give events their places in the log; waits for other transactions that do."""
        if not rows:
            return []
        self.database.order_log(cursor, self._log)
        last: dict[int, int] = {}
        places: list[tuple[int, int, str, int]] = []
        positions: list[int] = []
        for account, first, count in _runs(rows):
            partition = self._partition(account)
            position = last.get(partition)
            if position is None:
                cursor.execute(self._last, (partition,))
                position = cursor.fetchone()[0] or 0
            last[partition] = position + count
            positions += range(position + 1, position + count + 1)
            if count < _LONG:
                places += [(partition, position + n + 1, account, first + n) for n in range(count)]
            else:
                cursor.execute(self._append_run, (partition, position + 1 - first, account, first, first + count - 1))
        if places:
            with self.database.gathered(cursor) as writes:
                writes.executemany(self._append, places)
        return positions

    def settle(self) -> None:
        """Give every committed event its place in the log, where that does not happen in the writer's transaction."""
        if self._sequencer is not None:
            with suppress(StoreReadOnly):  # Who may not write reads what others have placed.
                self._sequencer.catch_up()

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Write events as one transaction; returns their positions where they have any yet. Raises Conflict."""
        return super().insert_events(stored_events, **kwargs)

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """The log from `start` on, at most `limit` events."""
        self.settle()
        mark = self.database.mark
        sql, given = self._read, [_PARTITION]
        bounds = ((">=" if inclusive_of_start else ">", start), ("<=", stop))
        for comparison, value in bounds:
            if value is not None:
                sql += f" AND position {comparison} {mark}"
                given.append(value)
        parameters: list[Any] = [*given, *topics, limit]
        if topics:
            sql += f" AND topic IN ({', '.join([mark] * len(topics))})"
        with self.database.reading() as cursor:
            cursor.execute(f"{sql} ORDER BY position LIMIT {mark}", tuple(parameters))
            rows = cursor.fetchall()
        return [
            Notification(self.id_of(account), version, topic, bytes(state), id=position)
            for position, account, version, topic, state in rows
        ]

    def max_notification_id(self) -> int | None:
        """The last position of the log, None when it is empty."""
        self.settle()
        with self.database.reading() as cursor:
            cursor.execute(self._last, (_PARTITION,))
            last: int | None = cursor.fetchone()[0]
        return last

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[ApplicationRecorder]:
        """The log from behind `gt` on, and then whatever is appended; asks again when there is nothing new."""
        return _Polling(self, gt, topics)


class _Polling(Subscription[ApplicationRecorder]):
    """A subscription that polls: SQLite has nothing that could wake it."""

    def __init__(self, recorder: ApplicationRecorder, gt: int | None = None, topics: Sequence[str] = ()) -> None:
        super().__init__(recorder, gt, topics)
        self._position = gt
        self._waiting: Iterator[Notification] = iter(())
        self._stopped = Signal()

    def stop(self) -> None:
        super().stop()
        self._stopped.set()

    def __next__(self) -> Notification:
        while not self._stopped.is_set():
            for notification in self._waiting:
                self._position = notification.id
                return notification
            found = self._recorder.select_notifications(
                self._position, 500, topics=self._topics, inclusive_of_start=False
            )
            self._waiting = iter(found)
            if not found:
                self._stopped.wait(_POLL_SECONDS)
        raise StopIteration


class SQLAlchemyTrackingRecorder(TrackingRecorder):
    """How far followers have read: positions only grow, and of two writers of one position exactly one wins."""

    def __init__(self, database: Database, tracking: Table) -> None:
        self.database = database
        statement = database.upsert(tracking)
        self._track = database.prepare(
            statement.on_conflict_do_update(
                index_elements=[tracking.c.application],
                set_={"position": statement.excluded.position},
                where=tracking.c.position < statement.excluded.position,
            )
        )
        self._tracked = database.prepare(
            select(tracking.c.position).where(tracking.c.application == bindparam("application"))
        )

    def insert_tracking(self, tracking: Tracking) -> None:
        """Record a position. Raises IntegrityError unless it is beyond the one recorded."""
        with self.database.writing() as cursor:
            self.track_with(cursor, tracking)

    def track_with(self, cursor: Cursor, tracking: Tracking) -> None:
        """Record a position inside a transaction that is open already."""
        cursor.execute(self._track, (tracking.application_name, tracking.notification_id))
        if cursor.rowcount != 1:
            raise IntegrityError(
                f"position {tracking.notification_id} of {tracking.application_name} was recorded before"
            )

    def max_tracking_id(self, application_name: str) -> int | None:
        """The position recorded for an application, None when there is none."""
        with self.database.reading() as cursor:
            cursor.execute(self._tracked, (application_name,))
            row = cursor.fetchone()
        return None if row is None else row[0]


class SQLAlchemyProcessRecorder(SQLAlchemyTrackingRecorder, SQLAlchemyApplicationRecorder, ProcessRecorder):
    """Events and the position of what caused them, in one transaction."""

    def __init__(self, database: Database, tables: EventTables, tracking: Table, id_type: IdType = "uuid") -> None:
        SQLAlchemyApplicationRecorder.__init__(self, database, tables, id_type)
        SQLAlchemyTrackingRecorder.__init__(self, database, tracking)

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Write events and a position as one transaction. Raises Conflict, and IntegrityError for an old position."""
        if "tracking" not in kwargs:
            return super().insert_events(stored_events, **kwargs)
        with self.database.writing() as cursor:
            return self.insert_with(cursor, stored_events, **kwargs)

    def insert_with(self, cursor: Cursor, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        with self.database.gathered(cursor) if self._sequencer is not None else nullcontext(cursor) as writes:
            positions = super().insert_with(writes, stored_events, **kwargs)
        tracking: Tracking | None = kwargs.get("tracking")
        if tracking is not None:
            self.track_with(cursor, tracking)
        return positions


def _runs(rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[str, int, int]]:
    """The rows as runs: a stream, its first version among them, and how many follow one another."""
    account, first, count = rows[0][0], rows[0][1], 0
    for row in rows:
        if row[0] == account and row[1] == first + count:
            count += 1
        else:
            yield account, first, count
            account, first, count = row[0], row[1], 1
    yield account, first, count


def text_of(originator_id: UUID | str) -> str:
    """A stream's name as it is stored."""
    return originator_id.hex if isinstance(originator_id, UUID) else originator_id
