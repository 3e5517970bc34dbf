"""Where a report stands in its policy: warnings that come first, severities, classes, and ladders that lack."""

from __future__ import annotations

from typing import Any, Final

from account_sanctions.domain.explaining import Explanation
from account_sanctions.domain.explaining.documents import LadderView, SeverityView, WithheldView
from account_sanctions.domain.policies.policy import Policy

from tests.unit.explaining import explained, member, policy, report
from tests.unit.forging import explained_forgery, kept, with_grounds
from tests.unit.scenario import MODERATOR, Account

_WARN: Final[dict[str, Any]] = {"impose": [{"warn": {"for": "P1D"}}]}


def _rules(ladder: dict[str, Any], clause: dict[str, Any] | None = None, **fields: Any) -> Policy:
    """One ladder, which spam and flood climb; insults have another one."""
    clauses = {
        "spam": {"ladder": "spam", **(clause or {})},
        "flood": {"ladder": "spam"},
        "insult": {"ladder": "insult"},
    }
    return policy(ladders={"spam": ladder, "insult": {"steps": [_WARN]}}, clauses=clauses, **fields)


def _left(found: Explanation) -> dict[str, str]:
    return {one.violation: one.reason for one in found.left}


def _ladder(found: Explanation) -> LadderView:
    assert found.ladder is not None
    return found.ladder


def _taken(found: Explanation) -> list[tuple[str, bool]]:
    return [(one.name, one.taken) for one in _ladder(found).steps]


def test_every_overturned_sanction_of_a_violation_is_named() -> None:
    both: list[dict[str, Any]] = [{"restrict": ["post"], "for": "P9D"}, {"warn": {"for": "P9D"}}]
    account = report(member(), "v-1", "+0d", by=MODERATOR, choose=both, reason="as agreed")
    account.given("overturn", at="+1d", sanction="v-1/s1").given("overturn", at="+1d", sanction="v-1/s2")

    assert _left(explained(report(account, "v-2", "+2d"), "v-2")) == {
        "v-1": "every sanction that rested on it was overturned (v-1/s1, v-1/s2)"
    }


_WARNED_FIRST: Final[dict[str, Any]] = {"prior_warning": {"within": "P30D", **_WARN}, "steps": [_WARN]}


def test_sanction_of_what_counts_for_the_severity_alone_is_no_warning_that_came_first() -> None:
    rules = _rules(
        _WARNED_FIRST, severities=["minor", "serious"], escalations=[{"severity": "minor", "becomes": "serious"}]
    )
    account = member(rules).given("record_violation", at="+0d", violation="v-0", clause="spam")
    report(account, "v-1", "+1d", clause="insult", severity="minor")
    found = explained(report(account, "v-2", "+2d", severity="minor"), "v-2")

    assert [one.sanction for one in found.priors] == ["v-1/s1"]
    assert _left(found) == {"v-0": "nothing counts before a warning, and there had been none that is recent enough"}


def test_warning_that_came_first_is_looked_for_among_those_of_the_clause() -> None:
    account = member(_rules({**_WARNED_FIRST, "scope": "clause"}))
    report(account, "v-1", "+0d", clause="flood")
    report(account, "v-2", "+1d")
    found = explained(report(account, "v-3", "+2d"), "v-3")

    assert _left(found) == {
        "v-1": "its clause is flood, and only the same clause counts",
        "v-2": "only what comes after the warning v-2/s1 counts",
    }


def test_step_that_is_called_as_the_warning_is_told_from_it() -> None:
    ladder = {**_WARNED_FIRST, "steps": [{"name": "warning", **_WARN}]}
    account = report(report(member(_rules(ladder)), "v-1", "+0d"), "v-2", "+1d")

    assert _taken(explained(account, "v-1")) == [("warning", True), ("warning", False)]
    assert _taken(explained(account, "v-2")) == [("warning", False), ("warning", True)]


def test_warning_that_has_to_come_first_is_no_step_of_a_level() -> None:
    (warning, step) = _ladder(explained(report(member(_rules(_WARNED_FIRST)), "v", "+0d"), "v")).steps

    assert (warning.at, warning.says, warning.propose, warning.text) == (None, ("warning for P1D",), False, None)
    assert (step.at, step.says) == (1, ("warning for P1D",))


def test_content_that_is_too_old_names_the_limit_of_a_clause_that_is_in_force_for_a_time() -> None:
    clause = {"counting": {"max_content_age": "P2D"}, "effective_until": "2026-03-01T00:00:00Z"}
    found = explained(report(member(_rules({"steps": [_WARN]}, clause)), "v", "+9d", content_at="+0d"), "v")

    assert found.withheld == WithheldView(
        "content_age", "the content is older than P2D: it weighs nothing, and nothing follows"
    )


