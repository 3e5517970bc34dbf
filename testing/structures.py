"""Strategies from the declaration of a type, as msgspec reads it: lengths, words, optional fields, nested structs.

What a type checks beyond its fields (exactly one end, exactly one consequence) is laid down here once for each shape.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from hypothesis import strategies as st
from msgspec import UNSET, inspect

from ..domain import acts
from ..domain.period import Period, period_from_text
from ..domain.policies.penalties import Penalty
from ..domain.terms import Consequence, EndOnly

__all__ = ["drawn_from", "periods"]

Fields = dict[str, Any]

_INSTANTS: Final = st.datetimes(datetime(1970, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
_ENDS: Final = ("until", "for_", "permanent")
# Text that is a number or a period in the storage format.
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "weight": ("1", "0", "4/3", "1/2"),
    "level": ("0", "1", "10/3"),
    "window": ("P6M", "P4D"),
    "reinstatement_after": ("P1Y", "P30D"),
}
_SHORT: Final = 12
"""Names may have 200 characters and texts 10,000; more than a dozen teach nothing and cost time."""


@cache
def periods() -> st.SearchStrategy[Period]:
    """Durations in every form."""
    parts = st.sampled_from(("P1D", "P7D", "P2W", "PT36H", "P1M", "P1Y", "P1Y2M3DT4H5M6S", "PT1S"))
    return (parts | st.integers(1, 400).map("P{}D".format)).map(lambda text: period_from_text(Period, text))


@cache
def drawn_from(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type of the domain: a struct, a text with limits, a union, a tuple."""
    return _of(inspect.type_info(kind))


def _of(info: inspect.Type, name: str = "") -> st.SearchStrategy[Any]:  # noqa: PLR0911 - one case per sort of type
    match info:
        case inspect.Metadata():
            return _of(info.type, name)
        case inspect.StructType():
            return _struct(info.cls)
        case inspect.UnionType():
            # Absence is drawn by the struct that has the field.
            return st.one_of([_of(one, name) for one in info.types if not isinstance(one, inspect.NoneType)])
        case inspect.LiteralType():
            return st.sampled_from(info.values)
        case inspect.StrType():
            return _text(info, name)
        case inspect.BoolType():
            return st.booleans()
        case inspect.IntType():
            return st.integers(info.ge or 0, 1000)
        case inspect.DateTimeType():
            return _INSTANTS
        case inspect.VarTupleType():
            return st.lists(_of(info.item_type, name), max_size=2).map(tuple)
        case inspect.DictType():
            ends = _of(info.value_type) | st.none()
            return st.dictionaries(_of(info.key_type), ends, min_size=1, max_size=2)
        case inspect.CustomType() if info.cls is Period:
            return periods()
        case _:
            raise NotImplementedError(f"no strategy for {info}: teach it to `structures`")


def _text(info: inspect.StrType, name: str) -> st.SearchStrategy[str]:
    if info.pattern is None and name in _WORDS:
        return st.sampled_from(_WORDS[name])
    if info.pattern is None:
        return st.text(st.characters(codec="utf-8"), max_size=_SHORT)
    # What is free text may break lines; `/` is left out of all names, as new ones may not have it.
    allowed = "\n\t" if "\\x0b" in info.pattern else ""
    letters = st.characters(
        codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="/", include_characters=allowed
    )
    return st.text(letters, min_size=1, max_size=_SHORT)


@cache
def _struct(kind: type[Any]) -> st.SearchStrategy[Any]:
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    fields = {field.name: field for field in info.fields}
    # Deferred, because a proposal holds commands.
    strategies = {name: st.deferred(_later(field.type, name)) for name, field in fields.items()}
    optional = [name for name, field in fields.items() if not field.required]
    fit = next((_FITTING[base] for base in kind.__mro__ if base in _FITTING), None)

    @st.composite
    def draw_struct(draw: st.DrawFn) -> Any:
        left_out = set(draw(st.lists(st.sampled_from(optional), unique=True))) if optional else set[str]()
        given: Fields = {name: draw(one) for name, one in strategies.items() if name not in left_out}
        if "permanent" in given:
            given["permanent"] = True
        if fit is not None:
            fit(draw, given)
        return kind(**given)

    return draw_struct()


