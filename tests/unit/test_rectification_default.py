"""Orders to rectify after the deadline: default, consequences, late acceptance, overturning the order."""

from __future__ import annotations

from typing import Any

import pytest
from account_sanctions.domain.events import SanctionLifted, SanctionOverturned
from msgspec import to_builtins

from tests.unit.scenario import OTHER_MODERATOR, REVIEWER, Account, t

_MUTE = {"restrict": ["mass_send"], "for": "P30D"}
_WARN = {"warn": {"until": "+90d"}}
_BAN = {"ban": {"for": "P7D"}}
_FOREVER = {"ban": {"permanent": True}}


def _ordered(*consequences: dict[str, Any], **fields: Any) -> Account:
    fields = {"sanction": "o", "deadline": "+3d", "on_default": list(consequences), **fields}
    return Account().given("order_rectification", at="+0d", **fields)


def _ordered_with_ban() -> Account:
    order = {
        "command": "order_rectification",
        "sanction": "o",
        "basis": {"clause": "4.2"},
        "deadline": "2026-01-04T00:00:00Z",
        "on_default": [_MUTE, _FOREVER],
    }
    account = Account().given("propose", at="+0d", proposal="p", sanction=order)
    return account.given("approve", at="+0d", by=OTHER_MODERATOR, proposal="p")


def test_default_starts_every_consequence_at_the_very_deadline() -> None:
    account = _ordered(_MUTE, _BAN, _WARN)
    assert account.at("+3d-1us").statuses == {"o": "in_force"}
    view = account.at("+3d")
    assert view.statuses == {"o": "defaulted", "o/1": "in_force", "o/2": "in_force", "o/3": "in_force"}
    assert view.rectification("o") == ("defaulted", "+3d")
    assert [view.ends(f"o/{number}") for number in (1, 2, 3)] == ["+33d", "+10d", "+90d"]
    assert {view.sanction(f"o/{number}").from_ for number in (1, 2, 3)} == {t("+3d")}
    assert {view.sanction(f"o/{number}").caused_by for number in (1, 2, 3)} == {"o"}
    assert [account.at(day).standing for day in ("+3d", "+10d", "+33d", "+90d")] == [
        "banned",
        "restricted",
        "warned",
        "clear",
    ]


@pytest.mark.parametrize("sweeps", [(), ("+3d",), ("+2d", "+3d", "+3d", "+4d", "+11d")])
def test_default_is_the_same_with_and_without_sweeps(sweeps: tuple[str, ...]) -> None:
    account = _ordered(_MUTE, _BAN)
    for until in sweeps:
        account.sweep(until)
    account.given("note", at="+12d", text="seen")
    assert account.log == [
        "RectificationOrdered",
        "RectificationDefaulted",
        "FunctionsRestricted",
        "AccountBanned",
        "SanctionExpired",
        "NoteAdded",
    ]
    assert {to_builtins(event.by)["id"] for event in account.events[1:5]} == {"due"}
    assert [event.at for event in account.events[1:5]] == [t("+3d"), t("+3d"), t("+3d"), t("+10d")]


def test_default_without_consequences_only_ends_the_order() -> None:
    account = _ordered()
    assert account.at("+3d").statuses == {"o": "defaulted"}
    assert account.at("+3d").standing == "clear"


def test_consequence_with_an_end_for_each_function() -> None:
    functions = [{"function": "publish", "for": "P1D"}, {"function": "payment", "permanent": True}]
    account = _ordered({"restrict": functions})
    assert account.at("+3d").restrictions == {"payment": None, "publish": "+4d"}
    assert account.at("+4d").restrictions == {"payment": None}


def test_consequence_that_would_end_before_the_deadline_is_refused() -> None:
    account = Account()
    consequence = {"ban": {"until": "2026-01-03T00:00:00Z"}}
    refusal = account.when("order_rectification", at="+0d", deadline="+3d", on_default=[consequence])
    refusal.refused("invalid_period", field="on_default")


@pytest.mark.parametrize(
    ("consequence", "code"),
    [
        ({"restrict": ["fly"], "for": "P1D"}, "unknown_function"),
        ({"restrict": [], "for": "P1D"}, "empty_functions"),
        ({"restrict": ["publish"]}, "malformed"),
        ({"restrict": ["publish"], "for": "P1D", "permanent": True}, "malformed"),
        ({"ban": {}}, "malformed"),
        ({"ban": {"for": "P1D"}, "warn": {"for": "P1D"}}, "malformed"),
        ({"ban": {"for": "P1D"}, "until": "2026-02-01T00:00:00Z"}, "malformed"),
        ({}, "malformed"),
        ({"ban": {"permanent": False}}, "malformed"),
        ({"expel": {"for": "P1D"}}, "malformed"),
    ],
)
def test_consequence_that_cannot_be_announced_is_refused(consequence: dict[str, Any], code: str) -> None:
    Account().when("order_rectification", at="+0d", deadline="+3d", on_default=[consequence]).refused(code)


def test_order_lifted_prevents_its_consequence() -> None:
    account = _ordered(_MUTE).given("lift", at="+2d", sanction="o")
    assert account.at("+9d").statuses == {"o": "lifted"}
    assert account.at("+9d").rectification("o")[0] == "ended"
    assert account.may("mass_send", "+9d")


def test_order_superseded_prevents_its_consequence() -> None:
    account = _ordered(_MUTE).given("warn", at="+2d", sanction="w", until="+90d", supersedes="o")
    assert account.at("+9d").statuses == {"o": "superseded", "w": "in_force"}


