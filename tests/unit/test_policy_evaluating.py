"""What a policy makes of a violation: which clause decides, as which severity, what it weighs, and what is refused."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import pytest
from account_sanctions.domain.acts import Reason, RecordViolation, ReportViolation
from account_sanctions.domain.errors import InvalidPeriod, SanctionsError, UnknownClause, UnknownSeverity
from account_sanctions.domain.policies.evaluation import Evaluation, weigh_only
from account_sanctions.domain.policies.firing import fire
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.policies.tally import Cited, Record
from account_sanctions.domain.policies.weight import Weight
from account_sanctions.domain.state import NOTHING
from account_sanctions.domain.vocabulary import Actor

from tests.unit.scenario import MODERATOR, REVIEWER, SYSTEM, T0, Account, t
from tests.unit.test_report_violation import WARN, policy, reported, restrict

Json = dict[str, Any]
_MAIN: Final = {"ladder": "main"}


def _evaluated(rules: Policy, at: str | datetime = "+0d", account: Account | None = None, **fields: Any) -> Evaluation:
    """What the policy says of a violation of `spam`, for an account without history unless there is one."""
    violation = ReportViolation(**{"violation": "one more", "clause": "spam", **fields})
    state = NOTHING if account is None else account.state
    return rules.evaluate(state, violation, at if isinstance(at, datetime) else t(at))


def _refusal(kind: type[SanctionsError], rules: Policy, at: str | datetime = "+0d", **fields: Any) -> tuple[str, Json]:
    """The sentence and the details with which a report is refused."""
    with pytest.raises(kind) as refused:
        _evaluated(rules, at, **fields)
    return refused.value.message, dict(refused.value.details)


# What is refused.


def test_time_that_lacks_an_offset_is_refused_with_the_reason() -> None:
    naive = datetime(2026, 1, 5)  # noqa: DTZ001 - that it lacks an offset is the point
    assert _refusal(InvalidPeriod, policy(), naive) == ("at: a time needs an offset or Z", {"field": "at"})


def test_content_that_comes_after_the_violation_is_refused() -> None:
    expected = ("content does not come after the violation found in it", {"field": "content_at"})
    assert _refusal(InvalidPeriod, policy(), content_at=t("+1us")) == expected
    assert _evaluated(policy(), content_at=t("+0d")).step == "main/1"


def test_severity_that_the_policy_does_not_list_is_refused_with_those_that_it_lists() -> None:
    assert _refusal(UnknownSeverity, policy(severities=["light", "grave"]), severity="red") == (
        "the policy community@1 has no severity 'red'; it has light, grave",
        {"severity": "red", "policy": "community@1"},
    )
    assert _evaluated(policy(), severity="red").severity == "red", "any text, where a policy lists none"


def test_clause_whose_steps_go_by_severity_is_not_reported_without_one() -> None:
    steps = [{"severity": name, "impose": [WARN]} for name in ("light", "grave")]
    assert _refusal(UnknownSeverity, policy(*steps, severities=["light", "grave"])) == (
        "the clause 'spam' needs a severity: light, grave",
        {"clause": "spam", "policy": "community@1"},
    )
    assert _evaluated(policy(*steps, severities=["light", "grave"]), clause="gossip").withheld == "no_ladder"


# Which clause decides.


def test_of_two_clauses_of_one_severity_the_one_that_weighs_more_by_it_decides() -> None:
    light_on_the_whole = {**_MAIN, "weight": 1, "weights": {"grave": 5}}
    heavy_on_the_whole = {**_MAIN, "weight": 9, "weights": {"grave": 2}}
    rules = policy(clauses={"spam": heavy_on_the_whole, "fraud": light_on_the_whole}, severities=["light", "grave"])
    reasons = (Reason(clause="fraud", severity="grave"),)
    assert _evaluated(rules, severity="grave", reasons=reasons).clause == "fraud"


def test_every_clause_that_a_report_names_has_to_be_in_force_at_its_time() -> None:
    dated = {**_MAIN, "severe": True, "effective_from": "2026-01-03T00:00:00Z"}
    rules = policy(clauses={"spam": _MAIN, "fraud": dated})
    reasons = (Reason(clause="fraud"),)
    sentence, _ = _refusal(UnknownClause, rules, "+2d-1us", reasons=reasons)
    assert sentence == "the clause 'fraud' of community@1 is not in force at 2026-01-02T23:59:59.999999+00:00"
    assert _evaluated(rules, "+2d", reasons=reasons).clause == "fraud"


# As which severity.


def test_rule_for_another_severity_makes_nothing_graver() -> None:
    rules = policy(severities=["a", "b", "c"], escalations=[{"severity": "b", "becomes": "c"}])
    account = reported(Account(rules), "v-1", severity="b")
    assert _evaluated(rules, "+1d", account, severity="a").severity == "a"
    assert _evaluated(rules, "+1d", account, severity="b").severity == "c"


def test_rules_that_go_in_a_circle_end_where_they_would_begin_again() -> None:
    rules = [("a", "b"), ("b", "c"), ("c", "b"), ("c", "a")]
    found = policy(
        severities=["a", "b", "c"], escalations=[{"severity": one, "becomes": other} for one, other in rules]
    )
    account = Account(found)
    for severity in ("a", "b", "c"):
        account.given("record_violation", at="+0d", violation=severity, clause="spam", severity=severity)
    evaluated = _evaluated(found, "+1d", account, severity="a")
    assert [(one.rule.severity, one.violations) for one in evaluated.escalated] == [("a", ("a",)), ("b", ("b",))]
    assert (evaluated.reported, evaluated.severity) == ("a", "c")


# What it weighs.


def test_what_is_only_recorded_is_weighed_by_its_clause_which_may_lead_to_no_ladder() -> None:
    violation = RecordViolation(violation="v", clause="gossip")
    cited, weight = weigh_only(policy(), NOTHING, violation, T0)
    assert (cited, weight) == (Cited("gossip", None, None, None), Weight(exact=1))


def test_clock_of_a_violation_that_counts_for_ever_is_stopped_by_nothing() -> None:
    found = _evaluated(policy(counting={"frozen_while": ["ban"]})).weight
    assert (found.counts_until, found.frozen_while) == (None, ())
    found = _evaluated(policy(counting={"frozen_while": ["ban"], "expires_after": "P9D"})).weight
    assert (found.counts_until, found.frozen_while) == (t("+9d"), ("ban",))


@pytest.mark.parametrize(("below", "weight", "good"), [(4, 5, False), ("9/2", 1, True)])
def test_account_whose_score_is_the_limit_itself_is_not_in_good_standing(
    below: Any, weight: int, *, good: bool
) -> None:
    rule = {"below": below, "curve": [4, 1]}
    rules = policy(clauses={"spam": {**_MAIN, "weight": 5}}, ladder={"count": "weight"}, good_standing=rule)
    account = reported(Account(rules), "v-1")
    found = _evaluated(rules, "+1d", account)
    assert (found.before, found.weight.exact, found.weight.good_standing) == (4, weight, good)


def test_violation_that_does_not_count_reaches_nothing_where_its_clause_leads_to_no_ladder() -> None:
    found = _evaluated(policy(counting={"max_content_age": "P1D"}), "+9d", clause="gossip", content_at=t("+0d"))
    assert (found.withheld, found.before, found.level) == ("content_age", 0, 0)


# What follows.


def test_step_that_is_taken_is_told_in_the_words_of_the_policy() -> None:
    rules = policy({"impose": [WARN], "text": "a word in time"}, {"impose": [restrict(1)]})
    assert _evaluated(rules).text == "a word in time"
    assert _evaluated(rules, "+1d", reported(Account(rules), "v")).text is None


def test_exempt_account_is_exempt_from_whoever_the_exemption_does_not_name() -> None:
    account = Account(policy()).given("exempt", at="+0d", reason="staff", unless=["reviewer"])
    violation = ReportViolation(violation="v", clause="spam")

    def follows(reporter: str | None) -> tuple[str | None, int]:
        by = None if reporter is None else Actor(*reporter.split(":"))  # type: ignore[arg-type]
        found = account.policy.evaluate(account.state, violation, t("+1d"), reporter=by)
        return found.withheld, len(found.impose)

    assert follows(REVIEWER) == (None, 1)
    assert follows(MODERATOR) == follows(SYSTEM) == follows(None) == ("exempt", 0)


def test_ladder_takes_no_earlier_sanction_into_account_where_no_warning_has_to_come_first() -> None:
    rules = policy()
    fired = fire(Record(rules, NOTHING, T0), rules.ladders["main"], Cited("spam", None, None, "main"), 1, None)
    assert (fired.step, fired.priors) == ("1", ())
