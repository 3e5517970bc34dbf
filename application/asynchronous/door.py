"""`AsyncSanctions`: the door of hosts with an event loop. What it does is done by `Sanctions`; here is only the waiting."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, Unpack

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_scoped_session

from ...domain.commands import Command
from ...domain.explaining import AccountExplanation, Explanation, ProofReference, Subject
from ...domain.policies.book import PolicyBook
from ...domain.policies.policy import Policy
from ...domain.queries import Verdict
from ...infrastructure.clock import Clock, system_clock
from ...infrastructure.errors import CannotJoin
from ...infrastructure.opening import open_database
from ...projections.history import AccountHistory
from ...projections.statistics import Statistics
from ..asking import LinksDelay
from ..documents import AccountState
from ..executing import CHUNK
from ..given import Given
from ..horizon import KnownAt
from ..keyring import keys_of
from ..outcomes import Outcome
from ..permitting import IndexSettings
from ..policies import find_policy
from ..rebuilding import Rebuilt
from ..sanctions import Sanctions, Swept
from ..unsure import WhenUnsure
from .batches import batches
from .evidence import AsyncEvidence
from .following import AsyncFollowing
from .index import AsyncIndex
from .running import run

if TYPE_CHECKING:
    from ...infrastructure.evidence.keys import Keys

__all__ = ["AsyncSanctions"]

AsyncHost = AsyncSession | async_scoped_session[AsyncSession] | AsyncConnection


class AsyncSanctions(AsyncFollowing, AsyncEvidence):
    """The sanctions of a platform's accounts, in one database, for the tasks of one event loop.

    Every method means what the method of `Sanctions` means and raises what that raises. A task that is cancelled leaves all of
    its command or nothing; sent again with the same `command_id` it acts once. `door` is the synchronous one underneath.
    """

    def __init__(self, door: Sanctions) -> None:
        self.door = door

    @classmethod
    async def open(
        cls,
        target: str | AsyncEngine = "sqlite:///account-sanctions.db",
        *,
        policy: str | Path | Policy | PolicyBook = "default",
        clock: Clock = system_clock,
        partitions: int | None = None,
        keys: str | Path | Keys | None = None,
        timeout: float | None = None,
    ) -> Self:
        """Open (and on first use make) the store at an SQLAlchemy URL, or in a host's engine beside its own tables.

        The drivers are `postgresql+psycopg` and `sqlite+aiosqlite`. `keys` and `timeout` as for `Sanctions.open`; sealing in the
        background is for a process of its own (`sequence --forever`). Raises what `Sanctions.open` raises.
        """
        found, found_keys = find_policy(policy), keys_of(keys)

        def opened() -> Sanctions:
            into_host = isinstance(target, AsyncEngine)
            engine_or_url = target.sync_engine if isinstance(target, AsyncEngine) else target
            database = open_database(engine_or_url, awaited=True, timeout=timeout)
            try:
                return Sanctions(
                    database,
                    policies=found,
                    clock=clock,
                    into_host=into_host,
                    partitions=partitions,
                    keys=found_keys,
                )
            except BaseException:
                database.close()
                raise

        return cls(await run(opened))

    async def close(self) -> None:
        """Let the database go."""
        await run(self.door.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def execute(self, command: Command | Mapping[str, Any], *, trusted_times: bool = False) -> Outcome:
        """Carry out one command: a typed one, or the JSON object of the contract."""
        return await run(self.door.execute, command, trusted_times=trusted_times)

    async def execute_many(
        self, commands: Iterable[Given] | AsyncIterable[Given], *, trusted_times: bool = False
    ) -> list[Outcome]:
        """Carry out commands in order, one transaction per chunk of 500; outcomes instead of exceptions."""
        return [outcome async for outcome in self.execute_stream(commands, trusted_times=trusted_times)]

    async def execute_stream(
        self,
        commands: Iterable[Given] | AsyncIterable[Given],
        *,
        trusted_times: bool = False,
        chunk: int = CHUNK,
        checked: bool = False,
    ) -> AsyncIterator[Outcome]:
        """The same for any number of commands in bounded memory: they are carried out as the outcomes are taken."""
        carry_out = self.door.chunks(trusted_times=trusted_times, checked=checked)
        async for batch in batches(commands, chunk):
            for outcome in await run(carry_out, batch):
                yield outcome

    async def may(
        self, account: str, function: str, at: datetime | None = None, *, on_error: WhenUnsure = "raise"
    ) -> Verdict:
        """May the account use the function now (or at `at`, as known now)? Truthy when allowed."""
        return await run(self.door.may, account, function, at, on_error=on_error)

    async def may_many(
        self, asked: Iterable[tuple[str, str]], at: datetime | None = None, *, on_error: WhenUnsure = "raise"
    ) -> list[Verdict]:
        """The same for pairs of account and function, all at one instant of the database; the answers in order."""
        return await run(self.door.may_many, asked, at, on_error=on_error)

    async def state(self, account: str, valid_at: datetime | None = None, known_at: KnownAt = None) -> AccountState:
        """The account at `valid_at` as it was known at `known_at`; both default to now."""
        return await run(self.door.state, account, valid_at, known_at)

    async def history(
        self, account: str, *, valid_at: datetime | None = None, known_at: KnownAt = None
    ) -> AccountHistory:
        """Every event of the account, oldest first, with free text; empty where nothing is recorded."""
        return await run(self.door.history, account, valid_at=valid_at, known_at=known_at)

    async def explain(
        self,
        account: str,
        decision: str,
        *,
        subject: Subject | None = None,
        valid_at: datetime | None = None,
        known_at: KnownAt = None,
    ) -> Explanation:
        """Why a decision was taken: by the id of a sanction, violation or proposal."""
        door = self.door
        return await run(door.explain, account, decision, subject=subject, valid_at=valid_at, known_at=known_at)

    async def explain_account(
        self,
        account: str,
        function: str | None = None,
        *,
        valid_at: datetime | None = None,
        known_at: KnownAt = None,
    ) -> AccountExplanation:
        """Why the account may or may not use a function; without one, why it stands as it does."""
        return await run(self.door.explain_account, account, function, valid_at=valid_at, known_at=known_at)

    async def places(self, account: str) -> dict[int, ProofReference]:
        """Where in the log the account's events stand, by version, and which checkpoint covers them."""
        return await run(self.door.places, account)

    async def statistics(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> Statistics:
        """Figures over all accounts, of what happened from `since` on and before `until`; reads one account at a time."""
        return await run(self.door.statistics, since, until, progress)

    async def sweep(self, until: datetime | None = None) -> Swept:
        """Record what has fallen due by `until` (default: now). No answer depends on it."""
        return await run(self.door.sweep, until)

    async def rebuild(self, progress: Callable[[Rebuilt], None] | None = None, *, afresh: bool = False) -> Rebuilt:
        """Compare the view with the events, account by account, and write anew what is wrong; others read and write meanwhile."""
        return await run(self.door.rebuild, progress, afresh=afresh)

    async def accounts(self) -> AsyncIterator[str]:
        """Every account of which something is recorded, in order; no transaction stays open between two of them."""
        names = self.door.accounts()
        while page := await run(list, islice(names, CHUNK)):
            for name in page:
                yield name

    async def index(self, **settings: Unpack[IndexSettings]) -> AsyncIndex:
        """What is restricted, loaded into this process: `may` in under a microsecond.

        It is as fresh as its last `refresh`; inside `AsyncIndex.following` a task keeps it current. `settings`: those of
        `IndexSettings`.
        """
        return AsyncIndex(await run(self.door.index, **settings))

    async def links_behind(self) -> int:
        """How many events the follower of links has not taken in. See `links_delay`."""
        return await run(self.door.links_behind)

    async def links_delay(self) -> LinksDelay:
        """How far what is read from rows alone (the in-process index) may be behind the causes of linked sanctions."""
        return await run(self.door.links_delay)

    @asynccontextmanager
    async def joining(self, host: AsyncHost) -> AsyncGenerator[Self]:
        """The same door inside the host's own transaction: events, view and the host's rows commit or roll back together.

        `host`: SQLAlchemy's AsyncSession or AsyncConnection. Nothing is committed here; what `Sanctions.joining` says holds.
        """
        joining = self.door.joining(_synchronous(host))
        door = await run(joining.__enter__)
        try:
            yield type(self)(door)
        finally:
            # Only closes the door, which touches no database.
            joining.__exit__(None, None, None)


def _synchronous(given: object) -> Any:
    scoped: Callable[[], object] | None = getattr(given, "registry", None)
    host = given if scoped is None else scoped()
    if isinstance(host, AsyncSession):
        return host.sync_session
    if not isinstance(host, AsyncConnection):
        raise CannotJoin(f"{type(host).__name__} cannot be joined here: hand in an AsyncSession or AsyncConnection")
    if host.sync_connection is None:
        raise CannotJoin("the host's connection has not been started: enter its block, or await it, first")
    return host.sync_connection
