"""What a check looks at: one step of one history, and what an invariant finds wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from msgspec import Struct

from ..commands import Command
from ..events import Event
from ..policies.policy import Policy
from ..state import State

__all__ = ["Flaw", "Invariant", "Step", "sentences"]


class Step(Struct, frozen=True, kw_only=True):
    """One edge of the reachable space: a command that was accepted, or time that passed.

    `before`: the state with everything recorded that had fallen due by `since`. `after`: the same at `at`. `command`: what
    was decided (None: only time passed, and `events` are what fell due). A history begins with the step into the empty state:
    no command, no events. States are advanced to their instant, so `queries.restrictions(step.after, step.at)` answers.
    """

    policy: Policy
    before: State
    after: State
    since: datetime
    at: datetime
    command: Command | None = None
    events: tuple[Event, ...] = ()


Invariant = Callable[[Step], Iterable[str] | str | None]
"""Looks at a step and says, in a sentence, what is wrong with it; None or nothing where all is well. Its name is the rule's."""


class Flaw(Struct, frozen=True):
    """A rule that does not hold: its name, and what was found."""

    rule: str
    sentence: str


def sentences(found: Iterable[str] | str | None) -> tuple[str, ...]:
    """What an invariant said, as sentences."""
    if found is None:
        return ()
    return (found,) if isinstance(found, str) else tuple(found)
