"""From the recorded events of one decision back to the act that led to them, its free text aside.

Every instant is taken as recorded, so that no duration is counted again: what the act then leads to is compared with the
record, field by field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, assert_never

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from .. import acts
from .. import events as e
from ..period import Period
from ..policies.penalties import OrderTerms, Penalty
from ..terms import Basis, EndOnly, Functions, FunctionTerm

__all__ = ["CannotRebuildError", "act_of", "chosen_of"]

# Free text is not part of the record that is judged; it only has to be there.
_TEXT = "-"


class CannotRebuildError(Exception):
    """These events stand together as no decision leaves them."""


def act_of(events: Sequence[e.Event]) -> acts.Act:  # noqa: C901, PLR0911, PLR0912 - one branch per event, nothing else
    """The act of a decision that begins with these events; reports and approvals are judged otherwise.

    Raises CannotRebuildError where no act begins like this.
    """
    first = events[0]
    match first:
        case e.ViolationRecorded():
            return _recorded(first)
        case e.Imposed() | e.SanctionSuperseded():
            return _imposed(events)
        case e.SanctionChanged():
            return acts.ChangeSanction(sanction=first.sanction, reason=_TEXT, **_terms(first))
        case e.RectificationExtended():
            return acts.ExtendRectification(sanction=first.sanction, deadline=first.deadline)
        case e.RectificationSubmitted():
            return acts.SubmitRectification(sanction=first.sanction, statement=_TEXT)
        case e.RectificationAccepted():
            return acts.AcceptRectification(sanction=first.sanction)
        case e.RectificationRejected():
            return acts.RejectRectification(sanction=first.sanction)
        case e.SanctionLifted():
            return acts.LiftAll(reason=_TEXT) if len(events) > 1 else acts.Lift(sanction=first.sanction, reason=_TEXT)
        case e.SanctionOverturned():
            return acts.Overturn(sanction=first.sanction, reason=_TEXT)
        case e.AppealFiled():
            return acts.Appeal(appeal=first.appeal, sanction=first.sanction, statement=_TEXT)
        case e.AppealWithdrawn():
            return acts.WithdrawAppeal(appeal=first.appeal)
        case e.AppealDecided():
            return _appeal_decided(first, events)
        case e.SanctionProposed():
            return acts.Propose(proposal=first.proposal, sanction=replace(first.act, sanction=first.sanction))
        case e.ProposalDismissed():
            return acts.Dismiss(proposal=first.proposal)
        case e.NoticeServed():
            return acts.ServeNotice(sanction=first.sanction, channel=_or_unset(first.channel))
        case e.AccountExempted():
            return acts.Exempt(reason=_TEXT, unless=first.unless)
        case e.ExemptionEnded():
            return acts.EndExemption(reason=_TEXT)
        case e.LegalHoldPlaced():
            return acts.Hold(hold=first.hold, reason=_TEXT)
        case e.LegalHoldReleased():
            return acts.ReleaseHold(hold=first.hold, reason=_TEXT)
        case e.PersonalDataErased():
            return acts.ErasePersonalData(reason=_TEXT)
        case e.NoteAdded():
            return acts.Note(text=_TEXT)
        case _:
            raise CannotRebuildError(f"no decision begins with {type(first).__name__}")


def chosen_of(followed: Sequence[e.Event]) -> tuple[Penalty, ...]:
    """What a person chose instead of what the policy said, from what was imposed or put forward."""
    return tuple(
        _penalty(_imposition(event) if isinstance(event, e.Imposed) else event.act, event.at)
        for event in followed
        if isinstance(event, e.Imposed | e.SanctionProposed)
    )


def _penalty(act: acts.Proposable, at: datetime) -> Penalty:
    match act:
        case acts.Warn() | acts.Ban():
            end = EndOnly(until=act.until, for_=act.for_, permanent=act.permanent)
            return Penalty(warn=end) if isinstance(act, acts.Warn) else Penalty(ban=end)
        case acts.Restrict():
            return Penalty(restrict=act.functions, until=act.until, for_=act.for_, permanent=act.permanent)
        case acts.OrderRectification():
            within = act.within
            if within is UNSET:
                assert act.deadline is not UNSET
                within = Period(f"PT{(act.deadline - at) // timedelta(seconds=1)}S")
            return Penalty(order=OrderTerms(within=within, on_default=act.on_default, clock=act.clock))
        case acts.ChangeSanction():
            raise CannotRebuildError("a report changes no sanction")
        case _:
            assert_never(act)


def _recorded(event: e.ViolationRecorded) -> acts.RecordViolation:
    return acts.RecordViolation(
        violation=event.violation,
        clause=event.clause,
        category=_or_unset(event.category),
        severity=_or_unset(event.severity),
        content_at=UNSET if event.content_at is None else event.content_at,
        batch=_or_unset(event.batch),
        detected=_or_unset(event.detected),
    )


def _imposed(events: Sequence[e.Event]) -> acts.Act:
    imposed = [event for event in events if isinstance(event, e.Imposed)]
    if not imposed:
        raise CannotRebuildError("sanctions were superseded and nothing was imposed")
    planned = [_imposition(event) for event in imposed]
    planned[0] = replace(planned[0], supersedes=imposed[0].supersedes)
    return planned[0] if len(planned) == 1 else acts.Impose(sanctions=tuple(planned))


def _imposition(event: e.Imposed) -> acts.Imposition:
    link = event.because_of
    common: dict[str, Any] = {
        "sanction": event.sanction,
        "basis": _basis(event),
        "because_of_account": UNSET if link is None else link.account,
        "because_of_sanction": UNSET if link is None else link.sanction,
    }
    if isinstance(event, e.RectificationOrdered):
        if event.until is None:
            raise CannotRebuildError("an order was recorded without a deadline")
        return acts.OrderRectification(**common, deadline=event.until, on_default=event.on_default, clock=event.clock)
    if event.from_ != event.at:
        common["from_"] = event.from_
    if isinstance(event, e.FunctionsRestricted):
        return acts.Restrict(**common, functions=_functions(event.functions))
    kind = acts.Ban if isinstance(event, e.AccountBanned) else acts.Warn
    return kind(**common, **_end(event.until))


def _basis(event: e.Imposed) -> Basis:
    return replace(event.basis, priors=event.priors) if event.priors else event.basis


def _functions(ends: Mapping[str, datetime | None]) -> Functions:
    return tuple(FunctionTerm(function=name, **_end(end)) for name, end in ends.items())


def _end(until: datetime | None) -> dict[str, Any]:
    return {"permanent": True} if until is None else {"until": until}


def _terms(event: e.SanctionChanged) -> dict[str, Any]:
    if event.functions is None:
        return _end(event.until)
    # What had ended before can only be kept as it is.
    ends = event.functions.items()
    kept = tuple(name for name, end in ends if end is not None and end <= event.at)
    return {"functions": kept + _functions({name: end for name, end in ends if name not in kept})}


def _appeal_decided(event: e.AppealDecided, events: Sequence[e.Event]) -> acts.DecideAppeal:
    terms: dict[str, Any] = {}
    if event.outcome == "granted_in_part":
        change = next((one for one in events if isinstance(one, e.SanctionChanged)), None)
        if change is None:
            raise CannotRebuildError("an appeal was granted in part and nothing was changed")
        terms = _terms(change)
    return acts.DecideAppeal(appeal=event.appeal, outcome=event.outcome, reason=_TEXT, **terms)


def _or_unset(value: str | None) -> str | UnsetType:
    return UNSET if value is None else value
