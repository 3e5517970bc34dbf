"""That sanctions do not touch one another, and that time asks nobody whether a job has run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from .. import acts
from .. import events as e
from ..commands import Command
from ..deciding import handle
from ..due import advance, due
from ..state import Sanction, State
from ..vocabulary import DUE
from .moves import ACCOUNT
from .people import RULES
from .steps import Step

__all__ = ["ending_one_changes_no_other", "only_what_is_due_happens", "sweeping_changes_no_answer"]


def ending_one_changes_no_other(step: Step) -> Iterator[str]:
    """A step changes the sanctions that its command names, and what exists because of them; each by an event of its own."""
    if not step.events:
        return
    named = {one.sanction for one in step.events if isinstance(one, _ABOUT_ONE)}
    for one in step.before.sanctions():
        if one.id not in named and step.after.sanction(one.id) != one:
            yield f"{one.id} changed, and no event names it"
    allowed = None if step.command is None else _may_change(step.command.act, step)
    if allowed is None:
        return
    for event in step.events:
        if isinstance(event, _ENDING) and event.sanction not in allowed:
            yield f"{event.sanction} ended as well, though it does not exist because of what the command names"


_ABOUT_ONE = (
    *(e.Imposed, e.RectificationExtended, e.RectificationSubmitted, e.RectificationAccepted, e.RectificationRejected),
    *(e.RectificationDefaulted, e.SanctionStarted, e.SanctionChanged, e.SanctionExpired, e.SanctionLifted),
    *(e.SanctionOverturned, e.SanctionSuperseded, e.AppealFiled, e.NoticeServed),
)
_ENDING = (e.SanctionExpired, e.SanctionLifted, e.SanctionOverturned, e.SanctionSuperseded)


def _may_change(act: acts.Act, step: Step) -> set[str] | None:
    """The sanctions that a command may end."""
    match act:
        case acts.Lift():
            return {act.sanction}
        case acts.Overturn() | acts.AcceptRectification():
            return {act.sanction, *_dependents(step.before, act.sanction)}
        case acts.DecideAppeal(outcome="granted"):
            appeal = step.before.appeals.find(act.appeal)
            return set() if appeal is None else {appeal.sanction, *_dependents(step.before, appeal.sanction)}
        case acts.Warn() | acts.OrderRectification() | acts.Restrict() | acts.Ban():
            return set(act.superseded)
        case acts.Approve():
            proposal = step.before.open_proposals.get(act.proposal)
            inner = None if proposal is None else proposal.act
            return set(inner.superseded) if inner is not None and not isinstance(inner, acts.ChangeSanction) else set()
        case acts.LiftAll() | acts.Impose():
            return None
        case _:
            return set()


def _dependents(state: State, name: str) -> list[str]:
    return [one.id for one in state.sanctions() if one.caused_by == name]


_When = Callable[[Sanction], datetime | None]


def only_what_is_due_happens(step: Step) -> Iterator[str]:
    """By itself happens what was decided before: an end, a start, a default, a lapse; each at its instant, not before."""
    if step.command is not None:
        return
    for event in step.events:
        if event.by != DUE:
            yield f"{type(event).__name__} happened by itself, and is recorded as done by {event.by.id}"
        match event:
            case e.SanctionExpired():
                yield from _on_time(step, event, event.sanction, _own_end)
            case e.SanctionStarted():
                yield from _on_time(step, event, event.sanction, _start)
            case e.RectificationDefaulted():
                yield from _on_time(step, event, event.sanction, _deadline)
            case e.ProposalLapsed():
                proposal = step.before.open_proposals.get(event.proposal)
                if proposal is None or proposal.lapses_at != event.at:
                    yield f"proposal {event.proposal} lapsed at another time than was laid down"
            case _:
                pass


def _own_end(one: Sanction) -> datetime | None:
    return one.until if one.order is None else None


def _start(one: Sanction) -> datetime | None:
    return one.from_


def _deadline(one: Sanction) -> datetime | None:
    return None if one.order is None or one.order.stopped else one.order.deadline


def _on_time(step: Step, event: e.Event, name: str, when: _When) -> Iterator[str]:
    one = step.before.live.get(name)
    if one is None or when(one) != event.at:
        yield f"{type(event).__name__} of {name} came at another time than was decided"


def sweeping_changes_no_answer(step: Step) -> Iterator[str]:
    """Recording what fell due now, later or never gives the same events, the same state and the same decisions."""
    if step.command is not None or not step.events:
        return
    later = step.after.next_due
    if later is not None and due(step.before, later) != (*step.events, *due(step.after, later)):
        yield f"what falls due by {later.isoformat()} depends on whether it was recorded in between"
    if advance(step.before, step.at) != step.after:
        yield "reading ahead gives another state than recording what fell due"
    note = Command(account=ACCOUNT, by=RULES, act=acts.Note(text="-"), at=step.at)
    if handle(note, step.before, step.policy).state != handle(note, step.after, step.policy).state:
        yield "a command is decided otherwise where what fell due had been recorded before it"
