"""Explaining an account: what is in the way and by which decisions, and what was considered and bars nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from msgspec import UNSET
from msgspec.structs import replace

from .. import acts
from .. import events as e
from ..due import consequence_functions
from ..instants import text
from ..queries import EVERYTHING, restrictions, verdict
from ..state import Proposal, Sanction
from ..terms import Consequence
from .bearing import bearing_events
from .decisions import explain
from .documents import AccountExplanation, Discarded, Explanation, ProofReference
from .past import Past
from .words import actor_words, change_words

__all__ = ["explain_account"]

_ENDINGS: Final = (e.SanctionLifted, e.SanctionOverturned, e.SanctionSuperseded)
_Ending = e.SanctionLifted | e.SanctionOverturned | e.SanctionSuperseded


_NOWHERE: Final[Mapping[int, ProofReference]] = MappingProxyType({})


def explain_account(
    past: Past,
    function: str | None,
    *,
    known_at: datetime,
    known_position: str | None = None,
    places: Mapping[int, ProofReference] = _NOWHERE,
) -> AccountExplanation:
    """Why the account may or may not use the function; without one, why it stands as it does.

    `places`: where in the log the events stand, by version.
    """
    state, at = past.state, past.at
    sanctions = sorted(state.sanctions(), key=lambda one: one.number, reverse=True)
    why_not = {one.id: _bars_not(one, function, at) for one in sanctions}
    answer = None if function is None else verdict(state, function, at, past.links)
    held = restrictions(state, at, past.links)
    events = bearing_events(past, function, places)
    # An order whose consequence is in the way is no longer in force, and carries the answer all the same.
    carrying = {one.version for one in events}
    record = _OnRecord(past)
    found = [
        *(_discarded(record, one, *why) for one in sanctions if (why := why_not[one.id]) is not None),
        *_proposals(past, record),
    ]
    return AccountExplanation(
        account=past.account,
        function=function,
        valid_at=at,
        known_at=known_at,
        version=past.version,
        standing=state.standing,
        exempt=state.exemption is not None,
        allowed=None if answer is None else answer.allowed,
        until=None if answer is None else answer.until,
        restrictions=tuple(one for one in held if function is None or one.function in (function, EVERYTHING)),
        decisions=tuple(_decisions(past, [one for one in sanctions if why_not[one.id] is None])),
        discarded=tuple(
            replace(one, proof=None if one.version is None else places.get(one.version))
            for one in found
            if one.version not in carrying
        ),
        events=events,
        known_position=known_position,
    )


def _decisions(past: Past, sanctions: list[Sanction]) -> Iterator[Explanation]:
    """One explanation for each decision: several sanctions of one report have one reason."""
    seen: set[tuple[int, str | None]] = set()
    for one in sanctions:
        found = explain(past, one.id, "sanction")
        key = (found.version, found.because_of)
        if key not in seen:
            seen.add(key)
            yield found


def _bars_not(sanction: Sanction, function: str | None, at: datetime) -> tuple[str, str] | None:
    """Why this sanction bars nothing of what was asked, as a code and a sentence; None if it does."""
    if sanction.overturned_at is not None:
        return "overturned", f"it was overturned at {text(sanction.overturned_at)}"
    if sanction.ended_at is not None:
        return sanction.status, f"it ended at {text(sanction.ended_at)} ({sanction.status})"
    if sanction.status == "scheduled":
        return "scheduled", f"it begins at {text(sanction.from_)}"
    if function is None or sanction.kind == "ban":
        return None
    if sanction.kind == "restriction":
        return _other_function(sanction, function, at)
    if sanction.order is not None:
        announced = any(_announces(one, function, sanction.order.deadline) for one in sanction.order.on_default)
        later = f"; if the deadline {text(sanction.order.deadline)} is missed, {function} goes" if announced else ""
        return "other_function", f"an order to rectify takes no function{later}"
    return "other_function", "a warning takes no function"


def _other_function(sanction: Sanction, function: str, at: datetime) -> tuple[str, str] | None:
    if function not in sanction.functions:
        return "other_function", f"it takes {', '.join(sanction.functions)}"
    end = sanction.functions[function]
    return ("expired", f"for {function} it ended at {text(end)}") if end is not None and end <= at else None


def _announces(consequence: Consequence, function: str, deadline: datetime) -> bool:
    if consequence.ban is not UNSET:
        return True
    return function in consequence_functions(consequence, deadline, leave_out_passed=True)


class _OnRecord:
    """Which event put a sanction or proposal on record, and which ended it last: looked up once for all of them."""

    def __init__(self, past: Past) -> None:
        self.endings: dict[str, _Ending] = {}
        self.sanctions: dict[str, int] = {}
        self.proposals: dict[str, int] = {}
        for event in past.events():
            if isinstance(event, _ENDINGS):
                self.endings[event.sanction] = event
        for record in past.records:
            if isinstance(record.event, e.Imposed):
                self.sanctions.setdefault(record.event.sanction, record.version)
            elif isinstance(record.event, e.SanctionProposed):
                self.proposals.setdefault(record.event.proposal, record.version)


def _discarded(record: _OnRecord, sanction: Sanction, because: str, reason: str) -> Discarded:
    ending = record.endings.get(sanction.id) if sanction.ended_at is not None else None
    return Discarded(
        id=sanction.id,
        kind=sanction.kind,
        clause=sanction.basis.clause,
        at=sanction.at,
        because=because,
        reason=reason if ending is None else f"{reason}{_ended_by(ending)}",
        version=record.sanctions.get(sanction.id),
    )


def _ended_by(event: _Ending) -> str:
    """Who ended it, or overturned it afterwards, and why."""
    reason = None if event.narrative is None else event.narrative.reason
    if isinstance(event, e.SanctionLifted) and event.because is not None:
        reason = event.because.replace("_", " ")
    if isinstance(event, e.SanctionSuperseded) and event.superseded_by is not None:
        reason = f"replaced by {event.superseded_by}"
    return f" by {actor_words(event.by)}" + ("" if reason is None else f": {reason}")


def _proposals(past: Past, record: _OnRecord) -> Iterator[Discarded]:
    """What was put forward and has not become a sanction, newest first."""
    found = [*past.state.settled_proposals.values(), *past.state.open_proposals.values()]
    for one in sorted(found, key=lambda one: (one.at, one.id), reverse=True):
        if one.status != "approved":
            yield replace(_proposal(one), version=record.proposals.get(one.id))


def _proposal(proposal: Proposal) -> Discarded:
    open_ = f"it waits for a second person until {text(proposal.lapses_at)}"
    reason = {
        "open": open_,
        "dismissed": "a second person dismissed it",
        "lapsed": f"nobody decided on it by {text(proposal.lapses_at)}",
        "closed": "a permanent ban came into force",
    }[proposal.status]
    return Discarded(
        id=proposal.id,
        kind="proposal",
        clause=None if isinstance(proposal.act, acts.ChangeSanction) else proposal.act.basis.clause,
        at=proposal.at,
        because="proposed" if proposal.status == "open" else proposal.status,
        reason=f"{change_words(proposal.act)}: {reason}",
    )
