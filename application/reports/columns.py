"""Stacked columns and bars: where the pieces of these pictures lie. No templates here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from .fitting import shortened, text_width

__all__ = ["Bar", "Bars", "Column", "Columns", "Piece", "Series", "draw_bars", "draw_columns"]

_HEIGHT: Final = 210
_TOP: Final = 12
_LABELS: Final = 26
_BAR: Final = 18
_BETWEEN: Final = 10
_NICE: Final = (1, 2, 5)


class Series(Struct, frozen=True):
    """What one colour of a stack stands for."""

    name: str
    tone: str
    words: str


class Piece(Struct, frozen=True):
    """A part of a column."""

    y: float
    height: float
    tone: str
    hint: str


class Column(Struct, frozen=True, kw_only=True):
    """A column; `label` is empty where there is no room for it."""

    x: float
    width: float
    middle: float
    anchor: str
    label: str
    pieces: tuple[Piece, ...]


class Columns(Struct, frozen=True, kw_only=True):
    """A picture of stacked columns. `lines`: where a line of the grid stands, and its number."""

    width: float
    height: float
    left: float
    base: float
    lines: tuple[tuple[float, str], ...]
    columns: tuple[Column, ...]


class Bar(Struct, frozen=True, kw_only=True):
    """A bar with its label above it or left of it, and its number behind."""

    label: str
    label_x: float
    label_y: float
    anchor: str
    x: float
    y: float
    length: float
    tone: str
    number: str


class Bars(Struct, frozen=True, kw_only=True):
    """A picture of bars."""

    width: float
    height: float
    left: float
    bar: float
    bars: tuple[Bar, ...]


def draw_columns(series: Sequence[Series], counts: Sequence[tuple[str, Mapping[str, int]]], width: float) -> Columns:
    """One column for each of the labelled counts, the first series at the bottom."""
    most = max((sum(found.get(one.name, 0) for one in series) for _, found in counts), default=0)
    step = _step(most)
    top = -(-most // step) * step or step
    base = float(_TOP + _HEIGHT)
    left = text_width(f"{top:,}") + 10
    room = (width - left - 4) / max(len(counts), 1)
    size = round(min(room * 0.72, 46), 1)
    columns: list[Column] = []
    free = 0.0
    for number, (label, found) in enumerate(counts):
        middle = round(left + (number + 0.5) * room, 1)
        half = text_width(label) / 2
        begin = max(min(middle - half, width - 2 * half), 0)
        shown = begin >= free
        free = begin + 2 * half + 12 if shown else free
        columns.append(
            Column(
                x=round(middle - size / 2, 1),
                width=size,
                middle=round(begin + half, 1),
                anchor="middle",
                label=label if shown else "",
                pieces=tuple(_stack(series, label, found, base, top)),
            )
        )
    lines = tuple((round(base - _HEIGHT * value / top, 1), f"{value:,}") for value in range(0, top + 1, step))
    return Columns(
        width=width, height=base + _LABELS, left=round(left, 1), base=base, lines=lines, columns=tuple(columns)
    )


def draw_bars(rows: Sequence[tuple[str, int, str]], width: float, *, beside: bool) -> Bars:
    """One bar for each (label, number, tone). `beside`: the labels stand left of the bars, else above them."""
    left = min(max((text_width(label) for label, _, _ in rows), default=0) + 12, width * 0.4) if beside else 0.0
    most = max((number for _, number, _ in rows), default=0)
    room = width - left - text_width(f"{most:,}") - 14
    bars: list[Bar] = []
    top = 2.0
    for label, number, tone in rows:
        y = top if beside else top + 17
        bars.append(
            Bar(
                label=shortened(label, left - 10 if beside else width),
                label_x=round(left - 10, 1) if beside else 0.0,
                label_y=y + _BAR - 5 if beside else top + 12,
                anchor="end" if beside else "start",
                x=round(left, 1),
                y=y,
                length=round(max(room * number / most, 1.5), 1) if number else 0.0,
                tone=tone,
                number=f"{number:,}",
            )
        )
        top = y + _BAR + _BETWEEN
    return Bars(width=width, height=max(top - _BETWEEN + 2, 1), left=round(left, 1), bar=_BAR, bars=tuple(bars))


def _stack(series: Sequence[Series], label: str, found: Mapping[str, int], base: float, top: int) -> list[Piece]:
    pieces: list[Piece] = []
    below = 0
    for one in series:
        count = found.get(one.name, 0)
        if count > 0:
            height = max(_HEIGHT * count / top, 1.0)
            y = base - _HEIGHT * below / top - height
            pieces.append(Piece(round(y, 1), round(height, 1), one.tone, f"{label}, {one.words}: {count:,}"))
            below += count
    return pieces


def _step(most: int) -> int:
    """A round distance of the lines, so that there are three to six of them."""
    power = 1
    while True:
        for nice in _NICE:
            if most <= 5 * nice * power:
                return nice * power
        power *= 10
