"""Given, when, then on the pure domain: no database, no clock, every time a distance from T0.

    account = Account()
    account.given("restrict", at="+0d", sanction="s-1", functions=["publish"], until="+5d")
    account.when("lift", at="+6d", sanction="s-1").refused("already_ended")
    assert account.at("+5d").standing == "clear"

Times are short (`+3d`, `+2h`, `+3d-1us`) and mean T0 and that much; they stand for instants in commands and in answers.
What a test does not care about (basis, reason, who) is filled in. Every step is checked against the laws that hold always:
a refusal changes nothing, each event records the standing that follows from it, folding in pieces is folding at once, and
free text is no part of the state.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from msgspec.structs import replace

from ..domain.commands import read_command
from ..domain.deciding import Decision, decide, handle
from ..domain.due import advance, due
from ..domain.errors import SanctionsError
from ..domain.events import Event
from ..domain.evolve import evolve, fold
from ..domain.naming import with_ids
from ..domain.policies.policy import Policy
from ..domain.presets import DEFAULT
from ..domain.queries import Verdict, restrictions, state_at, strikes, verdict
from ..domain.record import Recorded
from ..domain.state import NOTHING, Sanction, State
from .differing import same
from .factories import BY, MODERATOR, actor, brief, command, is_short, t

__all__ = ["Account", "Result", "View"]


@dataclass(frozen=True)
class Result:
    """What became of a command: a decision, or the error that refused it."""

    decision: Decision | None
    error: SanctionsError | None

    @property
    def events(self) -> tuple[Event, ...]:
        """The command's own events."""
        return self._decided.events

    @property
    def due(self) -> tuple[Event, ...]:
        """What had fallen due before it."""
        return self._decided.due

    def then(self, *types: str) -> Result:
        """Accepted, with exactly these events of its own, in this order."""
        same("the command's own events are others:", list(types), _names(self.events))
        return self

    def after(self, *types: str) -> Result:
        """Accepted, and exactly this had fallen due before."""
        same("something else had fallen due before the command:", list(types), _names(self.due))
        return self

    def refused(self, code: str, **details: Any) -> Result:
        """Refused with this code, and these details among others."""
        if self.error is None:
            raise AssertionError(f"it was to be refused as {code}, and was accepted: {_names(self.events)}")
        same(f"it was refused for another reason ({self.error.message}):", code, self.error.code)
        found = {name: self.error.details.get(name) for name in details}
        same(f"{code} has other details:", details, found)
        return self

    @property
    def _decided(self) -> Decision:
        if self.decision is None:
            error = self.error
            said = "" if error is None else f"{error.code}: {error.message} {error.details}"
            raise AssertionError(f"it was to be accepted, and was refused: {said}")
        return self.decision


