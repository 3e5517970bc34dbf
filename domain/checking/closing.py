"""Whether everything that is open in a state can be closed: by somebody at once, or by time."""

from __future__ import annotations

from collections.abc import Iterator

from ..due import advance
from ..instants import LAST_INSTANT
from ..state import State
from .steps import Step

__all__ = ["Closing"]


class Closing:
    """What is open in a state, less what the steps that follow on it close."""

    __slots__ = ("_appeals", "_orders", "_proposals", "_sanctions", "_state")

    def __init__(self, state: State) -> None:
        self._state = state
        self._appeals = {one.id for one in state.appeals.values() if one.status == "open"}
        self._proposals = set(state.open_proposals)
        self._orders = {one.id for one in state.live.values() if one.order is not None}
        self._sanctions = {one.id for one in state.live.values() if one.order is None}

    def saw(self, step: Step) -> None:
        """Take note of what a step closes."""
        after = step.after
        if self._appeals:
            self._appeals -= {one.id for one in after.appeals.values() if one.status != "open"}
        if self._proposals:
            self._proposals &= after.open_proposals.keys()
        if self._orders:
            self._orders &= after.live.keys()
        if self._sanctions:
            self._sanctions &= after.live.keys()

    def left_open(self) -> Iterator[str]:
        """A sentence for everything that nothing closes: no command at once, and no time, however long."""
        if self._proposals or self._orders or self._sanctions:
            last = advance(self._state, LAST_INSTANT)
            self._proposals &= last.open_proposals.keys()
            self._orders &= last.live.keys()
            self._sanctions &= last.live.keys()
        for kind, names in (
            ("appeal", self._appeals),
            ("proposal", self._proposals),
            ("order", self._orders),
            ("sanction", self._sanctions),
        ):
            for name in sorted(names):
                yield f"nobody can close the {kind} {name} any more, and time does not either"
