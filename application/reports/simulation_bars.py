"""Two counts side by side for each of some outcomes: where the bars of the picture lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from .fitting import text_width

__all__ = ["Chart", "Pair", "Row", "Side", "draw_pairs"]

_BAR: Final = 15
_GAP: Final = 3
_BETWEEN: Final = 14
_LABEL: Final = 150
_LABEL_ABOVE: Final = 18
_LEAST: Final = 2


class Pair(Struct, frozen=True, kw_only=True):
    """An outcome, and how often it came about by the record and by the other policy; `*_proposed`: of these, after a yes."""

    label: str
    recorded: int
    other: int
    recorded_proposed: int = 0
    other_proposed: int = 0


class Side(Struct, frozen=True, kw_only=True):
    """One bar: what was imposed is solid, what was proposed hatched; the number stands behind it."""

    side: str
    y: int
    solid: int
    hatched_from: int
    hatched: int
    number: str
    number_x: int


class Row(Struct, frozen=True, kw_only=True):
    """The two bars of one outcome under or beside their label."""

    label: str
    label_x: int
    label_y: int
    anchor: str
    sides: tuple[Side, ...]


class Chart(Struct, frozen=True, kw_only=True):
    """A picture of pairs."""

    width: int
    height: int
    left: int
    bar: int
    rows: tuple[Row, ...]


def draw_pairs(pairs: Sequence[Pair], width: int, *, beside: bool) -> Chart:
    """The picture. `beside`: the labels stand left of the bars, else above them."""
    left = _LABEL if beside else 0
    most = max((max(one.recorded, one.other) for one in pairs), default=0)
    room = width - left - round(text_width(f" {most:,}")) - 12
    rows: list[Row] = []
    top = 2
    for one in pairs:
        bars_from = top if beside else top + _LABEL_ABOVE
        sides = (
            _side("recorded", bars_from, left, room, most, one.recorded, one.recorded_proposed),
            _side("other", bars_from + _BAR + _GAP, left, room, most, one.other, one.other_proposed),
        )
        rows.append(
            Row(
                label=one.label,
                label_x=left - 10 if beside else 0,
                label_y=bars_from + _BAR + 6 if beside else top + 12,
                anchor="end" if beside else "start",
                sides=sides,
            )
        )
        top = bars_from + 2 * _BAR + _GAP + _BETWEEN
    return Chart(width=width, height=max(top - _BETWEEN + 2, 1), left=left, bar=_BAR, rows=tuple(rows))


def _side(side: str, y: int, left: int, room: int, most: int, count: int, proposed: int) -> Side:
    whole = _length(count, most, room)
    hatched = _length(proposed, most, room)
    solid = _length(count - proposed, most, room) if hatched else whole
    return Side(
        side=side,
        y=y,
        solid=solid,
        hatched_from=left + solid,
        hatched=hatched,
        number=f"{count:,}",
        number_x=left + solid + hatched + 6,
    )


def _length(count: int, most: int, room: int) -> int:
    """Proportional, and never nothing where there is something."""
    return max(count * room // most, _LEAST) if count else 0
