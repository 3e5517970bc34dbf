"""Counterfactual replay of one account: which violations are decided otherwise, and what counts for that."""

from __future__ import annotations

from typing import Any

import pytest
from account_sanctions.domain.policies.book import PolicyBook
from account_sanctions.domain.policies.policy import Policy
from msgspec.structs import replace

from .scenario import REVIEWER, SYSTEM, T0, Account, t
from .simulated import BAN, DAY, FOREVER, WARN, WEEK, ladder, policy, reported, simulated

MILD = policy(WARN, DAY, WEEK, BAN)


def test_recorded_policy_decides_the_same() -> None:
    found = simulated(reported(MILD, 0, 1, 2, 3, 4), MILD)
    assert found.differences == dict.fromkeys(("v1", "v2", "v3", "v4", "v5"))
    assert found.steps == {"v1": "l/1", "v2": "l/2", "v3": "l/3", "v4": "l/4", "v5": "l/4"}


def test_other_policy_climbs_its_own_ladder_from_the_beginning() -> None:
    found = simulated(reported(MILD, 0, 1, 2), policy(WARN, WEEK, FOREVER))
    assert found.differences == {"v1": None, "v2": "other_terms", "v3": "other_kinds"}
    assert found.statuses("+2d") == {"v1/s1": "in_force", "v2/s1": "in_force", "v3/s1": "in_force"}


def test_other_policy_counts_by_its_own_clock() -> None:
    forgetful = policy(WARN, DAY, WEEK, counting={"expires_after": "P2D"})
    # v2 comes one microsecond too early to be a first one again, v3 exactly when v2 has expired.
    account = Account(policy=MILD)
    for name, at in (("v1", "+0d"), ("v2", "+2d-1us"), ("v3", "+4d-1us")):
        account.given("report_violation", at=at, by=SYSTEM, violation=name, clause="spam")
    assert simulated(account, forgetful).steps == {"v1": "l/1", "v2": "l/2", "v3": "l/1"}


def test_permanent_ban_comes_before_what_was_decided_later() -> None:
    found = simulated(reported(MILD, 0, 1), policy(FOREVER))
    assert found.differences == {"v1": "other_kinds", "v2": "banned_before"}
    found = simulated(reported(policy(FOREVER), 0, 1), MILD)
    assert found.differences == {"v1": "other_kinds", "v2": "not_banned_before"}


def test_unknown_clause_is_counted_and_leaves_no_trace() -> None:
    other = policy(WARN, DAY, clauses={"fraud": {"ladder": "l"}})
    account = reported(policy(WARN, DAY, clauses={"spam": {"ladder": "l"}, "fraud": {"ladder": "l"}}), 0)
    account.given("report_violation", at="+1d", by=SYSTEM, violation="v2", clause="fraud")
    found = simulated(account, other)
    assert found.differences == {"v1": "unknown_clause", "v2": "other_kinds"}
    assert list(found.at("+1d").violations) == ["v2"]


def test_clause_not_yet_in_force_is_unknown() -> None:
    later = {"spam": {"ladder": "l", "effective_from": t("+1d").isoformat()}}
    found = simulated(reported(MILD, 0, 1), policy(WARN, DAY, clauses=later))
    assert found.differences == {"v1": "unknown_clause", "v2": "other_kinds"}


def test_report_of_several_clauses_is_judged_by_those_that_are_known() -> None:
    both = {"spam": {"ladder": "l", "weight": 5}, "fraud": {"ladder": "l"}}
    account = reported(policy(WARN, DAY, clauses=both), 0, reasons=[{"clause": "fraud"}])
    assert account.state.violations["v1"].clause == "spam"
    found = simulated(account, policy(BAN, clauses={"fraud": {"ladder": "l"}}))
    assert found.differences == {"v1": "other_kinds"}
    assert found.at("+0d").violations["v1"].clause == "fraud"
    assert simulated(account, policy(BAN, clauses={"other": {"ladder": "l"}})).differences == {"v1": "unknown_clause"}


def test_severity_that_the_other_policy_does_not_have_is_refused() -> None:
    graded = policy(WARN, severities=["minor"])
    found = simulated(reported(graded, 0, severity="minor"), replace(graded, severities=("low",)))
    assert found.differences == {"v1": "refused"}
    assert found.steps == {"v1": "unknown_severity"}


def test_class_of_accounts_that_the_other_policy_does_not_have_is_its_first() -> None:
    recorded = policy(WARN, account_classes=["big", "small"])
    other = policy(
        {"impose": [BAN], "account_class": "new"},
        {"impose": [DAY], "account_class": "old"},
        account_classes=["new", "old"],
    )
    found = simulated(reported(recorded, 0, account_class="small"), other)
    assert found.at("+0d").sanction("v1/s1") is not None
    assert found.statuses("+2d") == {"v1/s1": "in_force"}


def test_category_of_the_recorded_policy_is_not_the_reports() -> None:
    by_category = {"l": {**ladder(WARN, BAN), "scope": "category"}}
    named = policy(WARN, clauses={"spam": {"ladder": "l", "category": "abuse"}})
    other = policy(clauses={"spam": {"ladder": "l", "category": "fraud"}}, ladders=by_category)
    assert simulated(reported(named, 0, 1), other).steps == {"v1": "l/1", "v2": "l/2"}
    assert simulated(reported(named, 0), other).at("+0d").violations["v1"].category == "fraud"
    given = simulated(reported(named, 0, category="own"), other)
    assert given.at("+0d").violations["v1"].category == "own"


