"""That a command does what it is for, to all that it concerns and to nothing else: its events, reckoned by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from .. import acts
from .. import events as e
from ..events import Event
from ..state import Order, State
from .reckoning import followed, reached
from .steps import Step

__all__ = ["every_command_does_what_it_is_for"]

Deeds = Counter[tuple[type[Event], str]]
"""What comes about: the type of each event, and the id of the sanction, appeal, proposal or violation that it is about."""

_IMPOSES: Final[dict[type[acts.Act], type[Event]]] = {
    acts.Warn: e.WarningIssued,
    acts.OrderRectification: e.RectificationOrdered,
    acts.Restrict: e.FunctionsRestricted,
    acts.Ban: e.AccountBanned,
}
# What a policy makes of a report has rules of its own; so much is certain whatever it says.
_OF_REPORTS: Final = (e.ViolationRecorded, e.Imposed, e.SanctionProposed, e.ProposalClosed)
_NOT_TRIED: Final = (acts.Impose, acts.Hold, acts.ReleaseHold, acts.ErasePersonalData)
_ABOUT: Final[tuple[tuple[tuple[type[Event], ...], str], ...]] = (
    ((e.AppealFiled, e.AppealWithdrawn, e.AppealDecided, e.AppealClosed), "appeal"),
    ((e.SanctionProposed, e.ProposalApproved, e.ProposalDismissed, e.ProposalLapsed, e.ProposalClosed), "proposal"),
    ((e.ViolationRecorded,), "violation"),
)


def every_command_does_what_it_is_for(step: Step) -> Iterator[str]:
    """An accepted command has the events that belong to it, each of what it names and of what hangs on it: all, and no others."""
    if step.command is None:
        return
    act = step.command.act
    if isinstance(act, _NOT_TRIED):
        return
    if isinstance(act, acts.ReportViolation):
        for event in step.events:
            if not isinstance(event, _OF_REPORTS):
                yield f"{_told(type(event), _about(event))} came of a report"
        return
    wanted = _deeds(act, step)
    if step.after.terminal and not step.before.terminal:
        settled = wanted.keys() & {(e.ProposalApproved, one) for one in step.before.open_proposals}
        open_still = step.before.open_proposals.keys() - {name for _, name in settled}
        wanted.update((e.ProposalClosed, name) for name in open_still)
    found = Deeds((type(event), _about(event)) for event in step.events)
    for kind, name in wanted - found:
        yield f"{type(act).__name__} was accepted, and {_told(kind, name)} did not come of it"
    for kind, name in found - wanted:
        yield f"{type(act).__name__} was accepted, and {_told(kind, name)} came of it as well"


def _told(kind: type[Event], name: str) -> str:
    return f"{kind.__name__} of {name}" if name else kind.__name__


def _about(event: Event) -> str:
    for kinds, field in _ABOUT:
        if isinstance(event, kinds):
            return str(getattr(event, field))
    return str(getattr(event, "sanction", ""))


def _deeds(act: acts.Act, step: Step) -> Deeds:  # noqa: PLR0911 - one for each act
    before = step.before
    match act:
        case acts.Warn() | acts.OrderRectification() | acts.Restrict() | acts.Ban():
            return _imposed(act, str(act.sanction))
        case acts.Lift():
            return Deeds([(e.SanctionLifted, act.sanction)])
        case acts.LiftAll():
            return Deeds((e.SanctionLifted, one.id) for one in before.live.values() if one.from_ <= step.at)
        case acts.Overturn():
            return _overturned(before, act.sanction)
        case acts.ChangeSanction():
            return _changed(act, step)
        case acts.Approve():
            return _approved(act, step)
        case acts.DecideAppeal():
            return _decided(act, before)
        case acts.AcceptRectification():
            ends = [(e.SanctionLifted, one.id) for one in followed(before, act.sanction) if one.id in before.live]
            return Deeds([(e.RectificationAccepted, act.sanction), *ends])
        case acts.ExtendRectification():
            order = _order(before, act.sanction)
            same = order is not None and order.deadline == act.deadline
            return Deeds([] if same else [(e.RectificationExtended, act.sanction)])
        case acts.SubmitRectification():
            order = _order(before, act.sanction)
            again = order is not None and order.status == "submitted"
            return Deeds([] if again else [(e.RectificationSubmitted, act.sanction)])
        case _:
            return _on_record(act, before)


def _on_record(act: acts.Act, before: State) -> Deeds:  # noqa: PLR0911 - one for each act
    """What puts one thing on record, and touches nothing else."""
    match act:
        case acts.RejectRectification():
            return Deeds([(e.RectificationRejected, act.sanction)])
        case acts.Appeal():
            return Deeds([(e.AppealFiled, str(act.appeal))])
        case acts.WithdrawAppeal():
            return Deeds([(e.AppealWithdrawn, act.appeal)])
        case acts.ServeNotice():
            return Deeds([(e.NoticeServed, act.sanction)])
        case acts.Propose():
            return Deeds([(e.SanctionProposed, str(act.proposal))])
        case acts.Dismiss():
            return Deeds([(e.ProposalDismissed, act.proposal)])
        case acts.RecordViolation():
            return Deeds([(e.ViolationRecorded, str(act.violation))])
        case acts.Exempt():
            same = before.exemption is not None and set(before.exemption.unless) == set(act.unless)
            return Deeds([] if same else [(e.AccountExempted, "")])
        case acts.EndExemption():
            return Deeds([] if before.exemption is None else [(e.ExemptionEnded, "")])
        case _:  # A note: nothing else is left of what a search tries.
            return Deeds([(e.NoteAdded, "")])


def _imposed(act: acts.Imposition, name: str) -> Deeds:
    return Deeds([*((e.SanctionSuperseded, one) for one in act.superseded), (_IMPOSES[type(act)], name)])


def _changed(act: acts.ChangeSanction, step: Step) -> Deeds:
    one = step.before.sanction(act.sanction)
    same = one is not None and reached(act, one, step.at) == (one.until, dict(one.functions))
    return Deeds([] if same else [(e.SanctionChanged, act.sanction)])


def _approved(act: acts.Approve, step: Step) -> Deeds:
    proposal = step.before.open_proposals.get(act.proposal)
    deeds = Deeds([(e.ProposalApproved, act.proposal)])
    if proposal is not None:
        inner = proposal.act
        deeds += _changed(inner, step) if isinstance(inner, acts.ChangeSanction) else _imposed(inner, proposal.sanction)
    return deeds


def _decided(act: acts.DecideAppeal, before: State) -> Deeds:
    appeal = before.appeals.find(act.appeal)
    sanction = "" if appeal is None else appeal.sanction
    deeds = Deeds([(e.AppealDecided, act.appeal)])
    if act.outcome == "granted":
        deeds += _overturned(before, sanction)
        deeds.pop((e.AppealClosed, act.appeal), None)
    elif act.outcome == "granted_in_part":
        deeds[e.SanctionChanged, sanction] += 1
    return deeds


def _overturned(before: State, name: str) -> Deeds:
    """The sanction, what followed from it, and an end of the appeals against any of them."""
    voided = [name, *(one.id for one in followed(before, name) if one.overturned_at is None)]
    moot = (one.id for one in before.appeals.values() if one.status == "open" and one.sanction in voided)
    return Deeds([*((e.SanctionOverturned, one) for one in voided), *((e.AppealClosed, one) for one in moot)])


def _order(before: State, name: str) -> Order | None:
    one = before.sanction(name)
    return None if one is None else one.order
