"""Measuring in processor time or wall time, several rounds taken in turn, medians."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter, process_time

__all__ = ["cpu", "report", "wall"]

ROUNDS = 5


def cpu(candidates: Mapping[str, tuple[Callable[[], object], int]]) -> dict[str, float]:
    """Processor seconds per call of each candidate: (function, how many calls a round); the median of the rounds."""
    return _measure(candidates, process_time)


def wall(candidates: Mapping[str, tuple[Callable[[], object], int]]) -> dict[str, float]:
    """Wall-clock seconds per call of each candidate; the median of the rounds."""
    return _measure(candidates, perf_counter)


def _measure(
    candidates: Mapping[str, tuple[Callable[[], object], int]], clock: Callable[[], float]
) -> dict[str, float]:
    found: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(ROUNDS):
        for name, (function, calls) in candidates.items():
            gc.collect()
            started = clock()
            for _ in range(calls):
                function()
            found[name].append((clock() - started) / calls)
    return {name: median(times) for name, times in found.items()}


def report(what: str, value: str, target: str) -> None:
    """One line of the report."""
    print(f"{what:<78} {value:>16}   {target}")
