"""The store of the domain: loading accounts, finding earlier commands, keeping policies, appending what was decided."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from datetime import datetime
from typing import Final

from msgspec import Struct
from sqlalchemy import bindparam, func, insert, literal_column, select, text

from ..domain.builder import Builder
from ..domain.instants import from_micros, to_micros
from ..domain.policies.policy import Policy, policy_bytes, policy_from_bytes
from ..domain.record import Recorded
from ..domain.state import NOTHING, State
from .database import Cursor, Database
from .mapper import NarratedEvent, SanctionMapper, UnreadableEvent
from .schema import Identity
from .sequencing import Sequencer
from .streams import Heads, SanctionsStreams, narrated_events
from .tables import commands, policies, sanction_events

__all__ = ["CommandRow", "KeptPolicy", "Remembered", "Store", "Stream"]

_CHUNK: Final = 500


class Stream(Struct, frozen=True):
    """An account as loaded: its state as recorded, when its newest event became known, and that event's hash."""

    account: str
    state: State = NOTHING
    recorded_at: datetime | None = None
    head: bytes | None = None


class Remembered(Struct, frozen=True):
    """An accepted command: the digest of its content, and its outcome as first given."""

    digest: bytes
    outcome: bytes


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

    def __init__(self, database: Database, identity: Identity) -> None:
        self.database = database
        self.identity = identity
        self._streams = SanctionsStreams(database, identity.store_id, identity.partitions)
        mapper = self._streams.mapper
        assert isinstance(mapper, SanctionMapper)
        self._mapper = mapper
        self.sequencer = Sequencer(database, identity.partitions) if database.sequenced else None
        self._known_policies: set[str] = set()
        events = sanction_events.events.c
        prepare = database.prepare
        self._load = prepare(
            select(events.topic, events.state, events.hash)
            .where(events.account == bindparam("account"), events.version > bindparam("behind"))
            .order_by(events.version)
        )
        self._find = prepare(
            select(commands.c.digest, commands.c.outcome).where(
                commands.c.account == bindparam("account"), commands.c.command_id == bindparam("command_id")
            )
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
        self._kept = prepare(select(policies.c.digest).where(policies.c.digest == bindparam("digest")))
        self._keep = prepare(insert(policies))
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
        start = Stream(account) if known is None else known
        cursor.execute(self._load, (account, start.state.version))
        rows = cursor.fetchall()
        if not rows:
            return start
        builder, recorded_at = Builder(start.state), None
        decode = self._mapper.decode
        for topic, state, _ in rows:
            envelope = decode(topic, state)
            recorded_at = envelope.recorded_at
            builder.apply(envelope.event)
        return Stream(account, builder.freeze(), recorded_at, bytes(rows[-1][2]))

    def headers(self, cursor: Cursor, account: str) -> list[Recorded]:
        """The account's events without narratives, oldest first."""
        cursor.execute(self._load, (account, 0))
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
        """The account's events with their narratives, oldest first."""
        cursor.execute(self._told, (account,))
        to_event = self._mapper.to_domain_event
        return [
            to_event(NarratedEvent(account, version, topic, bytes(state), salt, body))
            for version, topic, state, salt, body in cursor.fetchall()
        ]

    def inside(self, database: Database) -> Store:
        """The same store, used in another transaction: what is learned there is not kept."""
        other = copy(self)
        other.__dict__.update(database=database, sequencer=None, _known_policies=set(self._known_policies))
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
        cursor.execute(self._find, (account, command_id))
        row = cursor.fetchone()
        return None if row is None else Remembered(bytes(row[0]), bytes(row[1]))

    def keep_policies(self, cursor: Cursor, versions: Iterable[Policy], at: datetime) -> None:
        """Keep the text of each version of a policy, once."""
        for policy in versions:
            digest = policy.ref.digest
            if digest in self._known_policies:
                continue
            cursor.execute(self._kept, (digest,))
            if cursor.fetchone() is None:
                body = policy_bytes(policy)
                cursor.execute(self._keep, (digest, policy.id, policy.version, body, to_micros(at)))

    def policies_kept(self, versions: Iterable[Policy]) -> None:
        """The transaction that kept these policies has been committed."""
        self._known_policies.update(policy.ref.digest for policy in versions)

    def kept_policies(self, cursor: Cursor) -> list[KeptPolicy]:
        """Every policy text by which something was decided, in the order in which they were first used."""
        cursor.execute(self._all_policies)
        return [KeptPolicy(row[0], from_micros(row[2]), policy_from_bytes(bytes(row[1]))) for row in cursor.fetchall()]

    def append(
        self,
        cursor: Cursor,
        records: Sequence[Recorded],
        heads: Heads,
        remember: Iterable[CommandRow],
        alongside: Callable[[Cursor], None],
    ) -> None:
        """Add events, remembered commands and what `alongside` writes. Raises Conflict when somebody else was first."""
        rows = [(row.account, row.command_id, row.digest, row.outcome) for row in remember]

        def beside(inner: Cursor) -> None:
            if rows:
                inner.executemany(self._remember, rows)
            alongside(inner)

        self._streams.events.put(records, cursor=cursor, heads=heads, alongside=beside)
