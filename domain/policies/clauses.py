"""Clauses: what may be cited, what a violation of it weighs, and how long it counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from ..instants import Instant, as_utc
from ..period import Period
from ..vocabulary import Code, Kind, Text
from .ladders import Scope
from .numbers import Exact, Number, exact

__all__ = ["Clause", "Counting", "Escalation", "GoodStanding"]


class Counting(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How long a violation counts: always; fully until it `expires_after`; or less and less until it `fades_over`.

    A violation of time T with the period N counts while T <= t < T + N. `frozen_while`: the clock stands still while a
    sanction of these kinds is in force. `max_content_age`: older content (`at - content_at`) is recorded with weight 0 and
    nothing follows. `batch_once`: the further violations of a batch that has counted weigh 0 and nothing follows.
    """

    expires_after: Period | UnsetType = UNSET
    fades_over: Period | UnsetType = UNSET
    frozen_while: tuple[Kind, ...] = ()
    max_content_age: Period | UnsetType = UNSET
    batch_once: bool = False

    def __post_init__(self) -> None:
        if self.expires_after is not UNSET and self.fades_over is not UNSET:
            raise ValueError("`fades_over`: a violation expires at once or fades, not both")

    @property
    def lifetime(self) -> Period | None:
        """How long a violation counts; None: always."""
        for period in (self.expires_after, self.fades_over):
            if period is not UNSET:
                return period
        return None

    @property
    def decay(self) -> Literal["step", "linear"]:
        """Whether it counts fully to the end, or less and less."""
        return "step" if self.fades_over is UNSET else "linear"


class Clause(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A clause. `ladder`: which one decides; without it a report only records.

    `weight`: what a violation weighs; `weights`: by severity instead; `first_weight`: the first violation ever of this clause.
    `severe`: never dampened. `counting`: in place of the policy's. In force while `effective_from` <= at < `effective_until`.
    """

    text: Text | UnsetType = UNSET
    category: Code | UnsetType = UNSET
    ladder: Code | UnsetType = UNSET
    weight: Number = 1
    first_weight: Number | UnsetType = UNSET
    weights: Mapping[str, Number] = {}
    severe: bool = False
    counting: Counting | UnsetType = UNSET
    effective_from: Instant | UnsetType = UNSET
    effective_until: Instant | UnsetType = UNSET

    def __post_init__(self) -> None:
        exact(self.weight)
        for weight in self.weights.values():
            exact(weight)
        if self.first_weight is not UNSET:
            exact(self.first_weight)
        check_dates(self.effective_from, self.effective_until)

    def base_weight(self, severity: str | None) -> Exact:
        """What a violation of this severity weighs, before anything else is considered."""
        written = None if severity is None else self.weights.get(severity)
        return exact(self.weight if written is None else written)


class Escalation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The `nth` violation of a severity `within` a time is treated as the severity `becomes`, and counts as one from then on."""

    severity: Code
    becomes: Code
    nth: int = 2
    within: Period | UnsetType = UNSET
    scope: Scope = "account"

    def __post_init__(self) -> None:
        if self.nth < 2:
            raise ValueError("`nth`: the second violation is the first that can be treated otherwise")


class GoodStanding(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """While an account's score is `below` this, its n-th offence in good standing weighs at most `curve[n-1]`."""

    below: Number
    curve: tuple[Number, ...]

    def __post_init__(self) -> None:
        for number in (self.below, *self.curve):
            exact(number)


def check_dates(start: object, end: object) -> None:
    """Raises ValueError unless the start lies before the end, where both are given."""
    dates = [as_utc(date) for date in (start, end) if isinstance(date, datetime)]
    if len(dates) == 2 and dates[0] >= dates[1]:
        raise ValueError("`effective_until`: it must lie after `effective_from`")
