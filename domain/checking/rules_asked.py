"""That what comes about is what somebody asked for, an order announced or a policy lays down: no more, no less, nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from .. import acts
from .. import events as e
from ..state import Order
from .reckoning import announced, imposed, is_harsher, lapsing, ordered, reached, ruled, stands_still
from .steps import Step

__all__ = ["what_changes_was_asked_for", "what_follows_was_announced", "what_is_imposed_was_asked_for"]


def what_is_imposed_was_asked_for(step: Step) -> Iterator[str]:
    """A decision imposes the one sanction that it names, with its kind, start, end, functions; a report, what a ladder says."""
    new = [event for event in step.events if isinstance(event, e.Imposed) and event.caused_by is None]
    if step.command is None:
        for event in new:
            yield f"{event.sanction} was imposed by nobody"
        return
    act = step.command.act
    name = ""
    wanted: acts.Proposable | None = None
    match act:
        case acts.ReportViolation():
            yield from _reported(step, act, new)
            return
        case acts.Approve():
            proposal = step.before.open_proposals.get(act.proposal)
            if proposal is not None:
                name, wanted = proposal.sanction, proposal.act
        case acts.Warn() | acts.OrderRectification() | acts.Restrict() | acts.Ban():
            name, wanted = str(act.sanction), act
        case _:
            pass
    if not isinstance(wanted, acts.Imposition):
        for event in new:
            yield f"{type(event).__name__} of {event.sanction} came of a command that imposes nothing"
        return
    if [event.sanction for event in new] != [name]:
        yield f"{name} was asked for, and imposed was {', '.join(event.sanction for event in new) or 'nothing'}"
    for event in new:
        if imposed(event) != ordered(wanted, step.at):
            yield f"{event.sanction} is not what was asked for: {imposed(event)}"


def _reported(step: Step, act: acts.ReportViolation, new: list[e.Imposed]) -> Iterator[str]:
    possible = list(ruled(step.policy, act.choose, step.at))
    for event in new:
        if not event.sanction.startswith(f"{act.violation}/"):
            yield f"{event.sanction} came of the report {act.violation}, and is named after another"
        if imposed(event) not in possible:
            yield f"{event.sanction} is nothing that a ladder imposes, or that was chosen: {imposed(event)}"


def what_follows_was_announced(step: Step) -> Iterator[str]:
    """When an order defaults, all that it announced follows, as it was announced, and nothing else does."""
    due: dict[str, Order] = {}
    for event in step.events:
        if isinstance(event, e.RectificationDefaulted):
            before = step.before.live.get(event.sanction)
            if before is not None and before.order is not None:
                due[event.sanction] = before.order
    followed = {
        event.sanction: imposed(event)
        for event in step.events
        if isinstance(event, e.Imposed) and event.caused_by is not None
    }
    for name, order in due.items():
        for number, consequence in enumerate(order.on_default, 1):
            wanted = announced(consequence, order.deadline)
            found = followed.pop(f"{name}/{number}", None)
            if found != wanted:
                yield f"{name}/{number} was announced as {wanted}, and what followed is {found}"
    for name in followed:
        yield f"{name} follows from an order that did not default"


def what_changes_was_asked_for(step: Step) -> Iterator[str]:
    """Terms change to those that were asked for, a deadline to a later one that was set, or by what was left of it."""
    for event in step.events:
        if isinstance(event, e.SanctionChanged):
            yield from _changed(step, event)
        elif isinstance(event, e.RectificationExtended):
            act = None if step.command is None else step.command.act
            if not isinstance(act, acts.ExtendRectification) or event.deadline != act.deadline:
                yield f"the deadline of {event.sanction} moved to {event.deadline.isoformat()}, and nobody set it"
            before = step.before.live.get(event.sanction)
            if before is None or before.order is None or event.deadline <= before.order.deadline:
                yield f"the deadline of {event.sanction} moved to {event.deadline.isoformat()}, which is not later"
        elif isinstance(event, e.RectificationRejected):
            yield from _restarted(step, event)
        elif isinstance(event, e.SanctionProposed):
            lapses = lapsing(step.at, step.policy.proposal_ttl)
            if event.lapses_at != lapses:
                yield f"proposal {event.proposal} lapses at {event.lapses_at.isoformat()}, by the policy {lapses.isoformat()}"


def _restarted(step: Step, event: e.RectificationRejected) -> Iterator[str]:
    """What was left of the time when the clock stopped starts again; a clock that ran on is not moved."""
    before = step.before.sanction(event.sanction)
    order = None if before is None else before.order
    wanted: datetime | None = None
    if order is not None and order.submitted_at is not None and stands_still(order):
        wanted = step.at + (order.deadline - order.submitted_at)
    if event.deadline != wanted:
        yield f"after the rejection the deadline of {event.sanction} is {event.deadline}, and by what was left it is {wanted}"


def _changed(step: Step, event: e.SanctionChanged) -> Iterator[str]:
    act, before = _change(step), step.before.sanction(event.sanction)
    if act is None or before is None:
        yield f"{event.sanction} changed, and nobody asked for it"
    elif (event.until, event.functions or {}) != reached(act, before, step.at):
        yield f"{event.sanction} changed to other terms than were asked for: until {event.until}, {event.functions}"
    elif event.harsher != is_harsher(before, event):
        yield f"the change of {event.sanction} is recorded as {'' if event.harsher else 'not '}harsher"


def _change(step: Step) -> acts.ChangeSanction | acts.DecideAppeal | None:
    """The change that a command makes: its own, or the one that it approves."""
    act = None if step.command is None else step.command.act
    if isinstance(act, acts.Approve):
        proposal = step.before.open_proposals.get(act.proposal)
        act = None if proposal is None else proposal.act
    return act if isinstance(act, acts.ChangeSanction | acts.DecideAppeal) else None
