"""On which line of a TOML file a field stands.

tomllib gives values without places, so the text is read a second time, for its places alone. What is not TOML ends this
reading without a word: tomllib says what is wrong with it. This one comes first, and sets the limits of nesting that tomllib
lacks.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from typing import Final

__all__ = ["DEEPEST", "Positions", "TooDeep"]

Place = tuple[str | int, ...]
DEEPEST: Final = 32
"""How many tables and lists may stand inside one another, and how many names in one dotted key."""

_SPACE: Final = re.compile(r"[ \t]*+")
_GAP: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*+)*+")
_BARE: Final = re.compile(r"[A-Za-z0-9_-]++")
_BASIC: Final = re.compile(r'"(?:[^"\\\n]|\\.)*+"')
_LITERAL: Final = re.compile(r"'[^'\n]*+'")
_LONG_BASIC: Final = re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*+"{3,5}', re.DOTALL)
_LONG_LITERAL: Final = re.compile(r"'''(?:[^']|'(?!''))*+'{3,5}")
# Numbers, dates (a space may stand inside one), true and false.
_SCALAR: Final = re.compile(r"[^\n,\[\]{}#=\"']++")
_TEXTS: Final = (_LONG_BASIC, _LONG_LITERAL, _BASIC, _LITERAL)


class TooDeep(Exception):
    """Tables, lists or dotted names go deeper than any policy needs."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class _NotToml(Exception):
    pass


class Positions:
    """The lines of the tables, keys and list entries of a TOML text, from 1. Raises TooDeep."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._newlines = [match.start() for match in re.finditer("\n", text)]
        self._lines: dict[Place, int] = {(): 1}
        self._arrays: dict[Place, int] = {}
        try:
            self._document()
        except _NotToml:
            return

    def line(self, place: Place) -> int:
        """The line of a field, or of the nearest thing around it."""
        while place not in self._lines:
            place = place[:-1]
        return self._lines[place]

    def has(self, place: Place) -> bool:
        """Whether the text gives a value or a heading for exactly this place."""
        return place in self._lines

    def places(self) -> frozenset[Place]:
        """Every place that the text gives."""
        return frozenset(self._lines)

    def _document(self) -> None:
        table: Place = ()
        while True:
            self._skip(_GAP)
            if self._at >= len(self._text):
                return
            if self._text[self._at] == "[":
                table = self._heading()
            else:
                self._pair(table, 0)

    def _heading(self) -> Place:
        line = self._line_here()
        brackets = 2 if self._text.startswith("[[", self._at) else 1
        self._at += brackets
        parts = self._key()
        self._expect("]" * brackets)
        place: Place = ()
        for depth, part in enumerate(parts, 1):
            place = (*place, part)
            if depth == len(parts) and brackets == 2:
                self._lines.setdefault(place, line)
                self._arrays[place] = self._arrays.get(place, -1) + 1
            if place in self._arrays:
                place = (*place, self._arrays[place])
            self._lines.setdefault(place, line)
        return place

    def _pair(self, table: Place, depth: int) -> None:
        line = self._line_here()
        place = table
        for part in self._key():
            place = (*place, part)
            self._lines.setdefault(place, line)
        self._expect("=")
        self._value(place, depth)

    def _key(self) -> list[str]:
        parts: list[str] = []
        while True:
            self._skip(_SPACE)
            parts.append(self._part())
            if len(parts) > DEEPEST:
                raise TooDeep(self._line_here())
            self._skip(_SPACE)
            if not self._text.startswith(".", self._at):
                return parts
            self._at += 1

    def _part(self) -> str:
        for pattern in (_BARE, _BASIC, _LITERAL):
            match = pattern.match(self._text, self._at)
            if match is not None:
                self._at = match.end()
                return match[0] if pattern is _BARE else _unquoted(match[0])
        raise _NotToml

    def _value(self, place: Place, depth: int) -> None:
        self._skip(_SPACE)
        if depth > DEEPEST:
            raise TooDeep(self._line_here())
        if self._text.startswith("[", self._at):
            self._list(place, depth)
        elif self._text.startswith("{", self._at):
            self._inline_table(place, depth)
        else:
            for pattern in (*_TEXTS, _SCALAR):
                match = pattern.match(self._text, self._at)
                if match is not None:
                    self._at = match.end()
                    return
            raise _NotToml

    def _list(self, place: Place, depth: int) -> None:
        self._at += 1
        number = 0
        while not self._closes("]"):
            self._lines.setdefault((*place, number), self._line_here())
            self._value((*place, number), depth + 1)
            number += 1
            self._skip(_GAP)
            if not self._text.startswith(",", self._at):
                self._expect("]")
                return
            self._at += 1

    def _inline_table(self, place: Place, depth: int) -> None:
        self._at += 1
        while not self._closes("}"):
            self._pair(place, depth + 1)
            self._skip(_GAP)
            if not self._text.startswith(",", self._at):
                self._expect("}")
                return
            self._at += 1

    def _closes(self, bracket: str) -> bool:
        self._skip(_GAP)
        if self._text.startswith(bracket, self._at):
            self._at += 1
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._text.startswith(sign, self._at):
            raise _NotToml
        self._at += len(sign)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self._text, self._at)
        assert match is not None, "both may be empty"
        self._at = match.end()

    def _line_here(self) -> int:
        return bisect_right(self._newlines, self._at - 1) + 1


def _unquoted(quoted: str) -> str:
    if quoted[0] == "'" or "\\" not in quoted:
        return quoted[1:-1]
    try:
        return str(tomllib.loads(f"key = {quoted}")["key"])
    except tomllib.TOMLDecodeError:
        raise _NotToml from None
