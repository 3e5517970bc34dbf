"""How the door carries things out: units that are decided on what was read, written as one transaction, and decided again.

Nothing here is for callers, `chunks` excepted, which a door of another kind drives by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from copy import copy
from functools import partial
from typing import Final, Self, TypeVar

from ..domain import acts
from ..domain.commands import Command
from ..domain.errors import Refused, SanctionsError, VersionConflict
from ..domain.policies.book import PolicyBook
from ..domain.state import State
from ..infrastructure.background import tell_failure
from ..infrastructure.clock import Clock
from ..infrastructure.database import Cursor, Database
from ..infrastructure.errors import Conflict, StoreError
from ..infrastructure.store import Store, Stream
from ..infrastructure.turns import Turns
from ..projections.current import CurrentRestrictions
from .again import naming, surviving
from .evidencing import Evidencing
from .given import Given, names_in, typed
from .outcomes import Outcome, refused
from .telling import tell_batch, tell_conflicts, tell_error
from .writing import Unit, carry_out, read_into, write

__all__ = ["CHUNK", "Executing"]

CHUNK: Final = 500
"""How many commands or accounts one transaction takes."""
_ATTEMPTS: Final = 50
# How many accounts a batch keeps in memory from one chunk to the next.
_KEPT: Final = 10_000
T = TypeVar("T")


class Executing(Evidencing):
    """The part of `Sanctions` that writes."""

    store: Store
    policies: PolicyBook
    clock: Clock
    view: CurrentRestrictions
    _database: Database
    _turns: Turns

    def chunks(
        self,
        *,
        trusted_times: bool = False,
        before: Callable[[Command, State], None] | None = None,
        checked: bool = False,
    ) -> Callable[[Sequence[Given]], list[Outcome]]:
        """Carries out one chunk of a batch per call, each in its transaction; what it has loaded serves the next one."""
        streams: dict[str, Stream] = {}
        generation = self._database.generation

        def known() -> Mapping[str, Stream]:
            # What was read of a database that has become another one says nothing of this one.
            nonlocal streams, generation
            if generation != self._database.generation:
                generation, streams = self._database.generation, {}
            return streams

        def carry_out_chunk(batch: Sequence[Given]) -> list[Outcome]:
            nonlocal streams
            attempt = partial(
                self._execute_chunk, batch, known, trusted_times=trusted_times, before=before, checked=checked
            )
            try:
                outcomes, after = self._retrying(attempt)
            except SanctionsError as error:
                tell_error(None, error)
                raise
            tell_batch(outcomes)
            if self._database.alone:
                streams = {**streams, **after} if len(streams) < _KEPT else after
            self._destroy_erased(given for given, outcome in zip(batch, outcomes, strict=True) if outcome.accepted)
            return outcomes

        return carry_out_chunk

    def _inside(self, database: Database) -> Self:
        """The same door on another view of its database: from inside a transaction of the host."""
        door = copy(self)
        door.__dict__.update(_database=database, store=self.store.inside(database))
        return door

    def _execute_once(self, command: Command, *, trusted_times: bool) -> Outcome:
        unit = Unit()
        # One statement, and others only where causes on other accounts are read: what is decided on an account that has moved
        # on meanwhile is not written.
        with self._database.asking() as cursor:
            earlier = read_into(self.store, cursor, unit, command)
            self._look_up_key(cursor, unit, command.account)
        outcome = carry_out(unit, command, earlier, self.policies, self.clock, trusted_times=trusted_times)
        if not unit.is_empty:
            with naming(unit.commands), self._database.at_once() as writes:
                self._write(unit, writes)
            self.store.policies_kept(self.policies.versions)
        return outcome

    def _execute_chunk(
        self,
        batch: Sequence[Given],
        known: Callable[[], Mapping[str, Stream]],
        *,
        trusted_times: bool,
        before: Callable[[Command, State], None] | None,
        checked: bool,
    ) -> tuple[list[Outcome], dict[str, Stream]]:
        unit = Unit()
        outcomes: list[Outcome] = []
        with self._writing(unit) as cursor:
            streams = known()
            for given in batch:
                account: str | None = None
                name: str | None = None
                try:
                    account, name = names_in(given)
                    command = given if checked and isinstance(given, Command) else typed(given)
                    earlier = read_into(self.store, cursor, unit, command, streams.get(command.account))
                    self._look_up_key(cursor, unit, command.account)
                    if before is not None and earlier is None and not unit.remembers(command):
                        before(command, unit.stream(command.account).state)
                    outcome = carry_out(unit, command, earlier, self.policies, self.clock, trusted_times=trusted_times)
                except SanctionsError as error:
                    if not isinstance(error, Refused) and error.code != "malformed":
                        raise
                    outcome = refused(error, account, name)
                outcomes.append(outcome)
        return outcomes, unit.after

    def _look_up_key(self, cursor: Cursor, unit: Unit, account: str) -> None:
        if self.store.securing is None or account in unit.ring.generations:
            return
        state = unit.before[account].state
        if state.version:
            self.store.securing.look_up(cursor, unit.ring, account, state.retention.erasures)
        else:
            # Nothing is recorded yet, so there is no key either.
            unit.ring.generations[account] = 0

    @contextmanager
    def _writing(self, unit: Unit) -> Generator[Cursor, None, None]:
        """A transaction at whose end the unit is written, if there is anything in it."""
        with naming(unit.commands), self._database.writing() as cursor:
            yield cursor
            if not unit.is_empty:
                with self._database.gathered(cursor) as writes:
                    self._write(unit, writes)
        if not unit.is_empty:
            self.store.policies_kept(self.policies.versions)

    def _write(self, unit: Unit, writes: Cursor) -> None:
        write(self.store, self.view, writes, unit, policies=self.policies, clock=self.clock)

    def _destroy_erased(self, accepted: Iterable[Given]) -> None:
        """Destroy what commands that stand have erased; inside a host's transaction that has to wait for its commit."""
        for given in accepted if self._database.alone else ():
            if isinstance(given, Command):
                name, erases = given.account, isinstance(given.act, acts.ErasePersonalData)
            elif not isinstance(given, SanctionsError):
                name, erases = given["account"], given["command"] == "erase_personal_data"
            else:
                continue
            if erases:
                try:
                    self.finish_erasures(name)
                except StoreError as error:
                    # The command stands, and an error would say that it does not; the next sweep destroys.
                    tell_failure("erasure", error)

    def _retrying(self, attempt: Callable[[], T], account: str | None = None) -> T:
        """Decide again on a conflict: somebody else was first, and the account has to be read anew.

        Whoever meets others on an account that way takes turns with those of this process. Not inside a transaction of the
        host, which may hold what the one before it in the line waits for.
        """
        attempt = surviving(attempt, self._database)
        with suppress(Conflict):
            return attempt()
        turn = nullcontext() if account is None or not self._database.alone else self._turns.of(account)
        with turn:
            for number in range(2, _ATTEMPTS + 1):
                with suppress(Conflict):
                    found = attempt()
                    tell_conflicts(number, account, given_up=False)
                    return found
        tell_conflicts(_ATTEMPTS, account, given_up=True)
        raise VersionConflict(f"others kept writing this account; gave up after {_ATTEMPTS} attempts")
