"""Reading the bytes of a policy file: the policies in it, each with its place, and everything that is wrong."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

import msgspec
from msgspec import Struct

from ...domain.period import period_from_text
from ...domain.policies.book import book_mistakes
from ...domain.policies.checks import MOST, check_policy
from ...domain.policies.findings import Place
from ...domain.policies.policy import Policy
from ...domain.presets import OFFICIAL_ACCOUNT_FUNCTIONS
from .positions import Positions, TooDeep
from .shapes import Inexact, is_list, shape_mistakes
from .syntax import syntax_mistake

__all__ = ["LARGEST", "Mistake", "PolicyText", "Version", "read_text", "versions_mistakes"]

LARGEST: Final = 1024 * 1024
"""How many bytes a policy file may have."""
_MOST_VERSIONS: Final = 100
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LONG_NUMBER: Final = re.compile(r"[0-9_]{4000}")


class Mistake(Struct, frozen=True):
    """What is wrong in a policy file, and on which line (from 1; None: the file as a whole)."""

    line: int | None
    field: str
    sentence: str


class Version(Struct, frozen=True):
    """A policy of a file, and the lines on which its fields stand."""

    policy: Policy
    file: str
    lines: Lines

    def mistake(self, where: Place, sentence: str) -> Mistake:
        """The same mistake with its line."""
        return Mistake(self.lines.line(where), dotted(where), sentence)


class PolicyText(Struct, frozen=True):
    """What a policy file says: the versions that can be read, and the mistakes, each version looked at by itself."""

    file: str
    versions: tuple[Version, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    whole: bool = False
    """Whether every version in it could be read, so that they can be compared."""


class Lines:
    """The lines of one version in a file: its own fields, else those that all versions share."""

    def __init__(self, positions: Positions, own: Place) -> None:
        self._positions = positions
        self._own = own

    def line(self, where: Place) -> int:
        """The line of a field."""
        if self._own and where and not self._positions.has((*self._own, where[0])) and self._positions.has(where[:1]):
            return self._positions.line(where)
        return self._positions.line((*self._own, *where))


def read_text(body: bytes, name: str) -> PolicyText:
    """What the bytes of a policy file say; `name` is what the file is called."""
    if len(body) > LARGEST:
        return PolicyText(name, mistakes=(Mistake(None, "", f"a policy file has at most {LARGEST} bytes"),))
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        said = "this is not UTF-8; save the file with that encoding"
        return PolicyText(name, mistakes=(Mistake(line, "", said),))
    control = _CONTROL.search(text)
    if control is not None:
        line = text.count("\n", 0, control.start()) + 1
        said = f"there is a control character (U+{ord(control[0]):04X}) here; take it out"
        return PolicyText(name, mistakes=(Mistake(line, "", said),))
    if not text.strip():
        said = "the file is empty; a policy begins with its `id` and `version`"
        return PolicyText(name, mistakes=(Mistake(None, "", said),))
    try:
        positions = Positions(text)
        table = tomllib.loads(text, parse_float=Inexact)
    except TooDeep as error:
        said = "tables and lists stand inside one another more deeply than any policy needs"
        return PolicyText(name, mistakes=(Mistake(error.line, "", said),))
    except tomllib.TOMLDecodeError as error:
        line, said = syntax_mistake(text, error)
        return PolicyText(name, mistakes=(Mistake(line, "", said),))
    except ValueError:
        # The one thing that tomllib leaves to the interpreter, which reads no number as long as this.
        found = _LONG_NUMBER.search(text)
        line = text.count("\n", 0, found.start() if found else 0) + 1
        return PolicyText(name, mistakes=(Mistake(line, "", "this number is too large"),))
    return _policies(table, positions, name)


def _policies(table: dict[str, Any], positions: Positions, name: str) -> PolicyText:
    several: object = table.get("versions", [{}])
    number = len(several) if is_list(several) else 0
    if not 1 <= number <= _MOST_VERSIONS:
        said = (
            f"a file has at most {_MOST_VERSIONS} versions; it has {number}"
            if number
            else "write each version as a table of its own, headed [[versions]]"
        )
        return PolicyText(name, mistakes=(Mistake(positions.line(("versions",)), "versions", said),))
    versions: list[Version] = []
    mistakes: dict[Mistake, None] = {}
    whole = True
    for fields, own in _versions(table):
        lines = Lines(positions, own)
        found = [
            Mistake(lines.line(where), dotted(where), said)
            for where, said in islice(shape_mistakes(fields, Policy), MOST)
        ]
        if not found:
            version = Version(_policy(fields), name, lines)
            versions.append(version)
            found = [version.mistake(where, said) for where, said in check_policy(version.policy)]
        else:
            whole = False
        mistakes |= dict.fromkeys(found)
    ordered = sorted(mistakes, key=lambda one: one.line or 0)
    return PolicyText(name, tuple(versions), tuple(ordered[:MOST]), whole)


def _versions(table: dict[str, Any]) -> Iterator[tuple[Any, Place]]:
    """The fields of each version: those that all share, and its own in place of them."""
    if "versions" not in table:
        yield _completed(table), ()
        return
    common = {key: value for key, value in table.items() if key != "versions"}
    for number, one in enumerate(table["versions"]):
        yield _completed({**common, **one}) if isinstance(one, dict) else one, ("versions", number)


def _completed(fields: dict[str, Any]) -> dict[str, Any]:
    """With what the format says in its own way: no list of functions is the usual one, `appeal = false` is none."""
    fields = {"functions": list(OFFICIAL_ACCOUNT_FUNCTIONS), **fields}
    if fields.get("appeal") is False:
        fields["appeal"] = None
    return fields


def _policy(fields: Any) -> Policy:
    return msgspec.convert(fields, Policy, dec_hook=period_from_text)


def versions_mistakes(versions: Iterable[Version]) -> list[tuple[str, Mistake]]:
    """What keeps versions, of one file or of several, from being versions of one policy: file and mistake."""
    by_policy = {id(version.policy): version for version in versions}
    found = book_mistakes([version.policy for version in by_policy.values()])
    return [
        (by_policy[id(policy)].file, by_policy[id(policy)].mistake((field,), said)) for policy, field, said in found
    ]


def dotted(where: Place) -> str:
    """A place as a person writes it: `ladders.spam.steps[0]`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{_quoted(part)}" for part in where).lstrip(".")


def _quoted(part: str) -> str:
    return part if re.fullmatch(r"[\w-]{1,200}", part, re.ASCII) else f'"{part[:200]}"'
