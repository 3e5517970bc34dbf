"""Running drawn commands through the pure domain, and asking the resulting histories."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, Final

from msgspec.structs import replace

from ..domain.commands import Command, read_command
from ..domain.deciding import Decision, handle
from ..domain.due import LinkEnd, advance, due
from ..domain.errors import Refused
from ..domain.events import Event
from ..domain.evolve import fold
from ..domain.naming import with_ids
from ..domain.policies.policy import Policy
from ..domain.queries import EVERYTHING, restrictions, state_at
from ..domain.record import Recorded
from ..domain.state import NOTHING, State
from .command_histories import ACCOUNT, FUNCTIONS, SMALL, Json, instant

__all__ = ["FOREVER", "Run", "Step", "grid_of", "in_force", "last_tick", "play", "settled", "snapshot"]

FOREVER: Final = 22
"""Nothing that a drawn command brings about happens later than this many ticks after the last command."""

Snapshot = tuple[str, frozenset[tuple[str, str]]]


@dataclass
class Step:
    """One command and what came of it; `decision` is None where it was refused."""

    command: Json
    before: State
    decision: Decision | None
    code: str | None = None


@dataclass
class Run:
    """A history: the events as recorded, the state that they make, and every step."""

    policy: Policy = SMALL
    state: State = NOTHING
    records: list[Recorded] = field(default_factory=list[Recorded])
    steps: list[Step] = field(default_factory=list[Step])

    @property
    def events(self) -> list[Event]:
        return [record.event for record in self.records]

    @property
    def accepted(self) -> list[Step]:
        return [step for step in self.steps if step.decision is not None]

    def execute(self, command: Json) -> Step:
        before = self.state
        try:
            decision = handle(*self._decided_on(command))
        except Refused as refusal:
            step = Step(command, before, None, refusal.code)
        else:
            step = Step(command, before, decision)
            known = instant_of(command)
            self._record(decision.due, known, None)
            self._record(decision.events, known, command.get("command_id", f"c{len(self.steps) + 1}"))
            self.state = decision.state
        self.steps.append(step)
        return step

    def sweep(self, tick: float) -> tuple[Event, ...]:
        """Record what has fallen due, as the sweeper does."""
        fallen = due(self.state, instant(tick), self.links())
        self._record(fallen, instant(tick), None)
        self.state = fold(self.state, fallen)
        return fallen

    def links(self) -> Sequence[LinkEnd]:
        """The ends of what sanctions of this account exist because of: none, as there is no other account."""
        return ()

    def _decided_on(self, command: Json) -> tuple[Command, State, Policy, Sequence[LinkEnd]]:
        return settled(command), self.state, self.policy, self.links()

    def _record(self, events: Iterable[Event], recorded_at: datetime, command_id: str | None) -> None:
        for event in events:
            self.records.append(Recorded(ACCOUNT, len(self.records) + 1, recorded_at, event, command_id))


def play(commands: Sequence[Json], policy: Policy = SMALL) -> Run:
    """The history that these commands make."""
    run = Run(policy)
    for command in commands:
        run.execute(command)
    return run


def settled(command: Json) -> Command:
    """The typed command, with an id for everything that it creates."""
    typed = read_command(command)
    numbers = count(1)
    new_id: Callable[[str], str] = lambda letter: f"{letter}-new-{next(numbers)}"  # noqa: E731
    return replace(typed, act=with_ids(typed.act, new_id))


def instant_of(command: Json) -> datetime:
    """The instant of a drawn command."""
    return datetime.fromisoformat(command["at"])


def last_tick(commands: Sequence[Json]) -> int:
    """The tick of the last of them."""
    return (instant_of(commands[-1]) - instant(0)).days if commands else 0


def grid_of(commands: Sequence[Json]) -> range:
    """Every tick on which the answers may change, and some on which they cannot."""
    return range(last_tick(commands) + FOREVER)


def in_force(state: State, at: datetime) -> frozenset[tuple[str, str]]:
    """Who holds which function: (sanction, function) pairs. The state is advanced to the instant first."""
    found = restrictions(advance(state, at), at)
    return frozenset((name, entry.function) for entry in found for name in entry.because)


def snapshot(records: Sequence[Recorded], valid_at: datetime, known_at: datetime) -> Snapshot:
    """Standing and restrictions at an instant as known at another."""
    state, _ = state_at(records, valid_at=valid_at, known_at=known_at)
    return state.standing, in_force(state, valid_at)


def allowed(found: Iterable[tuple[str, str]]) -> dict[str, bool]:
    """May each function be used, by what is in force?"""
    taken = {function for _, function in found}
    return {name: EVERYTHING not in taken and name not in taken for name in FUNCTIONS}


def plain(value: Any) -> Any:
    """A sanction without its place in the stream, which shifts with what else is recorded."""
    return replace(value, number=0)
