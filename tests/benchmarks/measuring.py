"""Measuring in processor time or wall time: several rounds, the candidates in turn, so that ratios hold on a noisy machine."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter, process_time

__all__ = ["Rounds", "cpu", "ratio", "report", "wall"]

ROUNDS = 15


class Rounds:
    """Seconds per call, one figure a round."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    @property
    def least(self) -> float:
        """What the code costs where nothing else disturbed it."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        """What it cost in the middle round."""
        return median(self.seconds)


Candidates = Mapping[str, tuple[Callable[[], object], int]]
"""By name: a function, and how many calls make a round."""


def cpu(candidates: Candidates) -> dict[str, Rounds]:
    """Processor time."""
    return _measure(candidates, process_time)


def wall(candidates: Candidates) -> dict[str, Rounds]:
    """Wall-clock time."""
    return _measure(candidates, perf_counter)


def ratio(one: Rounds, other: Rounds) -> float:
    """How many times longer `one` takes: the median of the ratios within each round."""
    return median(a / b for a, b in zip(one.seconds, other.seconds, strict=True))


def _measure(candidates: Candidates, clock: Callable[[], float]) -> dict[str, Rounds]:
    found = {name: Rounds() for name in candidates}
    for _ in range(ROUNDS):
        for name, (function, calls) in candidates.items():
            gc.collect()
            started = clock()
            for _ in range(calls):
                function()
            found[name].seconds.append((clock() - started) / calls)
    return found


def report(what: str, value: str, target: str) -> None:
    """One line of the report."""
    print(f"{what:<70} {value:>26}   {target}")
