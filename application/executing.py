"""How the door carries things out: units that are decided on what was read, written as one transaction, and decided again.

Nothing here is for callers, `chunks` excepted, which a door of another kind drives by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
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
from .evidencing import Evidencing
from .given import Given, names_in, typed
from .linking import causes_named, link_ends
from .outcomes import Outcome, refused
from .writing import Unit, carry_out, record_due, write

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
    joined: bool = False
    """Whether this is a view from inside a host's transaction."""

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
            self._destroy_erased(given for given, outcome in zip(batch, outcomes, strict=True) if outcome.accepted)
            return outcomes

        return carry_out_chunk

    def _inside(self, database: Database) -> Self:
        """The same door on another view of its database: from inside a transaction of the host."""
        door = copy(self)
        door.__dict__.update(_database=database, store=self.store.inside(database), joined=True)
        return door

    def _execute_once(self, command: Command, *, trusted_times: bool) -> Outcome:
        unit = Unit()
        # One statement, and others only where causes on other accounts are read: what is decided on an account that has moved
        # on meanwhile is not written.
        with self._database.asking() as cursor:
            earlier = self._read_into(unit, cursor, command)
        outcome = carry_out(unit, command, earlier, self.policies, self.clock, trusted_times=trusted_times)
        if not unit.is_empty:
            with self._database.at_once() as writes:
                self._write(unit, writes)
            self.store.policies_kept(self.policies.versions)
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
                    self.view.rewrite(cursor, account, stream.state)
        return len(unit.after), len(unit.records), len(names)

    def _follow_links(self, partition: int, until: datetime) -> tuple[int, int, int]:
        """Take in a piece of the log: what exists because of a sanction that ended there is ended too."""
        unit = Unit()
        with self._writing(unit) as cursor:
            position = self.view.followers.position(cursor, partition, LINKS)
            changed, last = self.store.log_after(cursor, partition, position, CHUNK)
            names = dict.fromkeys(name for one in changed for name in self.view.links.because_of(cursor, one))
            for account in names:
                if not unit.has(account):
                    unit.before[account] = self.store.load(cursor, account)
                self._load_causes(unit, cursor, account)
                record_due(unit, account, until, self.clock)
            if last > position:
                self.view.followers.move(cursor, partition, LINKS, last)
        return len(unit.after), len(unit.records), last - position

    def _read_into(
        self, unit: Unit, cursor: Cursor, command: Command, known: Stream | None = None
    ) -> Remembered | None:
        account, command_id = command.account, command.command_id
        earlier = None
        if not unit.has(account):
            unit.before[account], earlier = self.store.read(cursor, account, command_id, known)
        elif command_id is not None:
            earlier = self.store.remembered(cursor, account, command_id)
        if self.store.securing is not None and account not in unit.ring.generations:
            self.store.securing.look_up(cursor, unit.ring, account, unit.before[account].state.retention.erasures)
        self._load_causes(unit, cursor, account, causes_named(command.act))
        return earlier

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
                with self._database.gathered(cursor) as writes:
                    self._write(unit, writes)
        if not unit.is_empty:
            self.store.policies_kept(self.policies.versions)

    def _write(self, unit: Unit, writes: Cursor) -> None:
        write(self.store, self.view, writes, unit, policies=self.policies, clock=self.clock)

    def _destroy_erased(self, accepted: Iterable[Given]) -> None:
        """Destroy what commands that stand have erased; inside a host's transaction that has to wait for its commit."""
        for given in accepted if not self.joined else ():
            if isinstance(given, Command):
                name, erases = given.account, isinstance(given.act, acts.ErasePersonalData)
            elif not isinstance(given, SanctionsError):
                name, erases = given["account"], given["command"] == "erase_personal_data"
            else:
                continue
            if erases:
                self.finish_erasures(name)

    def _retrying(self, attempt: Callable[[], T]) -> T:
        """Decide again on a conflict: somebody else was first, and the account has to be read anew."""
        for _ in range(_ATTEMPTS):
            try:
                return attempt()
            except Conflict:
                continue
        raise VersionConflict(f"others kept writing this account; gave up after {_ATTEMPTS} attempts")
