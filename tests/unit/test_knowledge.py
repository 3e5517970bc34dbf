"""State at one time as known at another: overturns reach back, what was not known does not, sweeps change nothing."""

from __future__ import annotations

import pytest

from tests.unit.scenario import MODERATOR, REVIEWER, Account
from tests.unit.test_cases_sanctions import permanently_banned

_WEEK = ("+0d", "+1d", "+2d", "+3d", "+4d", "+5d", "+6d", "+7d")


def _overturned() -> Account:
    """A ban from T0 until +4d, overturned at +6d."""
    account = Account().given("ban", at="+0d", sanction="b", until="+4d")
    return account.given("overturn", at="+6d", sanction="b")


def test_overturned_ban_was_in_force_as_known_then() -> None:
    account = _overturned()
    view = account.at("+2d", known="+6d-1us")
    assert (view.standing, view.statuses, view.version) == ("banned", {"b": "in_force"}, 1)
    assert account.at("+5d", known="+5d").statuses == {"b": "expired"}


@pytest.mark.parametrize("valid", _WEEK)
def test_overturned_ban_was_never_in_force_as_known_now(valid: str) -> None:
    view = _overturned().at(valid, known="+6d")
    assert (view.standing, view.restrictions, view.statuses) == ("clear", {}, {"b": "overturned"})
    assert view.version == 3


def test_lifted_ban_was_in_force_until_then_as_known_now() -> None:
    account = Account().given("ban", at="+0d", sanction="b", until="+9d").given("lift", at="+3d", sanction="b")
    assert account.at("+3d-1us").statuses == {"b": "in_force"}
    assert account.at("+3d").statuses == {"b": "lifted"}


def test_decision_is_not_seen_before_its_own_time() -> None:
    account = Account().given("ban", at="+2d", sanction="b", until="+9d").given("overturn", at="+3d", sanction="b")
    assert account.at("+2d-1us").statuses == {}
    assert account.at("+2d-1us", known="+2d").statuses == {}


def test_future_as_known_then_is_what_had_been_announced() -> None:
    account = Account().given("ban", at="+0d", sanction="b", from_="+5d", until="+9d")
    account.given("lift", at="+3d", sanction="b")
    assert account.at("+6d", known="+2d").standing == "banned"
    assert account.at("+6d", known="+3d").standing == "clear"


def test_default_is_seen_as_known_before_the_acceptance() -> None:
    consequence = {"restrict": ["publish"], "for": "P30D"}
    account = Account().given("order_rectification", at="+0d", sanction="o", deadline="+3d", on_default=[consequence])
    account.given("accept_rectification", at="+2d", sanction="o")
    assert account.at("+4d", known="+1d").statuses == {"o": "defaulted", "o/1": "in_force"}
    assert account.at("+4d", known="+2d").statuses == {"o": "satisfied"}


def test_order_overturned_after_its_default_voids_what_followed() -> None:
    consequences = [{"restrict": ["publish"], "for": "P30D"}, {"ban": {"for": "P7D"}}]
    account = Account().given("order_rectification", at="+0d", sanction="o", deadline="+3d", on_default=consequences)
    account.given("overturn", at="+5d", sanction="o")
    assert account.at("+4d", known="+4d").restrictions == {"*": "+10d", "publish": "+33d"}
    assert account.at("+4d").restrictions == {}
    assert account.at("+4d").statuses == {"o": "overturned", "o/1": "overturned", "o/2": "overturned"}
    assert account.at("+2d").statuses == {"o": "overturned"}
    assert account.at("+2d").standing == "clear"


def test_change_of_a_sanction_overturned_later_leaves_it_void() -> None:
    account = Account().given("ban", at="+0d", sanction="b", until="+4d")
    account.given("change_sanction", at="+1d", sanction="b", until="+9d").given("overturn", at="+3d", sanction="b")
    assert {account.at(valid).standing for valid in _WEEK} == {"clear"}
    assert account.at("+2d", known="+2d").ends("b") == "+9d"


