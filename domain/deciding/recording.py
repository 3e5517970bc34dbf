"""What is put on record without deciding a sanction: violations, notices, exemptions, notes."""

from __future__ import annotations

from msgspec import UNSET

from .. import acts
from .. import events as e
from ..errors import IdInUse, UnknownClause
from ..instants import as_utc
from .case import Case

__all__ = ["end_exemption", "exempt", "note", "record_violation", "serve_notice"]


def record_violation(case: Case, act: acts.RecordViolation) -> None:
    """Put a breach on record."""
    case.require("record")
    if act.violation is UNSET:
        raise ValueError("a violation needs its id before it is decided")
    if case.builder.has_violation(act.violation):
        raise IdInUse(f"the id {act.violation!r} is taken; choose another", id=act.violation)
    if not case.policy.knows_clause(act.clause):
        raise UnknownClause(
            f"the policy {case.policy.name} has no clause {act.clause!r}",
            clause=act.clause,
            policy=case.policy.name,
        )
    narrative = None
    if act.facts is not UNSET or act.evidence:
        narrative = e.Narrative(facts=None if act.facts is UNSET else act.facts, evidence=act.evidence)
    case.emit(
        e.ViolationRecorded(
            at=case.at,
            by=case.by,
            violation=act.violation,
            clause=act.clause,
            category=None if act.category is UNSET else act.category,
            severity=None if act.severity is UNSET else act.severity,
            content_at=None if act.content_at is UNSET else as_utc(act.content_at),
            batch=None if act.batch is UNSET else act.batch,
            detected=None if act.detected is UNSET else act.detected,
            policy=case.policy.ref,
            narrative=narrative,
        )
    )


def serve_notice(case: Case, act: acts.ServeNotice) -> None:
    """The holder was told of a sanction."""
    case.require("serve_notice")
    sanction = case.sanction(act.sanction)
    channel = None if act.channel is UNSET else act.channel
    case.emit(e.NoticeServed(at=case.at, by=case.by, sanction=sanction.id, channel=channel))


def exempt(case: Case, act: acts.Exempt) -> None:
    """Protect the account; the same protection again is no event."""
    case.require("exempt")
    unless = tuple(sorted(set(act.unless)))
    exemption = case.builder.exemption
    if exemption is not None and exemption.unless == unless:
        return
    case.emit(e.AccountExempted(at=case.at, by=case.by, unless=unless, narrative=e.Narrative(reason=act.reason)))


def end_exemption(case: Case, act: acts.EndExemption) -> None:
    """End the protection; where there is none, nothing happens."""
    case.require("exempt")
    if case.builder.exemption is not None:
        case.emit(e.ExemptionEnded(at=case.at, by=case.by, narrative=e.Narrative(reason=act.reason)))


def note(case: Case, act: acts.Note) -> None:
    """Put a remark on file."""
    case.require("note")
    case.emit(e.NoteAdded(at=case.at, by=case.by, narrative=e.Narrative(text=act.text)))
