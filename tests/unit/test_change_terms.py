"""Changing terms: the set of functions is replaced, ends move, no gap arises, every version of the terms is kept."""

from __future__ import annotations

from typing import Any

import pytest
from account_sanctions.domain.events import SanctionChanged

from tests.unit.scenario import REVIEWER, Account, t
from tests.unit.test_cases_sanctions import permanently_banned


def _restricted(*functions: Any, **terms: Any) -> Account:
    account = Account()
    if not terms and not all(isinstance(function, dict) for function in functions or [""]):
        terms = {"until": "+10d"}
    return account.given(
        "restrict", at="+0d", sanction="s", functions=list(functions or ["publish", "payment"]), **terms
    )


def test_functions_replace_the_set_and_kept_names_keep_their_ends() -> None:
    account = _restricted({"function": "publish", "until": "+4d"}, {"function": "payment", "until": "+10d"})
    account.when("change_sanction", at="+1d", sanction="s", functions=["publish", "mass_send"]).then("SanctionChanged")
    assert account.at("+1d-1us").functions("s") == {"payment": "+10d", "publish": "+4d"}
    assert account.at("+1d").functions("s") == {"mass_send": "+10d", "publish": "+4d"}
    assert account.may("payment", "+1d")


def test_functions_with_an_end_give_it_to_new_names_only() -> None:
    account = _restricted("publish").given(
        "change_sanction", at="+1d", sanction="s", functions=["publish", "mass_send"], until="+20d"
    )
    assert account.at("+1d").functions("s") == {"mass_send": "+20d", "publish": "+10d"}
    assert account.at("+1d").ends("s") == "+20d"


def test_functions_with_a_duration_count_from_the_change() -> None:
    account = _restricted("publish").given(
        "change_sanction", at="+1d", sanction="s", functions=["publish", "mass_send"], for_="P2D"
    )
    assert account.at("+1d").functions("s") == {"mass_send": "+3d", "publish": "+10d"}


def test_function_with_an_end_of_its_own_gets_it() -> None:
    functions = [{"function": "publish", "until": "+20d"}, "payment"]
    account = _restricted().given("change_sanction", at="+1d", sanction="s", functions=functions)
    assert account.at("+1d").functions("s") == {"payment": "+10d", "publish": "+20d"}


def test_new_function_of_an_open_ended_restriction_has_no_end() -> None:
    account = _restricted("publish", permanent=True)
    account.given("change_sanction", at="+1d", sanction="s", functions=["publish", "payment"])
    assert account.at("+1d").functions("s") == {"payment": None, "publish": None}


def test_end_alone_applies_to_all_functions() -> None:
    account = _restricted({"function": "publish", "until": "+4d"}, {"function": "payment", "until": "+10d"})
    account.given("change_sanction", at="+1d", sanction="s", until="+6d")
    assert account.at("+1d").functions("s") == {"payment": "+6d", "publish": "+6d"}
    account.given("change_sanction", at="+2d", sanction="s", permanent=True)
    assert account.at("+2d").functions("s") == {"payment": None, "publish": None}
    assert account.at("+2d").ends("s") is None
    assert account.at("+2000d").standing == "restricted"


def test_duration_alone_counts_from_the_change() -> None:
    account = Account().given("ban", at="+0d", sanction="b", until="+10d")
    account.given("change_sanction", at="+3d", sanction="b", for_="P1D")
    assert account.at("+3d").ends("b") == "+4d"


def test_functions_empty_or_unknown_are_refused() -> None:
    account = _restricted()
    account.when("change_sanction", at="+1d", sanction="s", functions=[]).refused("empty_functions")
    account.when("change_sanction", at="+1d", sanction="s", functions=["fly"]).refused("unknown_function")


def test_change_of_nothing_named_is_malformed() -> None:
    _restricted().when("change_sanction", at="+1d", sanction="s").refused("malformed")


@pytest.mark.parametrize("until", ["+3d", "+1d"])
def test_new_end_not_after_the_change_is_refused(until: str) -> None:
    account = _restricted()
    account.when("change_sanction", at="+3d", sanction="s", until=until).refused("invalid_period")
    functions = [{"function": "publish", "until": until}]
    account.when("change_sanction", at="+3d", sanction="s", functions=functions).refused("invalid_period")


