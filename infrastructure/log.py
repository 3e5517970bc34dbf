"""Reading the log: what comes behind a position of a partition, how far the log goes, and what has no place in it yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from msgspec import Struct
from sqlalchemy import Select, bindparam, func, literal_column, select, text

from ..domain.events import Event
from ..domain.record import Recorded, Untold
from .database import Cursor, Database
from .evidence.tables import erased
from .mapper import NarratedEvent, SanctionMapper, UnreadableEvent
from .securing import Securing
from .tables import narratives, pending, sanction_events

__all__ = ["Entry", "Log", "Told", "Waiting"]

_CLOSE: Final = 100


class Entry(Struct, frozen=True):
    """An event at its place in the log, its bytes as they are stored."""

    partition: int
    position: int
    account: str
    version: int
    topic: str
    state: bytes


class Told(NamedTuple):
    """An event with its narrative; `untold` where it has one that cannot be told."""

    event: Event
    untold: Untold | None


class Waiting(Struct, frozen=True):
    """Committed events of a partition that have no place in the log yet: how many, and since when the oldest is recorded."""

    partition: int
    events: int
    since: datetime | None


class Log:
    """The log of a store. Every method works inside the caller's transaction."""

    def __init__(
        self, database: Database, partitions: int, mapper: SanctionMapper, securing: Securing | None = None
    ) -> None:
        self._database = database
        self._securing = securing
        self._mapper = mapper
        self.partitions = range(partitions)
        log, events, texts, waiting = sanction_events.log.c, sanction_events.events.c, narratives.c, pending.c
        prepare = database.prepare
        # One scalar each: grouping would read the whole log.
        self._lasts = prepare(
            select(
                *[
                    select(func.max(log.position)).where(log.partition == literal_column(str(number))).scalar_subquery()
                    for number in self.partitions
                ]
            )
        )
        self._marks = prepare(
            select(
                *[
                    select(events.hash)
                    .join_from(sanction_events.log, sanction_events.events, _same_event)
                    .where(
                        log.partition == literal_column(str(number)), log.position == bindparam(f"position_{number}")
                    )
                    .scalar_subquery()
                    for number in self.partitions
                ]
            )
        )
        self._accounts_behind = prepare(
            select(log.account)
            .where(log.partition == bindparam("partition"), log.position > bindparam("position"))
            .distinct()
        )
        self._pieces: dict[int, str] = {}
        self._at = prepare(
            select(log.position, log.account, log.version, events.topic, events.state)
            .join_from(sanction_events.log, sanction_events.events, _same_event)
            .where(log.partition == bindparam("partition"), log.position == bindparam("position"))
        )
        self._state = prepare(
            select(events.topic, events.state).where(
                events.account == bindparam("account"), events.version == bindparam("version")
            )
        )
        self._texts = prepare(
            select(log.position, texts.salt, texts.body, texts.generation)
            .join_from(sanction_events.log, narratives, (log.account == texts.account) & (log.version == texts.version))
            .where(
                log.partition == bindparam("partition"),
                log.position.between(bindparam("first"), bindparam("last")),
                ~erased(),
            )
        )
        self._sequenced = database.sequenced
        if self._sequenced:
            self._waiting = prepare(
                select(waiting.partition, func.count(), func.min(waiting.seq)).group_by(waiting.partition)
            )
            self._oldest = prepare(
                select(waiting.account, waiting.version).where(
                    waiting.partition == bindparam("partition"), waiting.seq == bindparam("seq")
                )
            )
            self._pending = prepare(select(waiting.account).suffix_with(text("LIMIT :count")))

    def lasts(self, cursor: Cursor) -> dict[int, int]:
        """The last position of each partition, 0 where it is empty."""
        cursor.execute(self._lasts)
        return {number: last or 0 for number, last in enumerate(cursor.fetchone())}

    def marks(self, cursor: Cursor, positions: Mapping[int, int]) -> tuple[bytes | None, ...]:
        """The hash of the event at the position of each partition, None where there is none.

        Each hash covers the account's events before it, so a log that was restored from a backup does not have the same.
        """
        cursor.execute(self._marks, tuple(positions.get(number, 0) for number in self.partitions))
        return tuple(None if found is None else bytes(found) for found in cursor.fetchone())

    def accounts_behind(self, cursor: Cursor, positions: Mapping[int, int], lasts: Mapping[int, int]) -> set[str]:
        """The accounts that are in the log behind these positions; `lasts` are those up to which it goes now."""
        names: set[str] = set()
        for partition, last in lasts.items():
            position = positions.get(partition, 0)
            if last > position:
                cursor.execute(self._accounts_behind, (partition, position))
                names.update(row[0] for row in cursor.fetchall())
        return names

    def piece(self, cursor: Cursor, partition: int, position: int, count: int) -> list[Entry]:
        """The next entries of a partition behind a position, that many at most."""
        sql = self._pieces.get(count)
        if sql is None:
            sql = self._pieces[count] = self._database.prepare(_piece(count))
        return [_entry(partition, *row) for row in self._database.rows(cursor, sql, (partition, position))]

    def entry(self, cursor: Cursor, partition: int, position: int) -> Entry:
        """The entry at a position that is in the log."""
        cursor.execute(self._at, (partition, position))
        (row,) = cursor.fetchall()
        return _entry(partition, *row)

    def read(self, entry: Entry) -> tuple[datetime, Event, str | None]:
        """When the event was recorded, what it says without its narrative, and by which command. Raises UnreadableEvent."""
        envelope = self._mapper.decode(entry.topic, entry.state)
        return envelope.recorded_at, envelope.event, envelope.command_id

    def narrated(self, cursor: Cursor, entries: Sequence[Entry]) -> list[Told]:
        """The events of one partition with their narratives, or why those cannot be told. Raises UnreadableEvent."""
        texts: dict[int, tuple[bytes, bytes, int | None]] = {}
        for first, last in _runs([entry.position for entry in entries]):
            cursor.execute(self._texts, (entries[0].partition, first, last))
            texts.update(
                (position, (bytes(salt), bytes(body), made)) for position, salt, body, made in cursor.fetchall()
            )
        keys: dict[str, Mapping[int, bytes]] = {}
        found: list[Told] = []
        for entry in entries:
            salt, body, generation = texts.get(entry.position, (None, None, None))
            key = None
            if generation is not None and self._securing is not None:
                if entry.account not in keys:
                    keys[entry.account] = self._securing.account_keys.all(cursor, entry.account)
                key = keys[entry.account].get(generation)
            stored = NarratedEvent(entry.account, entry.version, entry.topic, entry.state, salt, body, generation, key)
            record: Recorded = self._mapper.to_domain_event(stored)
            found.append(Told(record.event, record.untold))
        return found

    def recorded_at(self, cursor: Cursor, account: str, version: int) -> datetime | None:
        """When an event was recorded; None where it cannot be read."""
        cursor.execute(self._state, (account, version))
        rows = cursor.fetchall()
        try:
            return self._mapper.decode(rows[0][0], bytes(rows[0][1])).recorded_at if rows else None
        except UnreadableEvent:
            return None

    def waiting(self, cursor: Cursor) -> list[Waiting]:
        """What has no place in the log yet, by partition; partitions where nothing waits are left out."""
        if not self._sequenced:
            return []
        cursor.execute(self._waiting)
        found: list[Waiting] = []
        for partition, count, seq in sorted(cursor.fetchall()):
            cursor.execute(self._oldest, (partition, seq))
            ((account, version),) = cursor.fetchall()
            found.append(Waiting(partition, count, self.recorded_at(cursor, account, version)))
        return found

    def waiting_accounts(self, cursor: Cursor, most: int) -> set[str] | None:
        """The accounts of events that have no place in the log yet; None where more than `most` events wait."""
        if not self._sequenced:
            return set()
        cursor.execute(self._pending, (most + 1,))
        rows = cursor.fetchall()
        return None if len(rows) > most else {row[0] for row in rows}


def _entry(partition: int, position: int, account: str, version: int, topic: str, state: bytes) -> Entry:
    return Entry(partition, position, account, version, topic, bytes(state))


def _runs(positions: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The positions as ranges, those close to one another together; they must ascend."""
    start = 0
    for index, position in enumerate(positions):
        if index + 1 == len(positions) or positions[index + 1] - position > _CLOSE:
            yield positions[start], position
            start = index + 1


_same_event = (sanction_events.log.c.account == sanction_events.events.c.account) & (
    sanction_events.log.c.version == sanction_events.events.c.version
)


def _piece(count: int) -> Select[int, str, int, str, bytes]:
    """The limit is part of the text: a server that does not know it plans for a tenth of the log."""
    log, events = sanction_events.log.c, sanction_events.events
    places = (
        select(log.position, log.account, log.version)
        .where(log.partition == bindparam("partition"), log.position > bindparam("position"))
        .order_by(log.position)
        .suffix_with(text(f"LIMIT {count}"))
        .subquery()
    )
    same = (places.c.account == events.c.account) & (places.c.version == events.c.version)
    return (
        select(places.c.position, places.c.account, places.c.version, events.c.topic, events.c.state)
        .join_from(places, events, same)
        .order_by(places.c.position)
    )
