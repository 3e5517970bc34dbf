"""`Sanctions`: the door through which services impose sanctions and ask what is in force."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import Engine

from ..domain.commands import Command, read_account
from ..domain.errors import SanctionsError
from ..domain.policies.book import PolicyBook
from ..domain.policies.policy import Policy
from ..domain.state import State
from ..infrastructure.clock import Clock, system_clock
from ..infrastructure.database import Database
from ..infrastructure.hosts import Host, transaction_of
from ..infrastructure.joined import JoinedDatabase
from ..infrastructure.logs import INFO, WARNING, tell
from ..infrastructure.opening import open_database
from ..infrastructure.schema import open_store, require_same_store
from ..infrastructure.securing import has_been_keyed
from ..infrastructure.store import Store
from ..infrastructure.turns import Turns
from ..projections.current import CurrentRestrictions
from ..projections.history import AccountHistory, history_of
from ..projections.tables import metadata
from .again import asked_again
from .asking import Asking
from .documents import AccountState
from .executing import CHUNK
from .given import Given, typed, utc
from .horizon import KnownAt, horizon
from .keyring import keys_of
from .migrating import bring_up_to_date
from .outcomes import Outcome
from .permitting import Permitting
from .policies import find_policy
from .sweeping import Sweeping, Swept
from .telling import tell_error, tell_outcome
from .times import state_document

if TYPE_CHECKING:
    from ..infrastructure.evidence.keys import Keys

__all__ = ["Sanctions", "Swept"]


class Sanctions(Permitting, Asking, Sweeping):
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
        self._turns = Turns(database.make_lock)
        self.policies = policies
        self.clock = clock
        identity = open_store(database, besides=[metadata], into_host=into_host, partitions=partitions)
        self.made_now = identity.made_now
        self.store = Store(database, identity, keys)
        self.view = CurrentRestrictions(database)
        if into_host:
            # Later, with a connection of the host's engine in hand, a second one may not be had.
            self.store.keep_ahead(policies.versions, clock())
        tell(
            INFO,
            "store_opened",
            database=database.engine.dialect.name,
            store=identity.store_id,
            made_now=identity.made_now,
            policy=policies.name,
        )
        self.lacks_keys = keys is None and not identity.made_now and has_been_keyed(database)
        if self.lacks_keys:
            # What is written now has no mark, which verification cannot tell from what somebody wrote past the library.
            tell(WARNING, "opened_without_keys", store=identity.store_id)

    @classmethod
    def open(
        cls,
        target: str | Engine = "sqlite:///account-sanctions.db",
        *,
        policy: str | Path | Policy | PolicyBook = "default",
        clock: Clock = system_clock,
        partitions: int | None = None,
        migrate: bool = False,
        keys: str | Path | Keys | None = None,
        timeout: float | None = None,
    ) -> Sanctions:
        """Open (and on first use make) the store at an SQLAlchemy URL, or in a host's engine beside its own tables.

        Raises a `StoreError` (`not_a_database`, `foreign_database`, `store_read_only`, ...), UnknownPolicy and
        PolicyFileError. `policy`: the name of a built-in one, as `name` or `name@version`, a file, or an object. `partitions`: in
        how many parts the log of a new store is written (1 unless given); it is fixed then, and another number raises
        PartitionsFixed. `migrate`: bring a store of an older version to this one's schema first, instead of raising StoreTooOld.
        `keys`: the folder that `keys init` made, or the keys themselves: events are marked with the writer's, and free text is
        encrypted, and what is sequenced in the background is sealed. Raises BadKey, and LibraryMissing without the extra
        `evidence`. `timeout`: for how many seconds a statement may take on a server; one that is alive and says nothing for a
        second more is given up. Longer than the longest statement; None: for ever. Files have no server, and an engine is set
        up by its host: with one, ValueError.
        """
        found_keys = keys_of(keys)
        found = find_policy(policy)
        database = open_database(target, timeout=timeout)
        try:
            if migrate:
                bring_up_to_date(database)
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
        if self._database.alone:
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
        try:
            settled = typed(command)
            outcome = self._retrying(lambda: self._execute_once(settled, trusted_times=trusted_times), settled.account)
        except SanctionsError as error:
            tell_error(command, error)
            raise
        tell_outcome(settled, outcome)
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

    @asked_again
    def state(self, account: str, valid_at: datetime | None = None, known_at: KnownAt = None) -> AccountState:
        """The account at `valid_at` as it was known at `known_at`; both default to now.

        `known_at`: an instant, a place in the log, or a checkpoint. Raises what `horizon` does.
        """
        now = self.clock()
        valid = now if valid_at is None else utc("valid_at", valid_at)
        name = read_account(account)
        with self._database.reading() as cursor:
            known = horizon(self.store, cursor, known_at)
            return state_document(self.store, cursor, name, valid_at=valid, known=known, now=now)

    @asked_again
    def history(self, account: str, *, valid_at: datetime | None = None, known_at: KnownAt = None) -> AccountHistory:
        """Every event of the account, oldest first, with free text; empty where nothing is recorded.

        With `valid_at` only what was decided or fell due by then, with `known_at` (as in `state`) only what was known.
        """
        name = read_account(account)
        valid = None if valid_at is None else utc("valid_at", valid_at)
        with self._database.reading() as cursor:
            known = horizon(self.store, cursor, known_at).known(cursor, name, self.store.history(cursor, name))
        return history_of(account, [one for one in known if valid is None or one.event.at <= valid])

    @contextmanager
    def joining(self, host: Host) -> Generator[Sanctions, None, None]:
        """The same door inside the host's own transaction: events, view and the host's rows commit or roll back together.

        `host`: an SQLAlchemy session or connection, or the connection of its database driver (`sqlite3`, `psycopg`), as
        frameworks of other kinds have it. Reads inside see what was written inside. Nothing is committed here; each command
        is a SAVEPOINT, so that one that is refused, or meets a conflict, leaves the host's transaction alive. Raises
        HostMustRestart (retriable) where a conflict cannot be decided again inside, CannotJoin for a transaction that is over,
        that commits by itself, or that is on another store. After the block the door is closed.
        """
        self.store.keep_ahead(self.policies.versions, self.clock())
        database = JoinedDatabase(self._database, transaction_of(host))
        if not database.is_certainly_the_same:
            require_same_store(database, self.store.identity)
        flush: Callable[[], object] | None = getattr(host, "flush", None)
        if flush is not None:
            flush()
        try:
            yield self._inside(database)
        finally:
            database.close()

    def accounts(self) -> Iterator[str]:
        """Every account of which something is recorded, in order; no transaction stays open between two of them."""
        after = ""
        while names := self._accounts_after(after):
            yield from names
            after = names[-1]

    @asked_again
    def _accounts_after(self, after: str) -> list[str]:
        with self._database.reading() as cursor:
            return self.store.accounts_after(cursor, after)