def _names(events: Iterable[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


@dataclass(frozen=True)
class View:
    """The account at an instant, as known at another."""

    state: State
    instant: datetime
    version: int

    @property
    def standing(self) -> str:
        return self.state.standing

    @property
    def restrictions(self) -> dict[str, str | None]:
        """What is taken away, and until when."""
        return {found.function: brief(found.until) for found in restrictions(self.state, self.instant)}

    @property
    def because(self) -> dict[str, tuple[str, ...]]:
        """What is taken away, and by which sanctions."""
        return {found.function: found.because for found in restrictions(self.state, self.instant)}

    @property
    def statuses(self) -> dict[str, str]:
        """Every sanction decided so far, with its status."""
        return {sanction.id: sanction.status for sanction in self.state.sanctions()}

    @property
    def strikes(self) -> tuple[int, int]:
        """Active and total, as whole numbers."""
        found = strikes(self.state, self.instant)
        assert found.active.denominator == found.total.denominator == 1
        return int(found.active), int(found.total)

    def sanction(self, name: str) -> Sanction:
        found = self.state.sanction(name)
        assert found is not None, f"no sanction {name}"
        return found

    def ends(self, name: str) -> str | None:
        return brief(self.sanction(name).until)

    def ended(self, name: str) -> str | None:
        return brief(self.sanction(name).ended_at)

    def functions(self, name: str) -> dict[str, str | None]:
        return {function: brief(end) for function, end in self.sanction(name).functions.items()}

    def rectification(self, name: str) -> tuple[str, str | None]:
        """Status and deadline."""
        order = self.sanction(name).order
        assert order is not None, f"{name} is no order"
        return order.status, brief(order.deadline)

    def appeal(self, name: str) -> str:
        return self.state.appeals[name].status

    def proposal(self, name: str) -> str:
        found = self.state.proposal(name)
        assert found is not None, f"no proposal {name}"
        return found.status


@dataclass
class Account:
    """One account under one policy: its recorded history, and the state that follows."""

    policy: Policy = DEFAULT
    name: str = "gh_1"
    history: list[Recorded] = field(default_factory=list[Recorded])
    state: State = NOTHING
    _ids: Counter[str] = field(default_factory=Counter[str])

    def given(self, name: str, *, at: str, **fields: Any) -> Self:
        """A command that is accepted; the account goes on."""
        result = self.when(name, at=at, **fields)
        if result.error is not None:
            raise AssertionError(f"given {name} at {at}: refused: {result.error.code}: {result.error.message}")
        return self

    def when(self, name: str, *, at: str, by: str | None = None, recorded: str | None = None, **fields: Any) -> Result:
        """Try a command; `recorded` is the recorder's clock where it differs from `at`."""
        value = command(name, account=self.name, by=actor(by or BY.get(name, MODERATOR)), at=at, **fields)
        return self.execute(value, recorded=t(recorded or at) if recorded or is_short(at) else None)

    def execute(self, value: object, *, recorded: datetime | None = None) -> Result:
        """Try the JSON object of a command."""
        before = self.state
        try:
            asked = read_command(value)
            settled = replace(asked, act=with_ids(asked.act, self._new_id))
            decision = handle(settled, self.state, self.policy)
        except SanctionsError as error:
            assert self.state is before
            assert self.state == fold(NOTHING, self.events), "a refusal changed the state"
            return Result(None, error)
        assert decide(settled, fold(before, decision.due), self.policy) == decision.events
        assert settled.at is not None
        self._record((*decision.due, *decision.events), recorded or settled.at, decision.state)
        return Result(decision, None)

    def sweep(self, until: str) -> tuple[str, ...]:
        """Record what has fallen due, and say what it was."""
        fallen = due(self.state, t(until))
        self._record(fallen, t(until), fold(self.state, fallen))
        return tuple(_names(fallen))

    @property
    def events(self) -> list[Event]:
        return [record.event for record in self.history]

    @property
    def log(self) -> list[str]:
        """The whole history, by name."""
        return _names(self.events)

    def at(self, valid: str, *, known: str | None = None) -> View:
        """The account at an instant; `known` at another than the last one recorded."""
        instant = t(valid)
        known_at = t(known) if known is not None else max([instant, *(record.recorded_at for record in self.history)])
        state, version = state_at(self.history, valid_at=instant, known_at=known_at)
        if known is None and (self.state.last_at is None or instant >= self.state.last_at):
            assert state == advance(self.state, instant) == fold(self.state, due(self.state, instant))
        return View(state, instant, version)

    def may(self, function: str, at: str) -> Verdict:
        """Whether the account may do this."""
        return verdict(self.at(at).state, function, t(at))

    def _new_id(self, prefix: str) -> str:
        self._ids[prefix] += 1
        return f"{prefix}#{self._ids[prefix]}"

    def _record(self, events: Iterable[Event], recorded_at: datetime, after: State) -> None:
        state = self.state
        if self.history:
            recorded_at = max(recorded_at, self.history[-1].recorded_at)
        for event in events:
            assert state.last_at is None or event.at >= state.last_at
            state = evolve(state, event)
            assert event.standing == state.standing, f"{event!r} records another standing than {state.standing}"
            self.history.append(Recorded(self.name, state.version, recorded_at, event))
        assert after == state == fold(NOTHING, self.events)
        headers = [replace(event, narrative=None) for event in self.events]
        assert after == fold(NOTHING, headers), "state is folded from headers alone"
        self.state = after
