"""Steps that are never taken, that stand in the wrong order, or that get milder where nobody says so."""

from __future__ import annotations

from itertools import product
from typing import Any

import msgspec
import pytest
from account_sanctions.domain.period import period_from_text
from account_sanctions.domain.policies.checks import check_policy
from account_sanctions.domain.policies.firing import Fired, _climb
from account_sanctions.domain.policies.numbers import Exact, exact
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.policies.tally import Cited, Record, Tally
from account_sanctions.domain.state import NOTHING
from hypothesis import assume, given
from hypothesis import strategies as st

from .scenario import T0
from .test_policy_checks import WARN, ban, found, ladder, only, restrict

STEPS = "ladders.strikes.steps"


def order(within: str, *announced: dict[str, Any]) -> dict[str, Any]:
    return {"order": {"within": within, "on_default": list(announced)}}


def test_steps_in_the_wrong_order_are_found() -> None:
    only(
        f"{STEPS}.1.at",
        "level is 2, after a step at level 5",
        **ladder({"at": 5, "impose": [restrict()]}, {"impose": [restrict(for_="P1D")]}, may_get_milder=True),
    )


def test_steps_of_different_severities_stand_in_their_own_order() -> None:
    steps = [
        {"severity": severity, "at": at, "impose": [ban(f"P{days}D")]}
        for severity, at, days in (("minor", 1, 1), ("minor", 3, 2), ("grave", 1, 3), ("grave", 2, 4))
    ]
    assert found(**ladder(*steps)) == {}


@pytest.mark.parametrize("fires", ["crossing", "once"])
def test_steps_that_fire_at_one_level_are_found(fires: str) -> None:
    steps = [{"at": 3, "name": "a", "impose": [WARN]}, {"at": 3, "name": "b", "impose": [restrict()]}]
    only(f"{STEPS}.1.at", "fires at level 3 already", **ladder(*steps, fires=fires))


@pytest.mark.parametrize(
    ("steps", "never"),
    [
        ([{"at": 1, "impose": [ban("P2D")]}, {"at": 1, "impose": [ban("P1D")]}], 1),
        ([{"at": 1, "impose": [ban("P1D")]}, {"at": 1, "impose": [ban("P1D")]}], 1),
        ([{"at": 1, "impose": [ban("P1D")]}, {"at": 1, "impose": [ban("P2D")]}], 0),
        ([{"at": 1, "severity": "minor", "impose": [WARN]}, {"at": 1, "impose": [restrict()]}], 0),
        ([{"at": 0, "impose": [WARN]}, {"at": 1, "impose": [restrict()]}], 0),
        ([{"at": "3/2", "impose": [WARN]}, {"at": 2, "impose": [restrict()]}], 0),
    ],
)
def test_step_that_another_takes_the_place_of_is_found(steps: list[dict[str, Any]], never: int) -> None:
    assert list(found(**ladder(*steps, may_get_milder=True))) == [f"{STEPS}.{never}"]


def test_step_at_zero_is_reached_where_a_violation_weighs_less_than_the_next_step() -> None:
    steps = [{"at": 0, "impose": [WARN]}, {"at": "1/2", "impose": [restrict()]}]
    assert found(**ladder(*steps, count="weight", clause={"weight": "1/3"})) == {}
    only(f"{STEPS}.0", "no violation weighs less than 1", **ladder(*steps, count="weight"))


def test_step_at_zero_is_never_crossed() -> None:
    steps = [{"at": 0, "impose": [WARN]}, {"at": 5, "impose": [restrict()]}]
    only(f"{STEPS}.0", "never crossed", **ladder(*steps, count="weight", fires="crossing"))


def test_step_beyond_what_the_weights_come_to_is_right() -> None:
    assert found(**ladder({"at": 10**9, "impose": [WARN]}, count="weight")) == {}


def test_first_step_behind_first_is_found_where_violations_never_expire() -> None:
    steps = [{"impose": [restrict()]}, {"impose": [ban("P1D")]}]
    only(f"{STEPS}.0", "begin at 2", **ladder(*steps, first={"impose": [WARN]}))
    assert found(counting={"expires_after": "P90D"}, **ladder(*steps, first={"impose": [WARN]})) == {}
    assert found(**ladder(*steps, first={"impose": [WARN]}, within="P90D")) == {}


def test_only_step_behind_first_is_reached_by_the_second_violation() -> None:
    assert found(**ladder({"impose": [restrict()]}, first={"impose": [WARN]})) == {}