def test_scheduled_sanction_overturned_after_its_start_never_started() -> None:
    account = Account().given("ban", at="+0d", sanction="b", from_="+2d", until="+9d")
    account.sweep("+3d")
    account.given("overturn", at="+4d", sanction="b")
    assert {account.at(valid).statuses["b"] for valid in _WEEK} == {"overturned"}


def test_permanent_ban_overturned_leads_back_to_the_others_at_every_time() -> None:
    account = permanently_banned(Account().given("warn", at="+0d", sanction="w", until="+9d"))
    account.given("overturn", at="+3d", by=REVIEWER, sanction="ban")
    assert [account.at("+1d", known=known).standing for known in ("+2d", "+3d")] == ["banned", "warned"]


def test_strikes_as_known_then_and_now() -> None:
    account = Account().given("record_violation", at="+0d", violation="v", clause="3.1")
    account.given("warn", at="+0d", sanction="w", basis={"clause": "3.1", "violations": ["v"]}, until="+9d")
    account.given("overturn", at="+5d", sanction="w")
    assert account.at("+1d", known="+4d").strikes == (1, 1)
    assert account.at("+1d", known="+5d").strikes == (0, 0)


def test_imported_history_is_known_from_its_recording_on() -> None:
    account = Account().given("ban", at="+0d", sanction="b", until="+4d", recorded="+10d")
    assert account.at("+1d", known="+9d").version == 0
    assert account.at("+1d", known="+9d").standing == "clear"
    assert account.at("+1d", known="+10d").standing == "banned"


def test_overturn_recorded_late_is_known_late() -> None:
    account = Account().given("ban", at="+0d", sanction="b", until="+9d")
    account.given("overturn", at="+2d", sanction="b", recorded="+5d")
    assert account.at("+3d", known="+4d").standing == "banned"
    assert account.at("+3d", known="+5d").standing == "clear"


@pytest.mark.parametrize("sweeps", [(), ("+3d",), ("+1d", "+3d", "+5d", "+8d"), ("+8d",)])
def test_answer_at_any_time_does_not_depend_on_sweeps(sweeps: tuple[str, ...]) -> None:
    consequences = [{"restrict": ["publish"], "for": "P2D"}, {"warn": {"for": "P30D"}}]
    account = Account().given("order_rectification", at="+0d", sanction="o", deadline="+3d", on_default=consequences)
    account.given("ban", at="+0d", sanction="b", from_="+1d", until="+4d")
    account.given(
        "propose", at="+0d", proposal="p", sanction={"command": "warn", "basis": {"clause": "1"}, "for": "P1D"}
    )
    for until in sweeps:
        account.sweep(until)
    standings = [account.at(valid).standing for valid in (*_WEEK, "+33d")]
    assert standings == [
        "rectifying",
        "banned",
        "banned",
        "banned",
        "restricted",
        "warned",
        "warned",
        "warned",
        "clear",
    ]
    assert [account.at(valid).proposal("p") for valid in ("+0d", "+29d", "+30d")] == ["open", "open", "lapsed"]


@pytest.mark.parametrize(("at", "code"), [("+2d-1us", "out_of_order"), ("+2d", None)])
def test_command_before_the_previous_event_is_refused(at: str, code: str | None) -> None:
    account = Account().given("note", at="+2d", text="seen")
    result = account.when("note", at=at, text="seen again")
    if code:
        result.refused(code)
    else:
        result.then("NoteAdded")


def test_expected_version_is_compared_before_what_fell_due() -> None:
    account = Account().given("warn", at="+0d", until="+1d")
    account.when("note", at="+2d", text="seen", expected_version=2).refused("version_conflict", expected=2, found=1)
    account.when("note", at="+2d", text="seen", expected_version=1).after("SanctionExpired").then("NoteAdded")
    account.when("note", at="+2d", by=MODERATOR, text="seen", expected_version=-1).refused("version_conflict")
