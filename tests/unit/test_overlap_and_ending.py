"""Sanctions are independent: they overlap, and each ends once, by itself, by lifting, by superseding or by overturning."""

from __future__ import annotations

from typing import Any

import pytest
from account_sanctions.domain.events import SanctionOverturned, SanctionSuperseded

from tests.unit.scenario import MODERATOR, OTHER_MODERATOR, REVIEWER, Account, t
from tests.unit.test_cases_sanctions import permanently_banned

_PUBLISH: dict[str, Any] = {"functions": ["publish"]}


def test_account_without_events_is_clear() -> None:
    view = Account().at("+0d")
    assert (view.standing, view.version, view.restrictions, view.statuses, view.strikes) == ("clear", 0, {}, {}, (0, 0))


def test_standing_is_the_highest_rank_in_force() -> None:
    account = Account().given("warn", at="+0d", until="+9d")
    account.given("order_rectification", at="+0d", sanction="o", deadline="+7d")
    account.given("restrict", at="+0d", until="+5d", **_PUBLISH).given("ban", at="+0d", until="+3d")
    standings = [account.at(day).standing for day in ("+0d", "+3d", "+5d", "+7d", "+9d")]
    assert standings == ["banned", "restricted", "rectifying", "warned", "clear"]


def test_ban_covers_every_function_known_or_not() -> None:
    account = Account().given("ban", at="+0d", until="+3d")
    assert not account.may("publish", "+0d")
    assert not account.may("a function of next year", "+3d-1us")
    assert account.may("a function of next year", "+3d")


def test_restriction_covers_its_functions_until_the_end_of_each() -> None:
    functions = [{"function": "publish", "until": "+2d"}, {"function": "payment", "for": "P4D"}, "mass_send"]
    account = Account().given("restrict", at="+0d", sanction="s", functions=functions, until="+3d")
    assert account.at("+0d").restrictions == {"mass_send": "+3d", "payment": "+4d", "publish": "+2d"}
    assert account.at("+2d").restrictions == {"mass_send": "+3d", "payment": "+4d"}
    assert account.at("+3d").restrictions == {"payment": "+4d"}
    assert account.at("+3d").standing == "restricted"
    assert account.at("+4d").statuses == {"s": "expired"}
    assert account.at("+4d").ended("s") == "+4d"


def test_restriction_with_each_end_its_own_takes_no_common_end() -> None:
    functions = [{"function": "publish", "until": "+2d"}]
    Account().when("restrict", at="+0d", functions=functions, until="+3d").refused("malformed")
    Account().when("restrict", at="+0d", functions=functions).then("FunctionsRestricted")


def test_restriction_of_nothing_is_refused() -> None:
    Account().when("restrict", at="+0d", functions=[], until="+3d").refused("empty_functions")


def test_restriction_of_an_unknown_function_is_refused() -> None:
    result = Account().when("restrict", at="+0d", functions=["publish", "fly"], until="+3d")
    result.refused("unknown_function", function="fly")


def test_function_of_two_sanctions_shows_the_latest_end_in_force_and_both_ids() -> None:
    account = Account().given("restrict", at="+0d", sanction="s-1", until="+9d", **_PUBLISH)
    account.given("restrict", at="+0d", sanction="s-2", from_="+2d", until="+5d", **_PUBLISH)
    assert account.at("+1d").because == {"publish": ("s-1",)}
    assert account.at("+2d").because == {"publish": ("s-1", "s-2")}
    assert account.at("+2d").restrictions == {"publish": "+9d"}
    assert account.at("+5d").because == {"publish": ("s-1",)}


def test_verdict_names_ban_and_restriction_and_the_later_end() -> None:
    account = Account().given("ban", at="+0d", sanction="b", until="+3d")
    account.given("restrict", at="+0d", sanction="s", until="+9d", **_PUBLISH)
    assert set(account.may("publish", "+1d").because) == {"b", "s"}
    assert account.may("publish", "+1d").until == t("+9d")
    assert account.may("payment", "+1d").until == t("+3d")


@pytest.mark.parametrize("name", ["warn", "restrict", "ban"])
def test_sanction_holds_from_its_start_and_not_at_its_end(name: str) -> None:
    functions = _PUBLISH if name == "restrict" else {}
    account = Account().given(name, at="+0d", sanction="s", from_="+2d", for_="P1D", **functions)
    statuses = [account.at(instant).statuses["s"] for instant in ("+0d", "+2d-1us", "+2d", "+3d-1us", "+3d")]
    assert statuses == ["scheduled", "scheduled", "in_force", "in_force", "expired"]
    assert account.at("+2d-1us").standing == "clear"


def test_sanction_scheduled_can_be_lifted_before_its_start() -> None:
    account = Account().given("ban", at="+0d", sanction="b", from_="+2d", until="+9d")
    account.when("lift", at="+1d", sanction="b").then("SanctionLifted")
    assert account.at("+3d").statuses == {"b": "lifted"}
    assert account.may("publish", "+3d")


def test_sanction_that_starts_now_is_in_force_at_once() -> None:
    account = Account().given("ban", at="+1d", sanction="b", from_="+1d", until="+2d")
    assert account.at("+1d").statuses == {"b": "in_force"}


