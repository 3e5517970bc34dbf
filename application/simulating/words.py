"""What a policy said of a violation, in a form in which two policies can be compared: the step, the sanctions, their ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, assert_never

from msgspec import UNSET, Struct

from ...domain import acts
from ...domain import events as e
from ...domain.policies.penalties import Penalty
from ...domain.terms import Consequence, End, Functions, FunctionTerm, later, latest
from ...domain.vocabulary import Kind

__all__ = ["Consequences", "Made", "Terms", "Word", "made_for", "recorded_word", "refusal", "word_of"]

Consequences = Literal["warning", "rectification", "restriction", "suspension", "permanent_ban"]
"""The kinds of sanction with bans that have an end apart from those that have none, from mild to hard."""


Made = e.Imposed | e.SanctionProposed
"""What a report can bring about besides the violation's own record."""


class Terms(Struct, frozen=True, kw_only=True, gc=False):
    """One sanction: its kind and ends, counted from the violation's `at` (of what was proposed, as if at once)."""

    kind: Kind
    until: datetime | None
    functions: Mapping[str, datetime | None] = {}
    on_default: tuple[Consequence, ...] = ()

    @property
    def consequence(self) -> Consequences:
        """The kind, a ban being a suspension where it has an end."""
        if self.kind != "ban":
            return self.kind
        return "permanent_ban" if self.until is None else "suspension"


class Word(Struct, frozen=True, kw_only=True, gc=False):
    """What a policy said of a violation: what it imposed and what it proposed, or why nothing followed (`withheld`).

    `refused`: the code with which it refused the report. `chosen`: a person answered at once, so that it is not on record
    whether the policy would have imposed or proposed.
    """

    step: str | None = None
    withheld: str | None = None
    refused: str | None = None
    imposed: tuple[Terms, ...] = ()
    proposed: tuple[Terms, ...] = ()
    chosen: bool = False

    @property
    def sanctions(self) -> tuple[Terms, ...]:
        """Everything that it said, imposed or proposed."""
        return self.imposed + self.proposed if self.proposed else self.imposed


def refusal(code: str) -> Word:
    """The word of a policy that refuses the report."""
    return Word(refused=code)


def made_for(violation: str, events: Sequence[e.Event], first: int) -> tuple[Made, ...]:
    """What a report brought about: the events that follow its `ViolationRecorded`, from the place `first` on."""
    made: list[Made] = []
    for place in range(first, len(events)):
        event = events[place]
        match event:
            case e.Imposed() if event.grounds is not None and event.proposal is None:
                if violation not in event.basis.violations:
                    break
                made.append(event)
            case e.SanctionProposed() if event.grounds is not None:
                if isinstance(event.act, acts.ChangeSanction) or violation not in event.act.basis.violations:
                    break
                made.append(event)
            case e.ProposalClosed():
                continue  # A permanent ban closes the open proposals at once.
            case _:
                break
    return tuple(made)


def word_of(event: e.ViolationRecorded, made: Iterable[Made]) -> Word:
    """The word behind a report that was decided just now."""
    imposed: list[Terms] = []
    proposed: list[Terms] = []
    for one in made:
        if isinstance(one, e.SanctionProposed):
            proposed.append(_proposed(one))
        else:
            imposed.append(_imposed(one))
    grounds = event.grounds
    return Word(
        step=None if grounds is None else grounds.step,
        withheld="only_recorded" if grounds is None else grounds.withheld,
        imposed=tuple(imposed),
        proposed=tuple(proposed),
    )


def recorded_word(event: e.ViolationRecorded, made: Sequence[Made]) -> Word:
    """The word on record. Where a person chose otherwise, what the policy said and not what was chosen."""
    grounds = event.grounds
    if grounds is not None and grounds.deviates:
        said = tuple(_said(penalty, event.at) for penalty in grounds.said)
        return Word(step=grounds.step, withheld=grounds.withheld, imposed=said, chosen=True)
    word = word_of(event, made)
    if any(one.by.kind != "system" for one in made):
        return Word(step=word.step, withheld=word.withheld, imposed=word.imposed, proposed=word.proposed, chosen=True)
    return word


def _imposed(event: e.Imposed) -> Terms:
    match event:
        case e.FunctionsRestricted():
            return Terms(kind="restriction", until=event.until, functions=event.functions)
        case e.RectificationOrdered():
            return Terms(kind="rectification", until=event.until, on_default=event.on_default)
        case e.AccountBanned():
            return Terms(kind="ban", until=event.until)
        case _:
            return Terms(kind="warning", until=event.until)


def _proposed(event: e.SanctionProposed) -> Terms:
    act = event.act
    match act:
        case acts.Restrict():
            return _restriction(act.functions, act.end, event.at)
        case acts.OrderRectification():
            end = End(after=act.within) if act.within is not UNSET else End()
            return Terms(kind="rectification", until=_instant(end, event.at), on_default=act.on_default)
        case acts.Ban():
            return Terms(kind="ban", until=_instant(act.end, event.at))
        case acts.Warn():
            return Terms(kind="warning", until=_instant(act.end, event.at))
        case acts.ChangeSanction():
            raise LookupError("a policy proposes new sanctions only")
        case _:
            assert_never(act)


def _said(penalty: Penalty, at: datetime) -> Terms:
    if penalty.restrict is not UNSET:
        return _restriction(penalty.restrict, penalty.end, at)
    announced = () if penalty.order is UNSET else penalty.order.on_default
    return Terms(kind=penalty.kind, until=_instant(penalty.end, at), on_default=announced)


def _restriction(functions: Functions, common: End | None, at: datetime) -> Terms:
    ends: dict[str, datetime | None] = {}
    for entry in functions:
        name, end = (entry.function, entry.end) if isinstance(entry, FunctionTerm) else (entry, common)
        until = _instant(end, at)
        ends[name] = later(ends[name], until) if name in ends else until
    return Terms(kind="restriction", until=latest(ends) if ends else None, functions=ends)


def _instant(end: End | None, at: datetime) -> datetime | None:
    """The end; what lies beyond the calendar, or came before the violation, was never decided, only said."""
    try:
        return None if end is None else end.resolve(at)
    except (OverflowError, ValueError):
        return None
