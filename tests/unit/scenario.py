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

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from account_sanctions.domain.commands import read_command
from account_sanctions.domain.deciding import Decision, decide, handle
from account_sanctions.domain.due import advance, due
from account_sanctions.domain.errors import SanctionsError
from account_sanctions.domain.events import Event
from account_sanctions.domain.evolve import evolve, fold
from account_sanctions.domain.naming import with_ids
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.presets import DEFAULT
from account_sanctions.domain.queries import EVERYTHING, Verdict, restrictions, state_at, strikes, verdict
from account_sanctions.domain.record import Recorded
from account_sanctions.domain.state import NOTHING, Sanction, State
from account_sanctions.projections.intervals import intervals
from msgspec.structs import replace

__all__ = [
    "AUDITOR",
    "HOLDER",
    "MODERATOR",
    "OTHER_MODERATOR",
    "OTHER_REVIEWER",
    "REVIEWER",
    "SYSTEM",
    "T0",
    "Account",
    "Result",
    "View",
    "actor",
    "command",
    "iso",
    "t",
]

T0: Final = datetime(2026, 1, 1, tzinfo=UTC)

SYSTEM: Final = "system:engine"
MODERATOR: Final = "moderator:m-1"
OTHER_MODERATOR: Final = "moderator:m-2"
REVIEWER: Final = "reviewer:r-1"
OTHER_REVIEWER: Final = "reviewer:r-2"
HOLDER: Final = "holder:h-1"
AUDITOR: Final = "auditor:x-1"

_UNITS: Final = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds", "us": "microseconds"}
_SHORT: Final = re.compile(r"(?:[+-]\d+(?:d|h|m|s|us))+")
_TIMES: Final = frozenset({"at", "until", "from", "deadline", "content_at"})
_IMPOSING: Final = frozenset({"warn", "order_rectification", "restrict", "ban"})
_REASONED: Final = frozenset({"change_sanction", "lift", "overturn", "decide_appeal", "exempt", "end_exemption"}) | {
    *("hold", "release_hold", "erase_personal_data"),
}
_BY: Final = {
    "submit_rectification": HOLDER,
    "appeal": HOLDER,
    "withdraw_appeal": HOLDER,
    "decide_appeal": REVIEWER,
    "exempt": REVIEWER,
    "end_exemption": REVIEWER,
    "hold": REVIEWER,
    "release_hold": OTHER_REVIEWER,
    "erase_personal_data": REVIEWER,
    "approve": OTHER_MODERATOR,
    "dismiss": OTHER_MODERATOR,
}


def t(short: str) -> datetime:
    """The instant that `+3d` or `+3d-1us` means."""
    if not _SHORT.fullmatch(short):
        raise ValueError(f"{short!r} is no short time such as +3d or +2h-1us")
    parts = re.findall(r"([+-]\d+)(d|h|m|s|us)", short)
    return T0 + sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())


def iso(short: str) -> str:
    """The same instant as commands write it."""
    return t(short).isoformat()


def brief(instant: datetime | None) -> str | None:
    """An instant in the short form, in the largest unit that is exact."""
    if instant is None:
        return None
    micros = (instant - T0) // timedelta(microseconds=1)
    for unit, name in _UNITS.items():
        size = timedelta(**{name: 1}) // timedelta(microseconds=1)
        if micros % size == 0:
            return f"{micros // size:+d}{unit}"
    raise AssertionError("a microsecond divides everything")


def actor(short: str) -> dict[str, str]:
    """The actor that `moderator:m-1` means."""
    kind, _, name = short.partition(":")
    return {"kind": kind, "id": name}


def command(name: str, **fields: Any) -> dict[str, Any]:
    """The JSON object of a command in short notation; `for_` and `from_` stand for `for` and `from`."""
    value: dict[str, Any] = _long({key.rstrip("_"): part for key, part in fields.items()})
    value["command"] = name
    if name in _IMPOSING:
        value.setdefault("basis", {"clause": "4.2"})
    if name in _REASONED:
        value.setdefault("reason", "seen and decided")
    if name == "order_rectification":
        value.setdefault("on_default", [])
    if name == "appeal":
        value.setdefault("statement", "we did nothing of the kind")
    return value


def _long(value: Any, key: str = "") -> Any:
    if isinstance(value, Mapping):
        return {name: _long(part, name) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_long(part) for part in value]
    return iso(value) if key in _TIMES and isinstance(value, str) and _SHORT.fullmatch(value) else value


@dataclass(frozen=True)
class Result:
    """What became of a command: a decision, or the error that refused it."""

    decision: Decision | None
    error: SanctionsError | None

    @property
    def events(self) -> tuple[Event, ...]:
        """The command's own events."""
        assert self.decision is not None, f"refused: {self.error!r}"
        return self.decision.events

    @property
    def due(self) -> tuple[Event, ...]:
        """What had fallen due before it."""
        assert self.decision is not None, f"refused: {self.error!r}"
        return self.decision.due

    def then(self, *types: str) -> Result:
        """Accepted, with exactly these events of its own, in this order."""
        assert _names(self.events) == list(types)
        return self

    def after(self, *types: str) -> Result:
        """Accepted, and exactly this had fallen due before."""
        assert _names(self.due) == list(types)
        return self

    def refused(self, code: str, **details: Any) -> Result:
        """Refused with this code, and these details among others."""
        assert self.error is not None, f"accepted: {_names(self.events)}"
        assert self.error.code == code, f"{self.error.code}: {self.error.message}"
        assert self.error.message
        assert {name: self.error.details.get(name) for name in details} == details
        return self


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
    history: list[Recorded] = field(default_factory=list)
    state: State = NOTHING
    _ids: Counter[str] = field(default_factory=Counter)

    def given(self, name: str, *, at: str, **fields: Any) -> Account:
        """A command that is accepted; the account goes on."""
        result = self.when(name, at=at, **fields)
        assert result.error is None, f"{name} at {at}: {result.error.code}: {result.error.message}"
        return self

    def when(self, name: str, *, at: str, by: str | None = None, recorded: str | None = None, **fields: Any) -> Result:
        """Try a command; `recorded` is the recorder's clock where it differs from `at`."""
        value = command(name, account=self.name, by=actor(by or _BY.get(name, MODERATOR)), at=at, **fields)
        return self.execute(value, recorded=t(recorded or at) if recorded or _SHORT.fullmatch(at) else None)

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
        """Whether the account may do this; the intervals of the fast index must say the same."""
        found = verdict(self.at(at).state, function, t(at))
        held = {
            span.sanction
            for span in intervals(self.state)
            if span.function in (function, EVERYTHING) and span.starts <= t(at) and (not span.ends or t(at) < span.ends)
        }
        assert set(found.because) == held
        return found

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
