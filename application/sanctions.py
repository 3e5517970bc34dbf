"""`Sanctions`: the door through which services impose sanctions and ask what is in force."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from msgspec import Struct
from sqlalchemy import Connection, Engine

from ..domain.commands import Command, read_account
from ..domain.errors import OutOfOrder, UnknownFunction
from ..domain.policies.book import PolicyBook
from ..domain.policies.policy import Policy
from ..domain.queries import Verdict, verdict
from ..domain.state import NOTHING, State
from ..infrastructure.clock import Clock, system_clock
from ..infrastructure.database import Database
from ..infrastructure.joined import JoinedDatabase
from ..infrastructure.opening import open_database
from ..infrastructure.schema import open_store
from ..infrastructure.store import Store
from ..projections.current import CurrentRestrictions
from ..projections.history import AccountHistory, history_of
from ..projections.tables import metadata
from .asking import Asking
from .documents import AccountState, account_state
from .executing import CHUNK, Executing
from .given import Given, typed, utc
from .indexing import FollowedIndex
from .outcomes import Outcome
from .policies import find_policy
from .times import state_now, state_then

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from ..infrastructure.evidence.keys import Keys

__all__ = ["Sanctions", "Swept"]


class Swept(Struct, frozen=True):
    """What a sweep recorded: how many events, on how many accounts."""

    accounts: int
    events: int


class Sanctions(Executing, Asking):
    """The sanctions of a platform's accounts, in one database.

    Thread-safe; processes share the database. What a method has returned is durable. Times without an offset are refused.
    """

    def __init__(
        self,
        database: Database,
        *,
        policies: PolicyBook,
        clock: Clock,
        into_host: bool,
        partitions: int | None = None,
        keys: Keys | None = None,
    ) -> None:
        self._database = database
        self.policies = policies
        self.clock = clock
        identity = open_store(database, besides=[metadata], into_host=into_host, partitions=partitions)
        self.made_now = identity.made_now
        self.store = Store(database, identity, keys)
        self.view = CurrentRestrictions(database)

    @classmethod
    def open(
        cls,
        target: str | Engine = "sqlite:///account-sanctions.db",
        *,
        policy: str | Path | Policy | PolicyBook = "default",
        clock: Clock = system_clock,
        partitions: int | None = None,
        keys: Path | Keys | None = None,
    ) -> Sanctions:
        """Open (and on first use make) the store at an SQLAlchemy URL, or in a host's engine beside its own tables.

        Raises a `StoreError` (`not_a_database`, `foreign_database`, `store_read_only`, ...), UnknownPolicy and
        PolicyFileError. `policy`: the name of a built-in one, as `name` or `name@version`, a file, or an object. `partitions`: in
        how many parts the log of a new store is written (1 unless given); it is fixed then, and another number raises
        PartitionsFixed. `keys`: the folder that `keys init` made, or the keys themselves: events are marked with the
        writer's, and free text is encrypted. Raises BadKey.
        """
        found_keys = _keys(keys)
        found = find_policy(policy)
        database = open_database(target)
        try:
            return cls(
                database,
                policies=found,
                clock=clock,
                into_host=isinstance(target, Engine),
                partitions=partitions,
                keys=found_keys,
            )
        except BaseException:
            database.close()
            raise

    def close(self) -> None:
        """Let the database go."""
        self.store.close()
        self._database.close()

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
        outcome = self._retrying(lambda: self._execute_once(settled, trusted_times=trusted_times))
        self._destroy_erased([settled])
        return outcome

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
        chunk: int = CHUNK,
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
        carry_out = self.chunks(trusted_times=trusted_times, before=before, checked=checked)
        while batch := list(islice(waiting, chunk)):
            yield from carry_out(batch)

    def may(self, account: str, function: str, at: datetime | None = None) -> Verdict:
        """May the account use the function now (or at `at`, as known now)? Truthy when allowed.

        Now and in the future: one indexed read, right without any sweep. In the past: the state of that time, as known now.
        Raises UnknownFunction for a name outside the policy's catalogue, Malformed for a naive time.
        """
        if not self.policies.knows_function(function):
            raise UnknownFunction(
                f"the policy {self.policies.name} has no function {function!r}",
                function=function,
                policy=self.policies.name,
            )
        name, now = read_account(account), self.clock()
        instant = now if at is None else utc("at", at)
        # What is in force needs no snapshot: whichever of these statements sees it, it is so.
        with self._database.asking() if instant >= now else self._database.reading() as cursor:
            if instant >= now:
                found = self.view.may(cursor, name, function, instant)
                if found or not self.view.links.any(cursor, name):
                    return found
                # The rows do not know whether the other account's sanction has ended since.
                state = state_now(self.store, cursor, self.store.load(cursor, name), instant)
            else:
                state, _ = state_then(self.store, cursor, name, valid_at=instant, known_at=None, now=now)
        return verdict(state, function, instant)

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

    def index(self) -> FollowedIndex:
        """What is restricted, loaded into this process: `may` in under a microsecond, as fresh as its last `refresh`."""
        return FollowedIndex(self._database, self.store, self.view, self.clock)

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

        Raises OutOfOrder for an `until` beyond the store's clock.
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
        self.store.settle_log()
        for partition in self.store.partitions:
            followed = 1
            while followed:
                accounts, events, followed = self._retrying(partial(self._follow_links, partition, limit))
                swept = Swept(swept.accounts + accounts, swept.events + events)
        self.finish_erasures()
        return swept

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

    def rebuild(self, progress: Callable[[str], None] | None = None) -> int:
        """Write the view anew from the events alone, one transaction per chunk of accounts; returns how many accounts."""
        names = self.accounts()
        count = 0
        while batch := list(islice(names, CHUNK)):
            with self._database.writing() as cursor:
                for account in batch:
                    self.store.drop_snapshot(cursor, account)
                    self.view.rewrite(cursor, account, self.store.replay(cursor, account).state)
                    if progress is not None:
                        progress(account)
            count += len(batch)
        with self._database.writing() as cursor:
            # Rows of accounts without events cannot come from any event.
            for account in self.view.accounts(cursor):
                if not self.store.knows(cursor, account):
                    self.view.rewrite(cursor, account, NOTHING)
        return count


def _keys(given: Path | Keys | None) -> Keys | None:
    if not isinstance(given, Path):
        return given
    from ..infrastructure.evidence.keys import read_keys

    return read_keys(given)
