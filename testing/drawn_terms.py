"""Terms of drawn commands: ends, functions, penalties, consequences, all in days (ticks) from `DAWN`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from .drawing import pick, some, sometimes, whole

__all__ = [
    "DAWN",
    "TEXTS",
    "Json",
    "consequence",
    "end",
    "functions",
    "instant",
    "iso",
    "restriction",
]

Json = dict[str, Any]

DAWN: Final = datetime(2026, 1, 30, tzinfo=UTC)  # two days before the end of a month
TEXTS: Final = ("spam", "Täuschung\n二", '"quoted" \\ \t', "-")


def instant(tick: float) -> datetime:
    """The instant of a tick, to the microsecond; between two days where it is not whole."""
    return DAWN + timedelta(days=tick)


def iso(tick: float) -> str:
    """The text of a tick's instant."""
    return instant(tick).isoformat()


def end(draw: st.DrawFn, at: float, *, permanent: bool = True) -> Json:
    """An end of a sanction that starts at this tick; rarely one that does not lie after the start."""
    forms = ("for", "for", "until", "until", "permanent") if permanent else ("for", "until")
    match pick(draw, forms):
        case "for":
            return {"for": f"P{whole(draw, 1, 8)}D"}
        case "until":
            return {"until": iso(at + whole(draw, 0, 10))}
        case _:
            return {"permanent": True}


def functions(draw: st.DrawFn, at: float, known: tuple[str, ...]) -> tuple[list[Any], bool]:
    """Functions, some with an end of their own, and whether a common end is needed."""
    names = some(draw, known, 1, min(3, len(known)), unique=True)
    entries: list[Any] = []
    entries.extend({"function": name, **end(draw, at)} if sometimes(draw, 4) else name for name in names)
    if sometimes(draw, 40):
        entries.append("no_such_function")
    return entries, any(isinstance(entry, str) for entry in entries)


def restriction(draw: st.DrawFn, at: float, known: tuple[str, ...]) -> Json:
    """Functions and, where one of them needs it, a common end."""
    entries, needs_end = functions(draw, at, known)
    return {"functions": entries, **(end(draw, at) if needs_end else {})}


def consequence(draw: st.DrawFn, start: float, known: tuple[str, ...]) -> Json:
    """What follows at this tick: a restriction, a ban or a warning, in the words of orders and of policies."""
    match pick(draw, ("restrict", "restrict", "ban", "warn")):
        case "restrict":
            terms = restriction(draw, start, known)
            return {"restrict": terms.pop("functions"), **terms}
        case "ban":
            return {"ban": end(draw, start, permanent=sometimes(draw, 3))}
        case _:
            return {"warn": end(draw, start)}
