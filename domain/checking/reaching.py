"""From which states the standing `clear` can be reached: the space walked backwards."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

__all__ = ["first_that_cannot_reach"]


def first_that_cannot_reach(goals: Iterable[int], links: tuple[array[int], array[int]], states: int) -> int | None:
    """The first of the states from which no goal can be reached; None where one can be from all.

    `links`: from which state to which one there is a step.
    """
    backwards: list[list[int]] = [[] for _ in range(states)]
    for source, target in zip(*links, strict=True):
        if source != target:
            backwards[target].append(source)
    reaching = bytearray(states)
    waiting = list(goals)
    for number in waiting:
        reaching[number] = 1
    while waiting:
        for source in backwards[waiting.pop()]:
            if not reaching[source]:
                reaching[source] = 1
                waiting.append(source)
    found = reaching.find(0)
    return None if found < 0 else found
