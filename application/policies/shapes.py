"""Whether the fields of a policy file have the shape of a policy: every mistake with its place, in words of a person.

msgspec would stop at the first mistake and speak of types. So the tables are walked along the same declarations, and msgspec
has the last word only on what was found to be sound.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from fractions import Fraction
from functools import cache
from typing import Any, Final, TypeGuard

import msgspec
from msgspec import Struct, inspect

from ...domain.events import AppealTerms
from ...domain.instants import as_utc
from ...domain.period import period_from_text
from ...domain.policies.findings import Finding, Place, listed, near, not_a_duration
from ...domain.policies.numbers import exact

__all__ = ["Inexact", "is_list", "is_table", "shape_mistakes"]

_LARGEST: Final = 10**15
_LONGEST_SHOWN: Final = 60
_FIELD: Final = re.compile(r"`(\w+)`: (.*)", re.DOTALL)
_DECIMAL: Final = re.compile(r"[0-9]{1,9}\.[0-9]{1,9}", re.ASCII)
# Fields that hold a duration although the model, which events share, keeps them as text.
_DURATIONS: Final = frozenset({(AppealTerms, "window"), (AppealTerms, "reinstatement_after")})


class Inexact(Struct, frozen=True):
    """A number with a decimal point, as the file writes it: no field takes one, because none is exact."""

    text: str


def is_table(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether this is a table of TOML."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Whether this is a list of TOML, or what a policy keeps of one."""
    return isinstance(value, list | tuple)


def shape_mistakes(value: object, kind: type[Struct], place: Place = ()) -> Iterator[Finding]:
    """What keeps a value that was read from TOML from being a struct of this kind."""
    yield from _table(value, kind, place)


@cache
def _fields(kind: type[Struct]) -> Mapping[str, inspect.Field]:
    described = inspect.type_info(kind)
    assert isinstance(described, inspect.StructType)
    return {field.encode_name: field for field in described.fields}


def _table(value: object, kind: type[Struct], place: Place) -> Iterator[Finding]:
    if not is_table(value):
        yield place, f"a table is needed here, as in {{ {_example(kind)} }}, not {_shown(value)}"
        return
    fields = _fields(kind)
    sound = True
    for name, inner in value.items():
        field = fields.get(name)
        if field is None:
            sound = False
            yield (
                (*place, name),
                f"there is no field {_cut(name)!r} here{near(name, fields) or f'; there are {_all(fields)}'}",
            )
            continue
        duration = (kind, name) in _DURATIONS
        for finding in _duration(inner, (*place, name)) if duration else _check(field.type, inner, (*place, name)):
            sound = False
            yield finding
    for name, field in fields.items():
        if field.required and name not in value:
            sound = False
            yield place, f"the field `{name}` is missing"
    if sound and hasattr(kind, "__post_init__"):
        yield from _as_a_whole(value, kind, place)


def _as_a_whole(value: dict[str, Any], kind: type[Struct], place: Place) -> Iterator[Finding]:
    """What only the fields together show."""
    try:
        msgspec.convert(value, kind, dec_hook=period_from_text)
    except msgspec.ValidationError as error:
        words, _, _ = str(error).partition(" - at `$")
        match = _FIELD.fullmatch(words)
        yield (place, words) if match is None else ((*place, match[1]), match[2])


def _check(kind: inspect.Type, value: object, place: Place) -> Iterator[Finding]:
    match kind:
        case inspect.StructType(cls=cls):
            yield from _table(value, cls, place)
        case inspect.UnionType(types=types):
            yield from _one_of(types, value, place)
        case inspect.DictType(key_type=key, value_type=inner):
            yield from _entries(key, inner, value, place)
        case inspect.VarTupleType(item_type=item):
            yield from _list(item, value, place)
        case inspect.CustomType():
            yield from _duration(value, place)
        case _:
            said = _scalar(kind, value)
            if said is not None:
                yield place, said


def _one_of(types: tuple[inspect.Type, ...], value: object, place: Place) -> Iterator[Finding]:
    some = [one for one in types if not isinstance(one, inspect.NoneType)]
    if value is None and len(some) < len(types):
        return
    if len(some) == 1:
        yield from _check(some[0], value, place)
    elif any(isinstance(one, inspect.IntType) for one in some):
        said = _number(value)
        if said is not None:
            yield place, said
    else:
        # A function: its name, or a table of the name and an end of its own.
        wanted = inspect.StructType if is_table(value) else inspect.StrType
        yield from _check(next(one for one in some if isinstance(one, wanted)), value, place)


def _entries(key: inspect.Type, inner: inspect.Type, value: object, place: Place) -> Iterator[Finding]:
    if not is_table(value):
        yield place, f"a table is needed here, one entry for each name, not {_shown(value)}"
        return
    for name, entry in value.items():
        said = _scalar(key, name)
        if said is not None:
            yield (*place, name), f"the name {_cut(name)!r} cannot be used: {said}"
        yield from _check(inner, entry, (*place, name))


