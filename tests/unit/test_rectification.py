"""Orders to rectify, up to the deadline: submission, review, extension, the two clocks."""

from __future__ import annotations

from typing import Any

import pytest
from account_sanctions.domain.events import RectificationRejected
from account_sanctions.domain.presets import DEFAULT
from msgspec.structs import replace

from tests.unit.scenario import OTHER_MODERATOR, Account, t

_STOPS = "submission_stops_clock"
_MUTE = {"restrict": ["mass_send"], "for": "P30D"}


def ordered(**fields: Any) -> Account:
    """An order `o` of T0 with deadline +3d; it announces 30 days without `mass_send`."""
    fields = {"sanction": "o", "deadline": "+3d", "on_default": [_MUTE], **fields}
    return Account().given("order_rectification", at="+0d", **fields)


def test_order_runs_until_its_deadline() -> None:
    account = ordered()
    view = account.at("+1d")
    assert view.standing == "rectifying"
    assert view.rectification("o") == ("ordered", "+3d")
    assert view.ends("o") == "+3d"
    assert view.restrictions == {}


def test_order_within_a_period_counts_from_the_command() -> None:
    account = Account().given("order_rectification", at="+1d", sanction="o", within="P3D")
    assert account.at("+1d").rectification("o") == ("ordered", "+4d")


@pytest.mark.parametrize("ends", [{}, {"deadline": "+3d", "within": "P3D"}], ids=["neither", "both"])
def test_order_without_one_deadline_is_malformed(ends: dict[str, str]) -> None:
    Account().when("order_rectification", at="+0d", **ends).refused("malformed")


def test_order_accepted_in_time_is_satisfied() -> None:
    account = ordered().given("submit_rectification", at="+1d", sanction="o")
    account.when("accept_rectification", at="+3d-1us", sanction="o").then("RectificationAccepted").after()
    view = account.at("+9d")
    assert view.statuses == {"o": "satisfied"}
    assert view.rectification("o") == ("accepted", "+3d")
    assert view.standing == "clear"


def test_order_accepted_without_submission_is_satisfied() -> None:
    account = ordered().given("accept_rectification", at="+1d", sanction="o")
    assert account.at("+1d").statuses == {"o": "satisfied"}


def test_order_satisfied_takes_nothing_further() -> None:
    account = ordered().given("accept_rectification", at="+1d", sanction="o")
    account.when("accept_rectification", at="+2d", sanction="o").refused("already_ended")
    account.when("submit_rectification", at="+2d", sanction="o").refused("already_ended")
    account.when("reject_rectification", at="+2d", sanction="o").refused("already_ended")
    account.when("extend_rectification", at="+2d", sanction="o", deadline="+9d").refused("already_ended")
    account.when("lift", at="+2d", sanction="o").refused("already_ended")


def test_submission_rejected_can_be_sent_again_before_the_same_deadline() -> None:
    account = ordered().given("submit_rectification", at="+1d", sanction="o")
    account.given("reject_rectification", at="+2d", sanction="o", reason="the article is still up")
    assert account.at("+2d").rectification("o") == ("rejected", "+3d")
    account.given("submit_rectification", at="+2d", sanction="o")
    assert account.at("+2d").rectification("o") == ("submitted", "+3d")
    assert not account.may("mass_send", "+3d")


def test_rejection_without_submission_is_refused() -> None:
    ordered().when("reject_rectification", at="+1d", sanction="o").refused("not_in_force")


def test_submission_resolved_twice_is_refused() -> None:
    account = ordered().given("submit_rectification", at="+1d", sanction="o")
    account.given("reject_rectification", at="+2d", sanction="o")
    account.when("reject_rectification", at="+2d", sanction="o").refused("already_decided")


def test_submission_repeated_with_nothing_new_is_no_event() -> None:
    account = ordered().given("submit_rectification", at="+1d", sanction="o")
    account.when("submit_rectification", at="+2d", sanction="o").then()
    account.when("submit_rectification", at="+2d", sanction="o", evidence=["photo"]).then("RectificationSubmitted")


def test_extension_to_the_same_deadline_is_no_event() -> None:
    ordered().when("extend_rectification", at="+1d", sanction="o", deadline="+3d").then()


def test_extension_to_an_earlier_deadline_is_refused() -> None:
    ordered().when("extend_rectification", at="+1d", sanction="o", deadline="+3d-1us").refused("invalid_period")


def test_extension_on_the_last_microsecond_is_in_time() -> None:
    account = ordered().given("extend_rectification", at="+3d-1us", sanction="o", deadline="+5d")
    assert account.at("+3d").statuses == {"o": "in_force"}
    assert account.at("+4d").ends("o") == "+5d"
    assert len(account.at("+4d").sanction("o").terms) == 2


def test_extension_at_the_deadline_is_too_late() -> None:
    account = ordered()
    account.when("extend_rectification", at="+3d", sanction="o", deadline="+5d").refused("deadline_passed")
    account.sweep("+3d")
    account.when("extend_rectification", at="+3d", sanction="o", deadline="+5d").refused("deadline_passed")