def test_ladder_that_gets_milder_with_recurrence_is_found() -> None:
    steps = [{"impose": [ban("P7D")]}, {"impose": [ban("P1D")]}]
    only(f"{STEPS}.1.impose", "at level 2 it is milder than at level 1", **ladder(*steps))
    assert found(**ladder(*steps, may_get_milder=True)) == {}


def test_step_that_takes_fewer_functions_for_as_long_is_milder() -> None:
    only(f"{STEPS}.1.impose", "milder", **ladder({"impose": [restrict("post live")]}, {"impose": [restrict("post")]}))
    assert found(**ladder({"impose": [restrict("post")]}, {"impose": [restrict("post live")]})) == {}


def test_step_that_imposes_nothing_after_one_that_does_is_milder() -> None:
    only(f"{STEPS}.1.impose", "milder", **ladder({"impose": [WARN]}, {}))
    assert found(**ladder({}, {"impose": [WARN]})) == {}


def test_order_is_as_hard_as_what_it_announces_however_long_it_takes() -> None:
    harder = [order("P7D", restrict()), order("P3D", restrict()), order("P3D", ban("P1D")), order("P9D", ban("P2D"))]
    assert found(**ladder(*({"impose": [one]} for one in harder))) == {}
    only(f"{STEPS}.1.impose", "milder", **ladder({"impose": [harder[2]]}, {"impose": [harder[0]]}))


def test_ladder_that_gets_milder_with_severity_is_found() -> None:
    steps = [{"severity": "minor", "impose": [ban("P7D")]}, {"severity": "grave", "impose": [ban("P1D")]}]
    only(f"{STEPS}.1.impose", "milder for 'grave' than for 'minor'", **ladder(*steps))
    assert found(**ladder(*steps, may_get_milder=True)) == {}


def test_severity_for_which_the_ladder_begins_later_is_found() -> None:
    steps = [{"severity": "minor", "impose": [ban("P1D")]}, {"severity": "grave", "at": 2, "impose": [ban("P7D")]}]
    only(f"{STEPS}.1.at", "nothing follows for 'grave'", **ladder(*steps))


def test_severity_for_which_nothing_follows_while_a_milder_one_has_steps_is_found() -> None:
    only(f"{STEPS}.0.severity", "nothing follows for 'grave'", **ladder({"severity": "minor", "impose": [ban("P1D")]}))
    assert found(**ladder({"severity": "grave", "impose": [ban("P1D")]})) == {}


def test_severity_between_two_mentioned_ones_is_compared_with_both() -> None:
    steps = [{"severity": "b", "impose": [ban("P7D")]}, {"at": 1, "impose": [WARN]}]
    mistakes = found(severities=["a", "b", "c"], **ladder(*steps))
    assert mistakes == {f"{STEPS}.1.impose": mistakes[f"{STEPS}.1.impose"]}
    assert "for 'c' than for 'b'" in mistakes[f"{STEPS}.1.impose"]


def test_classes_of_accounts_are_each_a_ladder_of_their_own() -> None:
    steps = [
        {"account_class": name, "impose": [penalty]}
        for name, penalty in (("new", ban("P7D")), ("new", ban("P9D")), ("old", WARN), ("old", ban("P1D")))
    ]
    assert found(**ladder(*steps)) == {}


def test_first_that_is_harsher_than_the_step_after_it_is_found() -> None:
    only("ladders.strikes.first.impose", "harsher", **ladder({"impose": [WARN]}, first={"impose": [ban("P1D")]}))


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"first": {}}, "first"),
        ({"prior_warning": {}}, "prior_warning"),
        ({"prior_warning": {"impose": [ban("P1D")]}}, "prior_warning.impose"),
        ({"running_counts": True}, "running_counts"),
    ],
)
def test_part_of_a_ladder_without_which_another_means_nothing_is_found(fields: dict[str, Any], place: str) -> None:
    assert list(found(**ladder({"at": 2, "impose": [ban("P2D")]}, **fields))) == [f"ladders.strikes.{place}"]


def test_prior_warning_that_orders_to_rectify_is_right() -> None:
    assert found(**ladder({"impose": [ban("P1D")]}, prior_warning={"impose": [order("P7D")]})) == {}


def test_proposal_of_nothing_is_found() -> None:
    only(f"{STEPS}.0.propose", "nothing to propose", **ladder({"propose": True}))


