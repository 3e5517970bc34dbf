"""How the door carries things out: units that are decided on what was read, written as one transaction, and decided again.

Nothing here is for callers, `chunks` excepted, which a door of another kind drives by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from datetime import datetime
from functools import partial
from typing import Final, Self, TypeVar

from ..domain import acts
from ..domain.commands import Command
from ..domain.errors import Refused, SanctionsError, VersionConflict
from ..domain.policies.book import PolicyBook
from ..domain.state import State
from ..infrastructure.clock import Clock
from ..infrastructure.database import Cursor, Database
from ..infrastructure.errors import Conflict
from ..infrastructure.store import Remembered, Store, Stream
from ..projections.current import CurrentRestrictions
from .asking import LINKS
from .given import Given, names_in, typed
from .linking import reach
from .outcomes import Outcome, refused
from .writing import Unit, carry_out, record_due, write

__all__ = ["CHUNK", "Executing"]

CHUNK: Final = 500
"""How many commands or accounts one transaction takes."""
_ATTEMPTS: Final = 50
# How many accounts a batch keeps in memory from one chunk to the next.
_KEPT: Final = 10_000
T = TypeVar("T")


class Executing:
    """The part of `Sanctions` that writes."""

    store: Store
    policies: PolicyBook
    clock: Clock
    view: CurrentRestrictions
    _database: Database

    def chunks(
        self,
        *,
        trusted_times: bool = False,
        before: Callable[[Command, State], None] | None = None,
        checked: bool = False,
    ) -> Callable[[Sequence[Given]], list[Outcome]]:
        """Carries out one chunk of a batch per call, each in its transaction; what it has loaded serves the next one."""
        streams: dict[str, Stream] = {}

        def carry_out_chunk(batch: Sequence[Given]) -> list[Outcome]:
            nonlocal streams
            attempt = partial(
                self._execute_chunk, batch, streams, trusted_times=trusted_times, before=before, checked=checked
            )
            outcomes, after = self._retrying(attempt)
            streams = {**streams, **after} if len(streams) < _KEPT else after
            return outcomes

        return carry_out_chunk

    def _inside(self, database: Database) -> Self:
        """The same door on another view of its database: from inside a transaction of the host."""
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
        unit = Unit()
        with self._writing(unit) as cursor:
            names = self.view.overdue(cursor, until, CHUNK)
            for account in names:
                if not unit.has(account):
                    unit.before[account] = self.store.load(cursor, account)
                stream = unit.stream(account)
                self._load_causes(unit, cursor, account)
                if not record_due(unit, account, until, self.clock):
                    # A row that says otherwise than the events would come up for ever.
                    self.view.rewrite(cursor, account, stream.state, unit.links(account))
        return len(unit.after), len(unit.records), len(names)

    def _follow_links(self, partition: int) -> tuple[int, int, int]:
        """Take in a piece of the log: what exists because of a sanction that ended there is ended too.

        What is to end later is put into the rows, so that whoever reads only these knows when.
        """
        unit = Unit()
        with self._writing(unit) as cursor:
            now = self.clock()
            position = self.view.followers.position(cursor, partition, LINKS)
            changed, last = self.store.log_after(cursor, partition, position, CHUNK)
            links = self.view.links
            # A dependent that was written while its cause ended comes up by itself: its cause may have been followed before.
            for account in sorted(links.because_of(cursor, changed) | links.among(cursor, changed)):
                if not unit.has(account):
                    unit.before[account] = self.store.load(cursor, account)
                self._load_causes(unit, cursor, account)
                if not record_due(unit, account, now, self.clock):
                    links.put(cursor, account, unit.state(account), unit.links(account))
            if last > position:
                self.view.followers.move(cursor, partition, LINKS, last)
        return len(unit.after), len(unit.records), last - position

    def _read_into(
        self, unit: Unit, cursor: Cursor, command: Command, known: Stream | None = None
    ) -> Remembered | None:
        if not unit.has(command.account):
            unit.before[command.account] = self.store.load(cursor, command.account, known)
        self._load_causes(unit, cursor, command.account, command.act)
        if command.command_id is None:
            return None
        return self.store.remembered(cursor, command.account, command.command_id)

    def _load_causes(self, unit: Unit, cursor: Cursor, account: str, act: acts.Act | None = None) -> None:
        """Load the other accounts because of which sanctions of this one exist, or would once the act is decided."""

        def find(name: str) -> State:
            if not unit.has(name):
                unit.before[name] = self.store.load(cursor, name)
            return unit.state(name)

        reach(unit.state(account), act, find)

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
