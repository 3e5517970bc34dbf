"""Violations and what they count."""

from __future__ import annotations

import pytest
from account_sanctions.domain.policies.clauses import Clause
from account_sanctions.domain.presets import DEFAULT
from account_sanctions.domain.queries import counting
from msgspec.structs import replace

from tests.unit.scenario import Account


def _recorded(*names: str) -> Account:
    account = Account()
    for name in names:
        account.given("record_violation", at="+0d", violation=name, clause="3.1")
    return account


def _warned(account: Account, sanction: str, *violations: str) -> Account:
    basis = {"clause": "3.1", "violations": list(violations)}
    return account.given("warn", at="+0d", sanction=sanction, basis=basis, until="+9d")


def test_violation_without_sanction_counts() -> None:
    account = _recorded("v-1", "v-2")
    assert account.at("+0d").strikes == (2, 2)
    assert account.at("+0d").standing == "clear"


def test_sanction_adds_no_violation() -> None:
    account = Account().given("ban", at="+0d", until="+9d")
    assert account.at("+0d").strikes == (0, 0)


@pytest.mark.parametrize(("ending", "strikes"), [("lift", (1, 1)), ("overturn", (0, 0)), ("expire", (1, 1))])
def test_violation_stops_counting_only_by_an_overturn(ending: str, strikes: tuple[int, int]) -> None:
    account = _warned(_recorded("v-1"), "w", "v-1")
    if ending != "expire":
        account.given(ending, at="+1d", sanction="w")
    assert account.at("+10d").strikes == strikes


def test_violation_counts_while_one_of_its_sanctions_stands() -> None:
    account = _warned(_warned(_recorded("v-1", "v-2"), "w-1", "v-1", "v-2"), "w-2", "v-1")
    account.given("overturn", at="+1d", sanction="w-1")
    assert counting(account.state) == {"v-1": True, "v-2": False}
    account.given("overturn", at="+2d", sanction="w-2")
    assert account.at("+2d").strikes == (0, 0)


def test_violation_named_by_a_later_sanction_counts_again() -> None:
    account = _warned(_recorded("v-1"), "w-1", "v-1").given("overturn", at="+0d", sanction="w-1")
    assert account.at("+0d").strikes == (0, 0)
    assert _warned(account, "w-2", "v-1").at("+0d").strikes == (1, 1)


def test_violation_under_an_order_counts_while_the_order_stands() -> None:
    account = _recorded("v-1").given(
        "order_rectification",
        at="+0d",
        sanction="o",
        basis={"clause": "3.1", "violations": ["v-1"]},
        deadline="+3d",
        on_default=[{"ban": {"for": "P7D"}}],
    )
    account.given("overturn", at="+4d", sanction="o/1")
    assert account.at("+4d").strikes == (1, 1)
    account.given("overturn", at="+5d", sanction="o")
    assert account.at("+5d").strikes == (0, 0)


def test_clause_outside_the_policy_is_refused() -> None:
    account = Account(replace(DEFAULT, clauses={"3.1": Clause(), "3.2": Clause()}))
    account.given("record_violation", at="+0d", clause="3.1")
    account.when("record_violation", at="+0d", clause="9.9").refused("unknown_clause", clause="9.9")
    account.when("ban", at="+0d", basis={"clause": "9.9"}, until="+9d").refused("unknown_clause")
    account.when("ban", at="+0d", basis={"clause": "3.2"}, until="+9d").then("AccountBanned")
