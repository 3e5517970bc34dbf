"""Explaining one decision: what counted, what did not and why, which step, who chose otherwise, and what was overturned since."""

from __future__ import annotations

from typing import Any

import pytest
from account_sanctions.domain.errors import SanctionsError
from account_sanctions.domain.explaining import Explanation

from tests.unit.explaining import explained, member, policy, report
from tests.unit.scenario import MODERATOR, OTHER_MODERATOR, Account, t


def _counted(found: Explanation) -> dict[str, Any]:
    return {one.violation: one.value for one in found.counted}


def _left(found: Explanation) -> dict[str, str]:
    return {one.violation: one.because for one in found.left}


def _twice() -> Account:
    return report(report(member(), "v-1", "+0d", severity="minor"), "v-2", "+10d", facts="400 mails")


def test_second_violation_is_traced_to_step_level_and_prior() -> None:
    found = explained(_twice(), "v-2")
    assert found.summary == "the policy community@1, step spam/2: restriction of post until 2026-01-18T00:00:00Z"
    assert (found.kind, found.by.kind, found.by.id) == ("by_policy", "system", "community@1")
    assert found.reporter is not None
    assert (found.reporter.id, found.version, found.at) == ("engine", 3, t("+10d"))
    assert (found.clause, found.clause_text) == ("spam", "Do not post the same thing again and again.")
    assert found.facts == "400 mails"
    assert found.ladder is not None
    assert (found.ladder.before, found.ladder.weight, found.ladder.level) == (1, 1, 2)
    assert found.ladder.text == "Each spam brings the next step."
    assert found.ladder.why == "the level 2 reaches the step 2"
    assert [(step.name, step.taken) for step in found.ladder.steps] == [("1", False), ("2", True), ("3", False)]
    assert found.ladder.steps[1].says == ("restriction of post for P7D",)
    assert found.ladder.steps[1].text == "The second time."
    assert _counted(found) == {"v-1": 1}
    assert [(one.sanction, one.then, one.now) for one in found.priors] == [("v-1/s1", "in_force", "in_force")]
    assert (found.check, found.differences, found.affected) == ("same", (), False)


@pytest.mark.parametrize(("name", "subject"), [("v-2", "violation"), ("v-2/s1", "sanction")])
def test_sanction_and_violation_lead_to_the_same_decision(name: str, subject: str) -> None:
    found = explained(_twice(), name)
    assert (found.subject, found.version) == (subject, 3)
    assert [one.sanction for one in found.results] == ["v-2/s1"]


def test_result_shows_what_has_become_of_the_sanction() -> None:
    account = _twice()
    (then,) = explained(account, "v-2/s1", at="+11d").results
    (later,) = explained(account, "v-2/s1", at="+17d").results
    assert (then.status, later.status, later.ended_at) == ("in_force", "expired", t("+17d"))


def test_violations_that_did_not_count_each_have_their_reason() -> None:
    rules = policy(counting={"max_content_age": "P5D", "batch_once": True})
    account = member(rules)
    report(account, "old", "+0d")
    report(account, "void", "+91d")
    account.given("overturn", at="+91d", sanction="void/s1")
    report(account, "stale", "+92d", content_at="+1d")
    report(account, "first", "+93d", batch="b")
    report(account, "same", "+93d", batch="b")
    report(account, "other", "+94d", clause="insult")
    found = explained(report(account, "v", "+95d", clause="flood"), "v")
    assert _counted(found) == {"first": 1}
    reasons = {one.violation: (one.because, one.reason) for one in found.left}
    assert reasons == {
        "old": ("too_long_ago", "it lay P90D or longer back"),
        "void": ("overturned", "every sanction that rested on it was overturned (void/s1)"),
        "stale": ("content_age", "its content was too old when it was found: it never counted"),
        "same": ("batch", "another violation of its batch b had counted: it never did"),
        "other": ("other_scope", "its clause insult climbs another ladder, or none"),
    }


def test_decayed_violation_says_when_its_time_ran_out() -> None:
    account = report(member(policy(counting={"expires_after": "P10D"})), "v-1", "+0d")
    (left,) = explained(report(account, "v-2", "+10d"), "v-2").left
    assert (left.because, left.reason) == ("decayed", "its time ran out at 2026-01-11T00:00:00Z")


