"""`evolve(state, event)` and `fold(state, events)`: what was decided, applied. No policy, no clock, no judgement.

Both run on one private mutable builder that is frozen at the end, so that folding many events copies nothing per event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from . import events as e
from .builder import Builder
from .state import State

__all__ = ["evolve", "fold"]


def evolve(state: State, event: e.Event) -> State:
    """The state after one event."""
    return fold(state, (event,))


def fold(state: State, events: Iterable[e.Event], *, voided: Mapping[str, datetime] | None = None) -> State:
    """The state after some events; equal to evolving by each in turn.

    `voided` maps sanctions that are known to have been overturned, perhaps later than these events, to when: they are
    overturned from their beginning.
    """
    builder = Builder(state, voided)
    builder.apply_all(events)
    return builder.freeze()
