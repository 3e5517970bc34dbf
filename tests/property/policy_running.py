"""Playing what happens to an account under a policy, and asking the policy along the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Final

import msgspec
from account_sanctions.domain.acts import ChangeSanction, Proposable, ReportViolation
from account_sanctions.domain.commands import read_command
from account_sanctions.domain.due import advance, due
from account_sanctions.domain.events import Event
from account_sanctions.domain.evolve import fold
from account_sanctions.domain.period import period_to_text
from account_sanctions.domain.policies.evaluation import Evaluation
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.state import State
from account_sanctions.domain.vocabulary import Actor
from msgspec import Struct

from .running import Run, Step
from .strategies import ACCOUNT, DAWN, Json

__all__ = [
    "ENGINE",
    "TICK",
    "Asked",
    "History",
    "floats_in",
    "perform",
    "plainly",
    "probe",
    "violation_of",
    "violations_of",
]

TICK: Final = timedelta(microseconds=1)
ENGINE: Final = {"kind": "system", "id": "engine"}
_MODERATOR: Final = {"kind": "moderator", "id": "m1"}
_SECOND: Final = {"kind": "moderator", "id": "m2"}
_REVIEWER: Final = {"kind": "reviewer", "id": "r1"}


@dataclass(frozen=True)
class Asked:
    """One report: what was recorded until then (what fell due included), the command, what the policy says, what happened."""

    events: tuple[Event, ...]
    state: State
    command: Json
    said: Evaluation
    step: Step


@dataclass
class History:
    """What happened to one account, step by step."""

    policy: Policy
    run: Run = field(init=False)
    now: datetime = DAWN
    asked: list[Asked] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.run = Run(self.policy)

    @property
    def state(self) -> State:
        """As it stands now."""
        return advance(self.run.state, self.now)

    @property
    def events(self) -> tuple[Event, ...]:
        """All that is recorded, and what has fallen due since."""
        return (*self.run.events, *due(self.run.state, self.now))

    def happen(self, what: Json) -> Step | None:
        """Play one thing; None where there is nothing that it could be about."""
        self.now += timedelta(microseconds=what["wait"])
        command = self._command(what)
        if command is None:
            return None
        command |= {"account": ACCOUNT, "at": self.now.isoformat()}
        if command["command"] != "report_violation":
            return self.run.execute(command)
        events, state = self.events, self.state
        said = self._said(state, command)
        step = self.run.execute(command)
        self.asked.append(Asked(events, state, command, said, step))
        return step

    def sweep(self, at: datetime) -> None:
        """Record what has fallen due by then."""
        fallen = due(self.run.state, at)
        self.run._record(fallen, at, None)
        self.run.state = fold(self.run.state, fallen)

    def overturn_all_on(self, violation: str) -> bool:
        """Overturn every sanction that rests on the violation; whether there was one, and nothing is left to decide."""
        found = [sanction for sanction in self.state.sanctions() if violation in sanction.basis.violations]
        for sanction in found:
            command = {"command": "overturn", "sanction": sanction.id, "reason": "wrong", "by": _REVIEWER}
            self.run.execute({**command, "account": ACCOUNT, "at": self.now.isoformat()})
        waiting = [proposal.act for proposal in self.state.open_proposals.values()]
        return bool(found) and not any(violation in violations_of(act) for act in waiting)

    def probes(self) -> list[datetime]:
        """Now and later, and around each instant at which a violation ceases to count by itself."""
        ends = [one.counts_until for one in self.state.violations.values() if one.counts_until is not None]
        around = {instant for end in ends for instant in (end - TICK, end)}
        return sorted({self.now, self.now + TICK, *(instant for instant in around if instant > self.now)})

    def _said(self, state: State, command: Json) -> Evaluation:
        return self.policy.evaluate(state, violation_of(command), self.now, reporter=Actor(**command["by"]))

    def report(self, violation: str, fields: Json, *, wait: int = 0, by: Json = ENGINE) -> Asked:
        """Report a violation, and give what was asked and answered."""
        self.happen({"what": "report", "wait": wait, "by": by, "violation": violation, **fields})
        return self.asked[-1]

    def _command(self, what: Json) -> Json | None:
        match what["what"]:
            case "report":
                return self._violation("report_violation", what)
            case "record":
                return self._violation("record_violation", what)
            case "direct":
                return self._direct(what)
            case "lift" | "overturn":
                names = [sanction.id for sanction in self.state.sanctions()]
                return self._pick(what, names, "sanction", _REVIEWER, {"reason": "seen"})
            case "approve" | "dismiss":
                return self._pick(what, list(self.state.open_proposals), "proposal", _SECOND, {})
            case "exempt":
                return {"command": "exempt", "by": _REVIEWER, "reason": "staff", "unless": what["unless"]}
            case "end_exemption":
                return {"command": "end_exemption", "by": _REVIEWER, "reason": "left"}
            case _:
                return {"command": "note", "by": _MODERATOR, "text": "-"}

    def _violation(self, command: str, what: Json) -> Json:
        fields = {key: part for key, part in what.items() if key not in ("what", "wait", "content_age", "by")}
        if "content_age" in what:
            fields["content_at"] = (self.now - timedelta(microseconds=what["content_age"])).isoformat()
        by = what.get("by", ENGINE)
        if "choose" in fields:
            fields["reason"], by = "seen otherwise", _MODERATOR
        return {"command": command, "by": by, **fields}

    def _direct(self, what: Json) -> Json:
        """A sanction by a moderator, perhaps a scheduled one, perhaps resting on violations."""
        (kind, terms), *rest = what["penalty"].items()
        basis = {"clause": what["clause"], "violations": what["violations"]}
        command = {"command": kind, "by": _MODERATOR, "sanction": what["sanction"], "basis": basis}
        command |= {"functions": terms, **dict(rest)} if kind == "restrict" else terms
        if what["start"]:
            command["from"] = (self.now + timedelta(microseconds=what["start"])).isoformat()
        return command

    @staticmethod
    def _pick(what: Json, names: list[str], field_name: str, by: Json, more: Json) -> Json | None:
        if not names:
            return None
        return {"command": what["what"], "by": by, field_name: names[what["pick"] % len(names)], **more}


def perform(policy: Policy, happenings: Sequence[Json]) -> History:
    """The history that these happenings make."""
    history = History(policy)
    for what in happenings:
        history.happen(what)
    return history


def violation_of(command: Json) -> ReportViolation:
    """The act of a report."""
    act = read_command(command).act
    assert isinstance(act, ReportViolation)
    return act


def probe(fields: Json, at: datetime) -> ReportViolation:
    """A report of a new violation."""
    given = {name: part for name, part in fields.items() if name != "content_age"}
    if "content_age" in fields:
        given["content_at"] = (at - timedelta(microseconds=fields["content_age"])).isoformat()
    common = {"command": "report_violation", "violation": "probe", "account": ACCOUNT, "by": ENGINE}
    return violation_of({**common, "at": at.isoformat(), **given})


def violations_of(act: Proposable) -> tuple[str, ...]:
    """What a proposed sanction would rest on."""
    return () if isinstance(act, ChangeSanction) else act.basis.violations


def plainly(value: object) -> Any:
    """Plain JSON with datetimes and fractions, for comparing and for the naive model."""
    return _listed(msgspec.to_builtins(value, builtin_types=(datetime,), enc_hook=_plain))


def _listed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _listed(part) for name, part in value.items()}
    return [_listed(part) for part in value] if isinstance(value, list | tuple) else value


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Fraction) else period_to_text(value)


def floats_in(value: object, place: str = "") -> Iterator[str]:
    """Where a value holds a float, however deep."""
    children: Callable[[], Iterator[tuple[str, object]]]
    if isinstance(value, float):
        yield place
        return
    if isinstance(value, Struct):
        children = lambda: ((name, getattr(value, name)) for name in value.__struct_fields__)  # noqa: E731
    elif isinstance(value, dict):
        children = lambda: ((str(key), part) for key, part in value.items())  # noqa: E731
    elif isinstance(value, list | tuple | set | frozenset):
        children = lambda: ((str(number), part) for number, part in enumerate(value))  # noqa: E731
    else:
        return
    for name, part in children():
        yield from floats_in(part, f"{place}.{name}")
