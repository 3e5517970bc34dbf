"""Making things fit: how wide text will be, where to cut it, how to keep marks from covering one another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from unicodedata import east_asian_width

__all__ = ["shortened", "spread", "text_width"]

_FONT: Final = 12
_LETTER: Final = 0.57
_WIDE_LETTER: Final = 1.05


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """These places (in order) moved apart to at least `gap`, between `low` and `high`, where there is room for them all."""
    moved: list[float] = []
    for place in places:
        least = moved[-1] + gap if moved else low
        moved.append(max(place, least))
    limit = high
    for index in range(len(moved) - 1, -1, -1):
        moved[index] = round(min(moved[index], limit), 1)
        limit = moved[index] - gap
    return moved


def text_width(text: str, size: float = _FONT) -> float:
    """How wide the text will be at most, about: nobody has measured the reader's font."""
    return size * sum(
        _WIDE_LETTER if letter in "MW@%" or east_asian_width(letter) in "WF" else _LETTER for letter in text
    )


def shortened(text: str, room: float) -> str:
    """The text, or its beginning and an ellipsis, so that it fits into `room`."""
    if len(text) <= 4 * room and text_width(text) <= room:
        return text
    size, end = text_width("\u2026"), 0
    for letter in text:
        size += text_width(letter)
        if size > room:
            break
        end += 1
    return text[:end].rstrip() + "\u2026"
