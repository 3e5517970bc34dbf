"""What a check looks at: one step of one history, and what an invariant finds wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import cast

from msgspec import Struct

from ..commands import Command
from ..events import Event
from ..policies.policy import Policy
from ..state import State

__all__ = ["Flaw", "Invariant", "Step", "said"]


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
"""Looks at a step and says, in a sentence, what is wrong with it; None or nothing where all is well. Its name is the rule's.

An assertion that does not hold counts as said. The search takes two histories for one where the same future lies before them and
they look alike (`appearance` says what is looked at). A rule that looks at something else of a state says so by an attribute
`sees`: a function of a state and its instant, whose answers, hashable, are then kept apart.
"""


class Flaw(Struct, frozen=True):
    """A rule that does not hold: its name, and what was found."""

    rule: str
    sentence: str


def said(rule: Invariant, step: Step) -> tuple[str, ...]:
    """What an invariant says of a step, as sentences: what it gives back, asserts, or fails with, it being at fault itself."""
    try:
        found = cast("object", rule(step))
        if found is None:
            return ()
        if isinstance(found, bool):
            raise TypeError(f"a rule says a sentence, several, or nothing; this one answered {found}")
        return (found,) if isinstance(found, str) else tuple(map(_sentence, cast("Iterable[object]", found)))
    except AssertionError as error:
        return (str(error).partition("\n")[0] or "an assertion of the rule does not hold",)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the history by which somebody's rule fails is worth more than the traceback
        return (f"the rule itself failed: {type(error).__name__}: {error}",)


def _sentence(one: object) -> str:
    if not isinstance(one, str):
        raise TypeError(f"a rule says a sentence, several, or nothing; among these was {one!r}")
    return one
