"""The store of the domain: loading accounts, finding earlier commands, keeping policies, appending what was decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from copy import copy
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from msgspec import DecodeError, Struct
from msgspec.structs import replace
from sqlalchemy import bindparam, delete, insert, literal_column, select, text

from ..domain.events import PersonalDataErased
from ..domain.instants import from_micros, to_micros
from ..domain.policies.policy import Policy, policy_bytes, policy_from_bytes
from ..domain.record import Recorded
from .database import Cursor, Database
from .errors import Conflict, StoreError
from .evidence.tables import erasures
from .folding import Folding
from .log import Log
from .mapper import NarratedEvent, SanctionMapper, UnreadableEvent
from .reading import Reading, Remembered, Stream
from .schema import Identity
from .securing import KeyRing, Securing
from .sequencing import Sequencer
from .snapshots import FIRST, Snapshot, freeze, is_due, shape
from .streams import Heads, SanctionsRecorder, SanctionsStreams, narrated_events
from .tables import commands, policies, sanction_events, snapshots
from .waking import Bells

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
        self.bells = Bells(database)
        self._known_policies: set[str] = set()
        self._generation = database.generation
        events = sanction_events.events.c
        prepare = database.prepare
        self._reading = Reading(database, mapper)
        self._load = prepare(
            select(events.topic, events.state, events.hash)
            .where(events.account == bindparam("account"), events.version > bindparam("behind"))
            .order_by(events.version)
        )
        self._told = prepare(narrated_events())
        self._remember = prepare(insert(commands))
        self._erase = prepare(insert(erasures))
        taken = database.upsert(snapshots)
        changed = {name: taken.excluded[name] for name in ("version", "shape", "body")}
        self._take = prepare(taken.on_conflict_do_update(index_elements=[snapshots.c.account], set_=changed))
        self._drop = prepare(delete(snapshots).where(snapshots.c.account == bindparam("account")))
        behind = select(snapshots.c.account).where(snapshots.c.account > bindparam("after"))
        self._kept_behind = prepare(behind)
        self._kept_between = prepare(behind.where(snapshots.c.account <= bindparam("until")))
        row = select(*(bindparam(column.name, type_=column.type) for column in policies.c))
        kept = select(policies.c.digest).where(policies.c.digest == bindparam("kept"))
        self._keep = prepare(insert(policies).from_select(list(policies.c), row.where(~kept.exists())))
        self._all_policies = prepare(
            select(policies.c.digest, policies.c.body, policies.c.recorded_at).order_by(
                policies.c.recorded_at, policies.c.digest
            )
        )
        self._next_accounts = prepare(
            select(events.account)
            .where(events.account > bindparam("after"), events.version == literal_column("1"))
            .order_by(events.account)
            .suffix_with(text("LIMIT :count"))
        )

    @cached_property
    def log(self) -> Log:
        """The log."""
        return Log(self.database, self.identity.partitions, self._mapper, self.securing)

    @cached_property
    def folding(self) -> Folding:
        """The accounts as a whole, one page after the other."""
        return Folding(self.database, self._mapper)

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

    def replay(self, cursor: Cursor, account: str, known: Stream | None = None) -> Stream:
        """The account from its events alone, whatever snapshot there is. Raises UnreadableEvent.

        With a stream that was replayed before, only what has been recorded since is read.
        """
        return self._reading.replay(cursor, Stream(account) if known is None else known)

    def headers(self, cursor: Cursor, account: str) -> list[Recorded]:
        """The account's events without narratives, oldest first."""
        self.database.ask_bytes(cursor, self._load, (account, 0))
        found: list[Recorded] = []
        for version, (topic, state, _) in enumerate(cursor.fetchall(), 1):
            envelope = self._mapper.decode(topic, state)
            found.append(Recorded(account, version, envelope.recorded_at, envelope.event, envelope.command_id))
        return found

    def decoded(self, account: str, version: int, topic: str, state: bytes) -> Recorded:
        """The event that these stored bytes hold, without its narrative. Raises UnreadableEvent, naming it."""
        try:
            envelope = self._mapper.decode(topic, state)
        except UnreadableEvent as error:
            raise UnreadableEvent(
                f"version {version} of {account!r}: {error.message}", **error.details, account=account, version=version
            ) from None
        return Recorded(account, version, envelope.recorded_at, envelope.event, envelope.command_id)

    def history(self, cursor: Cursor, account: str) -> list[Recorded]:
        """The account's events with their narratives, oldest first; what an erasure covers is not told, destroyed or not."""
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

    def settle_log(self) -> None:
        """Give every committed event its place in the log, where that does not happen in the writer's transaction."""
        if self.sequencer is not None:
            self.sequencer.catch_up()

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

    def snapshots_between(self, cursor: Cursor, after: str, until: str | None) -> list[str]:
        """The accounts behind `after`, up to and with `until` (None: all), that have a snapshot."""
        if until is None:
            cursor.execute(self._kept_behind, (after,))
        else:
            cursor.execute(self._kept_between, (after, until))
        return [row[0] for row in cursor.fetchall()]

    def drop_snapshots(self, cursor: Cursor, accounts: Iterable[str]) -> None:
        """Forget the snapshots of these accounts: the next loads replay their events."""
        cursor.executemany(self._drop, [(account,) for account in accounts])

    def keep_policies(self, cursor: Cursor, versions: Iterable[Policy], at: datetime) -> None:
        """Keep the text of each version of a policy, once."""
        if self._generation != self.database.generation:
            self._generation = self.database.generation
            self._known_policies.clear()
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
        """The transaction that kept these policies has ended. One of a host's may still be rolled back."""
        if self.database.alone:
            self._known_policies.update(policy.ref.digest for policy in versions)

    def keep_ahead(self, versions: Sequence[Policy], at: datetime) -> None:
        """Keep policies in a transaction of their own, now.

        Written inside a host's transaction, their rows would hold up the writers of all accounts until it ends. Where that
        fails, or where writers are serial anyway, the first command writes them.
        """
        if not self.database.sequenced or all(policy.ref.digest in self._known_policies for policy in versions):
            return
        if not self.database.has_spare():
            return  # A host that is about to be joined may have the only connection: nobody would give one back.
        with suppress(StoreError):
            try:
                self._keep_now(versions, at)
            except Conflict:  # Another process was first; now they are there.
                self._keep_now(versions, at)

    def _keep_now(self, versions: Sequence[Policy], at: datetime) -> None:
        with self.database.writing() as cursor:
            self.keep_policies(cursor, versions, at)
        self.policies_kept(versions)

    def kept_policies(self, cursor: Cursor) -> list[KeptPolicy]:
        """Every policy text by which something was or may have been decided, in the order in which they were kept."""
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
