"""What is put on record without deciding a sanction: notices, exemptions, notes."""

from __future__ import annotations

from msgspec import UNSET

from .. import acts
from .. import events as e
from .case import Case

__all__ = ["end_exemption", "exempt", "note", "serve_notice"]


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
