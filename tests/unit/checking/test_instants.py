"""The instants to which time passes: what happens by itself, and what a further thing would be decided otherwise by."""

from __future__ import annotations

from typing import Final

import pytest
from account_sanctions.domain.checking.instants import Clocks, asking_again, clocks_of, next_instant, window_end
from account_sanctions.domain.events import AppealTerms
from account_sanctions.domain.period import Period
from account_sanctions.domain.presets import DEFAULT
from account_sanctions.domain.state import NOTHING
from msgspec.structs import replace

from tests.unit import explaining
from tests.unit.scenario import Account, t

_TERMS: Final = replace(DEFAULT, appeal=AppealTerms(window="P4D", limit=1, reinstatement_after="P6D"))


def _instants(account: Account, *lengths: Period, more: bool = True) -> list[str | None]:
    """Every instant to which time passes, one after the other."""
    found: list[str | None] = []
    now = account.state.last_at
    while now is not None:
        now = next_instant(account.state, now, Clocks(lengths, ()), more=more)
        found.append(None if now is None else f"+{(now - t('+0d')).days}d")
    return found


def test_nothing_waits_for_an_account_without_events() -> None:
    assert next_instant(NOTHING, t("+0d"), Clocks((Period("P1D"),), ()), more=True) is None


def test_what_happens_by_itself_is_all_there_is_once_nothing_more_is_opened() -> None:
    account = Account(_TERMS).given("warn", at="+0d", sanction="w", from_="+2d", until="+9d")

    assert _instants(account, more=False) == ["+2d", "+9d", None]


def test_appeal_window_and_reinstatement_are_waited_for_while_more_can_be_opened() -> None:
    account = Account(_TERMS).given("warn", at="+0d", sanction="w", until="+9d")

    assert _instants(account) == ["+4d", "+6d", "+9d", None]


def test_reinstatement_is_asked_for_again_so_long_after_the_last_appeal() -> None:
    account = Account(_TERMS).given("warn", at="+0d", sanction="w", until="+30d")
    account.given("appeal", at="+3d", appeal="a", sanction="w")

    assert asking_again(account.state.live["w"], account.state) == t("+9d")
    account.given("lift", at="+4d", sanction="w")
    assert asking_again(account.state.ended["w"], account.state) is None


def test_window_that_is_open_for_ever_has_no_end() -> None:
    endless = replace(DEFAULT, appeal=AppealTerms(window=None, limit=1))
    account = Account(endless).given("warn", at="+0d", sanction="w", until="+30d")

    assert window_end(account.state.live["w"]) is None
    assert asking_again(account.state.live["w"], account.state) is None


@pytest.mark.parametrize("window", ["P5D", "P99Y", "P9999Y"])
def test_window_beyond_the_calendar_is_never_waited_for(window: str) -> None:
    terms = replace(DEFAULT, appeal=AppealTerms(window="P5D", limit=1))
    account = Account(terms).given("warn", at="+0d", sanction="w", until="+30d")
    sanction = replace(account.state.live["w"], appeal_terms=AppealTerms(window=window, limit=1))

    assert (window_end(sanction) is None) == (window == "P9999Y")


def test_violations_and_sanctions_are_waited_for_as_long_as_they_count() -> None:
    rules = explaining.policy(counting={"expires_after": "P5D"})
    account = explaining.report(Account(rules), "v", "+0d", clause="insult")

    assert clocks_of(rules).lengths == (Period("P90D"),)
    assert "+5d" in _instants(account)
    assert "+90d" in _instants(account, *clocks_of(rules).lengths)
    assert "+90d" not in _instants(account)


def test_lengths_are_those_of_ladders_of_their_warnings_and_of_escalations() -> None:
    ladders = {
        "one": {
            "within": "P3D",
            "prior_warning": {"within": "P2D", "impose": [{"warn": {"for": "P1D"}}]},
            "steps": [{"impose": [{"warn": {"for": "P1D"}}]}],
        },
        "two": {"steps": [{"impose": [{"warn": {"for": "P1D"}}]}]},
    }
    escalations = [{"severity": "minor", "becomes": "serious", "nth": 2, "within": "P7D"}]
    rules = explaining.policy(ladders=ladders, clauses={"c": {"ladder": "one"}}, escalations=escalations)

    assert clocks_of(rules).lengths == (Period("P3D"), Period("P2D"), Period("P7D"))
