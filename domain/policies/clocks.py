"""The clocks of violations: they stand still while sanctions of certain kinds are in force."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime

from ..instants import LAST_INSTANT, as_utc
from ..state import State
from ..vocabulary import Kind

__all__ = ["Clocks"]

_Span = tuple[datetime, datetime]


class Clocks:
    """What the clocks of an account's violations show at one instant."""

    __slots__ = ("_at", "_dials", "_state")

    def __init__(self, state: State, at: datetime) -> None:
        self._state = state
        self._at = at
        self._dials: dict[tuple[Kind, ...], _Dial] = {}

    def read(self, kinds: tuple[Kind, ...], since: datetime) -> tuple[datetime, datetime]:
        """What the clock of a violation of `since` shows that these kinds stop: the instant, less the time it stood still.

        And until when violations may have begun for theirs to show the same.
        """
        if not kinds:
            return self._at, LAST_INSTANT
        dial = self._dials.get(kinds)
        if dial is None:
            dial = self._dials[kinds] = _Dial(self._at, _merged(self._in_force(kinds)))
        return dial.read(since)

    def _in_force(self, kinds: tuple[Kind, ...]) -> Iterable[_Span]:
        for sanctions in (self._state.ended, self._state.live):
            for sanction in sanctions.values():
                if sanction.kind in kinds and sanction.overturned_at is None:
                    end = self._at if sanction.ended_at is None else min(sanction.ended_at, self._at)
                    if sanction.from_ < end:
                        yield sanction.from_, end


class _Dial:
    """The clocks that stood still during these spans, which lie apart and in the order of time."""

    __slots__ = ("_ends", "_shown", "_starts")

    def __init__(self, at: datetime, spans: list[_Span]) -> None:
        self._starts = [*(start for start, _ in spans), LAST_INSTANT]
        self._ends = [end for _, end in spans]
        # What is shown for a beginning before each of the spans, and after the last.
        shown = as_utc(at)
        self._shown = [shown]
        for start, end in reversed(spans):
            shown -= end - start
            self._shown.append(shown)
        self._shown.reverse()

    def read(self, since: datetime) -> tuple[datetime, datetime]:
        ahead = bisect_right(self._ends, since)
        shown, start = self._shown[ahead], self._starts[ahead]
        return (shown, start) if since <= start else (shown + (since - start), since)


def _merged(spans: Iterable[_Span]) -> list[_Span]:
    merged: list[_Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
