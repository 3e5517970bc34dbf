"""Terms of drawn commands: ends, functions, penalties, consequences, all in whole days (ticks) from `DAWN`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, TypeVar

from hypothesis import strategies as st

__all__ = [
    "DAWN",
    "TEXTS",
    "Json",
    "consequence",
    "end",
    "functions",
    "instant",
    "iso",
    "pick",
    "restriction",
    "some",
    "sometimes",
    "whole",
]

Json = dict[str, Any]
T = TypeVar("T")

DAWN: Final = datetime(2026, 1, 30, tzinfo=UTC)  # two days before the end of a month
TEXTS: Final = ("spam", "Täuschung\n二", '"quoted" \\ \t', "-")


def instant(tick: int) -> datetime:
    """The instant of a tick."""
    return DAWN + timedelta(days=tick)


def iso(tick: int) -> str:
    """The text of a tick's instant."""
    return instant(tick).isoformat()


# Kept, because Hypothesis works out anew what a strategy is like that is made for one draw.
_between: Final = lru_cache(maxsize=1024)(st.integers)


@lru_cache(maxsize=1024)
def _lists(options: tuple[Any, ...], least: int, most: int, *, unique: bool) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(options), min_size=least, max_size=most, unique=unique)


def whole(draw: st.DrawFn, least: int, most: int) -> int:
    """A whole number, the simplest being the least."""
    return draw(_between(least, most))


def pick(draw: st.DrawFn, options: Sequence[T]) -> T:
    """One of the options, the simplest being the first."""
    return options[whole(draw, 0, len(options) - 1)]


def some(draw: st.DrawFn, options: Sequence[T], least: int, most: int, *, unique: bool = False) -> list[T]:
    """Between so many and so many of the options, in any order."""
    return draw(_lists(tuple(options), least, most, unique=unique))


def sometimes(draw: st.DrawFn, one_in: int) -> bool:
    """True once in so many times; the simplest example says no."""
    return whole(draw, 1, one_in) == one_in


def end(draw: st.DrawFn, at: int, *, permanent: bool = True) -> Json:
    """An end of a sanction that starts at this tick; rarely one that does not lie after the start."""
    forms = ("for", "for", "until", "until", "permanent") if permanent else ("for", "until")
    match pick(draw, forms):
        case "for":
            return {"for": f"P{whole(draw, 1, 8)}D"}
        case "until":
            return {"until": iso(at + whole(draw, 0, 10))}
        case _:
            return {"permanent": True}


def functions(draw: st.DrawFn, at: int, known: tuple[str, ...]) -> tuple[list[Any], bool]:
    """Functions, some with an end of their own, and whether a common end is needed."""
    names = some(draw, known, 1, min(3, len(known)), unique=True)
    entries: list[Any] = []
    entries.extend({"function": name, **end(draw, at)} if sometimes(draw, 4) else name for name in names)
    if sometimes(draw, 40):
        entries.append("no_such_function")
    return entries, any(isinstance(entry, str) for entry in entries)


def restriction(draw: st.DrawFn, at: int, known: tuple[str, ...]) -> Json:
    """Functions and, where one of them needs it, a common end."""
    entries, needs_end = functions(draw, at, known)
    return {"functions": entries, **(end(draw, at) if needs_end else {})}


def consequence(draw: st.DrawFn, start: int, known: tuple[str, ...]) -> Json:
    """What follows at this tick: a restriction, a ban or a warning, in the words of orders and of policies."""
    match pick(draw, ("restrict", "restrict", "ban", "warn")):
        case "restrict":
            terms = restriction(draw, start, known)
            return {"restrict": terms.pop("functions"), **terms}
        case "ban":
            return {"ban": end(draw, start, permanent=sometimes(draw, 3))}
        case _:
            return {"warn": end(draw, start)}
