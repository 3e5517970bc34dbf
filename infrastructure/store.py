"""The store of the domain: loading accounts, finding earlier commands, keeping policies, appending what was decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from copy import copy
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from msgspec import DecodeError, Struct
from msgspec.structs import replace
from sqlalchemy import bindparam, delete, func, insert, literal_column, select, text

from ..domain.events import PersonalDataErased
from ..domain.instants import from_micros, to_micros
from ..domain.policies.policy import Policy, policy_bytes, policy_from_bytes
from ..domain.record import Recorded
from .database import Cursor, Database
from .evidence.tables import erasures
from .mapper import NarratedEvent, SanctionMapper
from .reading import Reading, Remembered, Stream
from .schema import Identity
from .securing import KeyRing, Securing
from .sequencing import Sequencer
from .snapshots import FIRST, Snapshot, freeze, is_due, shape
from .streams import Heads, SanctionsRecorder, SanctionsStreams, narrated_events
from .tables import commands, policies, sanction_events, snapshots

if TYPE_CHECKING:
    from .evidence.keys import Keys

__all__ = ["CommandRow", "KeptPolicy", "Remembered", "Store", "Stream"]

_CHUNK: Final = 500


class CommandRow(Struct, frozen=True):
    """A command to be remembered."""

    account: str
    command_id: str
    digest: bytes
    outcome: bytes


class KeptPolicy(Struct, frozen=True):
    """A policy as the store keeps it: the digest of its text, since when, and what it says."""

    digest: str
    since: datetime
    policy: Policy


class Store:
    """What the application reads and writes, in terms of the domain. Every method works inside the caller's transaction."""

    first_snapshot: int = FIRST
    """At how many events an account gets its first snapshot."""

    def __init__(self, database: Database, identity: Identity, keys: Keys | None = None) -> None:
        self.database = database
        self.securing = None if keys is None else Securing(database, keys)
        self.identity = identity
        self._streams = SanctionsStreams(database, identity.store_id, identity.partitions)
        mapper = self._streams.mapper
        assert isinstance(mapper, SanctionMapper)
        self.mapper = self._mapper = mapper
        recorder = self._streams.recorder
        assert isinstance(recorder, SanctionsRecorder)
        recorder.marker = None if keys is None else keys.writer
        self.sequencer = Sequencer(database, identity.partitions) if database.sequenced else None
        self._known_policies: set[str] = set()
        events = sanction_events.events.c
        prepare = database.prepare
        self._reading = Reading(database, mapper)
        self._load = prepare(
            select(events.topic, events.state, events.hash)
            .where(events.account == bindparam("account"), events.version > bindparam("behind"))
            .order_by(events.version)
        )
        log = sanction_events.log.c
        self._last_positions = prepare(select(log.partition, func.max(log.position)).group_by(log.partition))
        self._accounts_since = prepare(
            select(log.account)
            .where(log.partition == bindparam("partition"), log.position > bindparam("position"))
            .distinct()
        )
        self._told = prepare(narrated_events())
        self._piece = prepare(
            select(log.position, log.account)
            .where(log.partition == bindparam("partition"), log.position > bindparam("position"))
            .order_by(log.position)
            .suffix_with(text("LIMIT :count"))
        )
        self._remember = prepare(insert(commands))
        self._erase = prepare(insert(erasures))
        taken = database.upsert(snapshots)
        changed = {name: taken.excluded[name] for name in ("version", "shape", "body")}
        self._take = prepare(taken.on_conflict_do_update(index_elements=[snapshots.c.account], set_=changed))
        self._drop = prepare(delete(snapshots).where(snapshots.c.account == bindparam("account")))
        row = select(*(bindparam(column.name, type_=column.type) for column in policies.c))
        kept = select(policies.c.digest).where(policies.c.digest == bindparam("kept"))
        self._keep = prepare(insert(policies).from_select(list(policies.c), row.where(~kept.exists())))
        self._all_policies = prepare(
            select(policies.c.digest, policies.c.body, policies.c.recorded_at).order_by(
                policies.c.recorded_at, policies.c.digest
            )
        )
        self._first = prepare(
            select(events.version).where(events.account == bindparam("account"), events.version == literal_column("1"))
        )
        self._next_accounts = prepare(
            select(events.account)
            .where(events.account > bindparam("after"), events.version == literal_column("1"))
            .order_by(events.account)
            .suffix_with(text("LIMIT :count"))
        )

    def close(self) -> None:
        """Close the streams and, where it is the store's own, the database."""
        self._streams.close()

    def load(self, cursor: Cursor, account: str, known: Stream | None = None) -> Stream:
        """The account as recorded; an empty stream where nothing is. Raises UnreadableEvent.

        With a stream that was loaded or committed before, only what has been recorded since is read.
        """
        return self._reading.read(cursor, account, None, known)[0]

    def read(
        self, cursor: Cursor, account: str, command_id: str | None, known: Stream | None = None
    ) -> tuple[Stream, Remembered | None]:
        """The account as recorded, and the accepted command of this id if there is one: one statement. Raises UnreadableEvent."""
        return self._reading.read(cursor, account, command_id, known)

    def replay(self, cursor: Cursor, account: str) -> Stream:
        """The account from its events alone, whatever snapshot there is. Raises UnreadableEvent."""
        return self._reading.replay(cursor, Stream(account))

    def headers(self, cursor: Cursor, account: str) -> list[Recorded]:
        """The account's events without narratives, oldest first."""
        cursor.execute(self._load, (account, 0))
        found: list[Recorded] = []
        for version, (topic, state, _) in enumerate(cursor.fetchall(), 1):
            envelope = self._mapper.decode(topic, state)
            found.append(Recorded(account, version, envelope.recorded_at, envelope.event, envelope.command_id))
        return found

    def history(self, cursor: Cursor, account: str) -> list[Recorded]:
        """The account's events with their narratives, oldest first."""
        cursor.execute(self._told, (account,))
        rows = cursor.fetchall()
        keys: Mapping[int | None, bytes] = {}
        if self.securing is not None and any(row[-1] is not None for row in rows):
            keys = dict(self.securing.account_keys.all(cursor, account).items())
        to_event = self._mapper.to_domain_event
        return [
            to_event(NarratedEvent(account, version, topic, bytes(state), salt, body, generation, keys.get(generation)))
            for version, topic, state, salt, body, generation in rows
        ]

    def inside(self, database: Database) -> Store:
        """The same store, used in another transaction: what is learned there is only kept where it was committed apart."""
        other = copy(self)
        other.__dict__.update(database=database, sequencer=None)
        if not database.sequenced:
            other.__dict__["_known_policies"] = set(self._known_policies)
        return other

    def accounts_after(self, cursor: Cursor, after: str) -> list[str]:
        """The next accounts of which something is recorded, in order; at most 500."""
        cursor.execute(self._next_accounts, (after, _CHUNK))
        return [row[0] for row in cursor.fetchall()]

    def knows(self, cursor: Cursor, account: str) -> bool:
        """Whether anything is recorded of the account."""
        cursor.execute(self._first, (account,))
        return cursor.fetchone() is not None

    def settle_log(self) -> None:
        """Give every committed event its place in the log, where that does not happen in the writer's transaction."""
        if self.sequencer is not None:
            self.sequencer.catch_up()

    @property
    def partitions(self) -> range:
        """The partitions of the log."""
        return range(self.identity.partitions)

    def last_positions(self, cursor: Cursor) -> dict[int, int]:
        """The last position of each partition of the log, 0 where it is empty."""
        cursor.execute(self._last_positions)
        found = dict(cursor.fetchall())
        return {partition: found.get(partition, 0) for partition in self.partitions}

    def accounts_since(self, cursor: Cursor, positions: Mapping[int, int]) -> list[str]:
        """The accounts of which something was recorded behind these positions of the log."""
        names: dict[str, None] = {}
        for partition in self.partitions:
            cursor.execute(self._accounts_since, (partition, positions.get(partition, 0)))
            names.update((row[0], None) for row in cursor.fetchall())
        return list(names)

    def log_after(self, cursor: Cursor, partition: int, position: int, count: int) -> tuple[list[str], int]:
        """The accounts in the next piece of a partition behind a position, and the position where the piece ends."""
        cursor.execute(self._piece, (partition, position, count))
        rows = cursor.fetchall()
        return list(dict.fromkeys(row[1] for row in rows)), rows[-1][0] if rows else position

    def remembered(self, cursor: Cursor, account: str, command_id: str) -> Remembered | None:
        """The accepted command of this id, if there is one."""
        return self._reading.remembered(cursor, account, command_id)

    def take_snapshots(self, cursor: Cursor, streams: Iterable[Stream]) -> list[Stream]:
        """Keep the state of accounts with long histories, for those that are due one; returns these as they are then."""
        taken: list[Stream] = []
        rows: list[tuple[str, int, str, bytes]] = []
        for stream in streams:
            version = stream.state.version
            if (
                not is_due(version, stream.kept, self.first_snapshot)
                or stream.recorded_at is None
                or stream.head is None
            ):
                continue
            body = freeze(stream.account, Snapshot(stream.state, stream.recorded_at, stream.head))
            if body is not None:
                rows.append((stream.account, version, shape(), body))
                taken.append(replace(stream, kept=version))
        if rows:
            cursor.executemany(self._take, rows)
        return taken

    def drop_snapshot(self, cursor: Cursor, account: str) -> None:
        """Forget the snapshot of an account: the next load replays its events."""
        cursor.execute(self._drop, (account,))

    def keep_policies(self, cursor: Cursor, versions: Iterable[Policy], at: datetime) -> None:
        """Keep the text of each version of a policy, once."""
        new = [policy for policy in versions if policy.ref.digest not in self._known_policies]
        if not new:
            return
        # The one row that writers of different accounts share: nobody is to wait until a host commits it.
        with self.database.aside(cursor) as writes:
            for policy in new:
                digest = policy.ref.digest
                row = (digest, policy.id, policy.version, policy_bytes(policy), to_micros(at))
                writes.execute(self._keep, (*row, digest))

    def policies_kept(self, versions: Iterable[Policy]) -> None:
        """The transaction that kept these policies has been committed."""
        self._known_policies.update(policy.ref.digest for policy in versions)

    def kept_policies(self, cursor: Cursor) -> list[KeptPolicy]:
        """Every policy text by which something was decided, in the order in which they were first used."""
        cursor.execute(self._all_policies)
        return [KeptPolicy(row[0], from_micros(row[2]), policy_from_bytes(bytes(row[1]))) for row in cursor.fetchall()]

    def readable_policies(self, cursor: Cursor) -> list[KeptPolicy]:
        """The same, those left out whose text cannot be read."""
        cursor.execute(self._all_policies)
        found: list[KeptPolicy] = []
        for digest, body, since in cursor.fetchall():
            with suppress(DecodeError, ValueError):
                found.append(KeptPolicy(digest, from_micros(since), policy_from_bytes(bytes(body))))
        return found

    def append(
        self,
        cursor: Cursor,
        records: Sequence[Recorded],
        heads: Heads,
        remember: Iterable[CommandRow],
        alongside: Callable[[Cursor], None],
        ring: KeyRing | None = None,
    ) -> None:
        """Add events, remembered commands and what `alongside` writes. Raises Conflict when somebody else was first."""
        rows = [(row.account, row.command_id, row.digest, row.outcome) for row in remember]

        def beside(inner: Cursor) -> None:
            if rows:
                inner.executemany(self._remember, rows)
            alongside(inner)

        secured: Sequence[Any] = records
        if self.securing is not None:
            secured = list(self.securing.keyed(cursor, ring or KeyRing(), records))
        erased = [(one.account, one.version) for one in records if isinstance(one.event, PersonalDataErased)]
        if erased:
            cursor.executemany(self._erase, erased)
        self._streams.events.put(secured, cursor=cursor, heads=heads, alongside=beside)
