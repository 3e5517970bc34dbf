"""Filing appeals: against what, inside which window, how often."""

from __future__ import annotations

import pytest
from account_sanctions.domain.events import AppealTerms
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.presets import DEFAULT, MEDIAWIKI
from msgspec.structs import replace

from tests.unit.scenario import Account

_TEN_DAYS = replace(DEFAULT, appeal=AppealTerms(window="P10D", limit=1))


def _warned(policy: Policy = _TEN_DAYS) -> Account:
    return Account(policy).given("warn", at="+0d", sanction="w", until="+90d")


@pytest.mark.parametrize("at", ["+0d", "+10d-1us"])
def test_appeal_inside_the_window_is_filed(at: str) -> None:
    account = _warned()
    account.when("appeal", at=at, appeal="a", sanction="w").then("AppealFiled")
    assert account.at(at).appeal("a") == "open"
    assert account.at(at).statuses == {"w": "in_force"}


@pytest.mark.parametrize("at", ["+10d", "+11d"])
def test_appeal_at_the_end_of_the_window_is_too_late(at: str) -> None:
    _warned().when("appeal", at=at, sanction="w").refused("appeal_window_closed")


def test_window_of_the_default_policy_goes_by_the_calendar() -> None:
    """Six months after 1 January is 1 July: 181 days."""
    _warned(DEFAULT).when("appeal", at="+181d-1us", sanction="w").then("AppealFiled")
    _warned(DEFAULT).when("appeal", at="+181d", sanction="w").refused("appeal_window_closed")


def test_window_runs_from_the_first_notice() -> None:
    account = _warned().given("serve_notice", at="+4d", sanction="w").given("serve_notice", at="+9d", sanction="w")
    account.when("appeal", at="+14d", sanction="w").refused("appeal_window_closed")
    account.when("appeal", at="+14d-1us", sanction="w").then("AppealFiled")


def test_window_runs_from_a_notice_served_after_it_had_closed() -> None:
    account = _warned().given("serve_notice", at="+30d", sanction="w", channel="post")
    account.when("appeal", at="+40d", sanction="w").refused("appeal_window_closed")
    account.when("appeal", at="+39d", sanction="w").then("AppealFiled")


def test_window_of_a_scheduled_sanction_runs_from_the_decision() -> None:
    account = Account(_TEN_DAYS).given("ban", at="+0d", sanction="b", from_="+20d", until="+90d")
    account.when("appeal", at="+10d", sanction="b").refused("appeal_window_closed")
    account.when("appeal", at="+1d", sanction="b").then("AppealFiled")


@pytest.mark.parametrize(("at", "filed"), [("+3d", True), ("+13d-1us", True), ("+13d", False)])
def test_window_of_a_consequence_runs_from_its_start(at: str, *, filed: bool) -> None:
    account = Account(_TEN_DAYS).given(
        "order_rectification", at="+0d", sanction="o", deadline="+3d", on_default=[{"ban": {"for": "P90D"}}]
    )
    result = account.when("appeal", at=at, sanction="o/1")
    if filed:
        result.then("AppealFiled")
    else:
        result.refused("appeal_window_closed")


def test_window_of_an_approved_proposal_runs_from_the_approval() -> None:
    ban = {"command": "ban", "sanction": "b", "basis": {"clause": "1.1"}, "permanent": True}
    account = Account(_TEN_DAYS).given("propose", at="+0d", proposal="p", sanction=ban)
    account.when("appeal", at="+1d", sanction="b").refused("unknown_sanction")
    account.given("approve", at="+5d", proposal="p")
    account.when("appeal", at="+15d", sanction="b").refused("appeal_window_closed")
    account.when("appeal", at="+15d-1us", sanction="b").then("AppealFiled")


def test_policy_without_a_window_takes_an_appeal_at_any_time() -> None:
    account = Account(MEDIAWIKI).given("warn", at="+0d", sanction="w", until="+90d")
    account.when("appeal", at="+9000d", sanction="w").then("AppealFiled")