def test_ladder_of_the_same_severity_says_as_what_the_other_was_treated() -> None:
    ladders = {"spam": {"same_severity": True, "steps": [{"impose": [{"warn": {"permanent": True}}]}]}}
    clauses = {"spam": {"ladder": "spam"}}
    account = report(member(policy(ladders=ladders, clauses=clauses)), "v-1", "+0d", severity="minor")
    (left,) = explained(report(account, "v-2", "+1d", severity="serious"), "v-2").left
    assert left.reason == "it was treated as minor, and only violations of the same severity count"


def test_warning_that_has_to_come_first_is_named() -> None:
    spam = {
        "scope": "account",
        "prior_warning": {"within": "P30D", "impose": [{"warn": {"permanent": True}}]},
        "steps": [{"impose": [{"restrict": ["post"], "for": "P7D"}]}],
    }
    account = member(policy(ladders={"spam": spam}, clauses={"spam": {"ladder": "spam"}}))
    first = explained(report(account, "v-1", "+0d"), "v-1")
    assert first.ladder is not None
    assert (first.ladder.step, [one.name for one in first.ladder.steps if one.taken]) == ("spam/warning", ["warning"])
    assert first.ladder.why == "the ladder needs a warning first, and there was none that is recent enough"
    second = explained(report(account, "v-2", "+1d"), "v-2")
    assert [one.reason for one in second.left] == ["only what comes after the warning v-1/s1 counts"]
    assert [one.sanction for one in second.priors] == ["v-1/s1"]
    third = explained(report(account, "v-3", "+40d"), "v-3")
    assert {one.reason for one in third.left} == {
        "nothing counts before a warning, and there had been none that is recent enough"
    }


def test_first_violation_ever_is_told_from_a_step_of_that_name() -> None:
    spam = {"first": {"impose": [{"warn": {"permanent": True}}]}, "steps": [{"name": "first", "impose": []}]}
    account = member(policy(ladders={"spam": spam}, clauses={"spam": {"ladder": "spam"}}))
    first, second = report(account, "v-1", "+0d"), report(account, "v-2", "+1d")
    for name, taken in (("v-1", [True, False]), ("v-2", [False, True])):
        found = explained(second if name == "v-2" else first, name)
        assert found.ladder is not None
        assert [step.taken for step in found.ladder.steps] == taken


def test_escalation_names_rule_and_earlier_violations() -> None:
    rules = policy(escalations=[{"severity": "minor", "becomes": "serious", "nth": 2, "within": "P30D"}])
    account = report(member(rules), "v-1", "+0d", severity="minor", clause="insult")
    found = explained(report(account, "v-2", "+1d", severity="minor"), "v-2")
    assert found.severity is not None
    assert (found.severity.reported, found.severity.treated_as) == ("minor", "serious")
    assert found.severity.why == (
        "minor is treated as serious from the 2nd of the account within P30D on, and this is the 2nd (before it: v-1)",
    )
    # It made the violation graver, and is no step on the ladder of another clause.
    assert (_counted(found), _left(found)) == ({"v-1": 0}, {})
    assert found.ladder is not None
    assert (found.ladder.before, found.ladder.level) == (0, 1)


def test_violation_that_counts_for_level_and_severity_keeps_its_value() -> None:
    rules = policy(escalations=[{"severity": "minor", "becomes": "serious", "nth": 2}])
    account = report(member(rules), "v-1", "+0d", severity="minor")
    assert _counted(explained(report(account, "v-2", "+1d", severity="minor"), "v-2")) == {"v-1": 1}


def test_severity_on_record_is_that_of_the_clause_that_decides() -> None:
    reasons = [{"clause": "insult", "severity": "serious"}]
    found = explained(report(member(), "v", "+0d", severity="minor", reasons=reasons), "v")
    assert found.violation is not None
    assert (found.clause, found.violation.severity, found.violation.others) == ("insult", "serious", ("spam",))
    assert found.severity is not None
    assert (found.severity.reported, found.severity.treated_as, found.severity.why) == ("serious", "serious", ())
    assert found.check == "same"


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"clause": "gossip"}, "no_ladder", "the policy gives the clause gossip no ladder"),
        ({"content_at": "+0d"}, "content_age", "the content is older than P5D"),
    ],
)
def test_report_without_consequence_says_why(fields: dict[str, Any], code: str, words: str) -> None:
    account = member(policy(counting={"max_content_age": "P5D"}))
    found = explained(report(account, "v", "+9d", **fields), "v")
    assert found.withheld is not None
    assert found.withheld.code == code
    assert found.withheld.reason.startswith(words)
    assert (found.results, found.summary) == ((), f"nothing followed: {found.withheld.reason}")