def _list(item: inspect.Type, value: object, place: Place) -> Iterator[Finding]:
    if not is_list(value):
        hint = f"; write [{_shown(value)}]" if isinstance(value, str) and isinstance(item, inspect.StrType) else ""
        yield place, f"a list is needed here, in [ ], not {_shown(value)}{hint}"
        return
    for number, entry in enumerate(value):
        yield from _check(item, entry, (*place, number))


def _duration(value: object, place: Place) -> Iterator[Finding]:
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        said = not_a_duration(value)
    else:
        said = f'a duration is needed here, such as "P7D" for seven days, not {_shown(value)}'
    if said is not None:
        yield place, said


def _scalar(kind: inspect.Type, value: object) -> str | None:
    match kind:
        case inspect.StrType():
            return _text(kind, value)
        case inspect.BoolType():
            return (
                None
                if isinstance(value, bool)
                else f"true or false is needed here, without quotes, not {_shown(value)}"
            )
        case inspect.IntType():
            if isinstance(value, int) and not isinstance(value, bool):
                return None if abs(value) < _LARGEST else "this number is too large"
            return f"a whole number is needed here, without quotes, not {_shown(value)}"
        case inspect.LiteralType(values=values):
            names = [str(one) for one in values]
            if isinstance(value, str) and value in names:
                return None
            hint = near(value, names) if isinstance(value, str) else ""
            return f"one of {', '.join(names)} is needed here, not {_shown(value)}{hint}"
        case inspect.DateTimeType():
            return _instant(value)
        case _:
            raise TypeError(f"no words for {kind!r}")


def _text(kind: inspect.StrType, value: object) -> str | None:
    if not isinstance(value, str):
        written = _written(value)
        return (
            f'text is needed here, in quotes: write "{written}"'
            if written
            else f"text is needed here, not {_shown(value)}"
        )
    if kind.min_length is not None and len(value) < kind.min_length:
        return "this is empty; write at least one character"
    if kind.max_length is not None and len(value) > kind.max_length:
        return f"this is longer than {kind.max_length} characters"
    if kind.pattern is not None and not re.search(kind.pattern, value):
        return "there is a control character or a line break in it, which does not belong here; take it out"
    return None


def _number(value: object) -> str | None:
    if isinstance(value, Inexact):
        if _DECIMAL.fullmatch(value.text):
            found = Fraction(value.text)
            shown = str(found.numerator) if found.denominator == 1 else f'"{found}"'
            return f"{value.text} is not exact; write {shown}"
        return f'{_cut(value.text)} is not exact; write a whole number, or a fraction as text such as "4/3"'
    if isinstance(value, bool) or not isinstance(value, int | str):
        return f'a whole number, or a fraction as text such as "4/3", is needed here, not {_shown(value)}'
    if isinstance(value, int) and abs(value) >= _LARGEST:
        return "this number is too large"
    if isinstance(value, int) and value < 0:
        return f"{value} is less than nothing; write 0 or more"
    try:
        exact(value)
    except ValueError:
        return f'{_shown(value)} is not a weight; write a whole number, or a fraction as text such as "4/3"'
    return None


def _instant(value: object) -> str | None:
    if isinstance(value, str):
        try:
            value = msgspec.convert(value, datetime)
        except msgspec.ValidationError:
            return f"{_shown(value)} is not an instant; write one such as 2026-01-31T00:00:00Z, without quotes"
    if not isinstance(value, datetime):
        if isinstance(value, date):
            return f"{value.isoformat()} is a day and not an instant; write {value.isoformat()}T00:00:00Z"
        return f"an instant is needed here, such as 2026-01-31T00:00:00Z, not {_shown(value)}"
    if value.tzinfo is None:
        return f"{value.isoformat()} says no time zone; write {value.isoformat()}Z for UTC, or add an offset such as +08:00"
    try:
        as_utc(value)
    except ValueError as error:
        return str(error)
    return None


def _example(kind: type[Struct]) -> str:
    fields = _fields(kind)
    name = next((name for name, field in fields.items() if field.required), next(iter(fields)))
    return f"{name} = ..."


def _all(fields: Mapping[str, object]) -> str:
    return listed([f"`{name}`" for name in fields])


def _written(value: object) -> str:
    """A number, a day or a truth value as it would look as text."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value) if abs(value) < _LARGEST else ""
        case Inexact(text=text):
            return _cut(text)
        case date() | time():
            return value.isoformat()
        case _:
            return ""


def _shown(value: object) -> str:
    match value:
        case str():
            return f'"{_cut(value)}"'
        case dict():
            return "a table"
        case list():
            return "a list"
        case _:
            return _written(value) or "a number as large as this"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
