"""Whether a recorded history of concurrent operations is some serial order of them that keeps to real time.

Wing and Gong's search with Lowe's memory of what was tried: take an operation that began before every other one had ended, see
whether the sequential model answers as was recorded, go on; turn back where no such operation is left. A choice that led to the
same operations done and the same state before is not tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

__all__ = ["Operation", "linearised"]

S = TypeVar("S", bound=Hashable)


class Operation(NamedTuple):
    """What was asked and answered, and when, on a clock that all processes share."""

    began: int
    ended: int
    asked: Any
    answered: Any


class _Step(NamedTuple, Generic[S]):
    state: S
    done: int
    untried: list[int]


def linearised(
    history: Sequence[Operation], start: S, model: Callable[[S, Any], tuple[S, Any]]
) -> tuple[Operation, ...] | None:
    """The operations in an order that explains the history, None where there is none.

    `model` takes a state and what was asked, and gives the next state and the answer.
    """
    everything = (1 << len(history)) - 1
    tried: set[tuple[int, S]] = set()
    path: list[int] = []
    steps = [_Step(start, 0, _possible(history, 0))]
    while steps:
        state, done, untried = steps[-1]
        if done == everything:
            return tuple(history[number] for number in path)
        if not untried:
            steps.pop()
            if path:
                path.pop()
            continue
        number = untried.pop()
        following, answer = model(state, history[number].asked)
        if answer != history[number].answered:
            continue
        now_done = done | 1 << number
        if (now_done, following) in tried:
            continue
        tried.add((now_done, following))
        path.append(number)
        steps.append(_Step(following, now_done, _possible(history, now_done)))
    return None


def _possible(history: Sequence[Operation], done: int) -> list[int]:
    """What can come next: nothing that is left ended before it began; what began first is tried first."""
    left = [number for number in range(len(history)) if not done >> number & 1]
    if not left:
        return []
    deadline = min(history[number].ended for number in left)
    return sorted((one for one in left if history[one].began <= deadline), key=lambda one: -history[one].began)