def test_order_overturned_while_running_prevents_its_consequence() -> None:
    account = _ordered(_MUTE)
    account.when("overturn", at="+2d", sanction="o").then("SanctionOverturned")
    assert account.at("+9d").statuses == {"o": "overturned"}


def test_order_overturned_after_default_voids_each_dependent_by_its_own_event() -> None:
    account = _ordered(_MUTE, _BAN).given("lift", at="+4d", sanction="o/1")
    result = account.when("overturn", at="+5d", sanction="o", reason="the article was lawful")
    result.then("SanctionOverturned", "SanctionOverturned", "SanctionOverturned")
    voided = [event for event in result.events if isinstance(event, SanctionOverturned)]
    assert [(event.sanction, event.caused_by) for event in voided] == [("o", None), ("o/1", "o"), ("o/2", "o")]
    assert set(account.at("+5d").statuses.values()) == {"overturned"}
    assert account.at("+5d").standing == "clear"
    assert account.at("+4d").standing == "clear", "void from its beginning, as known now"


def test_consequence_overturned_alone_leaves_order_and_sister() -> None:
    account = _ordered(_MUTE, _BAN).given("overturn", at="+5d", sanction="o/2")
    assert account.at("+5d").statuses == {"o": "defaulted", "o/1": "in_force", "o/2": "overturned"}


def test_order_overturned_later_does_not_void_a_dependent_again() -> None:
    account = _ordered(_MUTE, _BAN).given("overturn", at="+5d", sanction="o/2")
    account.when("overturn", at="+6d", sanction="o").then("SanctionOverturned", "SanctionOverturned")


def test_order_with_a_permanent_dependent_is_overturned_by_a_reviewer_only() -> None:
    """A command that ends a dependent needs the authority to end that dependent."""
    account = _ordered_with_ban()
    assert account.at("+3d").restrictions == {"*": None, "mass_send": "+33d"}
    account.when("overturn", at="+4d", sanction="o").refused("not_permitted")
    account.when("accept_rectification", at="+4d", sanction="o").refused("not_permitted")
    account.when("overturn", at="+4d", by=REVIEWER, sanction="o").then(*["SanctionOverturned"] * 3)


def test_late_acceptance_by_a_reviewer_lifts_a_permanent_dependent() -> None:
    account = _ordered_with_ban()
    result = account.when("accept_rectification", at="+4d", by=REVIEWER, sanction="o")
    result.then("RectificationAccepted", "SanctionLifted", "SanctionLifted")
    assert account.at("+4d").standing == "clear"


def test_late_submission_and_acceptance_lift_what_runs() -> None:
    account = _ordered(_MUTE, _BAN).given("submit_rectification", at="+12d", sanction="o")
    assert account.at("+12d").rectification("o")[0] == "submitted"
    result = account.when("accept_rectification", at="+13d", sanction="o")
    result.then("RectificationAccepted", "SanctionLifted")
    lifted = result.events[1]
    assert isinstance(lifted, SanctionLifted)
    assert lifted.sanction == "o/1"
    view = account.at("+13d")
    assert view.statuses == {"o": "defaulted", "o/1": "lifted", "o/2": "expired"}
    assert view.rectification("o")[0] == "accepted"
    assert view.ended("o") == "+3d"


def test_late_acceptance_without_submission_is_possible() -> None:
    account = _ordered(_MUTE).given("accept_rectification", at="+4d", sanction="o")
    assert account.at("+4d").statuses == {"o": "defaulted", "o/1": "lifted"}


def test_late_submission_rejected_can_be_sent_again() -> None:
    account = _ordered(_MUTE).given("submit_rectification", at="+4d", sanction="o")
    account.given("reject_rectification", at="+5d", sanction="o").given("submit_rectification", at="+6d", sanction="o")
    assert account.at("+6d").statuses == {"o": "defaulted", "o/1": "in_force"}
    account.given("accept_rectification", at="+7d", sanction="o")
    assert account.at("+7d").statuses == {"o": "defaulted", "o/1": "lifted"}


@pytest.mark.parametrize("name", ["submit_rectification", "accept_rectification"])
def test_late_rectification_with_nothing_running_is_refused(name: str) -> None:
    _ordered().when(name, at="+4d", sanction="o").refused("deadline_passed")
    _ordered(_BAN).when(name, at="+10d", sanction="o").refused("deadline_passed")
    lifted = _ordered(_BAN).given("lift", at="+4d", sanction="o/1")
    lifted.when(name, at="+5d", sanction="o").refused("deadline_passed")


@pytest.mark.parametrize("name", ["submit_rectification", "accept_rectification"])
def test_late_rectification_under_a_clock_that_submissions_stop_is_refused(name: str) -> None:
    account = _ordered(_MUTE, clock="submission_stops_clock")
    account.when(name, at="+4d", sanction="o").refused("deadline_passed")


def test_late_rectification_accepted_twice_is_refused() -> None:
    account = _ordered(_MUTE).given("accept_rectification", at="+4d", sanction="o")
    account.when("accept_rectification", at="+5d", sanction="o").refused("already_ended")


@pytest.mark.parametrize("name", ["lift", "overturn"])
def test_defaulted_order_ends_once_and_may_be_overturned(name: str) -> None:
    account = _ordered(_MUTE)
    result = account.when(name, at="+4d", sanction="o")
    if name == "lift":
        result.refused("already_ended", status="defaulted")
    else:
        result.after("RectificationDefaulted", "FunctionsRestricted").then("SanctionOverturned", "SanctionOverturned")


def test_consequence_id_given_by_a_caller_is_malformed() -> None:
    Account().when("warn", at="+0d", sanction="o/1", until="+9d").refused("malformed", field="sanction")