@pytest.mark.parametrize(
    ("bounds", "field"),
    [
        ({"at_most": "P6D"}, "at_most"),
        ({"at_least": "P8D"}, "at_least"),
        ({"at_least": "P8D", "at_most": "P6D"}, "at_least"),
    ],
)
def test_bounds_that_shut_out_the_step_itself_are_found(bounds: dict[str, str], field: str) -> None:
    only(f"{STEPS}.0.bounds.{field}", **ladder({"impose": [restrict()], "bounds": bounds}))


def test_bounds_at_the_length_of_the_step_are_right() -> None:
    assert found(**ladder({"impose": [restrict()], "bounds": {"at_least": "P7D", "at_most": "P1W"}})) == {}


def test_bounds_of_a_permanent_penalty_that_have_an_upper_end_are_found() -> None:
    step = {"impose": [{"ban": {"permanent": True}}], "bounds": {"at_most": "P99Y"}}
    only(f"{STEPS}.0.bounds.at_most", **ladder(step))


def test_steps_of_one_name_are_found() -> None:
    steps = [{"name": "a", "impose": [WARN]}, {"name": "a", "impose": [restrict()]}]
    only(f"{STEPS}.1.name", "called 'a' too", **ladder(*steps))
    only(f"{STEPS}.1.name", "called '1' too", **ladder(steps[0] | {"name": "1"}, steps[1] | {"name": "1"}))
    fields = ladder({"name": "first", "at": 2, "impose": [restrict()]}, first={"impose": [WARN]})
    only(f"{STEPS}.0.name", "called 'first' too", **fields)


def test_steps_that_fire_once_need_names_that_tell_severities_apart() -> None:
    steps = [{"severity": "minor", "impose": [WARN]}, {"severity": "grave", "impose": [restrict()]}]
    only(f"{STEPS}.1", "give this one a `name`", **ladder(*steps, fires="once"))
    assert found(**ladder(*steps)) == {}
    assert found(**ladder(steps[0], {**steps[1], "name": "grave"}, fires="once")) == {}


LEVELS = st.sampled_from([0, 1, 2, 3, "1/2", "3/2"])
PENALTIES = st.sampled_from([[], [WARN], [restrict()], [ban("P1D")], [ban("P2D")]])
STEP = st.fixed_dictionaries(
    {"impose": PENALTIES},
    optional={
        "at": LEVELS,
        "severity": st.sampled_from(["minor", "grave"]),
        "account_class": st.sampled_from(["new", "old"]),
    },
)


@given(
    st.lists(STEP, min_size=1, max_size=5),
    st.sampled_from(["violations", "weight"]),
    st.sampled_from(["each", "crossing"]),
)
def test_step_is_called_unreachable_exactly_when_no_level_takes_it(
    steps: list[dict[str, Any]], count: str, fires: str
) -> None:
    named = [{**step, "name": f"s{number}"} for number, step in enumerate(steps)]
    fields = ladder(*named, count=count, fires=fires, may_get_milder=True, clause={"weight": "1/4"})
    base = {"id": "x", "version": "1", "functions": ["post"], "severities": ["minor", "middle", "grave"]}
    policy = msgspec.convert({**base, "account_classes": ["new", "old"], **fields}, Policy, dec_hook=period_from_text)
    found = {place for place, _ in check_policy(policy)}
    never = {("ladders", "strikes", "steps", number) for number in range(len(steps))} - {
        ("ladders", "strikes", "steps", int(name.removeprefix("s"))) for name in _taken(policy, count)
    }
    misplaced = {place[:-1] for place in found if place[-1] == "at"}
    if fires == "crossing":
        assume(not misplaced)  # Two steps that fire at one level are found for that.
    assert {place for place in found if place[:-1] == ("ladders", "strikes", "steps")} - misplaced == never - misplaced


def _taken(policy: Policy, count: str) -> set[str]:
    """The steps that firing takes at some level, however it was reached."""
    ladder = policy.ladders["strikes"]
    weight = exact("1/4") if count == "weight" else 1
    befores: list[Exact] = [number * weight for number in range(21)]
    taken: set[str] = set()
    record = Record(policy, NOTHING, T0)
    for severity, account_class, before in product(policy.severities, policy.account_classes, befores):
        reached = Fired(tally=Tally(before, (), ()), level=before + weight)
        fired = _climb(record, ladder, Cited("spam", None, severity, "strikes"), account_class, reached)
        if fired.step is not None:
            taken.add(fired.step)
    return taken
