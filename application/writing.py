"""One command against one loaded account: the same steps alone, in a batch and in an import.

What the command concerns is read; idempotency comes before everything else; then the time; then the domain decides; then the
records are made. What is to be written is collected in a `Unit`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Protocol, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..domain import acts
from ..domain.commands import Command, content_digest
from ..domain.deciding import Decision, handle
from ..domain.due import LinkEnd, due
from ..domain.errors import CommandIdReused, OutOfOrder, VersionConflict
from ..domain.events import Event
from ..domain.evolve import fold
from ..domain.naming import with_ids
from ..domain.policies.book import PolicyBook
from ..domain.record import Recorded
from ..domain.state import State
from ..infrastructure.clock import Clock
from ..infrastructure.database import Cursor
from ..infrastructure.errors import Conflict
from ..infrastructure.securing import KeyRing
from ..infrastructure.store import CommandRow, Remembered, Store, Stream
from ..projections.current import CurrentRestrictions
from .ids import new_id
from .linking import ends_for, link_ends, reach, with_causes
from .outcomes import Outcome, accepted, as_duplicate, remembered_form

__all__ = ["Accounts", "Unit", "carry_out", "load_causes", "read_into", "record_due", "retrying", "write"]

_ATTEMPTS: Final = 50
T = TypeVar("T")


class Unit(Struct):
    """What one transaction will write: the accounts as they were and as they became, with everything in between."""

    before: dict[str, Stream] = {}
    after: dict[str, Stream] = {}
    records: list[Recorded] = []
    commands: dict[tuple[str, str], CommandRow] = {}
    ring: KeyRing = msgspec.field(default_factory=KeyRing)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.records or self.commands)

    def has(self, account: str) -> bool:
        """Whether the account was loaded into this unit."""
        return account in self.before

    def stream(self, account: str) -> Stream:
        """The account as this unit has it so far; it must have been loaded."""
        return self.after.get(account) or self.before[account]

    def state(self, account: str) -> State:
        """The state of an account as this unit has it so far."""
        return self.stream(account).state

    def links(self, account: str, act: acts.Act | None = None) -> tuple[LinkEnd, ...]:
        """When that because of which sanctions of the account exist ended; the other accounts must have been loaded.

        `act`: what is to be decided on the account, so that what it would approve is looked at too.
        """
        state = self.state(account)
        return link_ends(state.live.values(), self.state) if act is None else ends_for(state, act, self.state)

    def remembers(self, command: Command) -> bool:
        """Whether a command of the same id was accepted in this unit."""
        return command.command_id is not None and (command.account, command.command_id) in self.commands


class Accounts(Protocol):
    """What is read before a decision: from the store, or from another event store."""

    def load(self, cursor: Cursor, account: str, known: Stream | None = None) -> Stream: ...
    def read(
        self, cursor: Cursor, account: str, command_id: str | None, known: Stream | None = None
    ) -> tuple[Stream, Remembered | None]: ...
    def remembered(self, cursor: Cursor, account: str, command_id: str) -> Remembered | None: ...


def read_into(
    accounts: Accounts, cursor: Cursor, unit: Unit, command: Command, known: Stream | None = None
) -> Remembered | None:
    """Load what the command is decided on, the other accounts that it names included; the earlier command of its id."""
    account, command_id = command.account, command.command_id
    earlier = None
    if not unit.has(account):
        unit.before[account], earlier = accounts.read(cursor, account, command_id, known)
    elif command_id is not None:
        earlier = accounts.remembered(cursor, account, command_id)
    load_causes(accounts, cursor, unit, account, command.act)
    return earlier


def load_causes(accounts: Accounts, cursor: Cursor, unit: Unit, account: str, act: acts.Act | None = None) -> None:
    """Load the other accounts because of which sanctions of this one exist, or would once the act is decided."""

    def find(name: str) -> State:
        if not unit.has(name):
            unit.before[name] = accounts.load(cursor, name)
        return unit.state(name)

    reach(unit.state(account), act, find)


def carry_out(
    unit: Unit,
    command: Command,
    earlier: Remembered | None,
    policies: PolicyBook,
    clock: Clock,
    *,
    trusted_times: bool = False,
) -> Outcome:
    """Decide a command on the account as the unit has it, and add what it leads to.

    Raises a `Refused`; then the unit is as it was.
    """
    digest = content_digest(command)
    command_id = command.command_id
    if command_id is not None:
        pending = unit.commands.get((command.account, command_id))
        first = Remembered(pending.digest, pending.outcome) if pending is not None else earlier
        if first is not None:
            # After an erasure nothing is left to compare with.
            if first.digest and first.digest != digest:
                raise CommandIdReused(
                    f"the command id {command_id!r} was used for another command", command_id=command_id
                )
            return as_duplicate(first.outcome)
    stream = unit.stream(command.account)
    at = _instant(command.at, stream.state, clock, trusted_times=trusted_times)
    act = with_causes(command.account, with_ids(command.act, new_id), at, unit.state)
    links = unit.links(command.account, act)
    decision = handle(replace(command, at=at, act=act), stream.state, policies.at(at), links)
    name = command_id or new_id("c")
    outcome = accepted(
        command.account,
        name,
        stream.state.version + len(decision.due) + len(decision.events),
        decision.events,
        decision.due,
    )
    _add(unit, stream, decision, clock(), name)
    unit.commands[command.account, name] = CommandRow(command.account, name, digest, remembered_form(outcome))
    return outcome


def record_due(unit: Unit, account: str, until: datetime, clock: Clock) -> Sequence[Event]:
    """Add what has fallen due on an account, as the sweeper does."""
    stream = unit.stream(account)
    fallen = due(stream.state, until, unit.links(account))
    if fallen:
        _add(unit, stream, Decision(fallen, (), fold(stream.state, fallen)), clock(), None)
    return fallen


def write(
    store: Store, view: CurrentRestrictions, cursor: Cursor, unit: Unit, *, policies: PolicyBook, clock: Clock
) -> None:
    """Write a unit inside an open transaction: events, remembered commands and the view together.

    Raises Conflict when somebody else wrote one of the accounts, or the same command, in between.
    """
    touched: dict[str, set[str]] = {}
    for record in unit.records:
        sanction = getattr(record.event, "sanction", None)
        names = touched.setdefault(record.account, set())
        if sanction is not None:
            names.add(sanction)

    def view_follows(inner: Cursor) -> None:
        states = ((name, unit.before[name].state, unit.after[name].state, ids) for name, ids in touched.items())
        view.move(inner, states, unit.links)

        for name in touched:
            unit.after[name] = replace(unit.after[name], head=heads[name])
        for stream in store.take_snapshots(inner, (unit.after[name] for name in touched)):
            unit.after[stream.account] = stream

    heads = {name: stream.head for name, stream in unit.before.items() if stream.head is not None}
    store.append(cursor, unit.records, heads, unit.commands.values(), view_follows, unit.ring)
    store.keep_policies(cursor, policies.versions, clock())


def retrying(attempt: Callable[[], T]) -> T:
    """Decide again on a conflict: somebody else was first, and the account has to be read anew."""
    for _ in range(_ATTEMPTS):
        try:
            return attempt()
        except Conflict:
            continue
    raise VersionConflict(f"others kept writing this account; gave up after {_ATTEMPTS} attempts")


def _instant(given: datetime | None, state: State, clock: Clock, *, trusted_times: bool) -> datetime:
    if given is None:
        now = clock()
        return now if state.last_at is None else max(now, state.last_at)
    if not trusted_times and given > (now := clock()):
        raise OutOfOrder(
            f"{given.isoformat()} is later than the store's clock ({now.isoformat()})",
            at=given.isoformat(),
            now=now.isoformat(),
        )
    return given


def _add(unit: Unit, stream: Stream, decision: Decision, now: datetime, command_id: str | None) -> None:
    recorded_at = now if stream.recorded_at is None else max(now, stream.recorded_at)
    account, version = stream.account, stream.state.version
    events = [(event, None) for event in decision.due] + [(event, command_id) for event in decision.events]
    if not events:
        return
    unit.records.extend(
        Recorded(account, number, recorded_at, event, name) for number, (event, name) in enumerate(events, version + 1)
    )
    unit.after[account] = Stream(account, decision.state, recorded_at, stream.head, stream.kept)
