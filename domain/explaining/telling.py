"""One event in a sentence, with who stands behind it and by which rule: as explanations list it."""

from __future__ import annotations

import re
from datetime import datetime

from .. import acts
from .. import events as e
from ..instants import text
from ..record import Recorded
from ..vocabulary import Actor
from .directly import policy_view
from .documents import BearingEvent, ProofReference
from .past import Past
from .words import change_words, imposed_words

__all__ = ["bearing_event"]


def bearing_event(past: Past, record: Recorded, proof: ProofReference | None) -> BearingEvent:
    """The event as an explanation lists it."""
    event = record.event
    ref = getattr(event, "policy", None)
    policy = None if ref is None else policy_view(ref, past.policies(ref.digest))
    narrative = event.narrative
    return BearingEvent(
        version=record.version,
        type=type(event).__name__,
        says=_says(event),
        at=event.at,
        recorded_at=record.recorded_at,
        by=event.by,
        approved_by=_second(event),
        sanction=getattr(event, "sanction", None),
        clause=_clause(past, event),
        policy=policy,
        reason=None if narrative is None else narrative.reason or narrative.facts or narrative.statement,
        proof=proof,
    )


def _second(event: e.Event) -> Actor | None:
    return event.approved_by if isinstance(event, e.Imposed | e.SanctionChanged) else None


def _clause(past: Past, event: e.Event) -> str | None:
    """The clause of the event itself, else that of the sanction that it is about."""
    match event:
        case e.Imposed():
            return event.basis.clause
        case e.ViolationRecorded():
            return event.clause
        case e.SanctionProposed() if not isinstance(event.act, acts.ChangeSanction):
            return event.act.basis.clause
        case _:
            name = getattr(event, "sanction", None)
            found = None if name is None else past.imposed(name)
            return None if found is None else found.basis.clause


def _says(event: e.Event) -> str:
    match event:
        case e.Imposed():
            return f"{event.sanction}: {imposed_words(event)}"
        case e.ViolationRecorded():
            return f"violation {event.violation} of {event.clause} recorded"
        case e.SanctionProposed():
            return f"proposal {event.proposal}: {change_words(event.act)}"
        case e.RectificationExtended():
            return f"deadline of {event.sanction} moved from {text(event.previous)} to {text(event.deadline)}"
        case e.SanctionChanged():
            return f"terms of {event.sanction} changed{_terms(event)}"
        case e.AppealDecided():
            return f"appeal {event.appeal} against {event.sanction}: {event.outcome.replace('_', ' ')}"
        case e.SanctionSuperseded():
            return f"{event.sanction} replaced" + ("" if event.superseded_by is None else f" by {event.superseded_by}")
        case _:
            return _named(event)


def _named(event: e.Event) -> str:
    """The type in words, behind the name of what it is about: `s-1: sanction lifted`."""
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", type(event).__name__).lower()
    about = ("sanction",) if isinstance(event, e.SanctionOverturned) else ("appeal", "proposal", "sanction")
    named = next((found for name in about if (found := getattr(event, name, None)) is not None), None)
    return words if named is None else f"{named}: {words}"


def _terms(event: e.SanctionChanged) -> str:
    if event.functions is None:
        return f": {_until(event.until)}"
    if len(set(event.functions.values())) == 1:
        return f": {', '.join(event.functions)} {_until(event.until)}"
    return ": " + ", ".join(f"{name} {_until(end)}" for name, end in event.functions.items())


def _until(end: datetime | None) -> str:
    return "with no end" if end is None else f"until {text(end)}"