@pytest.mark.parametrize("name", ["lift", "change_sanction"])
@pytest.mark.parametrize("ending", ["lift", "overturn", "supersede", "expire"])
def test_ended_sanction_cannot_be_lifted_or_changed(name: str, ending: str) -> None:
    account = Account().given("ban", at="+0d", sanction="b", until="+3d")
    if ending == "supersede":
        account.given("warn", at="+1d", until="+9d", supersedes=["b"])
    elif ending != "expire":
        account.given(ending, at="+1d", sanction="b")
    terms: dict[str, Any] = {"until": "+30d"} if name == "change_sanction" else {}
    account.when(name, at="+3d", sanction="b", **terms).refused("already_ended")


@pytest.mark.parametrize("name", ["lift", "overturn", "change_sanction", "appeal", "serve_notice"])
def test_command_about_no_sanction_is_refused(name: str) -> None:
    terms: dict[str, Any] = {"until": "+30d"} if name == "change_sanction" else {}
    account = Account().given("note", at="+0d", text="first seen")
    account.when(name, at="+1d", sanction="s", **terms).refused("unknown_sanction", sanction="s")


@pytest.mark.parametrize(("at", "before"), [("+1d", "scheduled"), ("+3d", "in_force"), ("+9d", "expired")])
def test_sanction_is_overturned_whether_scheduled_running_or_ended(at: str, before: str) -> None:
    account = Account().given("ban", at="+0d", sanction="b", from_="+2d", until="+5d")
    assert account.at(at).statuses == {"b": before}
    account.given("overturn", at=at, sanction="b")
    assert {account.at(instant).statuses["b"] for instant in ("+0d", "+2d", "+4d", "+5d", "+9d")} == {"overturned"}
    assert account.at("+3d").restrictions == {}
    account.when("overturn", at="+9d", sanction="b").refused("already_ended")


def test_overturning_one_restores_and_removes_nothing_else() -> None:
    account = Account().given("restrict", at="+0d", sanction="s-1", until="+9d", **_PUBLISH)
    account.given("lift", at="+1d", sanction="s-1").given("restrict", at="+1d", sanction="s-2", until="+9d", **_PUBLISH)
    account.given("warn", at="+1d", sanction="w", until="+9d").given("overturn", at="+2d", sanction="s-2")
    assert account.at("+2d").statuses == {"s-1": "lifted", "s-2": "overturned", "w": "in_force"}


def test_overturning_reports_later_decisions_that_counted_it() -> None:
    account = Account().given("warn", at="+0d", sanction="w", until="+9d")
    account.given("ban", at="+1d", sanction="b", basis={"clause": "4.2", "priors": ["w"]}, until="+9d")
    account.given("ban", at="+1d", sanction="c", until="+9d")
    event = account.when("overturn", at="+2d", sanction="w").events[0]
    assert isinstance(event, SanctionOverturned)
    assert event.affected == ("b",)
    assert account.at("+2d").statuses == {"w": "overturned", "b": "in_force", "c": "in_force"}


def test_superseding_ends_the_old_and_judges_the_new_without_it() -> None:
    account = permanently_banned()
    result = account.when("restrict", at="+1d", by=REVIEWER, sanction="s", until="+9d", supersedes="ban", **_PUBLISH)
    result.then("SanctionSuperseded", "FunctionsRestricted")
    event = result.events[0]
    assert isinstance(event, SanctionSuperseded)
    assert event.superseded_by == "s"
    assert account.at("+1d").statuses == {"ban": "superseded", "s": "in_force"}
    assert account.at("+1d").restrictions == {"publish": "+9d"}


def test_superseding_a_permanent_ban_needs_the_right_to_lift_it() -> None:
    account = permanently_banned()
    account.when("ban", at="+1d", by=MODERATOR, until="+9d", supersedes="ban").refused("not_permitted")


def test_overturning_the_new_does_not_revive_the_old() -> None:
    account = Account().given("ban", at="+0d", sanction="old", until="+9d")
    account.given("ban", at="+1d", sanction="new", until="+5d", supersedes=["old"])
    account.given("overturn", at="+2d", sanction="new")
    assert account.at("+2d").statuses == {"old": "superseded", "new": "overturned"}
    assert account.at("+2d").standing == "clear"
    assert account.at("+1d-1us").standing == "banned"


def test_superseding_what_has_ended_or_never_was_is_refused() -> None:
    account = Account().given("ban", at="+0d", sanction="old", until="+2d")
    account.when("warn", at="+3d", until="+9d", supersedes="old").refused("already_ended")
    account.when("warn", at="+3d", until="+9d", supersedes=["none"]).refused("unknown_sanction")


def test_superseding_one_sanction_named_twice_ends_it_once() -> None:
    account = Account().given("ban", at="+0d", sanction="old", until="+9d")
    result = account.when("warn", at="+1d", sanction="w", until="+9d", supersedes=["old", "old"])
    result.then("SanctionSuperseded", "WarningIssued")


def test_id_in_use_is_refused() -> None:
    account = Account().given("warn", at="+0d", sanction="s", until="+1d")
    account.when("ban", at="+0d", sanction="s", until="+9d").refused("id_in_use")
    account.when("ban", at="+2d", sanction="s", until="+9d").refused("id_in_use")
    account.given("record_violation", at="+2d", violation="v", clause="3.1")
    account.when("record_violation", at="+2d", violation="v", clause="3.1").refused("id_in_use")


def test_lifting_what_is_lifted_is_refused() -> None:
    account = Account().given("warn", at="+0d", sanction="w", until="+9d").given("lift", at="+1d", sanction="w")
    account.when("lift", at="+1d", by=OTHER_MODERATOR, sanction="w").refused("already_ended", status="lifted")
