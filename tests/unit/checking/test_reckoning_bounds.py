"""Which ends the bounds of a policy let one person decide, and when a proposal lapses; to what time passes on the way there."""

from __future__ import annotations

from typing import Any

import pytest
from account_sanctions.domain.checking.instants import Clocks, next_instant
from account_sanctions.domain.checking.reckoning import lapsing, stands_still, within_bounds
from account_sanctions.domain.event_parts import Bounds
from account_sanctions.domain.instants import LAST_INSTANT
from account_sanctions.domain.period import Period
from account_sanctions.domain.state import NOTHING, Order, State
from msgspec.structs import replace

from tests.unit.scenario import Account, t

_THREE, _NINE = Period("P3D"), Period("P9D")


_ENDS = ("+1d", "+4d-1us", "+4d", "+10d", "+10d+1us", None)


@pytest.mark.parametrize(
    ("bounds", "within"),
    [
        (Bounds(), _ENDS),
        (Bounds(at_least=_THREE), ("+4d", "+10d", "+10d+1us", None)),
        (Bounds(at_most=_NINE), ("+1d", "+4d-1us", "+4d", "+10d")),
        (Bounds(at_least=_THREE, at_most=_NINE), ("+4d", "+10d")),
    ],
)
def test_both_ends_belong_to_the_bounds_and_for_ever_lies_beyond_the_longer_one(
    bounds: Bounds, within: tuple[str | None, ...]
) -> None:
    """From +1d on: three days are +4d, nine days +10d."""
    found = [end for end in _ENDS if within_bounds(bounds, t("+1d"), None if end is None else t(end))]
    assert found == list(within)


def test_proposal_lapses_after_its_time_and_never_beyond_the_calendar() -> None:
    assert lapsing(t("+1d"), _THREE) == t("+4d")
    assert lapsing(t("+1d"), Period("P9999Y")) == LAST_INSTANT


@pytest.mark.parametrize(
    ("fields", "still"),
    [
        ({"clock": "submission_stops_clock", "submitted_at": t("+1d")}, True),
        ({"clock": "submission_stops_clock"}, False),
        ({"clock": "acceptance_by_deadline", "submitted_at": t("+1d")}, False),
    ],
)
def test_clock_stands_still_while_something_waits_for_review(fields: dict[str, Any], *, still: bool) -> None:
    assert stands_still(Order(status="submitted", deadline=t("+9d"), on_default=(), **fields)) == still


def _proposed() -> State:
    ban = {"command": "ban", "sanction": "b", "basis": {"clause": "1"}, "permanent": True}
    account = Account().given("propose", at="+2d", proposal="p", sanction=ban)
    proposal = account.state.open_proposals["p"]
    return replace(account.state, open_proposals={"p": replace(proposal, lapses_at=t("+8d"))})


def test_time_stops_half_way_to_the_lapse_of_a_proposal() -> None:
    """What is approved then counts from then, and not from when it was proposed."""
    clocks = Clocks((), ())
    found = [next_instant(_proposed(), t(now), clocks, more=False) for now in ("+2d", "+5d", "+8d")]
    assert found == [t("+5d"), t("+8d"), None]


@pytest.mark.parametrize(
    ("state", "more", "stops"),
    [(NOTHING, True, "+3d"), (NOTHING, False, None), (_proposed(), False, "+3d"), (_proposed(), True, "+3d")],
)
def test_dates_of_clauses_are_waited_for_where_something_could_still_cite_one(
    state: State, stops: str | None, *, more: bool
) -> None:
    found = next_instant(state, t("+2d"), Clocks((), (t("+1d"), t("+3d"))), more=more)
    assert found == (None if stops is None else t(stops))
