"""Changing terms at the edges, and what a refusal says about it: found by changing the code and watching the tests."""

from __future__ import annotations

import pytest

from tests.unit.scenario import HOLDER, T0, Account, t


def account() -> Account:
    return Account().given("restrict", at="+0d", sanction="s", functions=["publish", "comments"], until="+10d")


def test_new_end_at_the_very_instant_of_the_change_is_refused() -> None:
    one = account()
    one.when("change_sanction", at="+3d", sanction="s", until="+3d").refused("invalid_period")
    one.given("change_sanction", at="+3d", sanction="s", until="+3d+1us")
    assert one.at("+3d").ends("s") == t_brief("+3d+1us")


def t_brief(short: str) -> str:
    micros = int((t(short) - T0).total_seconds() * 1_000_000)
    return f"{micros:+d}us"


def test_period_of_one_function_counts_from_the_change_not_from_the_start() -> None:
    one = account()
    one.given("change_sanction", at="+4d", sanction="s", functions=[{"function": "publish", "for": "P2D"}])
    assert one.at("+4d").functions("s") == {"publish": "+6d"}


@pytest.mark.parametrize("order", [("P2D", "P5D"), ("P5D", "P2D")])
def test_function_that_is_named_twice_gets_the_later_end(order: tuple[str, str]) -> None:
    one = account()
    functions = [{"function": "publish", "for": period} for period in order]
    one.given("change_sanction", at="+1d", sanction="s", functions=functions)
    assert one.at("+1d").functions("s") == {"publish": "+6d"}


def test_refusals_of_a_change_name_the_sanction_and_its_kind() -> None:
    one = account().given("order_rectification", at="+0d", sanction="o", within="P9D")
    one.given("ban", at="+0d", sanction="b", until="+9d")
    told = one.when("change_sanction", at="+1d", sanction="o", until="+20d")
    told.refused("wrong_kind", sanction="o", kind="rectification")
    assert told.error is not None
    assert told.error.message == "an order is changed only by extension"
    told = one.when("change_sanction", at="+1d", sanction="b", functions=["publish"])
    told.refused("wrong_kind", sanction="b", kind="ban")
    assert told.error is not None
    assert told.error.message == "a ban has no functions"


def test_harsher_partial_grant_is_refused_by_name() -> None:
    one = account().given("appeal", at="+1d", appeal="a", sanction="s")
    longer = one.when("decide_appeal", at="+2d", appeal="a", outcome="granted_in_part", until="+20d")
    longer.refused("invalid_period", sanction="s")
    assert longer.error is not None
    assert longer.error.message == "an appeal is granted in part by milder terms only"


def test_partial_grant_of_a_ban_records_no_functions() -> None:
    one = (
        Account().given("ban", at="+0d", sanction="b", until="+10d").given("appeal", at="+1d", appeal="a", sanction="b")
    )
    granted = one.when("decide_appeal", at="+2d", appeal="a", outcome="granted_in_part", until="+5d")
    granted.then("AppealDecided", "SanctionChanged")
    assert getattr(granted.events[1], "functions", ()) is None


def test_end_beyond_the_calendar_names_the_field_until() -> None:
    account().when("change_sanction", at="+1d", sanction="s", for_="P9000Y").refused("invalid_period", field="until")


def test_withdrawn_appeal_says_who_and_which_sanction() -> None:
    one = account().given("appeal", at="+1d", appeal="a", sanction="s")
    (event,) = one.when("withdraw_appeal", at="+2d", appeal="a").events
    assert (event.by.id, getattr(event, "sanction", None)) == (HOLDER.partition(":")[2], "s")


def test_lifting_everything_keeps_the_reason_with_each() -> None:
    lifted = account().when("lift_all", at="+1d", reason="an amnesty")
    lifted.then("SanctionLifted")
    assert lifted.events[0].narrative is not None
    assert lifted.events[0].narrative.reason == "an amnesty"
