"""Ladders: what is counted, and which step follows from how much."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import UNSET, Struct, UnsetType

from ..event_parts import AppealTerms, Bounds
from ..period import Period
from ..vocabulary import Code, Text
from .numbers import Exact, Number, exact
from .penalties import Penalty

__all__ = ["Bounds", "FirstTime", "Ladder", "Levels", "PriorWarning", "Scope", "Step"]

Scope = Literal["clause", "category", "ladder", "account"]
Measured = Literal["violations", "weight"]
Firing = Literal["each", "crossing", "once"]


class Step(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One step: from level `at` on (default: its place among the steps), these penalties.

    `severity` and `account_class`: the step is for these alone. `propose`: it waits for a person. `appeal`: a right of appeal
    of its own; `appealable = false`: none. `bounds`: within which a moderator may choose otherwise alone.
    """

    at: Number | UnsetType = UNSET
    name: Code | UnsetType = UNSET
    severity: Code | UnsetType = UNSET
    account_class: Code | UnsetType = UNSET
    impose: tuple[Penalty, ...] = ()
    propose: bool = False
    appealable: bool = True
    appeal: AppealTerms | UnsetType = UNSET
    bounds: Bounds | UnsetType = UNSET
    text: Text | UnsetType = UNSET

    def __post_init__(self) -> None:
        if self.at is not UNSET:
            exact(self.at)
        if len(self.impose) > _PENALTIES:
            raise ValueError(f"`impose`: a step imposes at most {_PENALTIES} sanctions")
        if not self.appealable and self.appeal is not UNSET:
            raise ValueError("`appeal`: a step that is not appealable has no right of appeal")

    @property
    def harshness(self) -> tuple[tuple[int, ...], ...]:
        """How hard the step is, its hardest penalty first."""
        return tuple(sorted((penalty.harshness for penalty in self.impose), reverse=True))


Levels = tuple[tuple[Exact, str, Step], ...]
"""Steps of a ladder, each with its level and its name."""


class FirstTime(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What follows the first violation ever in the ladder's scope (that was not overturned), instead of a step."""

    impose: tuple[Penalty, ...] = ()
    weight: Number = 0

    def __post_init__(self) -> None:
        exact(self.weight)


class PriorWarning(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Nothing of the ladder applies without a warning (or order) `within` this time before; lacking one, `impose` follows.

    Violations count from the earliest such warning on, it and what it rests on excluded.
    """

    within: Period | UnsetType = UNSET
    impose: tuple[Penalty, ...] = ()


class Ladder(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A ladder: the level that a violation reaches, the new one included, and the steps.

    `count`: how many violations, or what they weigh. `scope`: which earlier violations count (of the same clause, of the same
    category, of all clauses that climb this ladder, of the account). `within`: only those this recent; `running_counts`: an
    older one too while a sanction that rests on it is in force. `same_severity`: only those of the same severity. `fires`:
    `each` violation brings the step of its level; `crossing`: a step fires when the level first reaches it from below; `once`:
    and not again until what it brought was overturned. `may_get_milder`: the ladder does not claim to grow harsher.
    """

    count: Measured = "violations"
    scope: Scope = "ladder"
    within: Period | UnsetType = UNSET
    running_counts: bool = False
    same_severity: bool = False
    fires: Firing = "each"
    first: FirstTime | UnsetType = UNSET
    prior_warning: PriorWarning | UnsetType = UNSET
    may_get_milder: bool = False
    text: Text | UnsetType = UNSET
    steps: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        if len(self.steps) > _STEPS:
            raise ValueError(f"`steps`: a ladder has at most {_STEPS} steps")

    def levels(self, severity: str | None, account_class: str | None) -> Levels:
        """The steps that apply: level, name and step, in the order in which the file has them."""
        found: list[tuple[Exact, str, Step]] = []
        for step in self.steps:
            if step.severity is not UNSET and step.severity != severity:
                continue
            if step.account_class is not UNSET and step.account_class != account_class:
                continue
            place = len(found) + 1
            level = place if step.at is UNSET else exact(step.at)
            found.append((level, str(level) if step.name is UNSET else step.name, step))
        return tuple(found)


_STEPS: Final = 1000
_PENALTIES: Final = 20
