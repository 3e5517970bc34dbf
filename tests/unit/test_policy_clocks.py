"""Clocks of violations: what they show for each beginning, and for which other beginnings they show the same."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import pytest
from account_sanctions.domain.due import advance
from account_sanctions.domain.instants import LAST_INSTANT
from account_sanctions.domain.policies.clocks import Clocks
from account_sanctions.domain.state import NOTHING, State
from account_sanctions.domain.vocabulary import Kind

from tests.unit.scenario import REVIEWER, Account, t

_BANS: Final[tuple[Kind, ...]] = ("ban",)
_BOTH: Final[tuple[Kind, ...]] = ("ban", "warning")


def _state() -> State:
    """Banned from +2d to +4d and again from +6d on, warned from +3d to +5d; as on +8d."""
    account = Account()
    account.given("ban", at="+2d", sanction="b1", until="+4d").given("warn", at="+3d", sanction="w", until="+5d")
    account.given("ban", at="+6d", sanction="b2", until="+20d")
    return advance(account.state, t("+8d"))


@pytest.mark.parametrize(
    ("kinds", "since", "shown", "same_until"),
    [
        ((), "+0d", "+8d", LAST_INSTANT),
        (_BANS, "+0d", "+4d", t("+2d")),
        (_BANS, "+2d", "+4d", t("+2d")),
        (_BANS, "+3d", "+5d", t("+3d")),
        (_BANS, "+4d", "+6d", t("+6d")),
        (_BANS, "+6d", "+6d", t("+6d")),
        (_BANS, "+7d", "+7d", t("+7d")),
        (_BANS, "+8d", "+8d", LAST_INSTANT),
        (_BOTH, "+0d", "+3d", t("+2d")),
        (_BOTH, "+4d", "+5d", t("+4d")),
        (_BOTH, "+5d", "+6d", t("+6d")),
        (("restriction",), "+0d", "+8d", LAST_INSTANT),
    ],
)
def test_clock_shows_the_instant_less_the_time_for_which_it_stood_still(
    kinds: tuple[Kind, ...], since: str, shown: str, same_until: datetime
) -> None:
    assert Clocks(_state(), t("+8d")).read(kinds, t(since)) == (t(shown), same_until)


def test_clocks_of_several_kinds_are_read_one_after_the_other() -> None:
    clocks = Clocks(_state(), t("+8d"))
    for _ in range(2):
        found = [clocks.read(kinds, t("+0d"))[0] for kinds in (_BANS, (), _BOTH, _BANS)]
        assert found == [t("+4d"), t("+8d"), t("+3d"), t("+4d")]


def test_sanction_that_begins_later_or_was_overturned_or_never_began_stops_no_clock() -> None:
    account = Account()
    account.given("ban", at="+0d", sanction="later", from_="+9d", until="+20d")
    account.given("ban", at="+0d", sanction="never", from_="+5d", until="+20d").given(
        "lift", at="+2d", sanction="never"
    )
    account.given("ban", at="+2d", sanction="wrong", until="+20d")
    account.given("overturn", at="+3d", by=REVIEWER, sanction="wrong")
    state = advance(account.state, t("+8d"))
    assert Clocks(state, t("+8d")).read(_BANS, t("+0d")) == (t("+8d"), LAST_INSTANT)
    assert Clocks(NOTHING, t("+8d")).read(_BANS, t("+0d")) == (t("+8d"), LAST_INSTANT)
