"""Deciding again: the recorded report on the recorded state by the recorded policy, compared with what is on record.

The record is not trusted here. Where deciding again gives something else, that is said, field by field: somebody has changed
the record or the policy's text, or there is a defect in the library.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from .. import acts
from .. import events as e
from ..deciding.case import Case
from ..deciding.proposing import approve
from ..deciding.reporting import record_violation, report_violation
from ..due import advance
from ..errors import Refused
from ..period import period_to_text
from ..policies.evaluation import Evaluation
from ..policies.penalties import Penalty
from ..policies.policy import Policy
from ..state import State
from ..terms import EndOnly
from .documents import Difference

__all__ = ["approval_differences", "pairwise_differences", "report_differences", "report_of", "still_said"]

# Free text is no part of a decision; what a person chose is not the policy's to derive.
_APART: Final = frozenset({"narrative"})
_NOTHING: Final = "nothing"
# Several of them are what no policy says with bounds, and can be put forward at any time.
_OTHER: Final = (Penalty(warn=EndOnly(permanent=True)),)


def report_of(event: e.ViolationRecorded) -> acts.ReportViolation:
    """The report that led to this event, without its free text and without what a person chose."""
    own = acts.Reason(clause=event.clause, category=_given(event.category), severity=_given(event.severity))
    first, others = (event.reasons[0], event.reasons[1:]) if event.reasons else (own, ())
    return acts.ReportViolation(
        violation=event.violation,
        clause=first.clause,
        category=first.category,
        severity=first.severity,
        content_at=UNSET if event.content_at is None else event.content_at,
        batch=_given(event.batch),
        detected=_given(event.detected),
        account_class=UNSET if event.grounds is None else _given(event.grounds.account_class),
        reasons=others,
    )


def still_said(event: e.ViolationRecorded, policy: Policy, state: State) -> Evaluation:
    """What the policy says of the recorded report. Raises a `Refused` where it can say nothing."""
    reporter = event.by if event.grounds is None else event.grounds.reporter
    return policy.evaluate(state, report_of(event), event.at, reporter=reporter)


def report_differences(
    event: e.ViolationRecorded, followed: Sequence[e.Event], policy: Policy, state: State, said: Evaluation | None
) -> tuple[Difference, ...]:
    """Where the record of a report differs from what deciding it again gives.

    `followed`: what is on record of the same decision after it. `said`: what the policy says of it now.
    """
    found = list(_policy(event, policy))
    try:
        again = _decided_again(event, followed, policy, state, said)
    except Refused as refusal:
        return (*found, Difference(type(event).__name__, "decision", "accepted", f"{refusal.code}: {refusal.message}"))
    if event.grounds is not None and event.grounds.deviates:
        # What a person chose cannot be derived; that it differs from what the policy said can.
        (first, *_), followed = again, ()
        assert isinstance(first, e.ViolationRecorded)
        assert first.grounds is not None
        again = [replace(first, grounds=replace(first.grounds, deviates=True))]
    return (*found, *pairwise_differences((event, *followed), again))


def approval_differences(
    approval: e.ProposalApproved, followed: Sequence[e.Event], policy: Policy, state: State
) -> tuple[Difference, ...]:
    """Where what followed an approval differs from what approving again gives."""
    case = Case(advance(state, approval.at), approval.at, approval.by, policy)
    try:
        approve(case, acts.Approve(proposal=approval.proposal))
    except Refused as refusal:
        return (Difference("ProposalApproved", "decision", "accepted", f"{refusal.code}: {refusal.message}"),)
    return (*_policy(approval, policy), *pairwise_differences((approval, *followed), case.draft.events))


def _decided_again(
    event: e.ViolationRecorded, followed: Sequence[e.Event], policy: Policy, state: State, said: Evaluation | None
) -> list[e.Event]:
    grounds, report = event.grounds, report_of(event)
    if grounds is None:
        case = Case(advance(state, event.at), event.at, event.by, policy)
        record_violation(case, _only_recorded(event))
        return case.draft.events
    case = Case(advance(state, event.at), event.at, grounds.reporter, policy)
    if grounds.deviates and said is not None and said.penalties:
        # Any other choice will do, whoever may make it: with bounds that is not to impose nothing.
        case = Case(case.state, event.at, grounds.reporter, policy, rehearsal=True)
        report = replace(report, choose=() if said.bounds is None else _OTHER * (len(said.penalties) + 1), reason="-")
    elif said is not None and any(one.by.kind != "system" for one in followed):
        report = replace(report, choose=said.penalties, reason="-")
    report_violation(case, report)
    return case.draft.events


def _only_recorded(event: e.ViolationRecorded) -> acts.RecordViolation:
    return acts.RecordViolation(
        violation=event.violation,
        clause=event.clause,
        category=_given(event.category),
        severity=_given(event.severity),
        content_at=UNSET if event.content_at is None else event.content_at,
        batch=_given(event.batch),
        detected=_given(event.detected),
    )


def _policy(event: e.ViolationRecorded | e.ProposalApproved, policy: Policy) -> Iterator[Difference]:
    recorded = event.policy
    if recorded is not None and recorded.digest != policy.ref.digest:
        yield Difference("policy", "digest", recorded.digest, policy.ref.digest)


def pairwise_differences(recorded: Iterable[e.Event], again: Iterable[e.Event]) -> Iterator[Difference]:
    """Where recorded events differ from what deciding again gives, field by field, free text aside."""
    for one, other in zip_longest(recorded, again):
        if type(one) is not type(other):
            name = type(one if one is not None else other).__name__
            yield Difference(name, "event", _named(one), _named(other))
        else:
            assert one is not None  # Of one type: the longer of the two lists has not come to its end alone.
            assert other is not None
            yield from _fields(type(one).__name__, "", one, other)


def _fields(event: str, above: str, one: msgspec.Struct, other: msgspec.Struct) -> Iterator[Difference]:
    for name in one.__struct_fields__:
        before, after = getattr(one, name), getattr(other, name)
        if name in _APART or before == after:
            continue
        if isinstance(before, e.Grounds) and isinstance(after, e.Grounds):
            yield from _fields(event, "grounds.", before, after)
        else:
            yield Difference(event, f"{above}{name.rstrip('_')}", _shown(before), _shown(after))


def _named(event: e.Event | None) -> str:
    return _NOTHING if event is None else type(event).__name__


def _shown(value: Any) -> str:
    if value is None or value == ():
        return _NOTHING
    if isinstance(value, datetime | str):
        return str(value)
    return msgspec.json.encode(value, enc_hook=period_to_text).decode()


def _given(value: str | None) -> str | UnsetType:
    return UNSET if value is None else value
