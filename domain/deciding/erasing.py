"""Erasing personal data, and the legal holds that forbid it. What was decided stays: state is folded from headers alone."""

from __future__ import annotations

from msgspec import UNSET

from .. import acts
from .. import events as e
from ..errors import IdInUse, LegalHold, SamePerson, UnknownAccount, UnknownHold
from .case import Case

__all__ = ["erase", "hold", "release"]


def hold(case: Case, act: acts.Hold) -> None:
    """Forbid erasing. Holds stand beside one another, as the matters for which they are placed do."""
    case.require("hold")
    assert act.hold is not UNSET
    if act.hold in case.builder.retention.holds:
        raise IdInUse(f"the id {act.hold!r} is taken; choose another", id=act.hold)
    case.emit(e.LegalHoldPlaced(at=case.at, by=case.by, hold=act.hold, narrative=e.Narrative(reason=act.reason)))


def release(case: Case, act: acts.ReleaseHold) -> None:
    """End a hold: not by whoever placed it."""
    case.require("hold")
    placed = case.builder.retention.holds.get(act.hold)
    if placed is None:
        raise UnknownHold(f"no legal hold {act.hold!r} is in force", hold=act.hold)
    if placed.by.id == case.by.id:
        raise SamePerson("a legal hold is released by another person than placed it", hold=act.hold, by=case.by.id)
    case.emit(e.LegalHoldReleased(at=case.at, by=case.by, hold=act.hold, narrative=e.Narrative(reason=act.reason)))


def erase(case: Case, act: acts.ErasePersonalData) -> None:
    """Record that the free text of everything before is destroyed; the store destroys it afterwards."""
    case.require("erase")
    if not case.state.version:
        raise UnknownAccount("nothing is recorded of this account")
    if case.builder.retention.holds:
        names = tuple(case.builder.retention.holds)
        raise LegalHold(f"a legal hold is in force: {', '.join(names)}", holds=names)
    case.emit(e.PersonalDataErased(at=case.at, by=case.by, narrative=e.Narrative(reason=act.reason)))
