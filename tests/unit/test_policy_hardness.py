"""What is harder than what: lengths on the calendar, penalties at an instant, and what a person chose against what was said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
import pytest
from account_sanctions.domain import events as e
from account_sanctions.domain.acts import ChangeSanction, Proposable, Restrict
from account_sanctions.domain.instants import LAST_INSTANT
from account_sanctions.domain.period import Period, period_from_text
from account_sanctions.domain.policies.deviating import Measure, direction, measure_recorded
from account_sanctions.domain.policies.hardness import hardness, may_be_milder, may_be_shorter
from account_sanctions.domain.policies.ladders import Step
from account_sanctions.domain.policies.penalties import Penalty, seconds
from account_sanctions.domain.policies.resolving import Resolved, is_milder, resolve
from account_sanctions.domain.terms import Basis
from account_sanctions.domain.vocabulary import Actor

from tests.unit.scenario import T0, t
from tests.unit.test_policy_check_steps import mistakes
from tests.unit.test_policy_checks import ladder, restrict

Json = dict[str, Any]
_POST: Final[Json] = {"restrict": ["post"], "for": "P3D"}


def _resolved(penalty: Json) -> Resolved:
    """What a penalty comes to at T0."""
    return resolve(msgspec.convert(penalty, Penalty, dec_hook=period_from_text), T0, "acceptance_by_deadline")


# Lengths.


def test_four_hundred_years_are_always_as_long() -> None:
    """They hold 97 leap years wherever they begin, so that fewer days are never longer."""
    days = 400 * 365 + 97
    start = datetime(2000, 2, 29, tzinfo=UTC)
    assert Period("P400Y").after(start) - start == timedelta(days=days)
    assert not may_be_shorter(Period("P400Y"), Period(f"P{days - 1}D"))


def test_period_is_measured_in_seconds_a_month_being_the_average_one() -> None:
    assert [seconds(Period(one)) for one in ("P1D", "PT1S", "P2W", "P1DT1H1S")] == [86_400, 1, 1_209_600, 90_001]
    assert 400 * 12 * seconds(Period("P1M")) == (400 * 365 + 97) * 86_400
    assert seconds(Period("P1M2DT3S")) == seconds(Period("P1M")) + 2 * 86_400 + 3


def test_restriction_of_nothing_has_no_length_and_none_is_shorter_than_that() -> None:
    nothing, something = (
        hardness(msgspec.convert({"impose": [one]}, Step, dec_hook=period_from_text))
        for one in ({"restrict": [], "for": "P9D"}, restrict())
    )
    assert may_be_milder(something, nothing)
    assert not may_be_milder(nothing, something)
    assert list(mistakes(**ladder({"impose": [{"restrict": [], "permanent": True}]}, {"impose": [restrict()]}))) == [
        "ladders.strikes.steps.0.impose.0.restrict"
    ]


# Penalties at an instant.


@pytest.mark.parametrize(
    ("entries", "end"),
    [
        (["post", {"function": "post", "for": "P9D"}], "+9d"),
        ([{"function": "post", "for": "P9D"}, "post"], "+9d"),
        ([{"function": "post", "permanent": True}, "post"], None),
        (["post", {"function": "post", "permanent": True}], None),
    ],
)
def test_function_that_a_penalty_names_twice_is_taken_until_the_later_end(entries: list[Any], end: str | None) -> None:
    until = None if end is None else t(end)
    assert _resolved({"restrict": entries, "for": "P3D"}) == Resolved("restriction", (("post", until),))


def test_penalty_that_is_no_restriction_has_one_end_under_the_name_of_no_function() -> None:
    assert _resolved({"ban": {"for": "P2D"}}) == Resolved("ban", (("", t("+2d")),))
    assert _resolved({"warn": {"permanent": True}}) == Resolved("warning", (("", None),))


def test_order_announces_what_counts_from_its_deadline_and_says_what_it_requires() -> None:
    announced = {"within": "P2D", "on_default": [{"ban": {"for": "P3D"}}]}
    ban = Resolved("ban", (("", t("+5d")),))
    end = (("", t("+2d")),)
    expected = Resolved("rectification", end, (ban,), "acceptance_by_deadline")
    assert _resolved({"order": announced}) == expected
    assert _resolved({"order": {**announced, "clock": "submission_stops_clock"}}) == Resolved(
        "rectification", end, (ban,), "submission_stops_clock"
    )
    required = _resolved({"order": {**announced, "requirements": "delete it"}})
    assert required == Resolved("rectification", end, (ban,), "acceptance_by_deadline", "delete it")


def test_consequence_of_an_order_beyond_the_calendar_ends_with_the_calendar() -> None:
    found = _resolved({"order": {"within": "P9999Y", "on_default": [{"ban": {"for": "P3D"}}]}})
    assert (found.ends, found.announced) == ((("", LAST_INSTANT),), (Resolved("ban", (("", LAST_INSTANT),)),))


def test_what_one_penalty_takes_for_longer_counts_wherever_it_stands() -> None:
    long, short = {**_POST, "for": "P9D"}, _POST
    between = [_resolved({**_POST, "for": "P8D"})]
    for said in ([long, short], [short, long]):
        assert is_milder([_resolved(one) for one in said], between)
        assert not is_milder(between, [_resolved(one) for one in said])


# What a person chose.


def test_sanction_is_harsher_than_none_however_long_ago_it_ended() -> None:
    warning = Measure("warning", datetime(1969, 7, 20, tzinfo=UTC))
    assert direction([], [warning]) == "harsher"
    assert direction([warning], []) == "milder"


def _proposed(act: Proposable) -> e.SanctionProposed:
    by = Actor("moderator", "m")
    return e.SanctionProposed(at=T0, by=by, proposal="p", sanction="s", act=act, lapses_at=t("+9d"))


def test_restriction_of_no_function_that_was_put_forward_is_no_length_at_all() -> None:
    act = Restrict(basis=Basis(clause="spam"), functions=(), permanent=True)
    assert measure_recorded(_proposed(act)) == Measure("restriction", T0)


def test_change_that_was_put_forward_has_no_measure() -> None:
    with pytest.raises(ValueError, match=r"^a change has no measure of its own$"):
        measure_recorded(_proposed(ChangeSanction(sanction="s", permanent=True, reason="-")))