def test_text_of_a_clause_that_is_in_force_for_a_time_is_given() -> None:
    clause = {"text": "No spam.", "effective_from": "2026-01-01T00:00:00Z"}

    assert explained(report(member(_rules({"steps": [_WARN]}, clause)), "v", "+9d"), "v").clause_text == "No spam."


def test_steps_of_another_severity_are_not_open() -> None:
    steps = [{"name": "mild", "severity": "minor", **_WARN}, {"name": "hard", "severity": "serious", **_WARN}]
    account = report(member(_rules({"steps": steps}, severities=["minor", "serious"])), "v-1", "+0d", severity="minor")
    report(account, "v-2", "+1d", severity="serious")

    assert _taken(explained(account, "v-1")) == [("mild", True)]
    assert _taken(explained(account, "v-2")) == [("hard", True)]


def test_steps_of_another_class_of_accounts_are_not_open() -> None:
    steps = [{"name": "news", "account_class": "news", **_WARN}, {"name": "shop", "account_class": "shop", **_WARN}]
    account = report(member(_rules({"steps": steps}, account_classes=["news", "shop"])), "v-1", "+0d")
    report(account, "v-2", "+1d", account_class="shop")
    first, second = explained(account, "v-1"), explained(account, "v-2")

    assert (_ladder(first).account_class, _taken(first)) == ("news", [("news", True)])
    assert (_ladder(second).account_class, _taken(second)) == ("shop", [("shop", True)])


def test_fractions_are_shown_as_they_are_written() -> None:
    ladder = {"count": "weight", "steps": [{"at": "4/3", **_WARN}, {"at": 2, **_WARN}]}
    found = explained(report(member(_rules(ladder, {"weight": "4/3"})), "v", "+0d"), "v")

    assert (_ladder(found).before, _ladder(found).weight, _ladder(found).level) == (0, "4/3", "4/3")
    assert [one.at for one in _ladder(found).steps] == ["4/3", 2]
    assert found.violation is not None
    assert found.violation.weight == "4/3"


def test_violation_that_weighs_nothing_leaves_the_level_of_the_earlier_ones() -> None:
    account = report(member(_rules({"steps": [_WARN]}, counting={"max_content_age": "P5D"})), "v-1", "+0d")
    found = _ladder(explained(report(account, "v-2", "+9d", content_at="+0d"), "v-2"))

    assert (found.before, found.weight, found.level) == (1, 0, 1)


def test_clause_whose_ladder_the_policy_lacks_has_none() -> None:
    """A policy that was never checked may name one; a report under it is recorded and no more."""
    account = member(policy(clauses={"spam": {"ladder": "nowhere"}}, ladders={}))
    found = explained(report(account, "v", "+0d"), "v")

    assert (found.ladder, found.left, found.results) == (None, (), ())
    assert found.withheld == WithheldView(
        "no_ladder", "the policy gives the clause spam no ladder: a violation of it is only put on record"
    )


def _below() -> Account:
    """A report that lies below every step."""
    return report(member(_rules({"steps": [{"at": 2, **_WARN}]})), "v", "+0d")


def test_recorded_reason_stands_as_it_is_where_the_policy_gives_another_one() -> None:
    found = explained_forgery(_below(), with_grounds(_below(), withheld="fired_before"), "v")

    assert found.withheld == WithheldView("fired_before", "fired before")
    assert [one.field for one in found.differences] == ["grounds.withheld"]


def test_recorded_reason_stands_as_it_is_where_the_policy_is_not_at_hand() -> None:
    found = kept(_below(), "v")

    assert found.withheld == WithheldView("below_first_step", "below first step")
    assert found.summary == "nothing followed: below first step"


def test_step_and_reason_that_were_both_taken_out_are_missed() -> None:
    account = report(member(), "v", "+0d")
    found = explained_forgery(account, with_grounds(account, step=None), "v")

    assert (_ladder(found).step, _ladder(found).why) == (None, "no step is recorded")
    assert found.summary == "the policy community@1: warning without end"


def test_severity_that_was_put_in_is_shown_beside_none_that_was_reported() -> None:
    account = report(member(), "v", "+0d")
    found = explained_forgery(account, with_grounds(account, severity="serious"), "v")

    assert found.severity == SeverityView(None, "serious", ())
    assert explained(account, "v").severity is None