def _later(info: inspect.Type, name: str) -> Callable[[], st.SearchStrategy[Any]]:
    return lambda: _of(info, name)


def _one_end(draw: st.DrawFn, fields: Fields) -> None:
    """Exactly one end."""
    for name in _ENDS:
        fields.pop(name, None)
    name = draw(st.sampled_from(_ENDS))
    fields[name] = draw({"until": _INSTANTS, "for_": periods(), "permanent": st.just(value=True)}[name])


def _no_end(fields: Fields) -> None:
    for name in _ENDS:
        fields.pop(name, None)


def _functions(draw: st.DrawFn, fields: Fields, name: str = "functions") -> None:
    """A common end where a function has none of its own."""
    if any(isinstance(entry, str) for entry in fields[name]) or not fields[name]:
        _one_end(draw, fields)
    else:
        _no_end(fields)


def _limited(draw: st.DrawFn, fields: Fields) -> None:
    _one_end(draw, fields)
    _references(fields)


def _restrict(draw: st.DrawFn, fields: Fields) -> None:
    _functions(draw, fields)
    _references(fields)


def _order(draw: st.DrawFn, fields: Fields) -> None:
    fields.pop("deadline", None)
    fields.pop("within", None)
    by = draw(st.sampled_from(("deadline", "within")))
    fields[by] = draw(_INSTANTS if by == "deadline" else periods())
    _references(fields)


def _references(fields: Fields) -> None:
    if "because_of_account" not in fields:
        fields.pop("because_of_sanction", None)
    if isinstance(fields.get("supersedes"), str):
        # The type says any text here, and the act itself wants the name of a sanction.
        fields["supersedes"] = "".join(c for c in fields["supersedes"] if c.isalnum() and c.isascii()) or "s"


def _change(draw: st.DrawFn, fields: Fields) -> None:
    if fields.get("functions", UNSET) is UNSET:
        _one_end(draw, fields)
    else:
        _functions(draw, fields)


def _decide_appeal(draw: st.DrawFn, fields: Fields) -> None:
    if fields["outcome"] == "granted_in_part":
        _change(draw, fields)
    else:
        _no_end(fields)
        fields.pop("functions", None)


def _one_of(*kinds: str) -> Callable[[st.DrawFn, Fields], None]:
    def fit(draw: st.DrawFn, fields: Fields) -> None:
        given = [name for name in kinds if name in fields]
        kept = draw(st.sampled_from(given or ["ban"]))
        for name in given:
            if name != kept:
                del fields[name]
        if not given:
            fields["ban"] = draw(_struct(EndOnly))
        if kept == "restrict":
            _functions(draw, fields, "restrict")
        else:
            _no_end(fields)

    return fit


def _impose(draw: st.DrawFn, fields: Fields) -> None:
    if not fields["sanctions"]:
        fields["sanctions"] = (draw(_struct(acts.Warn)),)


def _violation(draw: st.DrawFn, fields: Fields) -> None:
    if "detected" in fields:
        fields["detected"] = draw(st.sampled_from(("automated", "notice", "own_initiative")))
    if ("choose" in fields) != ("reason" in fields):
        fields.pop("choose", None)
        fields.pop("reason", None)


_FITTING: Final[Mapping[type[Any], Callable[[st.DrawFn, Fields], None]]] = {
    EndOnly: _one_end,
    acts.Warn: _limited,
    acts.Ban: _limited,
    acts.Restrict: _restrict,
    acts.OrderRectification: _order,
    acts.ChangeSanction: _change,
    acts.DecideAppeal: _decide_appeal,
    acts.Impose: _impose,
    acts.RecordViolation: _violation,
    acts.ReportViolation: _violation,
    Consequence: _one_of("restrict", "ban", "warn"),
    Penalty: _one_of("warn", "order", "restrict", "ban"),
}
