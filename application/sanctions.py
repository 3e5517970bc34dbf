"""`Sanctions`: the door through which services impose sanctions and ask what is in force."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar, Unpack

from msgspec import Struct
from sqlalchemy import Connection, Engine

from ..domain.commands import Command, read_account
from ..domain.errors import OutOfOrder, Refused, SanctionsError, VersionConflict
from ..domain.policies.book import PolicyBook
from ..domain.policies.policy import Policy
from ..domain.state import State
from ..infrastructure.clock import Clock, system_clock
from ..infrastructure.database import Cursor, Database
from ..infrastructure.errors import Conflict
from ..infrastructure.joined import JoinedDatabase
from ..infrastructure.opening import open_database
from ..infrastructure.schema import open_store
from ..infrastructure.store import Remembered, Store, Stream
from ..projections.current import CurrentRestrictions
from ..projections.history import AccountHistory, history_of
from ..projections.tables import metadata
from .asking import LINKS, Asking
from .documents import AccountState, account_state
from .following import Batch, Follower
from .following.door import Following
from .following.follower import Settings
from .given import Given, names_in, typed, utc
from .linking import causes_named, link_ends
from .outcomes import Outcome, refused
from .permitting import Permitting
from .policies import find_policy
from .rebuilding import Rebuilding
from .times import state_now, state_then
from .writing import Unit, carry_out, record_due, write

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

__all__ = ["Sanctions", "Swept"]

_ATTEMPTS: Final = 50
_CHUNK: Final = 500
# How many accounts a batch keeps in memory from one chunk to the next.
_KEPT: Final = 10_000
T = TypeVar("T")


class Swept(Struct, frozen=True):
    """What a sweep recorded: how many events, on how many accounts."""

    accounts: int
    events: int


class Sanctions(Permitting, Asking, Following, Rebuilding):
    """The sanctions of a platform's accounts, in one database.

    Thread-safe; processes share the database. What a method has returned is durable. Times without an offset are refused.
    """

    def __init__(
        self, database: Database, *, policies: PolicyBook, clock: Clock, into_host: bool, partitions: int | None = None
    ) -> None:
        self._database = database
        self.policies = policies
        self.clock = clock
        identity = open_store(database, besides=[metadata], into_host=into_host, partitions=partitions)
        self.made_now = identity.made_now
        self.store = Store(database, identity)
        self.view = CurrentRestrictions(database)

    @classmethod
    def open(
        cls,
        target: str | Engine = "sqlite:///account-sanctions.db",
        *,
        policy: str | Path | Policy | PolicyBook = "default",
        clock: Clock = system_clock,
        partitions: int | None = None,
    ) -> Sanctions:
        """Open (and on first use make) the store at an SQLAlchemy URL, or in a host's engine beside its own tables.

        Raises a `StoreError` (`not_a_database`, `foreign_database`, `store_read_only`, ...), UnknownPolicy and
        PolicyFileError. `policy`: the name of a built-in one, as `name` or `name@version`, a file, or an object. `partitions`: in
        how many parts the log of a new store is written (1 unless given); it is fixed then, and another number raises
        PartitionsFixed.
        """
        found = find_policy(policy)
        database = open_database(target)
        try:
            return cls(
                database, policies=found, clock=clock, into_host=isinstance(target, Engine), partitions=partitions
            )
        except BaseException:
            database.close()
            raise

    def close(self) -> None:
        """Let the database go. What still works in the background finds it closed, and ends."""
        self.store.close()
        self._database.close()
        self.store.bells.ring()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def execute(self, command: Command | Mapping[str, Any], *, trusted_times: bool = False) -> Outcome:
        """Carry out one command: a typed one, or the JSON object of the contract.

        Returns the outcome (`accepted`, or `duplicate` for a command id that was used before with the same content). Raises
        Malformed, a `Refused` with a stable code, or a `StoreError`; then nothing has changed. Writers of one account that
        meet are decided one after the other.
        """
        settled = typed(command)
        return self._retrying(lambda: self._execute_once(settled, trusted_times=trusted_times))

    def execute_many(self, commands: Iterable[Given], *, trusted_times: bool = False) -> list[Outcome]:
        """Carry out commands in order, one transaction per chunk of 500; outcomes instead of exceptions.

        A refused or malformed command does not touch the others. Raises a `StoreError`; then the chunks before it are kept.
        """
        return list(self.execute_stream(commands, trusted_times=trusted_times))

    def execute_stream(
        self,
        commands: Iterable[Given],
        *,
        trusted_times: bool = False,
        chunk: int = _CHUNK,
        before: Callable[[Command, State], None] | None = None,
        checked: bool = False,
    ) -> Iterator[Outcome]:
        """The same for any number of commands in bounded memory: they are carried out as the outcomes are taken.

        The outcomes of a chunk come after its transaction has been committed. An error in place of a command (one that could
        not be read) becomes its outcome. `before` is shown each command that is no duplicate with the account's recorded
        state before it (once more if the chunk is decided again). `checked`: typed commands need no second look.
        """
        if chunk < 1:
            raise ValueError("a chunk holds at least one command")
        waiting = iter(commands)
        streams: dict[str, Stream] = {}
        while batch := list(islice(waiting, chunk)):
            attempt = partial(
                self._execute_chunk, batch, streams, trusted_times=trusted_times, before=before, checked=checked
            )
            outcomes, after = self._retrying(attempt)
            streams = {**streams, **after} if len(streams) < _KEPT else after
            yield from outcomes

    def state(self, account: str, valid_at: datetime | None = None, known_at: datetime | None = None) -> AccountState:
        """The account at `valid_at` as it was known at `known_at`; both default to now."""
        now = self.clock()
        valid = now if valid_at is None else utc("valid_at", valid_at)
        known = None if known_at is None else utc("known_at", known_at)
        account = read_account(account)
        with self._database.reading() as cursor:
            if known is None:
                stream = self.store.load(cursor, account)
                last = stream.state.last_at
                if last is None or last <= valid:
                    state = state_now(self.store, cursor, stream, valid)
                    return account_state(account, state, version=stream.state.version, valid_at=valid, known_at=now)
            state, version = state_then(self.store, cursor, account, valid_at=valid, known_at=known, now=now)
        return account_state(account, state, version=version, valid_at=valid, known_at=now if known is None else known)

    def history(self, account: str) -> AccountHistory:
        """Every event of the account, oldest first, with free text; empty where nothing is recorded."""
        name = read_account(account)
        with self._database.reading() as cursor:
            return history_of(account, self.store.history(cursor, name))

    @contextmanager
    def joining(self, host: Session | Connection) -> Generator[Sanctions, None, None]:
        """The same door inside the host's own transaction: events, view and the host's rows commit or roll back together.

        Reads inside see what was written inside. Nothing is committed here; each command is a SAVEPOINT, so that one that is
        refused, or meets a conflict, leaves the host's transaction alive. Raises HostMustRestart (retriable) where a conflict
        cannot be decided again inside.
        """
        connection = host if isinstance(host, Connection) else host.connection()
        if not isinstance(host, Connection):
            host.flush()
        yield self._inside(JoinedDatabase(self._database, connection))

    def sweep(self, until: datetime | None = None) -> Swept:
        """Record what has fallen due by `until` (default: now). No answer depends on it.

        Without `until`, what exists because of another account's sanction that has ended is ended too. Raises OutOfOrder for an
        `until` beyond the store's clock.
        """
        now = self.clock()
        limit = now if until is None else utc("until", until)
        if limit > now:
            raise OutOfOrder(
                f"a sweep cannot go beyond the store's clock ({now.isoformat()})",
                until=limit.isoformat(),
                now=now.isoformat(),
            )
        swept = Swept(0, 0)
        while True:
            accounts, events, rows = self._retrying(lambda: self._sweep_chunk(limit))
            swept = Swept(swept.accounts + accounts, swept.events + events)
            if not rows:
                break
        if until is None and not isinstance(self._database, JoinedDatabase):
            accounts, events = self._sweep_links()
            swept = Swept(swept.accounts + accounts, swept.events + events)
        return swept

    def follow_links(self, **settings: Unpack[Settings]) -> Follower:
        """The follower that ends what exists because of another account's sanction that has ended.

        `sweep` runs it. Run it in the background where the in-process index is to learn of such ends within seconds.
        """
        return self.follow(LINKS, self._end_linked, _CHUNK, **settings)

    def accounts(self) -> Iterator[str]:
        """Every account of which something is recorded, in order; no transaction stays open between two of them."""
        after = ""
        while True:
            with self._database.reading() as cursor:
                names = self.store.accounts_after(cursor, after)
            if not names:
                return
            yield from names
            after = names[-1]

    def _inside(self, database: Database) -> Sanctions:
        door = copy(self)
        door.__dict__.update(_database=database, store=self.store.inside(database))
        return door

    def _execute_once(self, command: Command, *, trusted_times: bool) -> Outcome:
        unit = Unit()
        with self._database.reading() as cursor:
            earlier = self._read_into(unit, cursor, command)
        outcome = carry_out(unit, command, earlier, self.policies, self.clock, trusted_times=trusted_times)
        if outcome.status == "accepted":
            with self._writing(unit):
                pass
        return outcome

    def _execute_chunk(
        self,
        batch: Sequence[Given],
        streams: Mapping[str, Stream],
        *,
        trusted_times: bool,
        before: Callable[[Command, State], None] | None,
        checked: bool,
    ) -> tuple[list[Outcome], dict[str, Stream]]:
        unit = Unit()
        outcomes: list[Outcome] = []
        with self._writing(unit) as cursor:
            for given in batch:
                account: str | None = None
                name: str | None = None
                try:
                    account, name = names_in(given)
                    command = given if checked and isinstance(given, Command) else typed(given)
                    earlier = self._read_into(unit, cursor, command, streams.get(command.account))
                    if before is not None and earlier is None and not unit.remembers(command):
                        before(command, unit.stream(command.account).state)
                    outcome = carry_out(unit, command, earlier, self.policies, self.clock, trusted_times=trusted_times)
                except SanctionsError as error:
                    if not isinstance(error, Refused) and error.code != "malformed":
                        raise
                    outcome = refused(error, account, name)
                outcomes.append(outcome)
        return outcomes, unit.after

    def _sweep_chunk(self, until: datetime) -> tuple[int, int, int]:
        unit, odd = Unit(), list[str]()
        with self._writing(unit) as cursor:
            names = self.view.overdue(cursor, until, _CHUNK)
            for account in names:
                if not unit.has(account):
                    unit.before[account] = self.store.load(cursor, account)
                self._load_causes(unit, cursor, account)
                if not record_due(unit, account, until, self.clock):
                    odd.append(account)
        # Somebody else was quicker; or a row says otherwise than the events, and would come up for ever.
        self._mend(odd)
        return len(unit.after), len(unit.records), len(names)

    def _sweep_links(self) -> tuple[int, int]:
        found: dict[tuple[int, int], tuple[int, int]] = {}

        def end(connection: Connection, batch: Batch) -> None:
            # By its place: what was rolled back and is done again counts once.
            found[batch[0].partition, batch[0].position] = self._end_linked(connection, batch)

        self.store.settle_log()
        self._retrying(self.follow(LINKS, end, _CHUNK).catch_up)
        return sum(accounts for accounts, _ in found.values()), sum(events for _, events in found.values())

    def _end_linked(self, connection: Connection, batch: Batch) -> tuple[int, int]:
        """What exists because of a sanction that ended is ended too; returns on how many accounts, by how many events."""
        door, unit = self._inside(JoinedDatabase(self._database, connection)), Unit()
        with door._writing(unit) as cursor:  # noqa: SLF001 - the same door, inside the follower's transaction
            for account in self.view.links.because_of(cursor, {event.account for event in batch}):
                if not unit.has(account):
                    unit.before[account] = self.store.load(cursor, account)
                self._load_causes(unit, cursor, account)
                record_due(unit, account, self.clock(), self.clock)
        return len(unit.after), len(unit.records)

    def _read_into(
        self, unit: Unit, cursor: Cursor, command: Command, known: Stream | None = None
    ) -> Remembered | None:
        if not unit.has(command.account):
            unit.before[command.account] = self.store.load(cursor, command.account, known)
        self._load_causes(unit, cursor, command.account, causes_named(command.act))
        if command.command_id is None:
            return None
        return self.store.remembered(cursor, command.account, command.command_id)

    def _load_causes(self, unit: Unit, cursor: Cursor, account: str, named: Iterable[str] = ()) -> None:
        """Load the other accounts because of which sanctions of this one exist."""

        def find(name: str) -> State:
            if not unit.has(name):
                unit.before[name] = self.store.load(cursor, name)
            return unit.state(name)

        for name in named:
            find(name)
        link_ends(unit.state(account).live.values(), find)

    @contextmanager
    def _writing(self, unit: Unit) -> Generator[Cursor, None, None]:
        """A transaction at whose end the unit is written, if there is anything in it."""
        with self._database.writing() as cursor:
            yield cursor
            if not unit.is_empty:
                write(self.store, self.view, cursor, unit, policies=self.policies, clock=self.clock)
        if not unit.is_empty:
            self.store.policies_kept(self.policies.versions)

    def _retrying(self, attempt: Callable[[], T]) -> T:
        """Decide again on a conflict: somebody else was first, and the account has to be read anew."""
        for _ in range(_ATTEMPTS):
            try:
                return attempt()
            except Conflict:
                continue
        raise VersionConflict(f"others kept writing this account; gave up after {_ATTEMPTS} attempts")
