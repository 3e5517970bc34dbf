"""The streams of accounts: eventsourcing's application and recorder for this domain, with narratives and hashes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import ApplicationRecorder, StoredEvent
from eventsourcing.utils import Environment, EnvType
from sqlalchemy import Select, bindparam, insert, select

from .chain import event_hash, genesis
from .database import Cursor, Database
from .evidence.tables import erased
from .factory import SQLAlchemyFactory
from .mapper import NarratedEvent, SanctionMapper
from .recorder import SQLAlchemyApplicationRecorder, text_of
from .tables import narratives, pending, sanction_events

if TYPE_CHECKING:
    from .evidence.marks import Marker

__all__ = ["Heads", "SanctionsRecorder", "SanctionsStreams", "narrated_events"]

Heads = dict[str, bytes]
"""The hash of the newest event of each account that is about to be written; the recorder moves them on."""


def narrated_events(*, ordered: bool = True) -> Select[Any, Any, Any, Any, Any, Any]:
    """The events of one account with their narratives; what an erasure covers is not read, even before it is destroyed."""
    events, texts = sanction_events.events.c, narratives.c
    found = (
        select(events.version, events.topic, events.state, texts.salt, texts.body, texts.generation)
        .join_from(
            sanction_events.events,
            narratives,
            (events.account == texts.account) & (events.version == texts.version) & ~erased(),
            isouter=True,
        )
        .where(events.account == bindparam("account"))
    )
    return found.order_by(events.version) if ordered else found


class SanctionsRecorder(SQLAlchemyApplicationRecorder):
    """Writes events with their hashes and narratives, and whatever else belongs to the same transaction."""

    def __init__(self, database: Database, store_id: str, partitions: int) -> None:
        self.partitions = partitions
        tables = sanction_events._replace(pending=pending) if database.sequenced else sanction_events
        super().__init__(database, tables, "text")
        self._store_id = store_id
        self.marker: Marker | None = None
        self._narrate = database.prepare(insert(narratives))
        self._narrated = database.prepare(narrated_events(ordered=False))

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Write events and, through `alongside(cursor)`, other rows; inside the transaction of `cursor` if one is given."""
        cursor: Cursor | None = kwargs.pop("cursor", None)
        if cursor is not None:
            return self.insert_with(cursor, stored_events, **kwargs)
        return super().insert_events(stored_events, **kwargs)

    def insert_with(self, cursor: Cursor, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        alongside: Callable[[Cursor], None] | None = kwargs.pop("alongside", None)
        super().insert_with(cursor, stored_events, **kwargs)
        texts = [
            (stored.originator_id, stored.originator_version, stored.salt, stored.narrative, stored.generation)
            for stored in stored_events
            if isinstance(stored, NarratedEvent) and stored.narrative is not None
        ]
        if texts:
            cursor.executemany(self._narrate, texts)
        if alongside is not None:
            alongside(cursor)
        # Positions would only be made into notifications that nobody here reads.
        return None

    def _rows(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> list[tuple[Any, ...]]:
        heads: Heads = kwargs.get("heads", {})
        rows: list[tuple[Any, ...]] = []
        mark = None if self.marker is None else self.marker.mark
        for stored in stored_events:
            account, version = text_of(stored.originator_id), stored.originator_version
            previous = heads.get(account) or genesis(self._store_id, account)
            digest = heads[account] = event_hash(previous, account, version, stored.topic, stored.state)
            rows.append((account, version, stored.topic, stored.state, digest, mark(digest) if mark else None))
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
        """The events of one account with their narratives."""
        account = text_of(originator_id)
        sql, given = self._range(self._narrated, [account], gt, lte, desc=desc, limit=limit)
        with self.database.reading() as cursor:
            cursor.execute(sql, given)
            rows = cursor.fetchall()
        return [
            NarratedEvent(account, version, topic, bytes(state), salt, body, generation)
            for version, topic, state, salt, body, generation in rows
        ]


class SanctionsStreams(Application[str]):
    """eventsourcing's application: one stream per account."""

    name = "sanctions"

    def __init__(self, database: Database, store_id: str, partitions: int) -> None:
        self._database = database
        self._store_id = store_id
        self._partitions = partitions
        super().__init__()

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """Settings for other applications of the process (snapshots, ciphers, names of ids) are not for this store."""
        return Environment(name, {**(env or {}), "ORIGINATOR_ID_TYPE": "text"})

    def construct_factory(self, env: Environment) -> SQLAlchemyFactory:  # type: ignore[override]
        """The factory for the database that was handed in, whatever the environment says."""
        return SQLAlchemyFactory(env, self._database)

    def construct_mapper(self) -> SanctionMapper:
        """Our mapper."""
        mapper = self.factory.mapper(transcoder=self.construct_transcoder(), mapper_class=SanctionMapper)
        assert isinstance(mapper, SanctionMapper)
        return mapper

    def construct_recorder(self) -> ApplicationRecorder:
        """Our recorder."""
        return SanctionsRecorder(self._database, self._store_id, self._partitions)