def test_order_is_changed_only_by_extension() -> None:
    ordered().when("change_sanction", at="+1d", sanction="o", until="+9d").refused("wrong_kind", kind="rectification")


@pytest.mark.parametrize("name", ["submit_rectification", "accept_rectification", "reject_rectification"])
def test_review_of_something_else_is_refused(name: str) -> None:
    account = Account().given("warn", at="+0d", sanction="w", until="+9d")
    account.when(name, at="+1d", sanction="w").refused("wrong_kind", kind="warning")
    account.when(name, at="+1d", sanction="o").refused("unknown_sanction", sanction="o")


def test_clock_of_the_policy_holds_where_the_order_says_nothing() -> None:
    account = Account(replace(DEFAULT, clock="submission_stops_clock"))
    account.given("order_rectification", at="+0d", sanction="o", deadline="+3d")
    account.given("submit_rectification", at="+1d", sanction="o")
    assert account.at("+9d").statuses == {"o": "in_force"}


def test_clock_runs_on_under_acceptance_by_deadline() -> None:
    account = ordered().given("submit_rectification", at="+1d", sanction="o")
    assert account.at("+3d").statuses == {"o": "defaulted", "o/1": "in_force"}


def test_clock_stopped_keeps_the_deadline_from_falling_due() -> None:
    account = ordered(clock=_STOPS).given("submit_rectification", at="+2d", sanction="o")
    assert account.sweep("+400d") == ()
    assert account.at("+400d").standing == "rectifying"


def test_clock_restarts_at_rejection_with_the_time_that_was_left() -> None:
    account = ordered(clock=_STOPS).given("submit_rectification", at="+2d", sanction="o")
    result = account.when("reject_rectification", at="+10d", sanction="o").then("RectificationRejected")
    event = result.events[0]
    assert isinstance(event, RectificationRejected)
    assert event.deadline == t("+11d")
    assert account.at("+10d").rectification("o") == ("rejected", "+11d")
    assert account.at("+10d").ends("o") == "+11d"
    order = account.state.sanction("o")
    assert order is not None
    assert [(terms.at, terms.until) for terms in order.terms] == [(t("+0d"), t("+3d")), (t("+10d"), t("+11d"))]
    assert account.may("mass_send", "+11d-1us")
    assert not account.may("mass_send", "+11d")
    assert account.at("+11d").functions("o/1") == {"mass_send": "+41d"}


def test_clock_that_would_restart_beyond_the_calendar_is_refused() -> None:
    account = ordered(clock=_STOPS, deadline="9999-12-31T00:00:00Z", on_default=[])
    account.given("submit_rectification", at="+2d", sanction="o")
    account.when("reject_rectification", at="+10d", sanction="o").refused("invalid_period", field="deadline")


def test_clock_restarted_twice_counts_what_was_left_each_time() -> None:
    account = ordered(clock=_STOPS).given("submit_rectification", at="+1d", sanction="o")
    account.given("reject_rectification", at="+5d", sanction="o")
    assert account.at("+5d").rectification("o") == ("rejected", "+7d")
    account.given("submit_rectification", at="+6d", sanction="o")
    account.given("reject_rectification", at="+20d", sanction="o")
    assert account.at("+20d").rectification("o") == ("rejected", "+21d")


def test_clock_counts_from_the_first_of_two_submissions() -> None:
    account = ordered(clock=_STOPS).given("submit_rectification", at="+1d", sanction="o")
    account.given("submit_rectification", at="+2d", sanction="o", statement="and one more page")
    account.given("reject_rectification", at="+10d", sanction="o")
    assert account.at("+10d").rectification("o") == ("rejected", "+12d")


def test_clock_stopped_on_the_last_microsecond_leaves_one_microsecond() -> None:
    account = ordered(clock=_STOPS).given("submit_rectification", at="+3d-1us", sanction="o")
    account.given("reject_rectification", at="+5d", sanction="o")
    assert account.at("+5d").statuses == {"o": "in_force"}
    assert account.at("+5d+1us").statuses == {"o": "defaulted", "o/1": "in_force"}


def test_submission_at_the_deadline_does_not_stop_the_clock() -> None:
    account = ordered(clock=_STOPS)
    account.when("submit_rectification", at="+3d", sanction="o").refused("deadline_passed")
    assert account.at("+3d").statuses == {"o": "defaulted", "o/1": "in_force"}


def test_extension_while_the_clock_is_stopped_adds_to_what_is_left() -> None:
    account = ordered(clock=_STOPS).given("submit_rectification", at="+2d", sanction="o")
    account.given("extend_rectification", at="+2d", sanction="o", deadline="+6d")
    account.given("reject_rectification", at="+10d", by=OTHER_MODERATOR, sanction="o")
    assert account.at("+10d").rectification("o") == ("rejected", "+14d")
