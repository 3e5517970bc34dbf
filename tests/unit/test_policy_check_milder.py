"""Ladders that get milder with recurrence or severity, in whatever way: found, unless they say `may_get_milder`."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from account_sanctions.domain.period import Period, period_from_text
from account_sanctions.domain.policies.hardness import hardness, may_be_milder, may_be_shorter
from account_sanctions.domain.policies.ladders import Step

from .test_policy_checks import WARN, ban, found, ladder, only, restrict

Json = dict[str, Any]
STEPS = "ladders.strikes.steps"
WEIGHED = ({"at": 1, "impose": [WARN]}, {"at": 5, "impose": [ban("P1D")]})


def weighed(*steps: Json, clause: Json | None = None, **fields: Any) -> Json:
    """A ladder that adds up weights."""
    return ladder(*(steps or WEIGHED), count="weight", clause=clause, **fields)


def excused(fields: Json) -> Json:
    """The same, and the ladder says that it may get milder."""
    fields["ladders"]["strikes"]["may_get_milder"] = True
    return fields


# Months.


@pytest.mark.parametrize(
    ("before", "after"),
    [("P30D", "P1M"), ("P1M", "P30D"), ("P59DT1S", "P2M"), ("P1M", "P30DT23H"), ("P366D", "P1Y"), ("P1Y", "P365D")],
)
def test_length_that_is_shorter_at_some_times_of_the_year_is_found(before: str, after: str) -> None:
    for kind in ("ban", "warn"):
        only(
            f"{STEPS}.1.impose",
            "milder",
            **ladder({"impose": [{kind: {"for": before}}]}, {"impose": [{kind: {"for": after}}]}),
        )
    assert found(**ladder({"impose": [ban(before)]}, {"impose": [ban(after)]}, may_get_milder=True)) == {}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("P28D", "P1M"),
        ("P1M", "P31D"),
        ("P1M", "P1M"),
        ("P3M", "P92D"),
        ("P365D", "P1Y"),
        ("P1M", "P2M"),
        ("P6W", "P3M"),
    ],
)
def test_length_that_is_never_shorter_is_right(before: str, after: str) -> None:
    assert found(**ladder({"impose": [ban(before)]}, {"impose": [ban(after)]})) == {}
    announced = [
        {"order": {"within": "P1D", "on_default": [{"restrict": ["post"], "for": one}]}} for one in (before, after)
    ]
    assert found(**ladder(*({"impose": [one]} for one in announced))) == {}


def test_harder_kind_is_not_milder_for_being_shorter() -> None:
    assert found(**ladder({"impose": [restrict(for_="P1M")]}, {"impose": [ban("P1D")]})) == {}


def test_one_period_may_be_shorter_than_another_exactly_as_the_calendar_has_it() -> None:
    """For the first few years, whose starts are tried one by one, on all days on which months differ."""
    starts = [
        datetime(year, month, day, tzinfo=UTC)
        for year in range(2096, 2105)
        for month in range(1, 13)
        for day in (1, 15, 28, *range(29, monthrange(year, month)[1] + 1))
    ]
    for months in range(1, 12):
        lengths = [Period(f"P{months}M").after(start) - start for start in starts]
        least, most = min(lengths), max(lengths)
        assert may_be_shorter(Period(f"P{months}M"), Period(f"P{least.days}DT1S"))
        assert not may_be_shorter(Period(f"P{months}M"), Period(f"P{least.days}D"))
        assert may_be_shorter(Period(f"P{(most - timedelta(days=1)).days}DT23H"), Period(f"P{months}M"))
        assert not may_be_shorter(Period(f"P{most.days}D"), Period(f"P{months}M"))


@pytest.mark.parametrize(
    ("length", "least", "most"),
    [
        ("P1Y", 365, 366),
        ("P4Y", 1460, 1461),
        ("P5Y", 1825, 1827),
        ("P13M", 365 + 28, 366 + 31),
        ("P9Y", 3286, 3288),
        ("P100Y", 36_523, 36_525),
        ("P401Y", 365 * 401 + 96, 365 * 401 + 101),
    ],
)
def test_years_are_as_short_and_as_long_as_leap_years_make_them(length: str, least: int, most: int) -> None:
    """Bounds, which hold for every start, and are no further away than a day or, over centuries, a few."""
    period = Period(length)
    lengths = [
        (period.after(start) - start).days for start in (datetime(year, 3, 1, tzinfo=UTC) for year in range(1, 800))
    ]
    assert least <= min(lengths)
    assert max(lengths) <= most
    assert may_be_shorter(period, Period(f"P{least}DT1S"))
    assert not may_be_shorter(period, Period(f"P{least}D"))
    assert may_be_shorter(Period(f"P{most - 1}DT23H"), period)
    assert not may_be_shorter(Period(f"P{most}D"), period)


def test_days_and_seconds_beside_months_are_counted_as_they_are() -> None:
    assert not may_be_shorter(Period("P1MT5S"), Period("P1MT5S"))
    assert may_be_shorter(Period("P1MT4S"), Period("P1MT5S"))
    assert may_be_shorter(Period("P1M1D"), Period("P1M1DT1S"))
    assert not may_be_shorter(Period("P1M2D"), Period("P1M1DT86400S"))


def test_of_two_that_are_as_hard_the_same_functions_are_not_milder() -> None:
    same, fewer, other = (
        hardness(msgspec.convert({"impose": [restrict(functions)]}, Step, dec_hook=period_from_text))
        for functions in ("post live", "post", "live")
    )
    assert not may_be_milder(same, same)
    assert may_be_milder(same, fewer)
    assert not may_be_milder(fewer, same)
    assert not may_be_milder(fewer, other)


def test_no_end_is_longer_than_any_period() -> None:
    assert may_be_shorter(Period("P9999Y"), None)
    assert not may_be_shorter(None, Period("P1D"))
    assert not may_be_shorter(None, None)


# Who decides.


def test_step_that_proposes_what_the_one_before_imposes_is_found() -> None:
    steps: list[Json] = [{"impose": [restrict()]}, {"impose": [restrict()], "propose": True}]
    only(f"{STEPS}.1.impose", "because it only proposes", **ladder(*steps))
    assert found(**ladder(*reversed(steps))) == {}
    assert found(**ladder(steps[0], {"impose": [ban("P1D")], "propose": True})) == {}
    by_severity = [{**step, "severity": name} for step, name in zip(steps, ("minor", "grave"), strict=True)]
    only(f"{STEPS}.1.impose", "only proposes", **ladder(*by_severity))


def test_warning_that_has_to_come_first_and_is_harsher_than_the_step_after_it_is_found() -> None:
    order = {"order": {"within": "P1D", "on_default": [ban("P1D")]}}
    only(
        "ladders.strikes.prior_warning.impose",
        "harsher",
        **ladder({"impose": [WARN]}, prior_warning={"impose": [order]}),
    )


# Weights.


@pytest.mark.parametrize(
    "fields",
    [
        {"counting": {"expires_after": "P10D"}},
        {"counting": {"fades_over": "P10D"}},
    ],
)
def test_first_weight_above_the_weight_is_found_where_it_ceases_to_count(fields: Json) -> None:
    clause = {"first_weight": 5}
    only("clauses.spam.first_weight", "repetition gets milder", **fields, **weighed(clause=clause))
    assert found(**fields, **excused(weighed(clause=clause))) == {}
    assert found(**weighed(clause=clause)) == {}
    assert found(**fields, **weighed(clause={"first_weight": 1, "weight": 5})) == {}
    assert found(**fields, **ladder(clause=clause)) == {}


@pytest.mark.parametrize("apart", [{"within": "P9D"}, {"prior_warning": {"impose": [WARN]}}])
def test_first_weight_above_the_weight_is_found_where_the_next_does_not_count_it(apart: Json) -> None:
    only("clauses.spam.first_weight", **weighed(clause={"first_weight": 5}, **apart))


def test_first_weight_above_a_weight_of_nothing_is_found() -> None:
    assert "clauses.spam.first_weight" in found(**weighed(clause={"first_weight": 5, "weight": 0}))


def test_good_standing_whose_curve_falls_is_found() -> None:
    rule = {"below": 3, "curve": [2, 3, 1]}
    only("good_standing.curve.2", "less than 3 before it", good_standing=rule, **weighed(clause={"weight": 4}))
    assert found(good_standing=rule, **excused(weighed(clause={"weight": 4}))) == {}
    assert found(good_standing={"below": 3, "curve": [2, 2, 3]}, **weighed(clause={"weight": 4})) == {}


@pytest.mark.parametrize("clause", [{"weight": 1}, {"weight": 4, "severe": True}])
def test_curve_that_dampens_nothing_may_fall(clause: Json) -> None:
    assert found(good_standing={"below": 3, "curve": [2, 1]}, **weighed(clause=clause)) == {}


def test_good_standing_to_which_an_account_comes_back_is_found() -> None:
    rule: Json = {"good_standing": {"below": 3, "curve": [1, 2]}, "counting": {"expires_after": "P90D"}}
    only("good_standing", "comes back into good standing", **rule, **weighed(clause={"weight": 4}))
    assert found(**rule, **excused(weighed(clause={"weight": 4}))) == {}
    assert found(**rule, **ladder(count="weight", clause={"weight": 4})) == {}, "a ladder without steps claims nothing"


# Severities.


def test_severities_counted_apart_are_found_where_the_first_of_a_graver_one_is_milder() -> None:
    steps = [{"impose": [WARN]}, {"impose": [ban("P30D")]}]
    only("ladders.strikes.same_severity", "counted by itself", **ladder(*steps, same_severity=True))
    assert found(**ladder(*steps, same_severity=True, may_get_milder=True)) == {}
    assert found(severities=["minor"], **ladder(*steps, same_severity=True)) == {}
    assert found(**ladder(steps[0], same_severity=True)) == {}


def test_severities_counted_apart_are_right_where_the_graver_one_begins_where_the_milder_ends() -> None:
    steps = [
        {"severity": "minor", "impose": [WARN]},
        {"severity": "minor", "impose": [ban("P1D")]},
        {"severity": "grave", "impose": [ban("P1D")]},
        {"severity": "grave", "impose": [ban("P9D")]},
    ]
    assert found(**ladder(*steps, same_severity=True)) == {}
    later = [*steps[:2], {"severity": "grave", "at": 2, "impose": [ban("P9D")]}]
    assert "ladders.strikes.same_severity" in found(**ladder(*later, same_severity=True))


@pytest.mark.parametrize(
    "fields",
    [
        ladder(*({"severity": name, "impose": [ban(f"P{days}D")]} for days, name in enumerate("abc", 1))),
        weighed(clause={"weights": {"a": 1, "b": 2, "c": 3}}),
    ],
)
def test_escalation_that_passes_over_a_severity_is_found(fields: Json) -> None:
    rules = [{"severity": "a", "becomes": "c"}]
    only("escalations.0.becomes", "passes over 'b'", severities=["a", "b", "c"], escalations=rules, **fields)
    rules = [{"severity": "a", "becomes": "b"}, {"severity": "b", "becomes": "c"}]
    assert found(severities=["a", "b", "c"], escalations=rules, **fields) == {}


def test_escalation_may_pass_over_a_severity_that_makes_no_difference() -> None:
    rules = [{"severity": "a", "becomes": "c"}]
    steps = [{"impose": [WARN]}, {"impose": [ban("P1D")]}]
    assert found(severities=["a", "b", "c"], escalations=rules, **ladder(*steps)) == {}


# Steps that no weight leads to.


@pytest.mark.parametrize("fires", ["each", "crossing", "once"])
def test_step_below_the_least_weight_is_found_where_another_takes_its_place(fires: str) -> None:
    steps = [
        {"at": 1, "impose": [WARN]},
        {"at": 3, "impose": [{"warn": {"permanent": True}}]},
        {"at": 4, "impose": [ban("P3D")]},
    ]
    fields = weighed(*steps, clause={"weight": 4}, fires=fires)
    mistakes = found(**fields)
    assert list(mistakes) == [f"{STEPS}.0", f"{STEPS}.1"]
    assert "no violation weighs less than 4" in mistakes[f"{STEPS}.0"]
    fields["clauses"]["scam"] = {"ladder": "strikes", "weight": 3}
    assert list(found(**fields)) == [f"{STEPS}.0"]
    fields["clauses"]["scam"]["weights"] = {"minor": "1/2"}
    assert found(**{**fields, "severities": ["minor"]}) == {}


@pytest.mark.parametrize("fires", ["each", "crossing"])
def test_single_step_below_the_least_weight_is_taken(fires: str) -> None:
    assert (
        found(
            **weighed({"at": 1, "impose": [WARN]}, {"at": 5, "impose": [ban("P3D")]}, clause={"weight": 4}, fires=fires)
        )
        == {}
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"good_standing": {"below": 3, "curve": [1, 4]}},
        {"clauses": {"spam": {"ladder": "strikes", "weight": 4, "first_weight": 1}}},
    ],
)
def test_weight_that_is_less_at_first_reaches_the_lower_steps(fields: Json) -> None:
    steps = [{"at": 1, "impose": [WARN]}, {"at": 4, "impose": [ban("P3D")]}]
    assert found(**{**weighed(*steps, clause={"weight": 4}), **fields}) == {}


def test_step_that_fires_once_leaves_the_lower_one_for_the_next_time() -> None:
    """The harder one is spent; when the account comes back up from nothing, the other one is left."""
    steps = [{"at": 1, "impose": [WARN]}, {"at": 4, "impose": [ban("P3D")]}]
    fields = weighed(*steps, clause={"weight": 4}, fires="once")
    assert found(counting={"expires_after": "P9D"}, **fields) == {}
    fields["ladders"]["strikes"]["fires"] = "crossing"
    assert list(found(counting={"expires_after": "P9D"}, **fields)) == [f"{STEPS}.0"]


def test_milder_step_above_a_harder_one_is_crossed_alone_where_violations_fade() -> None:
    steps = [{"at": 1, "impose": [ban("P3D")]}, {"at": 4, "impose": [WARN]}]
    fields = weighed(*steps, clause={"weight": 4}, fires="crossing", may_get_milder=True)
    assert list(found(**fields)) == [f"{STEPS}.1"]
    assert found(counting={"fades_over": "P9D"}, **fields) == {}


def test_ladder_on_which_nothing_weighs_anything_has_no_step_that_is_taken() -> None:
    only(f"{STEPS}.0", "weighs anything", **weighed({"at": 5, "impose": [WARN]}, clause={"weight": 0}))


# Several penalties of a step.


def test_lengths_after_the_first_are_compared_where_the_first_are_the_same() -> None:
    def steps(first: str, second: str) -> list[Json]:
        return [{"impose": [ban("P7D"), {"warn": {"for": length}}]} for length in (first, second)]

    only(f"{STEPS}.1.impose", "milder", **ladder(*steps("P30D", "P1M")))
    assert found(**ladder(*steps("P28D", "P1M"))) == {}


def test_order_that_announces_more_is_not_milder_for_what_stands_beside_it() -> None:
    def step(length: str, *announced: Json) -> Json:
        return {"impose": [{"order": {"within": "P1D", "on_default": list(announced)}}, {"warn": {"for": length}}]}

    assert found(**ladder(step("P1M"), step("P30D", ban("P1D")))) == {}
    only(f"{STEPS}.1.impose", "milder", **ladder(step("P1M"), step("P30D")))


# Weights.


def test_first_violation_that_weighs_more_than_the_mildest_later_one_is_found_where_it_ceases_to_count() -> None:
    weights = {"weights": {"minor": 1, "grave": 4}, "weight": 4}
    fields = weighed(clause={**weights, "first_weight": 3}, within="P30D")
    only("clauses.spam.first_weight", "a later violation can weigh 1", **fields)
    assert found(**weighed(clause={**weights, "first_weight": 1}, within="P30D")) == {}


def test_step_that_a_violation_passes_together_with_a_harder_one_is_taken_where_the_first_weighs_less() -> None:
    def passed(weight: int) -> list[str]:
        steps = [{"at": 1, "impose": [ban("P9D")]}, {"at": 2, "impose": [WARN]}, {"at": 9, "impose": [ban("P20D")]}]
        first = {"impose": [WARN], "weight": weight}
        return list(found(**excused(weighed(*steps, clause={"weight": 3}, fires="crossing", first=first))))

    assert passed(2) == [f"{STEPS}.1"]
    assert passed(1) == []
    assert passed(0) == [f"{STEPS}.1"]
