"""What an export reads: one consistent view of a store, account by account."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from itertools import groupby

from msgspec import Struct
from sqlalchemy import select

from ...domain.evolve import fold
from ...domain.queries import state_at
from ...domain.record import Recorded
from ...domain.state import NOTHING, State
from ...infrastructure.database import Cursor
from ...infrastructure.evidence.sealing import LogReader
from ...infrastructure.evidence.tables import key_events
from ...infrastructure.scanning import LoggedEvent, Scan
from ...infrastructure.store import KeptPolicy, Store
from ..linking import link_ends

__all__ = ["Selection", "Snapshot", "StoredAccount", "snapshot_of"]


class Selection(Struct, frozen=True, kw_only=True):
    """What is wanted: of one account (None: of all), and what happened from `since` on and before `until` (None: no limit)."""

    account: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return self.account is None and self.since is None and self.until is None

    def holds(self, at: datetime) -> bool:
        """Whether something that happened at this instant is wanted."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


class Snapshot:
    """A store as it is at one instant; `taken_at` is what the clock says, and never before what is recorded.

    `positions`: the last position of each partition of the log. `checkpoints`: the newest signed note of each partition that
    has one. `rotations`: the notes in which an older key of the log signs the next one, by number.
    """

    def __init__(self, store: Store, cursor: Cursor, taken_at: datetime) -> None:
        self.store = store
        self.taken_at = taken_at
        self._cursor = cursor
        self._scan = Scan(store.database)
        self.positions = store.log.lasts(cursor)
        log = LogReader(store.database)
        newest = [log.newest(cursor, partition) for partition in store.log.partitions]
        self.checkpoints = tuple(sealed.note for sealed in newest if sealed is not None)
        cursor.execute(
            store.database.prepare(select(key_events.c.number, key_events.c.note).order_by(key_events.c.number))
        )
        self.rotations = tuple((number, note) for number, note in cursor.fetchall())

    def accounts(self, account: str | None = None) -> Iterator[StoredAccount]:
        """Every account (or the one), each with all its events."""
        scanned = self._scan.events(self._cursor, account)
        for name, events in groupby(scanned, key=lambda event: event.account):
            yield StoredAccount(self, name, tuple(events))

    def policies(self) -> list[KeptPolicy]:
        """Every policy text by which something was decided."""
        return self.store.kept_policies(self._cursor)

    def narrated(self, account: str) -> list[Recorded]:
        """The account's events with their free text."""
        return self.store.history(self._cursor, account)

    def recorded_state(self, account: str) -> State:
        """What is recorded of another account."""
        return fold(NOTHING, [record.event for record in self.store.headers(self._cursor, account)])


class StoredAccount:
    """An account in a snapshot; what an export does not ask for is not worked out."""

    def __init__(self, snapshot: Snapshot, name: str, events: tuple[LoggedEvent, ...]) -> None:
        self.name = name
        self.events = events
        self.snapshot = snapshot

    @cached_property
    def records(self) -> list[Recorded]:
        """The events without their narratives, oldest first. Raises UnreadableEvent."""
        decoded = self.snapshot.store.decoded
        return [decoded(one.account, one.version, one.topic, one.state) for one in self.events]

    @cached_property
    def narrated(self) -> list[Recorded]:
        """The events with their narratives, as far as they can be told, oldest first. Raises UnreadableEvent."""
        return self.snapshot.narrated(self.name)

    @cached_property
    def state(self) -> State:
        """The state at the instant of the snapshot, as known then; what fell due has happened."""
        at = self.snapshot.taken_at
        known = max(at, self.records[-1].recorded_at)
        state, _ = state_at(self.records, valid_at=at, known_at=known)
        ends = link_ends(state.sanctions(), self.snapshot.recorded_state)
        if ends:
            state, _ = state_at(self.records, valid_at=at, known_at=known, links=ends)
        return state


@contextmanager
def snapshot_of(store: Store, taken_at: datetime) -> Generator[Snapshot, None, None]:
    """One view of the store: what others write meanwhile is not in it, and nobody is held up."""
    with store.database.reading() as cursor:
        yield Snapshot(store, cursor, taken_at)
