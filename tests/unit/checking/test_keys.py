"""Keys of states: one key where the futures are one, and different keys wherever something that can follow differs."""

from __future__ import annotations

import json
import re
from typing import Any, Final

import pytest
from account_sanctions.application.checking import policies_named
from account_sanctions.domain.checking.calendar import by_days
from account_sanctions.domain.checking.canonical import Canon
from account_sanctions.domain.checking.world import world_of
from account_sanctions.domain.policies.policy import Policy, policy_bytes, policy_from_bytes
from account_sanctions.domain.state import NOTHING, State
from account_sanctions.testing.command_histories import ACCOUNT, SMALL, Json, instant, iso
from account_sanctions.testing.running import play

# Both are the first of a month; the one month has 28 days and the other has 31.
_FEBRUARY, _MARCH = 2, 30
PRESETS: Final = list(policies_named(()))
_PEOPLE: Final = {
    "submit_rectification": {"kind": "holder", "id": "h"},
    "reject_rectification": {"kind": "reviewer", "id": "r1"},
    "overturn": {"kind": "reviewer", "id": "r1"},
    "report_violation": {"kind": "system", "id": "rules"},
}


def command(name: str, tick: int, **fields: Any) -> Json:
    by = _PEOPLE.get(name, {"kind": "moderator", "id": "m1"})
    return {"command": name, "account": ACCOUNT, "at": iso(tick), "by": by, **fields}


def ordered(name: str, deadline: int, **fields: Any) -> Json:
    taken = [{"restrict": ["publish"], "for": "P2D"}]
    terms = {"basis": {"clause": "4.2"}, "deadline": iso(deadline), "on_default": taken}
    return command("order_rectification", 0, sanction=name, **terms, **fields)


def reached(policy: Policy, *commands: Json) -> State:
    run = play(commands, policy)
    assert all(step.decision is not None for step in run.steps), [step.code for step in run.steps]
    return run.state


def by_policy(impose: Json, **terms: Any) -> Policy:
    """Any report leads to this penalty."""
    ladders = {"l": {"steps": [{"impose": [impose]}]}}
    clauses = {"c": {"ladder": "l", **terms.pop("clause", {})}}
    fixed = {"id": "p", "version": "1", "functions": ["publish"], "clauses": clauses, "ladders": ladders}
    return policy_from_bytes(json.dumps({"appeal": None, **fixed, **terms}).encode())


def test_what_followed_from_two_orders_may_have_come_in_either_order() -> None:
    """All of it overturned: nothing tells the histories apart, so neither may the place of what followed from which."""

    def history(first: int, second: int) -> State:
        overturned = [command("overturn", 7, sanction=name, reason="-") for name in ("one", "two")]
        return reached(SMALL, ordered("one", first), ordered("two", second), *overturned)

    canon = Canon(SMALL)

    assert canon.key(history(2, 4), instant(7), 0) == canon.key(history(4, 2), instant(7), 0)


def test_time_that_was_left_when_the_clock_stopped_is_told_apart_after_the_deadline() -> None:
    def stopped(deadline: int, *later: Json) -> State:
        order = ordered("o", deadline, clock="submission_stops_clock")
        return reached(SMALL, order, command("submit_rectification", 1, sanction="o"), *later)

    canon, late = Canon(SMALL), instant(30)
    short, long = stopped(3), stopped(5)

    rejected = command("reject_rectification", 30, sanction="o")
    assert stopped(3, rejected).live["o"].until != stopped(5, rejected).live["o"].until
    assert canon.key(short, late, 0) != canon.key(long, late, 0)


_WARNS: Final = {"warn": {"for": "P1D"}}
_ENDING: Final = by_policy(_WARNS, clause={"effective_until": iso(_MARCH)})


@pytest.mark.parametrize(("policy", "left", "alike"), [(_ENDING, 1, False), (_ENDING, 0, True), (SMALL, 1, True)])
def test_date_is_told_apart_as_long_as_a_clause_can_still_end(policy: Policy, left: int, alike: bool) -> None:
    canon = Canon(policy)

    keys = {canon.key(NOTHING, instant(tick), left) for tick in (_FEBRUARY, _MARCH)}
    assert len(keys) == (1 if alike else 2)
    assert canon.key(NOTHING, instant(_MARCH), left) == canon.key(NOTHING, instant(_MARCH + 1), left)


