"""How long deciding took: medians over any number of cases in bounded memory, to within one per cent.

A duration is counted in one of some thousand classes, each less than two per cent wide, and stands for the middle of its class.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from msgspec import Struct

from ..domain import events as e

__all__ = ["DecidingTimes", "TimeTaken", "What"]

What = Literal["violation", "proposal", "submission", "appeal"]
"""From what to what: a violation recorded to the first sanction that rests on it; a proposal to its approval or dismissal; a
submitted rectification to its review; an appeal to its decision."""
_ORDER: Final[tuple[What, ...]] = ("violation", "proposal", "submission", "appeal")
_BITS: Final = 7
_MICRO: Final = timedelta(microseconds=1)


class TimeTaken(Struct, frozen=True, kw_only=True):
    """How many were decided, and how many seconds that took: half of them at most `median`, nine of ten at most `most`."""

    what: What
    count: int
    median: float
    most: float


class DecidingTimes:
    """Takes in one account after the other."""

    def __init__(self) -> None:
        self._classes: dict[What, Counter[tuple[int, int]]] = {what: Counter() for what in _ORDER}

    def add(self, events: Sequence[e.Event], since: datetime | None) -> None:
        """Take in the events of one account, oldest first; what was decided before `since` is left out."""
        begun: dict[tuple[What, str], datetime] = {}
        for event in events:
            if (start := _starts(event)) is not None:
                begun.setdefault(start, event.at)
            for end in _ends(event):
                at = begun.pop(end, None)
                if at is not None and (since is None or event.at >= since):
                    self._classes[end[0]][_class((event.at - at) // _MICRO)] += 1

    def result(self) -> tuple[TimeTaken, ...]:
        """What was decided so far; what was never decided is left out."""
        return tuple(
            TimeTaken(what=what, count=found.total(), median=_share(found, 1, 2), most=_share(found, 9, 10))
            for what in _ORDER
            if (found := self._classes[what])
        )


def _starts(event: e.Event) -> tuple[What, str] | None:
    match event:
        case e.ViolationRecorded():
            return "violation", event.violation
        case e.SanctionProposed():
            return "proposal", event.proposal
        case e.RectificationSubmitted():
            return "submission", event.sanction
        case e.AppealFiled():
            return "appeal", event.appeal
        case _:
            return None


def _ends(event: e.Event) -> list[tuple[What, str]]:
    match event:
        case e.Imposed() if event.caused_by is None:
            return [("violation", name) for name in event.basis.violations]
        case e.ProposalApproved() | e.ProposalDismissed():
            return [("proposal", event.proposal)]
        case e.RectificationAccepted() | e.RectificationRejected():
            return [("submission", event.sanction)]
        case e.AppealDecided():
            return [("appeal", event.appeal)]
        case _:
            return []


def _class(micros: int) -> tuple[int, int]:
    """The first digits of a duration and how many follow, in base two."""
    shift = max(micros.bit_length() - _BITS, 0)
    return shift, micros >> shift


def _share(found: Counter[tuple[int, int]], part: int, of: int) -> float:
    """The duration that this part of the cases does not exceed, in seconds."""
    wanted = -(-found.total() * part // of)
    seen = 0
    for shift, digits in sorted(found, key=lambda one: one[1] << one[0]):
        seen += found[shift, digits]
        if seen >= wanted:
            return ((digits << shift) + ((1 << shift) - 1) / 2) / 1e6
    return 0.0
