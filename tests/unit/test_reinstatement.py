"""Asking for reinstatement: after a minimum time, again and again, while the sanction stands."""

from __future__ import annotations

import pytest
from account_sanctions.domain.events import AppealTerms
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.presets import DEFAULT
from msgspec.structs import replace

from tests.unit.scenario import Account

_POLICY: Policy = replace(DEFAULT, appeal=AppealTerms(window="P10D", limit=1, reinstatement_after="P30D"))


def _banned() -> Account:
    return Account(_POLICY).given("ban", at="+0d", sanction="b", until="+500d")


@pytest.mark.parametrize(("at", "code"), [("+10d", "appeal_window_closed"), ("+30d-1us", "appeal_window_closed")])
def test_request_before_its_time_is_refused(at: str, code: str) -> None:
    _banned().when("appeal", at=at, sanction="b").refused(code)


def test_request_is_heard_from_the_minimum_time_on() -> None:
    _banned().when("appeal", at="+30d", sanction="b").then("AppealFiled")


def test_appeal_inside_the_window_needs_no_waiting_and_starts_the_time_anew() -> None:
    account = _banned().given("appeal", at="+5d", sanction="b", appeal="a-1")
    account.when("appeal", at="+6d", sanction="b").refused("appeal_limit")
    account.given("decide_appeal", at="+7d", appeal="a-1", outcome="denied")
    account.when("appeal", at="+35d-1us", sanction="b").refused("appeal_window_closed")
    account.when("appeal", at="+35d", sanction="b").then("AppealFiled")


def test_request_waits_while_another_is_open() -> None:
    account = _banned().given("appeal", at="+30d", sanction="b", appeal="a-1")
    account.when("appeal", at="+90d", sanction="b").refused("appeal_window_closed")
    account.given("withdraw_appeal", at="+91d", appeal="a-1")
    account.when("appeal", at="+92d", sanction="b").then("AppealFiled")


def test_request_for_an_ended_sanction_is_refused() -> None:
    account = _banned().given("lift", at="+1d", sanction="b")
    account.when("appeal", at="+30d", sanction="b").refused("appeal_window_closed")


def test_time_after_which_to_ask_that_ends_beyond_the_calendar_never_comes() -> None:
    terms = AppealTerms(window="P10D", limit=1, reinstatement_after="P9999Y")
    account = Account(replace(_POLICY, appeal=terms)).given("ban", at="+0d", sanction="b", until="+500d")
    account.when("appeal", at="+499d", sanction="b").refused("appeal_window_closed")
    account.when("appeal", at="+9d", sanction="b").then("AppealFiled")
    account.when("appeal", at="+499d", sanction="b").refused("appeal_window_closed")