def test_version_in_force_at_the_time_decides() -> None:
    early = replace(policy(WARN), version="1", effective_from=T0, effective_until=t("+2d"))
    late = replace(policy(BAN), version="2", effective_from=t("+2d"))
    account = Account(policy=MILD)
    for name, at in (("v1", "+2d-1us"), ("v2", "+2d")):
        account.given("report_violation", at=at, by=SYSTEM, violation=name, clause="spam")
    found = simulated(account, PolicyBook((early, late)))
    assert [one.decided.policy.name for one in found.found.decisions if one.decided] == ["p@1", "p@2"]


def test_time_without_a_version_in_force_is_refused() -> None:
    late = replace(policy(WARN), effective_from=t("+1d"))
    found = simulated(reported(MILD, 0, 1), PolicyBook((late,)))
    assert found.steps == {"v1": "policy_not_in_force", "v2": "l/1"}


def test_violations_before_the_range_count_and_are_not_compared() -> None:
    found = simulated(reported(MILD, 0, 1, 2), policy(WARN, BAN, DAY), start=t("+1d"))
    assert found.differences == {"v2": "other_kinds", "v3": "other_terms"}


def test_nothing_from_the_end_of_the_range_on_is_taken_into_account() -> None:
    account = reported(MILD, 0, 1).given("overturn", at="+2d", sanction="v2/s1", by=REVIEWER)
    found = simulated(account, MILD, until=t("+1d"))
    assert list(found.differences) == ["v1"]
    assert list(found.found.recorded.violations) == ["v1"]
    inside = simulated(account, MILD, until=t("+2d+1us"))
    assert inside.statuses("+2d+1us")["v2/s1"] == "overturned"


def test_violation_that_was_only_recorded_counts_by_the_rules_of_the_other_policy() -> None:
    account = Account(policy=MILD).given("record_violation", at="+0d", by=SYSTEM, violation="r1", clause="spam")
    account.given("report_violation", at="+1d", by=SYSTEM, violation="v1", clause="spam")
    found = simulated(account, policy(WARN, DAY, BAN))
    assert found.steps == {"v1": "l/2"}
    assert found.found.only_recorded == 1
    assert simulated(account, policy(WARN, DAY, counting={"expires_after": "P1D"})).steps == {"v1": "l/1"}


def test_violation_that_was_only_recorded_is_reported_where_that_is_wanted() -> None:
    account = Account(policy=MILD).given("record_violation", at="+0d", by=SYSTEM, violation="r1", clause="spam")
    found = simulated(account, MILD, include_recorded=True)
    assert found.differences == {"r1": "something_instead"}
    assert found.statuses("+0d") == {"r1/s1": "in_force"}


def test_violation_that_was_only_recorded_of_an_unknown_clause_is_left_out() -> None:
    account = Account(policy=MILD).given("record_violation", at="+0d", by=SYSTEM, violation="r1", clause="spam")
    found = simulated(account, policy(WARN, clauses={"fraud": {"ladder": "l"}}))
    assert found.left_out == {"ViolationRecorded": 1}


@pytest.mark.parametrize("other", [MILD, policy(WEEK, BAN)], ids=["same", "other"])
def test_sweeps_change_nothing(other: Policy) -> None:
    swept, unswept = reported(MILD, 0, 1), reported(MILD, 0, 1)
    swept.sweep("+20d")
    for account in (swept, unswept):
        account.given("report_violation", at="+40d", by=SYSTEM, violation="v3", clause="spam")
    one, two = simulated(swept, other), simulated(unswept, other)
    assert one.differences == two.differences
    assert one.statuses("+400d") == two.statuses("+400d")


def test_decision_that_a_person_took_otherwise_is_compared_with_what_the_policy_said() -> None:
    account = reported(MILD, 0).given(
        "report_violation", at="+1d", violation="v2", clause="spam", choose=[BAN], reason="a repeat offender"
    )
    assert simulated(account, MILD).differences == {"v1": None, "v2": None}
    assert simulated(account, policy(WARN, BAN)).differences == {"v1": None, "v2": "other_kinds"}


@pytest.mark.parametrize(
    ("second", "follows"),
    [(DAY, {"v2/s1": ("ban", "moderator")}), (WEEK, {"v2/s1": ("restriction", "system")})],
    ids=["the same word", "another word"],
)
def test_choice_of_a_person_stands_where_the_policy_says_the_same(second: Any, follows: Any) -> None:
    account = reported(MILD, 0).given(
        "report_violation", at="+1d", violation="v2", clause="spam", choose=[BAN], reason="a repeat offender"
    )
    found = simulated(account, policy(WARN, second, WEEK)).at("+1d")
    assert {one.id: (one.kind, one.by.kind) for one in found.sanctions() if one.id != "v1/s1"} == follows


def test_person_who_chose_what_the_policy_proposed_is_no_difference() -> None:
    proposing = policy({"impose": [DAY], "propose": True})
    account = Account(policy=proposing).given(
        "report_violation", at="+0d", violation="v1", clause="spam", choose=[DAY], reason="seen at once"
    )
    found = simulated(account, proposing)
    assert found.differences == {"v1": None}
    assert found.statuses("+0d") == {}, "what the policy wants confirmed waits, whoever chose it"


def test_account_without_events_gives_nothing() -> None:
    found = simulated(Account(policy=MILD), MILD)
    assert found.differences == {}
    assert found.statuses("+1d") == {}
