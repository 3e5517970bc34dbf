"""On which line of a TOML file a field stands. tomllib gives values without places, so the headings and keys are looked up."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["Positions"]

_HEADING: Final = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]")
_KEY: Final = re.compile(
    r"""\s*((?:"[^"\n]*"|'[^'\n]*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"\n]*"|'[^'\n]*'|[A-Za-z0-9_-]+))*)\s*="""
)
_PART: Final = re.compile(r""""([^"\n]*)"|'([^'\n]*)'|([A-Za-z0-9_-]+)""")
_STEP: Final = re.compile(r"\[(\d+|\.\.\.)\]|\.?([^.\[\]]+)")
Place = tuple[str | int, ...]


class Positions:
    """The lines of the headings and keys of a TOML text that was parsed without error."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Place, int] = {(): 1}
        table: Place = ()
        counts: dict[Place, int] = {}
        for number, line in enumerate(text.splitlines(), 1):
            heading = _HEADING.match(line)
            if heading is not None:
                table = self._resolved(_parts(heading[2]), counts, array=heading[1] == "[[")
                self._lines.setdefault(table, number)
                continue
            key = _KEY.match(line)
            if key is not None:
                self._lines.setdefault((*table, *_parts(key[1])), number)

    def _resolved(self, parts: list[str], counts: dict[Place, int], *, array: bool) -> Place:
        place: Place = ()
        for depth, part in enumerate(parts, 1):
            place = (*place, part)
            if depth == len(parts) and array:
                counts[place] = counts.get(place, -1) + 1
            if place in counts:
                place = (*place, counts[place])
        return place

    def line(self, place: Place) -> int:
        """The line of a field, or of the nearest thing around it."""
        while place not in self._lines:
            place = place[:-1]
        return self._lines[place]

    @staticmethod
    def parse(path: str) -> Place:
        """The place that msgspec calls `$.ladders[...].steps[0]`; what it leaves out ends the place."""
        found: list[str | int] = []
        for number, name in _STEP.findall(path.removeprefix("$")):
            if number == "...":
                break
            found.append(int(number) if number else name)
        return tuple(found)


def _parts(dotted: str) -> list[str]:
    return [a or b or c for a, b, c in _PART.findall(dotted)]
