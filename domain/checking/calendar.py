"""The policy that is searched: the same, with every month and year as a number of days.

A month is 28 days long from 1 February and 31 from 1 March. By the calendar, hardly two states on different dates would have one
future, and an account that is sanctioned again and again would never come back to a state that was seen: the search would not
end. By days, the same future lies before the same state on every date.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from msgspec import Struct
from msgspec.structs import force_setattr, replace

from ..events import AppealTerms
from ..period import Period
from ..policies.policy import Policy

__all__ = ["by_days"]

_DAYS_OF_400_YEARS: Final = 146_097
_MONTHS_OF_400_YEARS: Final = 4_800


def by_days(policy: Policy) -> Policy:
    """The policy with its months as days, as long as they are on the average: 30 for one, 182 for six, 365 for a year.

    It keeps the name and the digest of the policy that it stands for; one without months comes back as it is.
    """
    found: Policy = _by_days(policy)
    if found is not policy:
        force_setattr(found, "ref", policy.ref)
    return found


def _by_days(value: object) -> Any:
    """The value itself where there is no month in it."""
    if isinstance(value, Period):
        return _in_days(value)
    if isinstance(value, AppealTerms):
        window, again = _text_in_days(value.window), _text_in_days(value.reinstatement_after)
        return replace(value, window=window, reinstatement_after=again)
    if isinstance(value, Struct):
        changed = _changed({name: getattr(value, name) for name in value.__struct_fields__})
        return replace(value, **changed) if changed else value
    if isinstance(value, Mapping):
        parts = cast("Mapping[str, object]", value)
        changed = _changed(parts)
        return {**parts, **changed} if changed else parts
    if isinstance(value, tuple):
        return tuple(map(_by_days, cast("tuple[object, ...]", value)))
    return value


def _changed(parts: Mapping[str, object]) -> dict[str, object]:
    return {name: new for name, old in parts.items() if (new := _by_days(old)) != old}


def _text_in_days(text: str | None) -> str | None:
    return None if text is None else _in_days(Period(text)).text


def _in_days(period: Period) -> Period:
    if not period.months:
        return period
    days = period.months * _DAYS_OF_400_YEARS // _MONTHS_OF_400_YEARS + period.days
    return Period(f"P{days}D" + (f"T{period.seconds}S" if period.seconds else ""))
