"""The targets of the fuzzers in every run: what broke one before, and what Hypothesis makes of good inputs."""

from __future__ import annotations

import random
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.depth import effort

from .targets import CASES, TARGETS, cases_of

_BOUND: Final = 5.0
"""Seconds of CPU that one input may take; the dearest of them takes a hundredth."""
_SLOW: Final = frozenset({"command_line"})


@contextmanager
def bounded(data: bytes) -> Iterator[None]:
    """An input that runs on is stopped by a timer of the process's own CPU time, and said."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise AssertionError(f"this input takes more than {_BOUND} s: {data[:200]!r}")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, _BOUND)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def hold(name: str, data: bytes) -> None:
    with bounded(data):
        TARGETS[name].read(data)


@cache
def seeds(name: str) -> tuple[bytes, ...]:
    return tuple(TARGETS[name].seeds())


@pytest.mark.parametrize(
    ("name", "case"),
    [pytest.param(name, case, id=f"{name}/{case.name}") for name in TARGETS for case in cases_of(name)],
)
def test_what_broke_a_target_once_does_so_no_more(name: str, case: Path) -> None:
    hold(name, case.read_bytes())


def test_every_case_belongs_to_a_target() -> None:
    assert {folder.name for folder in CASES.iterdir() if folder.is_dir()} <= TARGETS.keys()


@pytest.mark.parametrize("name", TARGETS)
def test_every_seed_is_read(name: str) -> None:
    assert seeds(name)
    for seed in seeds(name):
        hold(name, seed)


def mutated(data: bytes, chance: random.Random, words: tuple[str, ...]) -> bytes:
    """Some pieces cut out, doubled, or replaced by words, numbers and bytes that are no text."""
    pieces = [word.encode() for word in words] + [
        b"-1",
        b"1e999",
        b"99999999999999999999",
        b"\xff",
        b"\\ud800",
        b"[" * 3000,
    ]
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(data) + 1)
        end = min(len(data), start + chance.choice((0, 1, 2, 5, 30)))
        data = (
            data[:start]
            + chance.choice((*pieces, data[start:end] * 2, b"", bytes([chance.randrange(256)])))
            + data[end:]
        )
    return data


@pytest.mark.parametrize("name", TARGETS)
def test_mutated_seeds_are_read_or_refused_as_promised(name: str) -> None:
    target = TARGETS[name]

    @effort(0.5 if name in _SLOW else 4)
    @given(st.sampled_from(seeds(name)), st.randoms(use_true_random=False))
    def tried(seed: bytes, chance: random.Random) -> None:
        hold(name, mutated(seed, chance, target.words))

    tried()


@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes_are_read_or_refused_as_promised(name: str) -> None:
    @effort(0.5 if name in _SLOW else 4)
    @given(st.binary(max_size=200))
    def tried(data: bytes) -> None:
        hold(name, data)

    tried()


@pytest.mark.parametrize("name", sorted(TARGETS.keys() - _SLOW))
def test_the_same_inputs_again_and_again_keep_nothing(name: str) -> None:
    chance = random.Random(7)  # noqa: S311 - repeatable, not secret
    inputs = [mutated(seed, chance, TARGETS[name].words) for seed in seeds(name)[:20] for _ in range(5)]

    def once() -> int:
        for data in inputs:
            TARGETS[name].read(data)
        return sys.getallocatedblocks()

    once()
    before = once()
    after = [once() for _ in range(5)]
    # What one round allocates and keeps would show in each of the five again.
    assert min(after[2:]) - before < max(1000, before // 100), (before, after)
