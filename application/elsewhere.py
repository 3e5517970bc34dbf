"""The same domain on another event store: `PERSISTENCE_MODULE=eventsourcing.postgres`, or any module of that library's kind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..domain.commands import Command, read_account
from ..domain.policies.book import PolicyBook
from ..domain.policies.policy import Policy
from ..domain.queries import Verdict, verdict
from ..infrastructure.clock import Clock, system_clock
from ..infrastructure.elsewhere import NO_CURSOR, EventStore
from ..projections.history import AccountHistory, history_of
from .documents import AccountState
from .given import require_function, typed, utc
from .horizon import Unbounded, Until
from .outcomes import Outcome
from .policies import find_policy
from .times import state_at_any_time, state_document
from .writing import Unit, carry_out, read_into, retrying

__all__ = ["EventStoreSanctions"]


class EventStoreSanctions:
    """Sanctions whose events lie in an event store of the library `eventsourcing`, chosen by its environment variables.

    Decisions, idempotency and time are those of `Sanctions`. There is no view of current restrictions and none of deadlines:
    `may` folds the account's events, and nothing is swept. Thread-safe; processes share the event store.
    """

    def __init__(self, store: EventStore, *, policies: PolicyBook, clock: Clock) -> None:
        self.store = store
        self.policies = policies
        self.clock = clock

    @classmethod
    def open(
        cls,
        env: Mapping[str, str] | None = None,
        *,
        policy: str | Path | Policy | PolicyBook = "default",
        clock: Clock = system_clock,
        cached: int = 10_000,
    ) -> EventStoreSanctions:
        """Open the event store that `env`, and behind it the process's environment, names (`PERSISTENCE_MODULE` and its own).

        `cached`: of how many accounts the folded state is kept in memory; what others have added since is read at each question.
        Raises StoreUnreachable, UnknownPolicy and PolicyFileError.
        """
        found = find_policy(policy)
        return cls(EventStore(env, cached=cached), policies=found, clock=clock)

    def close(self) -> None:
        """Let the event store go."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def execute(self, command: Command | Mapping[str, Any], *, trusted_times: bool = False) -> Outcome:
        """Carry out one command, as `Sanctions.execute` does. Raises Malformed, a `Refused`, or a `StoreError`."""
        settled = typed(command)
        return retrying(lambda: self._execute_once(settled, trusted_times=trusted_times))

    def may(self, account: str, function: str, at: datetime | None = None) -> Verdict:
        """May the account use the function now (or at `at`, as known now)? Truthy when allowed.

        Raises UnknownFunction for a name outside the policy's catalogue, Malformed for a naive time.
        """
        require_function(self.policies, function)
        name = read_account(account)
        instant = self.clock() if at is None else utc("at", at)
        state, links, _ = state_at_any_time(self.store, NO_CURSOR, name, valid_at=instant, known=Unbounded())
        return verdict(state, function, instant, links)

    def state(self, account: str, valid_at: datetime | None = None, known_at: datetime | None = None) -> AccountState:
        """The account at `valid_at` as it was known at `known_at`; both default to now."""
        now = self.clock()
        valid = now if valid_at is None else utc("valid_at", valid_at)
        known = Unbounded() if known_at is None else Until(utc("known_at", known_at))
        return state_document(self.store, NO_CURSOR, read_account(account), valid_at=valid, known=known, now=now)

    def history(self, account: str) -> AccountHistory:
        """Every event of the account, oldest first, with free text; empty where nothing is recorded."""
        return history_of(account, self.store.history(read_account(account)))

    def _execute_once(self, command: Command, *, trusted_times: bool) -> Outcome:
        unit = Unit()
        earlier = read_into(self.store, NO_CURSOR, unit, command)
        outcome = carry_out(unit, command, earlier, self.policies, self.clock, trusted_times=trusted_times)
        if outcome.status == "accepted":
            self.store.append(unit.records, unit.commands.values(), self.policies.versions)
        return outcome
