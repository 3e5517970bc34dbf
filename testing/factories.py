"""Commands in short notation: what a test does not care about (basis, reason, who) is filled in.

Times are short (`+3d`, `+2h`, `+3d-1us`) and mean `T0` and that much, or ISO 8601 as everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, cast

from ..domain.commands import is_object
from .clock import T0

__all__ = [
    "AUDITOR",
    "BY",
    "HOLDER",
    "MODERATOR",
    "OTHER_MODERATOR",
    "OTHER_REVIEWER",
    "REVIEWER",
    "SYSTEM",
    "actor",
    "brief",
    "command",
    "is_short",
    "iso",
    "t",
    "whole",
]

SYSTEM: Final = "system:engine"
MODERATOR: Final = "moderator:m-1"
OTHER_MODERATOR: Final = "moderator:m-2"
REVIEWER: Final = "reviewer:r-1"
OTHER_REVIEWER: Final = "reviewer:r-2"
HOLDER: Final = "holder:h-1"
AUDITOR: Final = "auditor:x-1"

_UNITS: Final = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds", "us": "microseconds"}
_SHORT: Final = re.compile(r"(?:[+-]\d+(?:d|h|m|s|us))+")
_TIMES: Final = frozenset({"at", "until", "from", "deadline", "content_at"})
_IMPOSING: Final = frozenset({"warn", "order_rectification", "restrict", "ban"})
_REASONED: Final = frozenset({"change_sanction", "lift", "overturn", "decide_appeal", "exempt", "end_exemption"}) | {
    *("hold", "release_hold", "erase_personal_data", "lift_all"),
}

BY: Final[Mapping[str, str]] = {
    "submit_rectification": HOLDER,
    "appeal": HOLDER,
    "withdraw_appeal": HOLDER,
    "decide_appeal": REVIEWER,
    "exempt": REVIEWER,
    "end_exemption": REVIEWER,
    "hold": REVIEWER,
    "release_hold": OTHER_REVIEWER,
    "erase_personal_data": REVIEWER,
    "approve": OTHER_MODERATOR,
    "dismiss": OTHER_MODERATOR,
}
"""Who gives a command when a test does not say; every other one is given by `MODERATOR`."""


def is_short(text: object) -> bool:
    """Whether this is a time such as `+3d`."""
    return isinstance(text, str) and _SHORT.fullmatch(text) is not None


def t(short: str) -> datetime:
    """The instant that `+3d` or `+3d-1us` means. Raises ValueError."""
    if not is_short(short):
        raise ValueError(f"{short!r} is no short time such as +3d or +2h-1us")
    parts = re.findall(r"([+-]\d+)(d|h|m|s|us)", short)
    return T0 + sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())


def iso(short: str) -> str:
    """The same instant as commands write it."""
    return t(short).isoformat()


def brief(instant: datetime | None) -> str | None:
    """An instant in the short form, in the largest unit that is exact; None for none."""
    if instant is None:
        return None
    micros = (instant - T0) // timedelta(microseconds=1)
    sizes = {unit: timedelta(**{name: 1}) // timedelta(microseconds=1) for unit, name in _UNITS.items()}
    unit = next(unit for unit, size in sizes.items() if micros % size == 0)
    return f"{micros // sizes[unit]:+d}{unit}"


def actor(short: str) -> dict[str, str]:
    """The actor that `moderator:m-1` means."""
    kind, _, name = short.partition(":")
    return {"kind": kind, "id": name}


def command(name: str, **fields: Any) -> dict[str, Any]:
    """The JSON object of a command in short notation; `for_` and `from_` stand for `for` and `from`."""
    value: dict[str, Any] = _long({key.rstrip("_"): part for key, part in fields.items()})
    value["command"] = name
    if name in _IMPOSING:
        value.setdefault("basis", {"clause": "4.2"})
    if name in _REASONED:
        value.setdefault("reason", "seen and decided")
    if name == "order_rectification":
        value.setdefault("on_default", [])
    if name == "appeal":
        value.setdefault("statement", "we did nothing of the kind")
    return value


def whole(name: str, account: str = "gh_1", *, by: str | None = None, **fields: Any) -> dict[str, Any]:
    """The same with an account and with somebody who may do it (`BY`), ready for `execute`."""
    return {**command(name, **fields), "account": account, "by": actor(by or BY.get(name, MODERATOR))}


def _long(value: object, key: str = "") -> Any:
    if is_object(value):
        return {name: _long(part, name) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_long(part) for part in cast("Iterable[object]", value)]
    return iso(value) if key in _TIMES and isinstance(value, str) and is_short(value) else value
