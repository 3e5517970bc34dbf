"""What followed from a decision, and what has become of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

from .. import acts
from .. import events as e
from ..policies.deviating import KINDS, kind_of
from ..policies.tracing import decided_with, rests_on_report
from ..record import Recorded
from ..state import State
from ..vocabulary import ProposalStatus
from .documents import Resolution, Result
from .past import Past
from .words import change_words, imposed_words

__all__ = ["followed_approval", "followed_report", "imposed_result", "proposed_result", "results_of"]


def results_of(past: Past, violation: str) -> Iterator[Result]:
    """Everything that followed from a report: sanctions, and proposals whether or not they became one."""
    for event in past.events():
        if rests_on_report(event, violation):
            if isinstance(event, e.Imposed) and event.proposal is None:
                yield imposed_result(past, event)
            elif isinstance(event, e.SanctionProposed):
                yield proposed_result(past, event)


def imposed_result(past: Past, event: e.Imposed) -> Result:
    """A sanction as it was imposed, and its status as of the explanation."""
    now = past.state.sanction(event.sanction)
    proposed = None if event.proposal is None else past.proposal(event.proposal)
    resolved = proposed is not None and isinstance(proposed.event, e.SanctionProposed)
    return Result(
        sanction=event.sanction,
        kind=KINDS[type(event)],
        says=imposed_words(event),
        at=event.at,
        by=event.by,
        from_=event.from_,
        until=event.until,
        proposal=event.proposal,
        resolution=_resolution(past, event.proposal) if resolved and event.proposal is not None else None,
        approved_by=event.approved_by,
        status=None if now is None else now.status,
        ended_at=None if now is None else now.ended_at,
        overturned_at=None if now is None else now.overturned_at,
        linked=event.because_of,
    )


def proposed_result(past: Past, event: e.SanctionProposed) -> Result:
    """What was put forward: the sanction that it became, else the proposal and what became of it."""
    changes = isinstance(event.act, acts.ChangeSanction)
    imposed = None if changes else past.imposed(event.sanction)
    if imposed is not None and imposed.proposal == event.proposal:
        return imposed_result(past, imposed)
    now = past.state.sanction(event.sanction) if changes else None
    return Result(
        sanction=event.sanction,
        kind=kind_of(event.act),
        says=change_words(event.act),
        at=event.at,
        by=event.by,
        from_=None,
        until=None,
        proposal=event.proposal,
        resolution=_resolution(past, event.proposal),
        approved_by=None,
        status=None if now is None else now.status,
        ended_at=None if now is None else now.ended_at,
        overturned_at=None if now is None else now.overturned_at,
        linked=None if now is None else now.because_of,
    )


def _resolution(past: Past, proposal: str) -> Resolution:
    settled = (e.ProposalApproved, e.ProposalDismissed, e.ProposalLapsed, e.ProposalClosed)
    event = next((one for one in past.events() if isinstance(one, settled) and one.proposal == proposal), None)
    status = _status(past.state, proposal)
    if event is None:
        return Resolution(status, None, None, None)
    return Resolution(status, event.by, event.at, None if event.narrative is None else event.narrative.reason)


def _status(state: State, proposal: str) -> ProposalStatus:
    found = state.proposal(proposal)
    return "open" if found is None else found.status


def followed_report(past: Past, record: Recorded, violation: str) -> tuple[e.Event, ...]:
    """What stands on record of the same decision behind a report."""
    return tuple(decided_with(violation, _run(past, record)))


def followed_approval(past: Past, record: Recorded, proposal: str) -> tuple[e.Event, ...]:
    """What stands on record of the same decision behind an approval."""

    def belongs(event: e.Event) -> bool:
        if isinstance(event, e.Imposed | e.SanctionChanged):
            return event.proposal == proposal
        return isinstance(event, e.SanctionSuperseded | e.ProposalClosed)

    return tuple(takewhile(belongs, _run(past, record)))


def _run(past: Past, first: Recorded) -> Iterator[e.Event]:
    """The events behind one that were recorded with it: of the same command, at the same instant."""
    for record in past.records:
        if record.version > first.version:
            if (record.command_id, record.recorded_at, record.event.at) != (
                first.command_id,
                first.recorded_at,
                first.event.at,
            ):
                return
            yield record.event