def test_change_to_the_same_terms_is_no_event() -> None:
    account = _restricted()
    account.when("change_sanction", at="+1d", sanction="s", until="+10d").then()
    account.when("change_sanction", at="+1d", sanction="s", functions=["payment", "publish"]).then()
    assert len(account.at("+1d").sanction("s").terms) == 1


def test_every_version_of_the_terms_is_kept() -> None:
    account = _restricted("publish").given("change_sanction", at="+1d", sanction="s", functions=["payment"])
    account.given("change_sanction", at="+2d", sanction="s", until="+20d")
    terms = account.at("+2d").sanction("s").terms
    assert [(step.at, sorted(step.functions), step.until) for step in terms] == [
        (t("+0d"), ["publish"], t("+10d")),
        (t("+1d"), ["payment"], t("+10d")),
        (t("+2d"), ["payment"], t("+20d")),
    ]
    assert [bool(account.may("publish", at)) for at in ("+1d-1us", "+1d")] == [False, True]
    assert [bool(account.may("payment", at)) for at in ("+1d-1us", "+1d", "+19d", "+20d")] == [True, False, False, True]


def test_scheduled_sanction_keeps_its_start() -> None:
    account = Account().given("ban", at="+0d", sanction="b", from_="+5d", until="+9d")
    account.given("change_sanction", at="+1d", sanction="b", until="+7d")
    view = account.at("+1d")
    assert (view.statuses, view.sanction("b").from_, view.ends("b")) == ({"b": "scheduled"}, t("+5d"), "+7d")
    assert account.at("+5d").standing == "banned"
    assert account.at("+7d").standing == "clear"


@pytest.mark.parametrize("terms", [{"until": "+5d"}, {"until": "+4d"}, {"for_": "P3D"}])
def test_scheduled_sanction_does_not_end_before_it_starts(terms: dict[str, str]) -> None:
    account = Account().given("ban", at="+0d", sanction="b", from_="+5d", until="+9d")
    account.when("change_sanction", at="+1d", sanction="b", **terms).refused("invalid_period")


@pytest.mark.parametrize("name", ["warn", "ban"])
def test_warning_and_ban_take_only_an_end(name: str) -> None:
    account = Account().given(name, at="+0d", sanction="x", until="+9d")
    account.when("change_sanction", at="+1d", sanction="x", functions=["publish"]).refused("wrong_kind")
    account.when("change_sanction", at="+1d", sanction="x", until="+12d").then("SanctionChanged")


@pytest.mark.parametrize(
    ("functions", "end", "harsher"),
    [
        (["publish"], None, False),
        (["publish", "payment", "mass_send"], None, True),
        (["mass_send"], None, True),
        (None, "+11d", True),
        (None, "+9d", False),
        ([{"function": "publish", "until": "+9d"}, "payment"], None, False),
        ([{"function": "publish", "until": "+11d"}], None, True),
    ],
)
def test_change_is_harsher_when_it_covers_more_or_longer(functions: Any, end: str | None, *, harsher: bool) -> None:
    terms = {**({"functions": functions} if functions else {}), **({"until": end} if end else {})}
    event = _restricted().when("change_sanction", at="+1d", sanction="s", **terms).events[0]
    assert isinstance(event, SanctionChanged)
    assert event.harsher is harsher


def test_harsher_change_under_a_permanent_ban_is_refused() -> None:
    account = permanently_banned(_restricted())
    account.when("change_sanction", at="+1d", sanction="s", until="+20d").refused("terminal")
    account.when("change_sanction", at="+1d", sanction="s", until="+5d").then("SanctionChanged")


def test_permanent_ban_made_temporary_by_a_reviewer_is_a_suspension() -> None:
    account = permanently_banned()
    account.when("change_sanction", at="+1d", sanction="ban", until="+5d").refused("not_permitted")
    account.when("change_sanction", at="+1d", by=REVIEWER, sanction="ban", until="+5d").then("SanctionChanged")
    assert account.at("+5d-1us").standing == "banned"
    assert account.at("+5d").statuses == {"ban": "expired"}
    account.when("warn", at="+2d", until="+9d").then("WarningIssued")


def test_change_at_the_end_is_too_late() -> None:
    account = _restricted()
    account.when("change_sanction", at="+10d", sanction="s", until="+20d").refused("already_ended", status="expired")
