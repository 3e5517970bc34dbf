"""A simulation as one HTML document that needs nothing but itself: what follows under either policy, side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from ..simulating.comparing import CONSEQUENCES, DIFFERENCES, ENDINGS, Outcome
from ..simulating.running import Simulation
from ..simulating.tallying import Compared, OutcomeCount
from .environment import environment
from .simulation_bars import Chart, Pair, draw_pairs
from .simulation_words import DIFFERENCE_WORDS, ENDING_WORDS, OUTCOME_WORDS, said_words
from .wording import event_words

__all__ = ["simulation_page"]

_WIDE = 1000
_NARROW = 350
_ALWAYS = frozenset({"nothing", "warning", "rectification", "restriction", "suspension", "permanent_ban"})


class _Figure(Struct, frozen=True, kw_only=True):
    prefix: str
    heading: str
    unit: str
    description: str
    has_proposed: bool
    pairs: tuple[Pair, ...]
    pictures: tuple[tuple[str, Chart], ...]


class _Example(Struct, frozen=True, kw_only=True):
    example: Compared
    difference: str
    recorded: str
    other: str


class _Shift(Struct, frozen=True, kw_only=True):
    recorded: str
    other: str
    same: bool
    violations: int


def simulation_page(found: Simulation) -> str:
    """The page of a simulation. All text of other people is escaped."""
    against = ", ".join(one.policy for one in found.against)
    return (
        environment()
        .get_template("simulation.html")
        .render(
            title=f"Simulation under {against}",
            found=found,
            against=against,
            figures=(_violations(found), _accounts(found)),
            differences=[(DIFFERENCE_WORDS[n], found.differences[n]) for n in DIFFERENCES if n in found.differences],
            shifts=[_shift(one) for one in found.outcomes],
            examples=[_example(one) for one in found.examples],
            left_out=[(event_words(name), count) for name, count in found.left_out.items()],
            ending_words=ENDING_WORDS,
        )
    )


def _violations(found: Simulation) -> _Figure:
    recorded, other = Counter[tuple[Outcome, bool]](), Counter[tuple[Outcome, bool]]()
    for one in found.outcomes:
        recorded[one.recorded, one.recorded_proposed] += one.violations
        other[one.other, one.other_proposed] += one.violations
    pairs = [
        Pair(
            label=OUTCOME_WORDS[name],
            recorded=recorded[name, False] + recorded[name, True],
            other=other[name, False] + other[name, True],
            recorded_proposed=recorded[name, True],
            other_proposed=other[name, True],
        )
        for name in CONSEQUENCES
    ]
    shown = [one for name, one in zip(CONSEQUENCES, pairs, strict=True) if name in _ALWAYS or one.recorded or one.other]
    return _figure("violations", "What follows from a violation", "violations", shown)


def _accounts(found: Simulation) -> _Figure:
    recorded, other = Counter[str](), Counter[str]()
    for one in found.endings:
        recorded[one.recorded] += one.accounts
        other[one.other] += one.accounts
    pairs = [Pair(label=ENDING_WORDS[name], recorded=recorded[name], other=other[name]) for name in ENDINGS]
    return _figure("accounts", "Where the accounts stand in the end", "accounts", pairs)


def _figure(prefix: str, heading: str, unit: str, pairs: Sequence[Pair]) -> _Figure:
    return _Figure(
        prefix=prefix,
        heading=heading,
        unit=unit,
        description=". ".join(f"{one.label}: {one.recorded:,} recorded, {one.other:,} simulated" for one in pairs),
        has_proposed=any(one.recorded_proposed or one.other_proposed for one in pairs),
        pairs=tuple(pairs),
        pictures=(
            ("wide", draw_pairs(pairs, _WIDE, beside=True)),
            ("narrow", draw_pairs(pairs, _NARROW, beside=False)),
        ),
    )


def _shift(one: OutcomeCount) -> _Shift:
    recorded = OUTCOME_WORDS[one.recorded] + (" (proposed)" if one.recorded_proposed else "")
    other = OUTCOME_WORDS[one.other] + (" (proposed)" if one.other_proposed else "")
    return _Shift(recorded=recorded, other=other, same=recorded == other, violations=one.violations)


def _example(one: Compared) -> _Example:
    assert one.difference is not None
    return _Example(
        example=one,
        difference=DIFFERENCE_WORDS[one.difference],
        recorded=said_words(one.recorded),
        other=said_words(one.other),
    )
