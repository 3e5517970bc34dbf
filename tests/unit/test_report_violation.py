"""A reported violation: the policy decides, imposes or proposes; who may confirm; when nothing follows."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest
from account_sanctions.domain import events as e
from account_sanctions.domain.period import period_from_text
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.vocabulary import Actor

from tests.unit.scenario import (
    AUDITOR,
    HOLDER,
    MODERATOR,
    OTHER_MODERATOR,
    OTHER_REVIEWER,
    REVIEWER,
    SYSTEM,
    Account,
    Result,
    t,
)

__all__ = ["WARN", "policy", "recorded", "report", "reported"]

Json = dict[str, Any]
WARN: Final = {"warn": {"permanent": True}}
BAN: Final = {"ban": {"permanent": True}}


def restrict(days: int) -> Json:
    return {"restrict": ["publish"], "for": f"P{days}D"}


STEPS: Final = ({"impose": [WARN]}, {"impose": [restrict(7), WARN]}, {"impose": [{"ban": {"for": "P30D"}}]})


def policy(*steps: Json, ladder: Json | None = None, clauses: Json | None = None, **fields: Any) -> Policy:
    """A policy of the clauses `spam` and `fraud`, with one ladder."""
    rules: Json = {
        "id": "community",
        "version": "1",
        "functions": ["publish", "comments"],
        "clauses": clauses or {"spam": {"ladder": "main"}, "fraud": {"ladder": "main"}, "gossip": {}},
        "ladders": {"main": {"steps": steps or STEPS, **(ladder or {})}},
    }
    return msgspec.convert({**rules, **fields}, Policy, dec_hook=period_from_text)


def report(account: Account, violation: str, at: str = "+0d", **fields: Any) -> Result:
    """Try to report a violation; of `spam`, by the engine, unless the fields say otherwise."""
    return account.when("report_violation", at=at, **{"violation": violation, "clause": "spam", "by": SYSTEM, **fields})


def reported(account: Account, *violations: str, at: str = "+0d", **fields: Any) -> Account:
    """Violations that were reported."""
    for violation in violations:
        assert report(account, violation, at, **fields).error is None
    return account


def recorded(result: Result) -> e.ViolationRecorded:
    """The event of the violation itself."""
    event = result.events[0]
    assert isinstance(event, e.ViolationRecorded)
    return event


def imposed(result: Result, number: int = 1) -> e.Imposed:
    event = result.events[number]
    assert isinstance(event, e.Imposed)
    return event


def proposed(result: Result, number: int = 1) -> e.SanctionProposed:
    event = result.events[number]
    assert isinstance(event, e.SanctionProposed)
    return event


# What the policy imposes.


def test_report_records_the_violation_and_imposes_the_step() -> None:
    account = Account(policy())
    first = report(account, "v").then("ViolationRecorded", "WarningIssued")
    event = imposed(first)
    assert (event.sanction, event.step, event.by) == ("v/s1", "main/1", Actor("system", "community@1"))
    assert event.basis.violations == ("v",)
    assert event.basis.automated_decision == "fully"
    grounds = recorded(first).grounds
    assert grounds is not None
    assert (grounds.step, grounds.level, grounds.weight, grounds.counted) == ("main/1", "1", "1", ())
    assert recorded(first).policy == account.policy.ref


def test_second_report_counts_the_first_and_names_its_sanctions_as_priors() -> None:
    account = reported(Account(policy()), "v-1")
    second = report(account, "v-2", "+1d").then("ViolationRecorded", "FunctionsRestricted", "WarningIssued")
    assert [imposed(second, n).sanction for n in (1, 2)] == ["v-2/s1", "v-2/s2"]
    assert [imposed(second, n).priors for n in (1, 2)] == [("v-1/s1",), ("v-1/s1",)]
    grounds = imposed(second).grounds
    assert grounds is not None
    assert (grounds.level, grounds.counted) == ("2", ("v-1",))
    assert account.at("+1d").ends("v-2/s1") == "+8d"


def test_last_step_repeats() -> None:
    account = reported(Account(policy()), "v-1", "v-2", "v-3", "v-4")
    assert account.at("+0d").sanction("v-4/s1").step == "main/3"


def test_clause_without_ladder_is_only_recorded() -> None:
    result = report(Account(policy()), "v", clause="gossip").then("ViolationRecorded")
    assert recorded(result).grounds == e.Grounds(reporter=Actor("system", "engine"), withheld="no_ladder")


def test_account_class_of_the_report_chooses_the_ladder_and_is_recorded() -> None:
    steps = [{"account_class": "new", "impose": [restrict(7)]}, {"account_class": "verified", "impose": [WARN]}]
    account = Account(policy(*steps, account_classes=["new", "verified"]))
    by_default = report(account, "v-1").then("ViolationRecorded", "FunctionsRestricted")
    verified = report(account, "v-2", account_class="verified").then("ViolationRecorded", "WarningIssued")
    found = [recorded(result).grounds for result in (by_default, verified)]
    assert [one and one.account_class for one in found] == ["new", "verified"]
    report(account, "v-3", account_class="gold").refused("unknown_account_class", account_class="gold")


def test_policy_needs_no_more_than_the_right_to_report() -> None:
    rules = policy({"impose": [BAN]}, second_person=[], withheld_rights={"moderator": ["ban", "ban_permanently"]})
    account = Account(rules)
    account.when("ban", at="+0d", by=MODERATOR, basis={"clause": "spam"}, until="+9d").refused("not_permitted")
    report(account, "v", by=MODERATOR).then("ViolationRecorded", "AccountBanned")


@pytest.mark.parametrize("by", [HOLDER, AUDITOR])
def test_report_by_somebody_without_the_right_is_refused(by: str) -> None:
    report(Account(policy()), "v", by=by).refused("not_permitted")


def test_violation_reported_under_a_known_id_is_refused() -> None:
    report(reported(Account(policy()), "v"), "v", "+1d").refused("id_in_use", id="v")


# What waits for a person.

PROPOSING: Final = {"at": 1, "propose": True, "impose": [restrict(7), {"ban": {"for": "P1D"}}]}


def test_proposed_step_has_no_effect_until_somebody_confirms_it() -> None:
    account = Account(policy(PROPOSING))
    result = report(account, "v").then("ViolationRecorded", "SanctionProposed", "SanctionProposed")
    assert [(proposed(result, n).proposal, proposed(result, n).sanction) for n in (1, 2)] == [
        ("v/p1", "v/s1"),
        ("v/p2", "v/s2"),
    ]
    assert account.at("+2d").standing == "clear"
    account.when("approve", at="+2d", proposal="v/p1").then("ProposalApproved", "FunctionsRestricted")
    sanction = account.at("+2d").sanction("v/s1")
    assert (sanction.at, sanction.until) == (t("+2d"), t("+9d"))
    assert (sanction.by, sanction.approved_by) == (Actor("system", "community@1"), Actor("moderator", "m-2"))
    assert sanction.basis.automated_decision == "partially"
    assert sanction.step == "main/1"
    account.when("approve", at="+3d", proposal="v/p1").refused("already_decided")


def test_dismissed_proposal_does_not_come_again_for_the_same_crossing() -> None:
    rules = policy({"at": 2, "propose": True, "impose": [restrict(7)]}, ladder={"fires": "crossing"})
    account = reported(Account(rules), "v-1", "v-2")
    account.given("dismiss", at="+1d", proposal="v-2/p1")
    result = report(account, "v-3", "+1d").then("ViolationRecorded")
    grounds = recorded(result).grounds
    assert grounds is not None
    assert (grounds.withheld, grounds.level) == ("no_crossing", "3")


def test_who_reported_may_dismiss_but_not_approve() -> None:
    account = reported(Account(policy(PROPOSING)), "v", by=MODERATOR)
    account.when("approve", at="+1d", by=MODERATOR, proposal="v/p1").refused("same_person")
    account.when("approve", at="+1d", by="reviewer:m-1", proposal="v/p1").refused("same_person")
    account.when("approve", at="+1d", by=SYSTEM, proposal="v/p1").refused("not_permitted")
    account.when("approve", at="+1d", by=OTHER_MODERATOR, proposal="v/p1").then(
        "ProposalApproved", "FunctionsRestricted"
    )
    account.when("dismiss", at="+1d", by=MODERATOR, proposal="v/p2").then("ProposalDismissed")


def test_who_reported_does_not_hear_the_appeal() -> None:
    account = reported(Account(policy()), "v", by=REVIEWER).given("appeal", at="+1d", appeal="a", sanction="v/s1")
    account.when("decide_appeal", at="+1d", appeal="a", outcome="denied").refused("same_person")
    account.when("decide_appeal", at="+1d", by=OTHER_REVIEWER, appeal="a", outcome="granted").then(
        "AppealDecided", "SanctionOverturned"
    )


ANNOUNCING: Final = {"order": {"within": "P3D", "on_default": [{"ban": {"permanent": True}}]}}


@pytest.mark.parametrize("penalty", [BAN, ANNOUNCING], ids=["permanent ban", "order that announces one"])
def test_what_results_in_a_permanent_ban_is_proposed_where_it_needs_two(penalty: Json) -> None:
    account = Account(policy({"impose": [penalty, WARN]}))
    result = report(account, "v").then("ViolationRecorded", "WarningIssued", "SanctionProposed")
    assert (imposed(result).sanction, proposed(result, 2).sanction) == ("v/s1", "v/s2")
    assert account.at("+9d").standing == "warned"
    account.given("approve", at="+1d", proposal="v/p1")
    assert account.at("+4d").standing == "banned"


def test_permanent_ban_is_imposed_where_one_is_enough() -> None:
    account = reported(Account(policy({"impose": [BAN, WARN]}, second_person=[])), "v")
    assert account.at("+0d").restrictions == {"*": None}
    assert account.at("+0d").statuses == {"v/s1": "in_force", "v/s2": "in_force"}


def test_proposal_of_a_policy_lapses() -> None:
    account = reported(Account(policy(PROPOSING, proposal_ttl="P3D")), "v")
    assert account.at("+3d-1us").proposal("v/p1") == "open"
    assert account.at("+3d").proposal("v/p1") == "lapsed"


# When nothing follows.


@pytest.mark.parametrize("choose", [{}, {"choose": [{"ban": {"for": "P1D"}}], "reason": "seen", "by": MODERATOR}])
@pytest.mark.parametrize("ladder", [{}, {"fires": "crossing"}])
def test_report_on_a_permanently_banned_account_only_records(choose: Json, ladder: Json) -> None:
    account = reported(Account(policy({"impose": [BAN]}, second_person=[], ladder=ladder)), "v-1")
    report(account, "v-2", "+1d", **choose).then("ViolationRecorded")
    assert account.at("+1d").strikes == (2, 2)


@pytest.mark.parametrize("choose", [{}, {"choose": [WARN], "reason": "seen"}])
@pytest.mark.parametrize("steps", [STEPS, ({"at": 5, "impose": [WARN]},)])
def test_report_on_an_exempt_account_only_records(choose: Json, steps: tuple[Json, ...]) -> None:
    account = Account(policy(*steps)).given("exempt", at="+0d")
    report(account, "v", by=MODERATOR, **choose).then("ViolationRecorded")


def test_exemption_lets_the_reports_of_a_listed_kind_have_effect() -> None:
    account = Account(policy()).given("exempt", at="+0d", unless=["moderator"])
    by_engine = recorded(report(account, "v-1").then("ViolationRecorded"))
    assert by_engine.grounds is not None
    assert (by_engine.grounds.withheld, by_engine.grounds.step) == ("exempt", "main/1")
    report(account, "v-2", by=MODERATOR).then("ViolationRecorded", "FunctionsRestricted", "WarningIssued")


def test_unknown_clause_is_refused() -> None:
    report(Account(policy()), "v", clause="arson").refused("unknown_clause", clause="arson", policy="community@1")


@pytest.mark.parametrize("command", ["report_violation", "record_violation"])
def test_clause_counts_from_its_first_day_to_before_its_last(command: str) -> None:
    dated = {"ladder": "main", "effective_from": t("+10d"), "effective_until": t("+20d")}
    account = Account(policy(clauses={"spam": dated}))
    account.when(command, at="+10d-1us", violation="v-1", clause="spam").refused("unknown_clause", clause="spam")
    account.given(command, at="+10d", violation="v-2", clause="spam")
    account.given(command, at="+20d-1us", violation="v-3", clause="spam")
    account.when(command, at="+20d", violation="v-4", clause="spam").refused("unknown_clause")


@pytest.mark.parametrize("command", ["report_violation", "record_violation"])
def test_content_from_the_future_is_refused(command: str) -> None:
    account = Account(policy())
    late: Json = {"violation": "v", "clause": "spam", "content_at": "+1us"}
    account.when(command, at="+0d", **late).refused("invalid_period", field="content_at")
    account.given(command, at="+0d+1us", **late)


def test_severity_is_one_of_the_policy_and_needed_where_steps_hang_on_it() -> None:
    step = {"severity": "grave", "impose": [WARN]}
    account = Account(policy(step, severities=["light", "grave"]))
    report(account, "v", severity="huge").refused("unknown_severity", severity="huge")
    report(account, "v").refused("unknown_severity", clause="spam")
    report(account, "v-1", severity="light").then("ViolationRecorded")
    report(account, "v-2", severity="grave").then("ViolationRecorded", "WarningIssued")


# Appeals and reversals.


def test_step_gives_its_own_right_of_appeal() -> None:
    steps: list[Json] = [
        {"impose": [WARN], "appeal": {"window": "P2D"}},
        {"impose": [WARN], "appealable": False},
        {"impose": [WARN]},
    ]
    account = reported(Account(policy(*steps)), "v-1", "v-2", "v-3")
    account.when("appeal", at="+1d", appeal="a-2", sanction="v-2/s1").refused("not_appealable")
    account.given("appeal", at="+2d-1us", appeal="a-1", sanction="v-1/s1").given(
        "decide_appeal", at="+2d-1us", appeal="a-1", outcome="denied"
    )
    account.when("appeal", at="+2d", appeal="a-4", sanction="v-1/s1").refused("appeal_window_closed")
    account.given("appeal", at="+100d", appeal="a-3", sanction="v-3/s1")


def test_right_of_appeal_of_a_proposed_step_survives_the_approval() -> None:
    step = {"propose": True, "appealable": False, "impose": [restrict(7)]}
    account = reported(Account(policy(step)), "v").given("approve", at="+1d", proposal="v/p1")
    account.when("appeal", at="+2d", appeal="a", sanction="v/s1").refused("not_appealable")


def test_overturning_reports_later_decisions_that_counted_it() -> None:
    account = reported(Account(policy()), "v-1", "v-2", "v-3")
    result = account.when("overturn", at="+1d", sanction="v-1/s1").then("SanctionOverturned")
    event = result.events[0]
    assert isinstance(event, e.SanctionOverturned)
    assert event.affected == ("v-2/s1", "v-2/s2", "v-3/s1")
    assert account.at("+1d").sanction("v-3/s1").status == "in_force"


def test_overturned_violation_counts_no_more_and_a_lifted_one_does() -> None:
    account = reported(Account(policy()), "v-1", "v-2").given("lift", at="+1d", sanction="v-1/s1")
    account.given("overturn", at="+1d", sanction="v-2/s1")
    still = report(account, "v-3", "+1d")
    assert imposed(still).step == "main/3"
    account.given("overturn", at="+1d", sanction="v-2/s2").given("overturn", at="+1d", sanction="v-3/s1")
    assert imposed(report(account, "v-4", "+1d")).step == "main/2"


# Several reasons.


def test_gravest_reason_decides_and_all_are_recorded() -> None:
    clauses = {
        "spam": {"ladder": "main", "weight": 2},
        "hate": {"ladder": "main", "weight": 4},
        "threat": {"ladder": "main", "weight": 1, "severe": True, "category": "harm"},
    }
    account = Account(policy(clauses=clauses, severities=["light", "grave"]))
    weightiest = recorded(report(account, "v-1", reasons=[{"clause": "hate"}]))
    assert (weightiest.clause, weightiest.weight) == ("hate", "4")
    assert [one.clause for one in weightiest.reasons] == ["spam", "hate"]
    graver = recorded(report(account, "v-2", reasons=[{"clause": "hate", "severity": "light"}], severity="grave"))
    assert (graver.clause, graver.severity) == ("spam", "grave")
    severe = recorded(report(account, "v-3", clause="hate", reasons=[{"clause": "threat"}, {"clause": "spam"}]))
    assert (severe.clause, severe.category, severe.weight) == ("threat", "harm", "1")


def test_severity_on_record_is_that_of_the_reason_that_decided() -> None:
    account = Account(policy(severities=["light", "grave"]))
    event = recorded(report(account, "v", severity="light", reasons=[{"clause": "fraud", "severity": "grave"}]))
    assert (event.clause, event.severity) == ("fraud", "grave")
    assert event.grounds is not None
    assert event.grounds.severity == "grave"