def test_policy_without_appeals_takes_none() -> None:
    _warned(replace(DEFAULT, appeal=None)).when("appeal", at="+1d", sanction="w").refused("not_appealable")


@pytest.mark.parametrize("ending", ["lift", "expire"])
def test_ended_sanction_can_be_appealed(ending: str) -> None:
    """The prior counts, so it can be appealed."""
    account = Account(_TEN_DAYS).given("warn", at="+0d", sanction="w", until="+2d")
    if ending == "lift":
        account.given("lift", at="+1d", sanction="w")
    account.when("appeal", at="+3d", sanction="w").then("AppealFiled")


def test_overturned_sanction_cannot_be_appealed() -> None:
    account = _warned().given("overturn", at="+1d", sanction="w")
    account.when("appeal", at="+2d", sanction="w").refused("not_appealable")


def test_appeal_withdrawn_counts_all_the_same() -> None:
    account = _warned().given("appeal", at="+1d", appeal="a", sanction="w")
    account.when("withdraw_appeal", at="+2d", appeal="a").then("AppealWithdrawn")
    assert account.at("+2d").appeal("a") == "withdrawn"
    account.when("appeal", at="+3d", sanction="w").refused("appeal_limit")
    account.when("withdraw_appeal", at="+3d", appeal="a").refused("already_decided")
    account.when("decide_appeal", at="+3d", appeal="a", outcome="granted").refused("already_decided")


def test_appeal_denied_counts_all_the_same() -> None:
    account = _warned().given("appeal", at="+1d", appeal="a", sanction="w")
    account.given("decide_appeal", at="+2d", appeal="a", outcome="denied")
    account.when("appeal", at="+3d", sanction="w").refused("appeal_limit")


def test_limit_counts_each_sanction_by_itself() -> None:
    account = _warned().given("warn", at="+0d", sanction="w-2", until="+90d").given("appeal", at="+1d", sanction="w")
    account.when("appeal", at="+1d", sanction="w-2").then("AppealFiled")


def test_change_to_harsher_terms_opens_a_new_window_and_one_more_appeal() -> None:
    account = _warned().given("appeal", at="+1d", sanction="w").given("serve_notice", at="+2d", sanction="w")
    account.given("change_sanction", at="+30d", sanction="w", until="+120d")
    account.when("appeal", at="+40d", sanction="w").refused("appeal_window_closed")
    account.given("appeal", at="+40d-1us", sanction="w")
    account.when("appeal", at="+40d-1us", sanction="w").refused("appeal_limit")


def test_notice_of_a_harsher_change_moves_its_window() -> None:
    account = _warned().given("change_sanction", at="+30d", sanction="w", until="+120d")
    account.given("serve_notice", at="+35d", sanction="w")
    account.when("appeal", at="+45d", sanction="w").refused("appeal_window_closed")
    account.when("appeal", at="+45d-1us", sanction="w").then("AppealFiled")


def test_change_to_milder_terms_opens_nothing() -> None:
    account = _warned().given("change_sanction", at="+5d", sanction="w", until="+60d")
    account.when("appeal", at="+10d", sanction="w").refused("appeal_window_closed")
    account.given("appeal", at="+9d", sanction="w")
    account.when("appeal", at="+9d", sanction="w").refused("appeal_limit")


def test_appeal_id_in_use_is_refused() -> None:
    account = _warned().given("warn", at="+0d", sanction="w-2", until="+90d")
    account.given("appeal", at="+1d", appeal="a", sanction="w")
    account.when("appeal", at="+1d", appeal="a", sanction="w-2").refused("id_in_use")


@pytest.mark.parametrize("name", ["withdraw_appeal", "decide_appeal"])
def test_command_about_no_appeal_is_refused(name: str) -> None:
    outcome = {"outcome": "denied"} if name == "decide_appeal" else {}
    _warned().when(name, at="+1d", appeal="a", **outcome).refused("unknown_appeal")