def test_exempt_account_and_permanent_ban_are_given_as_reasons() -> None:
    account = member(policy(second_person=[])).given("exempt", at="+0d")
    found = explained(report(account, "v-1", "+1d"), "v-1")
    assert found.withheld is not None
    assert found.withheld.code == "exempt"
    account.given("end_exemption", at="+2d")
    for number in (2, 3, 4):
        report(account, f"v-{number}", f"+{number}d")
    found = explained(account, "v-4")
    assert found.withheld is not None
    assert found.withheld.reason == "a permanent ban is in force: a report is recorded and imposes nothing"


def test_threshold_that_fired_before_is_named() -> None:
    spam = {
        "count": "weight",
        "fires": "crossing",
        "steps": [{"at": 2, "impose": [{"warn": {"for": "P1D"}}]}, {"at": 3, "impose": [{"ban": {"for": "P1D"}}]}],
    }
    account = member(policy(ladders={"spam": spam}, clauses={"spam": {"ladder": "spam"}}))
    account = report(report(report(report(account, "v-1", "+0d"), "v-2", "+1d"), "v-3", "+2d"), "v-4", "+3d")
    reasons = {}
    for name in ("v-1", "v-2", "v-3", "v-4"):
        ladder = explained(account, name).ladder
        assert ladder is not None
        reasons[name] = ladder.why
    assert reasons == {
        "v-1": "the level 1 lies below every step",
        "v-2": "the level 2 reaches the step 2",
        "v-3": "the level 3 reaches the step 3",
        "v-4": "no step lies above the level 3 from before and at or below the level 4 now",
    }


def test_person_who_chose_otherwise_is_named_with_both_and_the_reason() -> None:
    choice = {"choose": [{"restrict": ["post"], "for": "P3D"}], "reason": "it was small", "by": MODERATOR}
    found = explained(report(_twice(), "v-3", "+20d", **choice), "v-3/s1")
    assert (found.kind, found.by.id) == ("by_person", "m-1")
    assert found.deviation is not None
    assert found.deviation.said == ("permanent ban",)
    assert found.deviation.chosen == ("restriction of post until 2026-01-24T00:00:00Z",)
    assert (found.deviation.direction, found.deviation.reason) == ("milder", "it was small")
    assert found.check == "same"


def test_choice_of_what_the_policy_says_is_the_policys_decision() -> None:
    choice = {"choose": [{"restrict": ["post"], "for": "P7D"}], "reason": "quite right", "by": MODERATOR}
    found = explained(report(report(member(), "v-1", "+0d"), "v-2", "+1d", **choice), "v-2")
    assert (found.kind, found.by.kind, found.deviation, found.check) == ("by_policy", "system", None, "same")


def test_proposal_shows_what_became_of_it() -> None:
    account = report(_twice(), "v-3", "+20d")
    assert explained(account, "v-3/p1", at="+21d").summary.endswith("permanent ban (proposed: open)")
    account.given("dismiss", at="+22d", proposal="v-3/p1", by=OTHER_MODERATOR, reason="too hard")
    (result,) = explained(account, "v-3/s1").results
    assert (result.status, result.proposal) == (None, "v-3/p1")
    assert result.resolution is not None
    assert (result.resolution.status, result.resolution.reason) == ("dismissed", "too hard")


def test_approved_proposal_names_both_persons_and_is_checked_too() -> None:
    account = report(_twice(), "v-3", "+20d").given("approve", at="+22d", proposal="v-3/p1", by=OTHER_MODERATOR)
    for name in ("v-3/s1", "v-3/p1", "v-3"):
        found = explained(account, name)
        (result,) = found.results
        assert result.approved_by is not None
        assert (result.sanction, result.approved_by.id, result.from_) == ("v-3/s1", "m-2", t("+22d"))
        assert (found.check, found.version) == ("same", 6)


