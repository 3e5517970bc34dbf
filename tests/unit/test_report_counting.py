"""What counts for a report: windows, frozen clocks, escalations, warnings that come first, thresholds, recorded weights."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from account_sanctions.domain.acts import ReportViolation
from account_sanctions.domain.commands import read_command
from account_sanctions.domain.errors import InvalidPeriod
from account_sanctions.domain.events import ViolationRecorded
from account_sanctions.domain.policies.evaluation import Evaluation
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.queries import strikes

from tests.unit.scenario import SYSTEM, Account, actor, command, t
from tests.unit.test_report_violation import WARN, policy, recorded, report, reported, restrict
from tests.unit.worded import said

Json = dict[str, Any]
BAN_10: Json = {"ban": {"for": "P10D"}}


def evaluated(account: Account, at: str, **fields: Any) -> Evaluation:
    """What the policy says of one more violation, which is not recorded."""
    asked = command("report_violation", account="a", by=actor(SYSTEM), at=at, **{"clause": "spam", **fields})
    violation = read_command(asked).act
    assert isinstance(violation, ReportViolation)
    found = account.policy.evaluate(account.events, violation, t(at))
    said(found)
    return found


def left(found: Evaluation) -> dict[str, str]:
    return {one.violation: one.because for one in found.left}


def counted(found: Evaluation) -> dict[str, Any]:
    return {one.violation: one.value for one in found.counted}


# Windows and clocks.


def test_violation_counts_for_its_time_and_not_a_microsecond_longer() -> None:
    account = reported(Account(policy(counting={"expires_after": "P30D"})), "v", at="+1d")
    assert counted(evaluated(account, "+31d-1us")) == {"v": 1}
    assert left(evaluated(account, "+31d")) == {"v": "decayed"}


def test_violation_of_no_weight_stops_counting_too_when_its_time_is_over() -> None:
    rules = policy(
        counting={"expires_after": "P30D"},
        clauses={"spam": {"ladder": "main", "weight": 0}},
        ladder={"count": "weight"},
    )
    account = reported(Account(rules), "v")
    assert counted(evaluated(account, "+30d-1us")) == {"v": 0}
    assert left(evaluated(account, "+30d")) == {"v": "decayed"}


@pytest.mark.parametrize("fires", ["each", "crossing", "once"])
def test_violation_of_no_weight_brings_no_step_of_a_ladder_of_weights(fires: str) -> None:
    """It adds nothing to the level: what the violations before it came to has had its step."""
    clauses = {"spam": {"ladder": "main", "weight": 10}, "gossip": {"ladder": "main", "weight": 0}}
    rules = policy({"at": 10, "impose": [BAN_10]}, clauses=clauses, ladder={"count": "weight", "fires": fires})
    account = reported(Account(rules), "v-1")
    found = report(account, "v-2", "+1d", clause="gossip").then("ViolationRecorded")
    grounds = recorded(found).grounds
    assert grounds is not None
    assert (grounds.withheld, grounds.step, grounds.level) == ("no_weight", None, "10")


def test_violation_of_no_weight_is_one_of_a_ladder_that_counts_violations() -> None:
    rules = policy(clauses={"spam": {"ladder": "main", "weight": 0}})
    report(reported(Account(rules), "v-1"), "v-2").then("ViolationRecorded", "FunctionsRestricted", "WarningIssued")


def test_clock_stands_still_while_a_sanction_of_the_kind_is_in_force() -> None:
    rules = policy({"at": 9, "impose": [WARN]}, counting={"expires_after": "P10D", "frozen_while": ["ban"]})
    account = Account(rules).given("record_violation", at="+0d", violation="v", clause="spam")
    basis = {"clause": "spam"}
    account.given("ban", at="+2d", sanction="b-1", basis=basis, until="+5d")
    account.given("ban", at="+4d", sanction="b-2", basis=basis, until="+6d")
    account.given("restrict", at="+6d", basis=basis, functions=["publish"], until="+9d")
    account.given("ban", at="+7d", sanction="b-3", basis=basis, from_="+8d", until="+9d").given(
        "overturn", at="+8d", by="reviewer:r-1", sanction="b-3"
    )
    assert counted(evaluated(account, "+14d-1us")) == {"v": 1}
    assert left(evaluated(account, "+14d")) == {"v": "decayed"}


@pytest.mark.parametrize("decay", ["expires_after", "fades_over"])
@pytest.mark.parametrize("hour", ["23:59:59.999999", "23:59:59.999998"])
def test_clock_that_stands_still_is_read_at_the_last_instants_of_the_calendar(decay: str, hour: str) -> None:
    """There is no instant after the last one that a span could end at."""
    counting = {decay: "P10D", "frozen_while": ["ban"]}
    account = Account(policy({"impose": [WARN]}, counting=counting, ladder={"count": "weight"}))
    at = f"9999-12-31T{hour}Z"
    account.given("record_violation", at="9999-12-30T00:00:00Z", violation="v", clause="spam")
    account.given("ban", at="9999-12-31T00:00:00Z", basis={"clause": "spam"}, until="9999-12-31T23:59:59.999999Z")
    result = account.when("report_violation", at=at, by=SYSTEM, violation="w", clause="spam")
    assert recorded(result).grounds is not None
    assert recorded(result).weight == "1"
    result = account.when("report_violation", at="9999-12-31T23:59:59.999999Z", by=SYSTEM, violation="x", clause="spam")
    assert {event.violation for event in result.events if isinstance(event, ViolationRecorded)} == {"x"}


@pytest.mark.parametrize(
    "at",
    [
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
        datetime.min.replace(tzinfo=timezone(timedelta(hours=12))),
        datetime(2026, 1, 5),  # noqa: DTZ001 - it lacks an offset
    ],
)
@pytest.mark.parametrize("frozen", [[], ["ban"]])
def test_time_that_is_no_instant_in_utc_is_refused(at: datetime, frozen: list[str]) -> None:
    rules = policy(counting={"expires_after": "P10D", "frozen_while": frozen})
    for account in (Account(rules), reported(Account(rules), "v")):
        with pytest.raises(InvalidPeriod) as refused:
            rules.evaluate(account.state, ReportViolation(violation="w", clause="spam"), at)
        assert refused.value.details["field"] == "at"


def test_weight_fades_evenly_and_exactly() -> None:
    rules = policy(
        counting={"fades_over": "P9D"},
        clauses={"spam": {"ladder": "main", "weight": "3/2"}},
        ladder={"count": "weight"},
    )
    account = Account(rules).given("record_violation", at="+0d", violation="v", clause="spam")
    assert [str(evaluated(account, at).before) for at in ("+0d", "+3d", "+8d", "+9d")] == ["3/2", "1", "1/6", "0"]
    assert str(strikes(account.at("+4d").state, t("+4d")).active) == "5/6"


def test_older_violation_counts_while_a_sanction_that_rests_on_it_runs() -> None:
    """Row 62: a penalty that began before the window and is still running."""
    rules = policy({"impose": [restrict(60)]}, ladder={"within": "P30D", "running_counts": True})
    account = reported(Account(rules), "v")
    assert counted(evaluated(account, "+60d-1us")) == {"v": 1}
    assert left(evaluated(account, "+60d")) == {"v": "too_long_ago"}


@pytest.mark.parametrize(("within", "end"), [("P30D", "+30d"), ("PT36H", "+36h"), ("P1M", "+31d"), ("P2M", "+59d")])
def test_window_of_a_ladder_ends_to_the_microsecond(within: str, end: str) -> None:
    account = reported(Account(policy(ladder={"within": within})), "v")
    assert counted(evaluated(account, f"{end}-1us")) == {"v": 1}
    assert left(evaluated(account, end)) == {"v": "too_long_ago"}


@pytest.mark.parametrize("within", ["P800000D", "P9999Y", "P9999999999D"])
def test_window_longer_than_the_calendar_holds_everything(within: str) -> None:
    account = reported(Account(policy(ladder={"within": within})), "v")
    assert counted(evaluated(account, "+9999d")) == {"v": 1}


def test_scope_decides_which_violations_belong_together() -> None:
    clauses = {
        "spam": {"ladder": "main", "category": "noise"},
        "flood": {"ladder": "other", "category": "noise"},
        "fraud": {"ladder": "main"},
        "gossip": {},
    }
    found = {}
    for scope in ("clause", "category", "ladder", "account"):
        rules = policy(
            clauses=clauses,
            ladders={"main": {"scope": scope, "steps": [{"at": 9, "impose": [WARN]}]}, "other": {"steps": [{"at": 9}]}},
        )
        account = Account(rules)
        for name in clauses:
            account.given("record_violation", at="+0d", violation=name, clause=name)
        found[scope] = tuple(counted(evaluated(account, "+1d")))
    assert found == {
        "clause": ("spam",),
        "category": ("spam", "flood"),
        "ladder": ("spam", "fraud"),
        "account": ("spam", "flood", "fraud", "gossip"),
    }


# Escalations.


def escalating(**rule: Any) -> Policy:
    steps = [{"severity": name, "impose": [restrict(days)]} for name, days in (("a", 1), ("b", 2), ("c", 3))]
    rules = [{"severity": "a", "becomes": "b", **rule}, {"severity": "b", "becomes": "c", **rule}]
    return policy(*steps, severities=["a", "b", "c"], escalations=rules)


def test_second_of_a_severity_is_treated_as_the_next_and_counts_as_both() -> None:
    account = Account(escalating())
    treated = []
    for number in range(3):
        event = recorded(report(account, f"v-{number}", f"+{number}d", severity="a"))
        assert event.severity == "a"
        assert event.grounds is not None
        treated.append((event.grounds.severity, event.grounds.counted))
    assert treated == [("a", ()), ("b", ("v-0",)), ("c", ("v-0", "v-1"))]
    assert account.at("+2d").ends("v-2/s1") == "+5d"


@pytest.mark.parametrize(("at", "severity"), [("+365d-1us", "b"), ("+365d", "a")])
def test_escalation_looks_back_over_its_window(at: str, severity: str) -> None:
    account = reported(Account(escalating(within="P365D")), "v-1", severity="a")
    assert evaluated(account, at, severity="a").severity == severity


def test_escalation_counts_in_its_scope_from_the_nth() -> None:
    account = reported(Account(escalating(nth=3, scope="clause")), "v-1", "v-2", severity="a")
    assert evaluated(account, "+1d", severity="a").severity == "b"
    assert evaluated(account, "+1d", clause="fraud", severity="a").severity == "a"


def test_what_made_a_violation_graver_counts_though_the_ladder_leaves_it_out() -> None:
    steps = [{"severity": "b", "impose": [WARN]}]
    rules = [{"severity": "a", "becomes": "b"}]
    ladder = {"same_severity": True}
    account = Account(policy(*steps, severities=["a", "b"], escalations=rules, ladder=ladder))
    reported(account, "v-1", severity="a")
    found = evaluated(account, "+1d", severity="a")
    assert (found.before, counted(found), found.left) == (0, {"v-1": 0}, ())


# Warnings that come first.


def warned_first(**rule: Any) -> Policy:
    return policy({"at": 2, "impose": [BAN_10]}, ladder={"prior_warning": {"impose": [WARN], **rule}})


def test_nothing_counts_before_a_warning_nor_what_the_warning_rests_on() -> None:
    account = reported(Account(warned_first()), "v-1", "v-2")
    assert list(account.at("+0d").statuses) == ["v-1/s1"]
    found = evaluated(account, "+1d")
    assert (left(found), counted(found), found.step) == ({"v-1": "before_warning"}, {"v-2": 1}, "main/2")
    assert found.priors == ("v-1/s1",)


@pytest.mark.parametrize(("at", "step"), [("+30d-1us", None), ("+30d", "main/warning")])
def test_warning_is_recent_enough_for_its_window(at: str, step: str | None) -> None:
    account = reported(Account(warned_first(within="P30D")), "v-1")
    assert evaluated(account, at).step == step


@pytest.mark.parametrize(("ending", "step"), [("lift", None), ("overturn", "main/warning")])
def test_lifted_warning_is_one_and_an_overturned_one_is_none(ending: str, step: str | None) -> None:
    account = reported(Account(warned_first()), "v-1").given(ending, at="+1d", sanction="v-1/s1")
    assert evaluated(account, "+2d").step == step


def test_announced_warning_counts_from_its_start() -> None:
    account = Account(warned_first())
    account.given("warn", at="+0d", sanction="w", basis={"clause": "spam"}, from_="+5d", permanent=True)
    account.given("record_violation", at="+1d", violation="early", clause="spam")
    account.given("record_violation", at="+5d", violation="late", clause="spam")
    assert evaluated(account, "+5d-1us").step == "main/warning"
    found = evaluated(account, "+5d")
    assert (left(found), counted(found)) == ({"early": "before_warning"}, {"late": 1})


def test_warning_that_never_came_into_force_is_none() -> None:
    account = Account(warned_first())
    account.given("warn", at="+0d", sanction="w", basis={"clause": "spam"}, from_="+5d", permanent=True)
    account.given("lift", at="+1d", sanction="w")
    assert evaluated(account, "+9d").step == "main/warning"


@pytest.mark.parametrize(("clause", "step"), [("flood", None), ("gossip", "main/warning")])
def test_warning_belongs_to_the_category_of_its_clause(clause: str, step: str | None) -> None:
    noise = {"ladder": "main", "category": "noise"}
    ladder = {"scope": "category", "prior_warning": {"impose": [WARN]}}
    rules = policy({"at": 2, "impose": [BAN_10]}, clauses={"spam": noise, "flood": noise, "gossip": {}}, ladder=ladder)
    account = Account(rules).given("warn", at="+0d", sanction="w", basis={"clause": clause}, permanent=True)
    assert evaluated(account, "+1d").step == step


# The first time.


def test_first_violation_ever_brings_its_own_and_may_weigh_nothing() -> None:
    rules = policy(
        {"at": 1, "impose": [BAN_10]},
        counting={"expires_after": "P30D"},
        ladder={"count": "weight", "first": {"impose": [WARN]}},
    )
    account = reported(Account(rules), "v-1")
    assert account.at("+0d").strikes == (0, 0)
    assert evaluated(account, "+1d").step == "main/1"
    assert evaluated(account, "+400d").step == "main/1"
    account.given("overturn", at="+1d", sanction="v-1/s1")
    assert evaluated(account, "+1d").step == "main/first"


# Thresholds.


def test_threshold_fires_when_it_is_crossed_from_below() -> None:
    """Row 38: 4 to 5 and 2 to 7 fire; 5 to 6, 7 to 9 do not."""
    fires = {}
    for before, weight in ((4, 1), (2, 5), (5, 1), (7, 2)):
        clauses = {"spam": {"ladder": "main", "weight": weight}, "old": {"weight": before}}
        ladder = {"fires": "crossing", "count": "weight", "scope": "account"}
        account = Account(policy({"at": 5, "impose": [WARN]}, clauses=clauses, ladder=ladder))
        account.given("record_violation", at="+0d", violation="v", clause="old")
        fires[before] = evaluated(account, "+1d").step
    assert fires == {4: "main/5", 2: "main/5", 5: None, 7: None}


@pytest.mark.parametrize(("scope", "step"), [("clause", "main/2"), ("category", "main/2"), ("ladder", None)])
def test_threshold_that_fires_once_does_so_for_each_count(scope: str, step: str | None) -> None:
    clauses = {"spam": {"ladder": "main", "category": "noise"}, "fraud": {"ladder": "main", "category": "harm"}}
    ladder = {"fires": "once", "scope": scope}
    account = Account(policy({"at": 2, "impose": [WARN]}, clauses=clauses, ladder=ladder))
    reported(account, "v-1", "v-2", clause="spam")
    reported(account, "v-3", clause="fraud")
    assert evaluated(account, "+1d", clause="fraud").step == step


def test_threshold_that_fires_once_does_so_for_each_severity_counted_apart() -> None:
    ladder = {"fires": "once", "same_severity": True}
    account = Account(policy({"at": 2, "impose": [WARN]}, severities=["a", "b"], ladder=ladder))
    reported(account, "v-1", "v-2", severity="a")
    reported(account, "v-3", severity="b")
    assert evaluated(account, "+1d", severity="b").step == "main/2"


def test_threshold_that_fired_once_waits_for_the_overturn_of_all_it_brought() -> None:
    rules = policy(
        {"at": 2, "impose": [WARN, restrict(1)]}, counting={"expires_after": "P30D"}, ladder={"fires": "once"}
    )
    account = reported(Account(rules), "v-1", "v-2")
    reported(account, "v-3", at="+40d")
    assert evaluated(account, "+41d").withheld == "fired_before"
    account.given("overturn", at="+41d", sanction="v-2/s1")
    assert evaluated(account, "+41d").withheld == "fired_before"
    account.given("overturn", at="+41d", sanction="v-2/s2")
    assert evaluated(account, "+41d").step == "main/2"


def test_most_severe_of_the_thresholds_crossed_fires_alone() -> None:
    steps = [{"at": 5, "impose": [restrict(7)]}, {"at": 10, "impose": [BAN_10]}]
    clauses = {"spam": {"ladder": "main", "weight": 12}}
    account = Account(policy(*steps, clauses=clauses, ladder={"fires": "crossing", "count": "weight"}))
    report(account, "v").then("ViolationRecorded", "AccountBanned")
    assert account.at("+0d").sanction("v/s1").step == "main/10"


# What is recorded with a violation.


def test_recorded_violation_has_the_weight_that_the_policy_gives_it() -> None:
    clause = {"ladder": "main", "weight": 2, "first_weight": "1/2", "weights": {"grave": 5}}
    rules = policy(
        clauses={"spam": clause, "fraud": {"weight": 3}},
        severities=["light", "grave"],
        counting={"max_content_age": "P90D", "batch_once": True, "expires_after": "P1M", "frozen_while": ["ban"]},
    )
    account = Account(rules)
    weights = []
    for at, fields in (
        ("+0d", {"batch": "b"}),
        ("+0d", {"severity": "grave"}),
        ("+0d", {"severity": "light"}),
        ("+0d", {"batch": "b"}),
        ("+90d", {"content_at": "+0d"}),
        ("+90d+1us", {"content_at": "+0d"}),
    ):
        event = recorded(account.when("record_violation", at=at, clause="spam", **fields).then("ViolationRecorded"))
        weights.append((event.weight, event.discounted))
    assert weights == [("1/2", None), ("5", None), ("2", None), ("0", "batch"), ("2", None), ("0", "content_age")]
    last = account.state.violations["v#1"]
    assert (last.counts_until, last.frozen_while) == (t("+31d"), ("ban",))


def test_discounted_violation_is_no_first_and_brings_nothing() -> None:
    rules = policy(ladder={"first": {"impose": [WARN]}}, counting={"max_content_age": "P90D"})
    account = Account(rules)
    event = recorded(report(account, "v-1", "+91d", content_at="+0d").then("ViolationRecorded"))
    assert event.grounds is not None
    assert (event.grounds.withheld, event.grounds.step) == ("content_age", None)
    assert evaluated(account, "+91d").step == "main/first"
