"""An account's record without one of its events: what else could not have come about, and what is in force then.

Recorded decisions are not taken again. What rests on the event by name (a sanction on its proposal, a change on the appeal that
brought it, a consequence on its order) goes with it, and what falls due follows anew from what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from .. import acts
from .. import events as e
from ..due import LinkEnd, advance
from ..evolve import fold
from ..queries import restrictions
from ..record import Recorded
from ..state import NOTHING, State
from ..vocabulary import DUE, Kind

__all__ = ["Held", "Holding", "held_without", "resting_on"]

FindLinks = Callable[[State], Sequence[LinkEnd]]

_SETTLES: Final = (e.ProposalApproved, e.ProposalDismissed, e.ProposalLapsed, e.ProposalClosed)


class Held(Struct, frozen=True):
    """A sanction that is in force, and until when it takes which function (`*`: all of them)."""

    kind: Kind
    until: datetime | None
    functions: tuple[tuple[str, datetime | None], ...]


Holding = dict[str, Held]
"""What is in force, by the id of the sanction."""


def resting_on(records: Sequence[Recorded], removed: int) -> frozenset[int]:
    """The versions of the events that could not have been recorded without the removed one, which is among them."""
    gone = {removed}
    while True:
        names, found = _Names(), set[int]()
        for record in records:
            if record.version in gone:
                names.add(record.event)
            elif names.carry(record.event):
                found.add(record.version)
        # What is replaced ends just before what replaces it begins.
        found |= {one.version for one in records if one.version not in gone and names.replaced(one.event)}
        if not found:
            return frozenset(gone)
        gone |= found


class _Names:
    """The names under which others speak of events that are gone."""

    def __init__(self) -> None:
        self.sanctions: set[str] = set()
        self.proposals: set[str] = set()
        self.approvals: set[str] = set()
        self.appeals: set[str] = set()
        self.outcomes: set[str] = set()
        self.overturned: set[str] = set()
        self.rectified: set[str] = set()
        self.violations: set[str] = set()

    def add(self, event: e.Event) -> None:
        match event:
            case e.Imposed():
                self.sanctions.add(event.sanction)
            case e.ViolationRecorded():
                self.violations.add(event.violation)
            case e.SanctionProposed():
                self.proposals.add(event.proposal)
            case e.ProposalApproved():
                self.approvals.add(event.proposal)
            case e.AppealFiled():
                self.appeals.add(event.appeal)
            case e.AppealDecided():
                self.outcomes.add(event.appeal)
            case e.SanctionOverturned():
                self.overturned.add(event.sanction)
            case e.RectificationAccepted(late=True):
                self.rectified.add(event.sanction)
            case _:
                pass

    def carry(self, event: e.Event) -> bool:
        """Whether the event rests on one of those that are gone."""
        about = getattr(event, "sanction", None) in self.sanctions
        match event:
            case e.Imposed():
                started = event.caused_by in self.sanctions or event.proposal in self.proposals | self.approvals
                return started or not self.violations.isdisjoint(event.basis.violations)
            case e.SanctionProposed():
                changes = isinstance(event.act, acts.ChangeSanction)
                return (changes and about) or not self.violations.isdisjoint(_violations(event))
            case e.SanctionChanged() | e.SanctionOverturned():
                return about or self._follows(event)
            case e.SanctionLifted(because="rectified"):
                return about or event.sanction.rpartition("/")[0] in self.rectified
            case e.AppealWithdrawn() | e.AppealDecided() | e.AppealClosed():
                return about or event.appeal in self.appeals
            case _ if isinstance(event, _SETTLES):
                return event.proposal in self.proposals
            case _:
                return about

    def replaced(self, event: e.Event) -> bool:
        """Whether the event ends something in favour of a sanction that is gone."""
        return isinstance(event, e.SanctionSuperseded) and event.superseded_by in self.sanctions

    def _follows(self, event: e.SanctionChanged | e.SanctionOverturned) -> bool:
        if event.appeal is not None and event.appeal in self.appeals | self.outcomes:
            return True
        if isinstance(event, e.SanctionOverturned):
            return event.caused_by in self.overturned
        return event.proposal in self.proposals | self.approvals


def held_without(
    records: Sequence[Recorded],
    gone: frozenset[int],
    at: datetime,
    find_links: FindLinks,
    *,
    as_recorded: bool = False,
) -> Holding:
    """What is in force at `at` without some events. `records`: all that are known, also those of later instants.

    `as_recorded`: what fell due is taken from the record instead of following anew.
    """
    kept = [one.event for one in records if one.version not in gone and (as_recorded or one.event.by != DUE)]
    recorded = {one.event.sanction for one in records if isinstance(one.event, e.Imposed)}
    voided = {one.sanction: one.at for one in kept if isinstance(one, e.SanctionOverturned) and one.at > at}
    links = find_links(_linked(kept))
    state = NOTHING
    for event in kept:
        if event.at > at:
            break
        if not as_recorded:
            state = advance(state, event.at, links)
        if _applies(event, state):
            state = fold(state, (event,), voided=voided)
            if isinstance(event, e.SanctionOverturned):
                state = fold(state, _overturned_with(event, state, recorded))
    links = find_links(state)
    held = _holding(advance(state, at, links), at, links)
    # A consequence that followed anew may be known to have been overturned later.
    return {name: one for name, one in held.items() if name not in voided}


def _overturned_with(event: e.SanctionOverturned, state: State, recorded: set[str]) -> list[e.Event]:
    """The ends of what followed anew from an order that was overturned: nothing on record speaks of them."""
    return [
        e.SanctionOverturned(at=event.at, by=event.by, sanction=one.id, caused_by=event.sanction)
        for one in state.live.values()
        if one.caused_by == event.sanction and one.id not in recorded
    ]


def _violations(event: e.SanctionProposed) -> tuple[str, ...]:
    return () if isinstance(event.act, acts.ChangeSanction) else event.act.basis.violations


def _linked(events: Sequence[e.Event]) -> State:
    """Whatever was imposed because of another account's sanction, as if nothing had become of it."""
    return fold(NOTHING, [one for one in events if isinstance(one, e.Imposed) and one.because_of is not None])


def _applies(event: e.Event, state: State) -> bool:
    """Whether there is still something for the event to act on."""
    if isinstance(event, (e.SanctionProposed, *_SETTLES)):  # What is put forward takes nothing.
        return False
    name = event.caused_by if isinstance(event, e.Imposed) else getattr(event, "sanction", None)
    return name is None or state.sanction(name) is not None


def _holding(state: State, at: datetime, links: Sequence[LinkEnd]) -> Holding:
    found: Holding = {}
    for name, one in state.live.items():
        if one.status == "in_force":
            taken = restrictions(replace(state, live={name: one}), at, links)
            found[name] = Held(one.kind, one.until, tuple((each.function, each.until) for each in taken))
    return found