def test_direct_sanction_names_who_clause_and_priors() -> None:
    basis = {"clause": "insult", "priors": ["v-1/s1"], "legal_ground": "Art. 3", "facts": "seen"}
    account = report(member(), "v-1", "+0d").given(
        "restrict", at="+1d", sanction="s", functions=["post"], for_="P1D", basis=basis
    )
    found = explained(account, "s")
    assert (found.kind, found.check, found.ladder) == ("direct", "nothing_to_check", None)
    assert found.summary == "moderator m-1 imposed without a report: restriction of post until 2026-01-03T00:00:00Z"
    assert (found.clause, found.legal_ground, found.facts) == ("insult", "Art. 3", "seen")
    assert [(one.sanction, one.clause) for one in found.priors] == [("v-1/s1", "spam")]
    assert not found.affected
    account.given("overturn", at="+2d", sanction="v-1/s1")
    later = explained(account, "s")
    assert (later.affected, later.reconsidered) == (True, None)
    assert [one.at for one in later.since_then] == [t("+2d")]


def test_violation_that_was_only_recorded_decides_nothing() -> None:
    found = explained(member().given("record_violation", at="+0d", violation="v", clause="spam"), "v")
    assert (found.kind, found.results, found.withheld, found.check) == ("recorded", (), None, "same")


def test_consequence_is_explained_by_its_order_whether_or_not_it_is_recorded() -> None:
    account = member().given(
        "order_rectification",
        at="+0d",
        sanction="o",
        basis={"clause": "spam"},
        within="P7D",
        on_default=[{"restrict": ["post"], "for": "P7D"}, {"warn": {"for": "P1D"}}],
    )
    unrecorded = explained(account, "o/2", at="+8d")
    account.sweep("+8d")
    for found in (unrecorded, explained(account, "o/2", at="+8d")):
        assert (found.kind, found.because_of, found.version) == ("consequence", "o", 1)
        assert [(one.sanction, one.status) for one in found.results] == [("o/1", "in_force"), ("o/2", "expired")]


def test_prior_overturned_since_affects_the_decision_and_it_is_reconsidered() -> None:
    account = report(_twice(), "v-3", "+20d").given("overturn", at="+21d", sanction="v-1/s1")
    found = explained(account, "v-2")
    assert found.affected
    assert [(one.violation, one.overturned_at) for one in found.counted] == [("v-1", t("+21d"))]
    assert {one.at for one in found.since_then} == {t("+21d")}
    assert found.reconsidered is not None
    assert (found.reconsidered.step, found.reconsidered.level) == ("spam/1", 1)
    assert found.reconsidered.says == ("warning without end",)
    # What was recorded is as it was decided.
    assert (found.check, _counted(found)) == ("same", {"v-1": 1})
    assert not explained(account, "v-2", known="+20d").affected
    assert not explained(account, "v-1").affected


def test_sanction_lifted_since_affects_nothing() -> None:
    account = _twice().given("lift", at="+21d", sanction="v-1/s1")
    found = explained(account, "v-2")
    assert (found.affected, found.since_then, found.reconsidered) == (False, (), None)
    assert [one.now for one in found.priors] == ["lifted"]


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        (None, "unknown_sanction"),
        ("sanction", "unknown_sanction"),
        ("violation", "unknown_violation"),
        ("proposal", "unknown_proposal"),
    ],
)
def test_decision_that_is_not_on_record_is_refused(subject: Any, code: str) -> None:
    with pytest.raises(SanctionsError) as caught:
        explained(_twice(), "nonesuch", subject)
    assert caught.value.code == code
    assert "nonesuch" in caught.value.details.values()


def test_decision_later_than_the_time_asked_for_is_not_on_record() -> None:
    with pytest.raises(SanctionsError) as caught:
        explained(_twice(), "v-2", at="+9d")
    assert caught.value.code == "unknown_sanction"


def test_one_id_for_sanction_and_violation_is_told_apart_by_the_subject() -> None:
    account = report(member(), "x", "+0d").given("warn", at="+1d", sanction="x", basis={"clause": "spam"}, for_="P1D")
    assert [explained(account, "x", name).subject for name in (None, "sanction", "violation")] == [
        "sanction",
        "sanction",
        "violation",
    ]


def test_choice_within_bounds_is_derived_again_for_who_may_not_propose() -> None:
    step = {"impose": [{"restrict": ["post"], "for": "P7D"}], "bounds": {"at_most": "P9D"}}
    rules = policy(ladders={"spam": {"steps": [step]}, "insult": {}}, withheld_rights={"moderator": ["propose"]})
    account = member(rules)
    report(account, "v", "+0d", by=MODERATOR, choose=[{"restrict": ["post"], "for": "P9D"}], reason="again")
    found = explained(account, "v")
    assert (found.check, found.differences, found.kind) == ("same", (), "by_person")
