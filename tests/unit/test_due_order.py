"""What falls due at one instant: ends, then starts, then deadlines; and what was announced for an instant that has passed."""

from __future__ import annotations

from typing import Any

import pytest
from account_sanctions.domain.due import consequence_functions, due
from account_sanctions.domain.terms import Consequence, FunctionTerm

from tests.unit.scenario import Account, iso, t

_STOPS = "submission_stops_clock"


def _at_once(account: Account, instant: str) -> list[tuple[str, str]]:
    found = due(account.state, t(instant))
    assert {event.at for event in found} == {t(instant)}
    return [(type(event).__name__, getattr(event, "sanction", "")) for event in found]


def test_ends_come_before_starts_and_starts_before_deadlines() -> None:
    """The order of the decisions is the other way round, so that it does not help."""
    account = Account().given("order_rectification", at="+0d", sanction="o", deadline="+3d")
    account = account.given("ban", at="+0d", sanction="b", from_="+3d", until="+9d")
    account = account.given("warn", at="+0d", sanction="w", until="+3d")
    assert _at_once(account, "+3d") == [
        ("SanctionExpired", "w"),
        ("SanctionStarted", "b"),
        ("RectificationDefaulted", "o"),
    ]


def test_of_one_kind_the_earlier_decision_comes_first() -> None:
    account = Account()
    for name in ("z", "y", "x"):
        account = account.given("warn", at="+0d", sanction=name, until="+3d")
    assert _at_once(account, "+3d") == [("SanctionExpired", name) for name in ("z", "y", "x")]


@pytest.mark.parametrize(
    ("announced", "follows"),
    [
        ({"ban": {"until": iso("+5d")}}, False),
        ({"ban": {"until": iso("+5d+1us")}}, True),
        ({"restrict": ["publish"], "until": iso("+5d")}, False),
        ({"restrict": ["publish"], "until": iso("+5d+1us")}, True),
    ],
)
def test_consequence_whose_end_has_come_by_the_deadline_does_not_begin(
    announced: dict[str, Any], *, follows: bool
) -> None:
    """The clock stood still for two days, so that the deadline is the end that was announced, to the microsecond."""
    account = Account().given(
        "order_rectification", at="+0d", sanction="o", deadline="+3d", clock=_STOPS, on_default=[announced]
    )
    account = account.given("submit_rectification", at="+2d", sanction="o")
    account = account.given("reject_rectification", at="+4d", sanction="o")
    assert ("o/1" in account.at("+5d").statuses) == follows


def test_function_whose_end_has_passed_leaves_the_others() -> None:
    own = FunctionTerm(function="publish", until=t("+1d"))
    restrict = Consequence(restrict=(own, "live", "comments"), until=t("+9d"))
    assert consequence_functions(restrict, t("+2d"), leave_out_passed=True) == {"comments": t("+9d"), "live": t("+9d")}
    assert consequence_functions(Consequence(restrict=("live",), permanent=True), t("+2d")) == {"live": None}


def test_what_an_exemption_withholds_is_recorded_as_done_by_time() -> None:
    account = Account().given("ban", at="+0d", sanction="b", from_="+2d", until="+9d")
    account = account.given(
        "order_rectification", at="+0d", sanction="o", deadline="+3d", on_default=[{"warn": {"for": "P1D"}}]
    )
    account = account.given("exempt", at="+1d", reason="staff")
    found = due(account.state, t("+3d"))
    assert [type(event).__name__ for event in found] == [
        *("SanctionLifted", "RectificationDefaulted", "WarningIssued", "SanctionLifted")
    ]
    assert {(event.by.kind, event.by.id) for event in found} == {("system", "due")}
