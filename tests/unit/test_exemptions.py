"""Exempt accounts: no new sanctions, harsher changes or approvals, except by the kinds that the exemption lists."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.scenario import MODERATOR, OTHER_MODERATOR, OTHER_REVIEWER, REVIEWER, SYSTEM, Account
from tests.unit.test_cases_sanctions import permanently_banned

_NEW: dict[str, dict[str, Any]] = {
    "warn": {"until": "+90d"},
    "order_rectification": {"deadline": "+30d"},
    "restrict": {"functions": ["publish"], "until": "+90d"},
    "ban": {"until": "+90d"},
}


def _exempt(*unless: str, account: Account | None = None) -> Account:
    return (account or Account()).given("exempt", at="+1d", unless=list(unless))


@pytest.mark.parametrize("by", [SYSTEM, MODERATOR, REVIEWER])
@pytest.mark.parametrize("name", _NEW)
def test_new_sanction_is_refused(name: str, by: str) -> None:
    _exempt().when(name, at="+2d", by=by, **_NEW[name]).refused("exempt")


@pytest.mark.parametrize("name", _NEW)
def test_new_sanction_by_a_listed_kind_is_accepted(name: str) -> None:
    account = _exempt("moderator", "system")
    account.when(name, at="+2d", by=REVIEWER, **_NEW[name]).refused("exempt")
    account.given(name, at="+2d", by=MODERATOR, **_NEW[name]).given(name, at="+2d", by=SYSTEM, **_NEW[name])


@pytest.mark.parametrize("name", _NEW)
def test_new_sanction_announced_for_later_is_refused_too(name: str) -> None:
    terms = _NEW[name] if name == "order_rectification" else {**_NEW[name], "from_": "+5d"}
    _exempt().when(name, at="+2d", **terms).refused("exempt")


def test_harsher_change_is_refused_and_milder_is_not() -> None:
    account = _exempt(account=Account().given("ban", at="+0d", sanction="b", until="+9d"))
    account.when("change_sanction", at="+2d", sanction="b", until="+10d").refused("exempt")
    account.when("change_sanction", at="+2d", sanction="b", until="+8d").then("SanctionChanged")


def test_what_was_imposed_before_stays() -> None:
    account = _exempt(account=Account().given("ban", at="+0d", sanction="b", until="+9d"))
    assert account.at("+2d").restrictions == {"*": "+9d"}
    account.when("lift", at="+2d", sanction="b").then("SanctionLifted")


def test_approval_is_refused_unless_the_approver_is_listed() -> None:
    ban = {"command": "ban", "sanction": "b", "basis": {"clause": "1.1"}, "permanent": True}
    account = _exempt("reviewer", account=Account().given("propose", at="+0d", proposal="p", sanction=ban))
    account.when("approve", at="+2d", by=OTHER_MODERATOR, proposal="p").refused("exempt")
    assert account.at("+2d").proposal("p") == "open"
    account.when("approve", at="+2d", by=REVIEWER, proposal="p").then("ProposalApproved", "AccountBanned")


def test_records_and_reviews_go_on() -> None:
    account = Account().given("warn", at="+0d", sanction="w", until="+90d")
    _exempt(account=account).given("record_violation", at="+2d", clause="3.1").given("note", at="+2d", text="seen")
    account.given("appeal", at="+2d", appeal="a", sanction="w").given("serve_notice", at="+2d", sanction="w")
    account.given("decide_appeal", at="+2d", by=OTHER_REVIEWER, appeal="a", outcome="granted")


def test_scheduled_start_inside_an_exemption_does_not_happen() -> None:
    account = _exempt(account=Account().given("ban", at="+0d", sanction="b", from_="+5d", until="+9d"))
    assert account.at("+5d-1us").statuses == {"b": "scheduled"}
    assert account.at("+5d").statuses == {"b": "lifted"}
    assert account.at("+6d").restrictions == {}
    assert account.may("publish", "+6d")
    account.given("end_exemption", at="+6d")
    assert account.at("+7d").statuses == {"b": "lifted"}
    assert [getattr(event, "because", None) for event in account.events] == [None, None, "exempt", None]


def test_scheduled_start_after_the_exemption_happens() -> None:
    account = _exempt(account=Account().given("ban", at="+0d", sanction="b", from_="+5d", until="+9d"))
    account.given("end_exemption", at="+4d")
    assert account.at("+5d").statuses == {"b": "in_force"}


def test_exemption_at_the_very_start_comes_after_it() -> None:
    account = Account().given("ban", at="+0d", sanction="b", from_="+1d", until="+9d")
    account.when("exempt", at="+1d").after("SanctionStarted").then("AccountExempted")
    assert account.at("+1d").statuses == {"b": "in_force"}


def test_consequence_inside_an_exemption_does_not_start() -> None:
    consequences = [{"restrict": ["publish"], "for": "P30D"}, {"ban": {"for": "P7D"}}]
    account = Account().given("order_rectification", at="+0d", sanction="o", deadline="+3d", on_default=consequences)
    _exempt(account=account)
    assert account.at("+3d").statuses == {"o": "defaulted", "o/1": "lifted", "o/2": "lifted"}
    assert account.may("publish", "+3d")
    account.given("end_exemption", at="+4d")
    assert account.at("+5d").standing == "clear"
    because = [getattr(event, "because", None) for event in account.events]
    assert because.count("exempt") == 2
    account.when("accept_rectification", at="+5d", sanction="o").refused("deadline_passed")


def test_exemption_is_shown_and_ends() -> None:
    account = _exempt()
    assert account.at("+1d").state.exemption is not None
    assert account.at("+1d-1us").state.exemption is None
    account.when("end_exemption", at="+2d").then("ExemptionEnded")
    assert account.at("+2d").state.exemption is None
    account.when("ban", at="+2d", until="+9d").then("AccountBanned")


def test_same_exemption_again_is_no_event() -> None:
    account = _exempt("reviewer", "moderator")
    account.when("exempt", at="+2d", unless=["moderator", "reviewer", "moderator"]).then()
    account.when("exempt", at="+2d", unless=["reviewer"]).then("AccountExempted")
    account.when("warn", at="+2d", until="+9d").refused("exempt")


def test_exemption_that_is_not_there_ends_without_event() -> None:
    Account().when("end_exemption", at="+1d").then()


def test_another_ban_of_a_banned_and_exempt_account_is_refused() -> None:
    account = _exempt(account=permanently_banned())
    account.when("ban", at="+2d", until="+9d").refused("exempt")
    assert account.at("+2d").restrictions == {"*": None}


def test_proposal_has_no_effect_and_is_not_refused() -> None:
    ban = {"command": "ban", "sanction": "b", "basis": {"clause": "1.1"}, "permanent": True}
    account = _exempt()
    account.when("propose", at="+2d", proposal="p", sanction=ban).then("SanctionProposed")
    account.when("approve", at="+2d", by=OTHER_MODERATOR, proposal="p").refused("exempt")
    account.given("end_exemption", at="+3d").given("approve", at="+3d", by=OTHER_MODERATOR, proposal="p")
