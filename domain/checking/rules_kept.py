"""That what is on record stays on record, as it was: who decided, on what it rests, what it said before, how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .. import acts
from .. import events as e
from ..event_parts import PolicyRef
from ..state import Sanction, State
from ..terms import Basis
from ..vocabulary import ProposalStatus
from .steps import Step

__all__ = ["history_is_kept", "what_is_recorded_is_what_was_said"]

_ENDS: Final = (
    *(e.RectificationAccepted, e.RectificationDefaulted, e.SanctionExpired),
    *(e.SanctionLifted, e.SanctionOverturned, e.SanctionSuperseded),
)
# What never changes, whatever becomes of a sanction.
_FIXED: Final = (
    *("kind", "number", "at", "from_", "basis", "policy", "by", "approved_by"),
    *("caused_by", "priors", "step", "grounds", "because_of", "appeal_terms"),
)
_SETTLES: Final[dict[type[e.Event], ProposalStatus]] = {
    e.ProposalApproved: "approved",
    e.ProposalDismissed: "dismissed",
    e.ProposalLapsed: "lapsed",
    e.ProposalClosed: "closed",
}


def history_is_kept(step: Step) -> Iterator[str]:
    """What is on record stays: nothing disappears or is rewritten, what has ended can only be overturned, and only once."""
    before, after = step.before, step.after
    if after.version != before.version + len(step.events):
        yield f"{len(step.events)} events took the account from version {before.version} to {after.version}"
    for one in before.sanctions():
        now = after.sanction(one.id)
        if now is None:
            yield f"{one.id} is gone"
        elif now is not one:
            yield from _rewritten(one, now)
    for one in before.ended.values():
        now = after.sanction(one.id)
        if now is not None and now.status not in (one.status, "overturned"):
            yield f"{one.id} had ended as {one.status}, and is now {now.status}"
        elif one.overturned_at is not None and any(_overturns(event, one.id) for event in step.events):
            yield f"{one.id} was overturned a second time"
    yield from _settled(before, after)
    for name, violation in before.violations.items():
        if after.violations.get(name) != violation:
            yield f"the violation {name} is not on record any more as it was"


def _rewritten(one: Sanction, now: Sanction) -> Iterator[str]:
    for field in _FIXED:
        if getattr(now, field) != getattr(one, field):
            yield f"{one.id} has another {field.rstrip('_')} than it had: {getattr(now, field)} for {getattr(one, field)}"
    if now.terms[: len(one.terms)] != one.terms:
        yield f"{one.id} has lost what it said before"
    if not now.touched_by >= one.touched_by:
        yield f"{one.id} has forgotten who took part in it"


def _overturns(event: e.Event, name: str) -> bool:
    return isinstance(event, e.SanctionOverturned) and event.sanction == name


def _settled(before: State, after: State) -> Iterator[str]:
    for appeal in before.appeals.values():
        now = after.appeals.find(appeal.id)
        if now is None or appeal.status not in ("open", now.status):
            yield f"appeal {appeal.id} was {appeal.status}, and is now {'gone' if now is None else now.status}"
    for proposal in before.settled_proposals.values():
        found = after.proposal(proposal.id)
        if found is None or found.status != proposal.status:
            yield f"proposal {proposal.id} was {proposal.status}, and is now {'gone' if found is None else found.status}"


def what_is_recorded_is_what_was_said(step: Step) -> Iterator[str]:
    """A sanction names the clause, policy and person of its decision, an end its instant, a proposal how it was settled."""
    for event in step.events:
        if isinstance(event, e.Imposed):
            yield from _based(step, event)
        elif isinstance(event, e.SanctionChanged):
            yield from _changed(step, event)
        elif isinstance(event, e.AccountExempted | e.ExemptionEnded):
            wanted = event.unless if isinstance(event, e.AccountExempted) else None
            found = None if step.after.exemption is None else step.after.exemption.unless
            if found != wanted:
                yield f"the account is {'not exempt' if found is None else 'exempt'}, and {type(event).__name__} was recorded"
        elif isinstance(event, e.ProposalApproved | e.ProposalDismissed | e.ProposalLapsed | e.ProposalClosed):
            proposal = step.after.proposal(event.proposal)
            if proposal is None or proposal.status != _SETTLES[type(event)]:
                status = "gone" if proposal is None else proposal.status
                yield f"{type(event).__name__} was recorded, and the proposal {event.proposal} is {status}"
        elif isinstance(event, e.ViolationRecorded) and event.violation not in step.after.violations:
            yield f"the violation {event.violation} was recorded, and is not on record"
        if isinstance(event, _ENDS):
            yield from _ended(step, event)


def _ended(step: Step, event: e.Event) -> Iterator[str]:
    name = str(getattr(event, "sanction", ""))
    before, now = step.before.live.get(name), step.after.sanction(name)
    if now is None or (isinstance(event, e.RectificationAccepted) and event.late):
        return
    # What ended before it was overturned keeps the instant of its end.
    wanted = event.at if before is not None else now.ended_at
    if now.ended_at is None or now.ended_at != wanted:
        yield f"{name} ended at {event.at.isoformat()}, and what is recorded is {now.ended_at}"


def _changed(step: Step, event: e.SanctionChanged) -> Iterator[str]:
    now = step.after.sanction(event.sanction)
    people = {event.by.id, *([] if event.approved_by is None else [event.approved_by.id])}
    if now is not None and not now.touched_by >= people:
        yield f"{event.sanction} was changed by {', '.join(sorted(people))}, and does not say so"


def _based(step: Step, event: e.Imposed) -> Iterator[str]:
    wanted = _basis(step, event)
    if wanted is not None and (event.basis.clause, event.policy) != wanted:
        clause, policy = wanted
        yield (
            f"{event.sanction} names {event.basis.clause} of {event.policy.id}@{event.policy.version}, and decided was "
            f"{clause} of {policy.id}@{policy.version}"
        )


def _basis(step: Step, event: e.Imposed) -> tuple[str, PolicyRef] | None:
    """The clause and the policy on which it was decided: those of the command, of what is approved, of the order."""
    if event.caused_by is not None:
        order = step.before.sanction(event.caused_by)
        return None if order is None else (order.basis.clause, order.policy)
    act = None if step.command is None else step.command.act
    if isinstance(act, acts.ReportViolation):
        return str(act.clause), step.policy.ref
    if isinstance(act, acts.Approve):
        proposal = step.before.open_proposals.get(act.proposal)
        act = None if proposal is None else proposal.act
    basis: Basis | None = act.basis if isinstance(act, acts.Imposition) else None
    return None if basis is None else (basis.clause, step.policy.ref)
