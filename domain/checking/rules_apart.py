"""That sanctions do not touch one another, and that time asks nobody whether a job has run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from .. import acts
from .. import events as e
from ..commands import Command
from ..deciding import handle
from ..due import advance, due
from ..state import Sanction
from ..vocabulary import DUE
from .moves import ACCOUNT
from .people import who_notes
from .reckoning import followed, stands_still
from .steps import Step

__all__ = ["ending_one_changes_no_other", "only_what_is_due_happens", "sweeping_changes_no_answer"]


def ending_one_changes_no_other(step: Step) -> Iterator[str]:
    """A step touches the sanctions that its command names, and what exists because of them; each by an event of its own."""
    if not step.events:
        return
    named = {one.sanction for one in step.events if isinstance(one, _ABOUT_ONE)}
    for one in step.before.sanctions():
        if one.id not in named and step.after.sanction(one.id) != one:
            yield f"{one.id} changed, and no event names it"
    allowed = None if step.command is None else _may_touch(step.command.act, step)
    if allowed is None:
        return
    for event in step.events:
        if isinstance(event, _ABOUT_ONE) and event.sanction not in allowed and not isinstance(event, e.Imposed):
            what = "ended" if isinstance(event, _ENDING) else "was touched"
            yield f"{event.sanction} {what} as well, though it does not exist because of what the command names"


_ABOUT_ONE = (
    *(e.Imposed, e.RectificationExtended, e.RectificationSubmitted, e.RectificationAccepted, e.RectificationRejected),
    *(e.RectificationDefaulted, e.SanctionStarted, e.SanctionChanged, e.SanctionExpired, e.SanctionLifted),
    *(e.SanctionOverturned, e.SanctionSuperseded, e.AppealFiled, e.AppealClosed, e.NoticeServed),
)
_ENDING = (e.SanctionExpired, e.SanctionLifted, e.SanctionOverturned, e.SanctionSuperseded)


def _may_touch(act: acts.Act, step: Step) -> set[str] | None:
    """The sanctions that a command may change or end (None: any); what is imposed anew is another rule's."""
    match act:
        case acts.Overturn() | acts.AcceptRectification():
            return {act.sanction, *(one.id for one in followed(step.before, act.sanction))}
        case acts.DecideAppeal():
            appeal = step.before.appeals.find(act.appeal)
            if appeal is None or act.outcome == "denied":
                return set()
            dependents = followed(step.before, appeal.sanction) if act.outcome == "granted" else []
            return {appeal.sanction, *(one.id for one in dependents)}
        case acts.Warn() | acts.OrderRectification() | acts.Restrict() | acts.Ban():
            return set(act.superseded)
        case acts.Approve():
            proposal = step.before.open_proposals.get(act.proposal)
            inner = None if proposal is None else proposal.act
            if isinstance(inner, acts.ChangeSanction):
                return {inner.sanction}
            return set() if inner is None else set(inner.superseded)
        case acts.LiftAll() | acts.Impose():
            return None
        case _:
            name = getattr(act, "sanction", None)
            return {name} if isinstance(name, str) else set()


_When = Callable[[Sanction], datetime | None]


def only_what_is_due_happens(step: Step) -> Iterator[str]:
    """By itself happens what was decided before: an end, a start, a default, a lapse; each at its instant, not before."""
    if step.command is not None:
        return
    for event in step.events:
        if event.by != DUE:
            yield f"{type(event).__name__} happened by itself, and is recorded as done by {event.by.id}"
        if isinstance(event, e.SanctionExpired | e.SanctionStarted | e.RectificationDefaulted):
            yield from _on_time(step, event)
        elif not isinstance(event, e.Imposed):  # What follows from an order has a rule of its own.
            yield from _of_time(step, event)


_WHEN: Final[dict[type[e.Event], _When]] = {
    e.SanctionExpired: lambda one: one.until if one.order is None else None,
    e.SanctionStarted: lambda one: one.from_,
    e.RectificationDefaulted: lambda one: None if one.order is None or stands_still(one.order) else one.order.deadline,
}


def _on_time(step: Step, event: e.SanctionExpired | e.SanctionStarted | e.RectificationDefaulted) -> Iterator[str]:
    one = step.before.live.get(event.sanction)
    if one is None or _WHEN[type(event)](one) != event.at:
        yield f"{type(event).__name__} of {event.sanction} came at another time than was decided"


def _of_time(step: Step, event: e.Event) -> Iterator[str]:
    match event:
        case e.ProposalLapsed():
            proposal = step.before.open_proposals.get(event.proposal)
            if proposal is None or proposal.lapses_at != event.at:
                yield f"proposal {event.proposal} lapsed at another time than was laid down"
        case e.SanctionLifted():
            if not _is_withheld(step, event):
                yield f"{event.sanction} was lifted by itself, and no exemption kept it from beginning"
        case e.ProposalClosed():
            if step.before.terminal or not step.after.terminal:
                yield f"proposal {event.proposal} was closed by itself, and no permanent ban had begun"
        case _:
            yield f"{type(event).__name__} happened by itself, and nothing was decided that it could follow from"


def _is_withheld(step: Step, event: e.SanctionLifted) -> bool:
    """Whether it would have begun at this instant, had the account not been exempt."""
    if step.before.exemption is None or event.because != "exempt":
        return False
    before = step.before.live.get(event.sanction)
    if before is not None:
        return before.status == "scheduled" and before.from_ == event.at
    return any(isinstance(one, e.Imposed) and one.sanction == event.sanction and one.withheld for one in step.events)


def sweeping_changes_no_answer(step: Step) -> Iterator[str]:
    """Recording what fell due now, later or never gives the same events, the same state and the same decisions."""
    if step.command is not None or not step.events:
        return
    later = step.after.next_due
    if later is not None and due(step.before, later) != (*step.events, *due(step.after, later)):
        yield f"what falls due by {later.isoformat()} depends on whether it was recorded in between"
    if advance(step.before, step.at) != step.after:
        yield "reading ahead gives another state than recording what fell due"
    by = who_notes(step.policy)
    if by is None:
        return
    note = Command(account=ACCOUNT, by=by, act=acts.Note(text="-"), at=step.at)
    if handle(note, step.before, step.policy).state != handle(note, step.after, step.policy).state:
        yield "a command is decided otherwise where what fell due had been recorded before it"
