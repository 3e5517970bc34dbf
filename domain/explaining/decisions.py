"""Explaining one decision: a sanction, a violation or a proposal, traced to the report or the person behind it."""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from .. import acts
from .. import events as e
from ..errors import UnknownProposal, UnknownSanction, UnknownViolation
from ..record import Recorded
from .directly import explain_direct
from .documents import Explanation, Subject
from .past import Past
from .reports import explain_report
from .results import imposed_result
from .words import imposed_words

__all__ = ["explain"]


def explain(past: Past, decision: str, subject: Subject | None = None) -> Explanation:
    """Explain the decision that an id names: that of a sanction, else of a violation, else of a proposal.

    `subject` says which of them is meant. Raises UnknownSanction, UnknownViolation and UnknownProposal.
    """
    found: Explanation | None = None
    if subject in (None, "sanction"):
        found = _by_sanction(past, decision)
    if found is None and subject in (None, "violation"):
        found = _by_violation(past, decision)
    if found is None and subject in (None, "proposal"):
        found = _by_proposal(past, decision)
    if found is None:
        raise _unknown(decision, subject)
    return found


def _unknown(decision: str, subject: Subject | None) -> UnknownSanction | UnknownViolation | UnknownProposal:
    match subject:
        case "violation":
            return UnknownViolation(f"this account has no violation {decision!r}", violation=decision)
        case "proposal":
            return UnknownProposal(f"this account has no proposal {decision!r}", proposal=decision)
        case "sanction":
            return UnknownSanction(f"this account has no sanction {decision!r}", sanction=decision)
        case None:
            words = f"this account has no sanction, violation or proposal {decision!r}"
            return UnknownSanction(words, sanction=decision)
        case _:
            assert_never(subject)


def _by_violation(past: Past, name: str) -> Explanation | None:
    record = past.violation(name)
    return None if record is None else explain_report(past, record, name, "violation")


def _by_proposal(past: Past, name: str) -> Explanation | None:
    record = past.proposal(name)
    return None if record is None else _proposal(past, record, name, "proposal")


def _by_sanction(past: Past, name: str) -> Explanation | None:
    event = past.imposed(name)
    if event is None:
        reserved = past.state.reserved.find(name)
        record = None if reserved is None else past.proposal(reserved)
        if record is None or _changes(record.event):
            return None
        return _proposal(past, record, name, "sanction")
    if event.caused_by is not None:
        return _consequence(past, event.caused_by, name)
    record = past.sanction(name)
    return None if record is None else _decided(past, record, event, name)


def _decided(past: Past, record: Recorded, event: e.Imposed, name: str) -> Explanation:
    report = _report_of(past, event.grounds, event.basis.violations)
    if report is None:
        return explain_direct(past, record, name, "sanction")
    return explain_report(past, report, name, "sanction")


def _proposal(past: Past, record: Recorded, name: str, subject: Subject) -> Explanation:
    event = record.event
    assert isinstance(event, e.SanctionProposed)
    violations = () if isinstance(event.act, acts.ChangeSanction) else event.act.basis.violations
    report = _report_of(past, event.grounds, violations)
    if report is None:
        return explain_direct(past, record, name, subject)
    return explain_report(past, report, name, subject)


def _report_of(past: Past, grounds: e.Grounds | None, violations: tuple[str, ...]) -> Recorded | None:
    """The record of the report that a decision with grounds came of."""
    if grounds is None or not violations:
        return None
    return past.violation(violations[0])


def _consequence(past: Past, cause: str, name: str) -> Explanation:
    order = _by_sanction(past, cause)
    assert order is not None  # Without it no state could be folded.
    announced = [one for one in past.events() if isinstance(one, e.Imposed) and one.caused_by == cause]
    says = "; ".join(map(imposed_words, announced))
    return replace(
        order,
        decision=name,
        kind="consequence",
        summary=f"the deadline of the order {cause} was missed, and what it had announced followed: {says}",
        results=tuple(imposed_result(past, one) for one in announced),
        because_of=cause,
    )


def _changes(event: e.Event) -> bool:
    return isinstance(event, e.SanctionProposed) and isinstance(event.act, acts.ChangeSanction)
