"""The events that carry an answer: those without which it would be another one.

Sanctions are independent of one another, so only what belongs together (an order and its consequences, what replaces what, what
rests on one violation) is looked at together. `without.py` says what an account is without one of its events.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from .. import events as e
from ..queries import EVERYTHING
from ..record import Recorded
from ..terms import later
from ..vocabulary import DUE
from .documents import BearingEvent, ProofReference
from .past import Past
from .telling import bearing_event
from .without import Holding, held_without, resting_on

__all__ = ["Places", "answer_of", "bearing_events"]

Places = Mapping[int, ProofReference]
"""Where in the log the events of the account stand, by their version."""

_INERT: Final = (
    *(e.NoticeServed, e.NoteAdded, e.LegalHoldPlaced, e.LegalHoldReleased, e.PersonalDataErased, e.AppealWithdrawn),
    *(e.AppealClosed, e.ProposalClosed, e.ProposalDismissed, e.ProposalLapsed),
)
_EXEMPTION: Final = (e.AccountExempted, e.ExemptionEnded)


def bearing_events(past: Past, function: str | None, places: Places) -> tuple[BearingEvent, ...]:
    """The events that carry the answer, newest first: without any of them it would be another one.

    The answer for a function is whether it may be used, until when not, and by which sanctions; without a function it is what is
    in force. What fell due by itself is not among them: it follows from the others.
    """
    found = [record for record in _carrying(past, function) if record.version]
    found.sort(key=lambda record: record.version, reverse=True)
    return tuple(bearing_event(past, record, places.get(record.version)) for record in found)


def answer_of(held: Holding, function: str | None) -> object:
    """What is compared: equal for two holdings that answer alike."""
    if function is None:
        return held
    until: datetime | None = None
    names: set[str] = set()
    for name, one in held.items():
        for taken, end in one.functions:
            if taken in (function, EVERYTHING):
                until = later(until, end) if names else end
                names.add(name)
    return frozenset(names), until


def _carrying(past: Past, function: str | None) -> Iterator[Recorded]:
    families = _families(past.known)
    exempting = [one for one in past.known if isinstance(one.event, _EXEMPTION)]
    views = [_Family(past, family, exempting) for family in families]
    held = {name: one for view in views for name, one in view.held.items()}
    answer = answer_of(held, function)

    def otherwise(views: Sequence[_Family], removed: Recorded) -> bool:
        changed = dict(held)
        for view in views:
            for name in view.held:
                del changed[name]
            changed.update(view.without(removed.version))
        return answer_of(changed, function) != answer

    for view in views:
        yield from (one for one in view.candidates if otherwise((view,), one))
    yield from (one for one in exempting if otherwise(views, one))


class _Family:
    """Events that belong together, with the exemptions of the account."""

    def __init__(self, past: Past, records: Sequence[Recorded], exempting: Sequence[Recorded]) -> None:
        self._past = past
        self._records = sorted((*records, *exempting), key=lambda one: one.version)
        self.candidates = [one for one in records if one.event.by != DUE and not isinstance(one.event, _INERT)]
        self._as_recorded = False
        self.held = self._held(frozenset())
        # A record that does not follow from its own decisions was touched: then it is taken as it stands.
        names = {record.event.sanction for record in records if isinstance(record.event, e.Imposed)}
        recorded = {one.id for one in past.state.live.values() if one.status == "in_force" and one.id in names}
        if recorded - self.held.keys() or (self.held.keys() & names) - recorded:
            self._as_recorded = True
            self.candidates = [one for one in records if not isinstance(one.event, _INERT)]
            self.held = self._held(frozenset())

    def without(self, version: int) -> Holding:
        """What is in force without an event and what rests on it."""
        return self._held(resting_on(self._records, version))

    def _held(self, gone: frozenset[int]) -> Holding:
        past = self._past
        return held_without(self._records, gone, past.at, past.find_links, as_recorded=self._as_recorded)


def _families(records: Sequence[Recorded]) -> list[list[Recorded]]:
    """The events about sanctions and proposals, those that hang together in one list."""
    roots: dict[str, str] = {}

    def root(name: str) -> str:
        found = roots.setdefault(name, name)
        while found != roots[found]:
            roots[found] = roots[roots[found]]
            found = roots[found]
        return found

    named = [(record, _names(record.event)) for record in records]
    for _, names in named:
        for other in names[1:]:
            roots[root(other)] = root(names[0])
    found: dict[str, list[Recorded]] = {}
    for record, names in named:
        if names:
            found.setdefault(root(names[0]), []).append(record)
    return list(found.values())


def _names(event: e.Event) -> list[str]:
    """What the event is about, each name with its kind before it, for the kinds have names apart."""
    names: list[str] = []
    sanction = getattr(event, "sanction", None)
    if sanction is not None:
        names.append(f"s {sanction}")
    if isinstance(event, e.ViolationRecorded):
        names.append(f"v {event.violation}")
    elif isinstance(event, e.Imposed):
        # It names all that it rests on or replaces; what else speaks of these, speaks of it as well.
        names += [f"v {one}" for one in event.basis.violations]
        names += [f"s {one}" for one in (event.caused_by, *event.supersedes) if one is not None]
    return names
