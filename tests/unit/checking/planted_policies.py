"""Faults that only a policy of its own kind shows: steps that are proposed, bounds, clauses, no second person."""

from __future__ import annotations

from typing import Any, Final

import pytest
from account_sanctions.domain.authority import RIGHTS
from account_sanctions.domain.deciding import changing, choosing, reporting
from account_sanctions.domain.errors import UnknownClause
from account_sanctions.domain.policies.evaluation import evaluate
from account_sanctions.domain.policies.policy import Policy
from msgspec.structs import replace

from tests.unit import explaining

from .planted import Plant

__all__ = ["PLANTED_POLICIES", "WAITING"]

_STEPS: Final = [
    {"impose": [{"restrict": ["post"], "for": "P7D"}], "bounds": {"at_least": "P1D", "at_most": "P14D"}},
    {"impose": [{"ban": {"for": "P10D"}}], "propose": True},
]
WAITING: Final = explaining.policy(
    clauses={"spam": {"ladder": "spam"}}, ladders={"spam": {"steps": _STEPS}}, second_person=[]
)
"""Its second step waits for a person, its first one has bounds; permanent bans need no second person."""


def a_machine_announces_a_permanent_ban(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(RIGHTS, "system", RIGHTS["system"] | {"ban_permanently"})


def any_clause_will_do(patch: pytest.MonkeyPatch) -> None:
    found = Policy.clause

    def clause(self: Policy, *given: Any) -> Any:
        try:
            return found(self, *given)
        except UnknownClause:
            return None

    patch.setattr(Policy, "clause", clause)


def what_waits_is_imposed_at_once(patch: pytest.MonkeyPatch) -> None:
    def at_once(*given: Any, **named: Any) -> Any:
        found = evaluate(*given, **named)
        return replace(found, impose=(*found.impose, *found.propose), propose=())

    patch.setattr(reporting, "evaluate", at_once)


def bounds_are_ignored_in_a_choice(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(choosing, "_within_bounds", lambda *_given: True)


def bounds_are_ignored_in_a_change(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(changing, "_require_bounds", lambda *_given: None)


_TWO: Final = "nobody_decides_alone_what_needs_two"

PLANTED_POLICIES: Final[tuple[tuple[Plant, str, int], ...]] = (
    (a_machine_announces_a_permanent_ban, "everybody_keeps_to_his_part", 1),
    (any_clause_will_do, "nothing_in_force_without_a_basis", 1),
    (what_waits_is_imposed_at_once, _TWO, 2),
    (bounds_are_ignored_in_a_choice, _TWO, 1),
    (bounds_are_ignored_in_a_change, _TWO, 2),
)
"""The fault, the rule that it breaks under the policy `WAITING`, and how many moves the shortest history has that shows it."""
