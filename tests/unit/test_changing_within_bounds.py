"""Bounds stay with what a policy imposed: later changes by one person keep to them; each counts as a deviation."""

from __future__ import annotations

from typing import Any, Final

import pytest
from account_sanctions.projections.statistics import StatisticsFold

from tests.unit.scenario import MODERATOR, OTHER_MODERATOR, REVIEWER, Account, t
from tests.unit.test_report_discretion import BOUNDS, bounded, choose
from tests.unit.test_report_violation import policy, reported, restrict

Json = dict[str, Any]
TWO: Final[Json] = {"restrict": ["publish", {"function": "comments", "for": "P4D"}], "for": "P7D"}


def imposed(*impose: Json, **bounds: Any) -> Account:
    """What a step with bounds, 3 to 10 days unless others are given, has imposed at +0d."""
    return reported(bounded(*impose, **bounds), "v")


def deviations(account: Account, **times: str) -> tuple[int, int, int]:
    """How many harsher, milder and other ones the statistics count."""
    fold = StatisticsFold(now=t("+900d"), since=t(times["since"]) if "since" in times else None)
    fold.add(account.events)
    found = fold.result().deviations
    return (found and (found[0].harsher, found[0].milder, found[0].other)) or (0, 0, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"permanent": True},
        {"for_": "PT1H"},
        {"until": "+3d-1us"},
        {"until": "+10d+1us"},
        {"functions": ["publish", "comments"]},
        {"functions": [{"function": "publish", "for": "P11D"}]},
    ],
)
def test_change_beyond_the_bounds_needs_a_second_person(change: Json) -> None:
    account = imposed()
    account.when("change_sanction", at="+0d", sanction="v/s1", **change).refused(
        "second_person_required", sanction="v/s1"
    )
    proposed = {"command": "change_sanction", "sanction": "v/s1", "reason": "seen"}
    proposed |= {name.rstrip("_"): part for name, part in change.items()}
    account.given("propose", at="+0d", proposal="p", sanction=proposed)
    account.when("approve", at="+0d", by=MODERATOR, proposal="p").refused("same_person")
    account.when("approve", at="+0d", by=OTHER_MODERATOR, proposal="p").then("ProposalApproved", "SanctionChanged")


@pytest.mark.parametrize("change", [{"until": "+3d"}, {"until": "+10d"}, {"for_": "P5D"}])
def test_change_within_the_bounds_is_decided_alone(change: Json) -> None:
    imposed().when("change_sanction", at="+1d", sanction="v/s1", **change).then("SanctionChanged")


def test_function_that_keeps_its_end_need_not_lie_within_the_bounds() -> None:
    account = imposed({"restrict": ["publish", {"function": "comments", "for": "P2D"}], "for": "P7D"})
    longer = ["comments", {"function": "publish", "for": "P9D"}]
    account.when("change_sanction", at="+0d", sanction="v/s1", functions=longer).then("SanctionChanged")
    shorter = ["publish", {"function": "comments", "for": "P1D"}]
    account.when("change_sanction", at="+0d", sanction="v/s1", functions=shorter).refused("second_person_required")
    account.when("change_sanction", at="+0d", sanction="v/s1", functions=["publish"]).refused("second_person_required")


def test_bounds_hold_for_what_a_person_chose_and_for_what_was_approved() -> None:
    account = bounded()
    choose(account, restrict(9))
    account.when("change_sanction", at="+0d", sanction="v/s1", until="+11d").refused("second_person_required")
    choose(account, restrict(30), violation="w")
    account.given("approve", at="+0d", proposal="w/p1")
    account.when("change_sanction", at="+0d", sanction="w/s1", until="+11d").refused("second_person_required")
    account.given("change_sanction", at="+0d", sanction="w/s1", until="+10d")


@pytest.mark.parametrize(("penalty", "milder"), [({"warn": {"for": "P7D"}}, "+5d"), ({"ban": {"for": "P7D"}}, "+5d")])
def test_bounds_hold_for_warnings_and_bans(penalty: Json, milder: str) -> None:
    account = imposed(penalty)
    account.when("change_sanction", at="+0d", sanction="v/s1", until="+1d").refused("second_person_required")
    account.given("change_sanction", at="+0d", sanction="v/s1", until=milder)


def test_bounds_do_not_bind_lifts_nor_appeals() -> None:
    account = imposed().given("appeal", at="+1d", appeal="a", sanction="v/s1")
    account.given("decide_appeal", at="+1d", by=REVIEWER, appeal="a", outcome="granted_in_part", until="+2d")
    account.given("lift", at="+1d", sanction="v/s1")
    assert deviations(account) == (0, 0, 0)


def test_step_without_bounds_leaves_later_changes_to_the_person() -> None:
    account = reported(Account(policy({"impose": [restrict(7)]})), "v")
    account.given("change_sanction", at="+0d", sanction="v/s1", permanent=True)
    assert deviations(account) == (1, 0, 0)


def test_changes_of_what_a_policy_imposed_are_counted_with_their_direction() -> None:
    account = imposed(TWO, **BOUNDS)
    account.given("change_sanction", at="+1d", sanction="v/s1", until="+5d")
    account.given("change_sanction", at="+2d", sanction="v/s1", until="+9d")
    mixed = ["publish", {"function": "comments", "until": "+4d"}]
    account.given("change_sanction", at="+3d", sanction="v/s1", functions=mixed)
    assert deviations(account) == (1, 1, 1)
    assert deviations(account, since="+2d") == (1, 0, 1)
    assert deviations(account, since="+4d") == (0, 0, 0)


def test_changes_of_what_persons_decided_are_not_counted_again() -> None:
    account = Account(policy({"impose": [restrict(7)]}))
    choose(account, restrict(5))
    account.given("change_sanction", at="+0d", sanction="v/s1", until="+4d")
    account.given("ban", at="+0d", sanction="b", basis={"clause": "spam"}, for_="P1D")
    account.given("change_sanction", at="+0d", sanction="b", until="+2d")
    assert deviations(account) == (0, 1, 0)


def test_change_of_what_an_order_of_the_policy_announced_is_counted() -> None:
    order = {"order": {"within": "P1D", "on_default": [{"restrict": ["publish"], "for": "P7D"}]}}
    account = imposed(order)
    account.given("change_sanction", at="+2d", sanction="v/s1/1", until="+30d")
    assert deviations(account) == (1, 0, 0)