_MONTHS: Final = by_policy(
    {"order": {"within": "P1M", "on_default": [{"restrict": ["publish"], "for": "P1Y2M3DT4H"}]}},
    counting={"expires_after": "P1Y"},
    clause={"counting": {"fades_over": "P6M"}},
    appeal={"window": "P6M", "limit": 2, "reinstatement_after": "P3M"},
    proposal_ttl="P2M",
)


def test_months_are_days_wherever_they_stand() -> None:
    found = json.loads(policy_bytes(by_days(_MONTHS)))

    (step,) = found["ladders"]["l"]["steps"]
    assert step["impose"] == [
        {"order": {"within": "P30D", "on_default": [{"restrict": ["publish"], "for": "P429DT14400S"}]}}
    ]
    assert found["counting"] == {"expires_after": "P365D"}
    assert found["clauses"]["c"]["counting"] == {"fades_over": "P182D"}
    assert found["appeal"] == {"window": "P182D", "limit": 2, "reinstatement_after": "P91D"}
    assert found["proposal_ttl"] == "P60D"


@pytest.mark.parametrize("policy", PRESETS, ids=[policy.name for policy in PRESETS])
def test_no_preset_has_a_month_left_and_each_keeps_its_digest(policy: Policy) -> None:
    found = by_days(policy)

    assert not re.search(rb'"P[^T"]*[0-9][YM][^"]*"', policy_bytes(found))
    assert found.ref == policy.ref
    assert world_of(policy, 2).policy == found


def test_policy_without_months_is_searched_as_it_is() -> None:
    assert by_days(SMALL) is SMALL


@pytest.mark.parametrize("tick", [_FEBRUARY, _MARCH])
def test_what_begins_lasts_as_long_on_every_date(tick: int) -> None:
    """By the calendar it would last 28 days from the one date and 31 from the other."""
    policy = by_days(by_policy({"restrict": ["publish"], "for": "P1M"}))
    state = reached(policy, command("report_violation", tick, violation="v", clause="c"))

    (sanction,) = state.sanctions()
    assert sanction.until == instant(tick + 30)


def test_how_long_ago_a_violation_was_is_told_apart_as_long_as_it_can_count() -> None:
    policy = by_policy({"warn": {"for": "P1D"}}, counting={"expires_after": "P5D"})
    state = reached(policy, command("report_violation", 0, violation="v", clause="c"))
    canon = Canon(policy)

    assert canon.key(state, instant(2), 1) != canon.key(state, instant(3), 1)
    assert canon.key(state, instant(2), 0) == canon.key(state, instant(3), 0)
    # Beyond every window it is only long ago.
    assert canon.key(state, instant(900), 1) == canon.key(state, instant(901), 1)


def test_how_long_ago_a_violation_was_is_told_apart_for_ever_where_clocks_stand_still() -> None:
    counting = {"expires_after": "P5D", "frozen_while": ["ban"]}
    policy = by_policy({"warn": {"for": "P1D"}}, counting=counting)
    state = reached(policy, command("report_violation", 0, violation="v", clause="c"))
    canon = Canon(policy)

    assert canon.key(state, instant(900), 1) != canon.key(state, instant(901), 1)


def test_order_of_what_counts_is_told_apart_as_long_as_more_can_be_reported() -> None:
    policy = by_policy({"warn": {"for": "P9D"}})
    warned = command("warn", 0, sanction="w", basis={"clause": "c"}, **{"for": "P9D"})
    reported = command("report_violation", 0, violation="v", clause="c")
    canon = Canon(policy)
    one, other = reached(policy, warned, reported), reached(policy, reported, warned)

    assert canon.key(one, instant(0), 1) != canon.key(other, instant(0), 1)
    assert canon.key(one, instant(0), 0) == canon.key(other, instant(0), 0)
