"""Why nothing followed, why a violation did not count, and which step was taken: one sentence for each reason."""

from __future__ import annotations

from typing import Any, Final

import pytest
from account_sanctions.domain.explaining import Explanation

from tests.unit.explaining import explained, member, policy, report
from tests.unit.scenario import OTHER_MODERATOR, Account

_WARN: Final[dict[str, Any]] = {"impose": [{"warn": {"for": "P1D"}}]}


def _member(ladder: dict[str, Any], clause: dict[str, Any] | None = None, **fields: Any) -> Account:
    """An account of a community with one ladder, which spam and flood climb."""
    clauses = {"spam": {"ladder": "spam", **(clause or {})}, "flood": {"ladder": "spam", "category": "water"}}
    return member(policy(ladders={"spam": ladder}, clauses=clauses, **fields))


def _left(found: Explanation) -> dict[str, str]:
    return {one.violation: one.reason for one in found.left}


def _withheld(found: Explanation) -> tuple[str, str]:
    assert found.withheld is not None
    return found.withheld.code, found.withheld.reason


def test_violation_that_weighs_nothing_brings_no_step_of_weights() -> None:
    account = _member({"count": "weight", "steps": [{"at": 1, **_WARN}]}, {"weight": 0})

    assert _withheld(explained(report(account, "v", "+0d"), "v")) == (
        "no_weight",
        "it weighs nothing and adds nothing to the level: no step follows from it",
    )


def test_step_that_fired_and_still_stands_does_not_fire_again() -> None:
    ladder = {
        "count": "weight",
        "within": "P3D",
        "fires": "once",
        "steps": [{"at": 1, "impose": [{"warn": {"for": "P9D"}}]}],
    }
    account = report(_member(ladder), "v-1", "+0d")

    assert _withheld(explained(report(account, "v-2", "+5d"), "v-2")) == (
        "fired_before",
        "every step that was crossed has fired before, and what it brought still stands",
    )


def test_step_that_imposes_nothing_says_so() -> None:
    account = _member({"steps": [{"impose": []}]})

    assert _withheld(explained(report(account, "v", "+0d"), "v")) == ("nothing_to_impose", "the step imposes nothing")


def test_further_violation_of_a_batch_names_the_batch() -> None:
    account = report(_member({"steps": [_WARN]}, counting={"batch_once": True}), "v-1", "+0d", batch="b")

    assert _withheld(explained(report(account, "v-2", "+1d", batch="b"), "v-2")) == (
        "batch",
        "another violation of the batch b has counted: this one weighs nothing, and nothing follows",
    )


def test_content_that_is_too_old_for_the_clause_names_the_limit_of_the_clause() -> None:
    account = _member({"steps": [_WARN]}, {"counting": {"max_content_age": "P2D"}}, counting={"max_content_age": "P9D"})

    assert _withheld(explained(report(account, "v", "+5d", content_at="+0d"), "v")) == (
        "content_age",
        "the content is older than P2D: it weighs nothing, and nothing follows",
    )


@pytest.mark.parametrize(
    ("scope", "reason"),
    [
        ("category", "its category is water, and only the same category counts"),
        ("clause", "its clause is flood, and only the same clause counts"),
    ],
)
def test_violation_of_another_scope_says_which_scope_counts(scope: str, reason: str) -> None:
    account = report(_member({"scope": scope, "steps": [_WARN]}, {"category": "noise"}), "v-1", "+0d", clause="flood")

    assert _left(explained(report(account, "v-2", "+1d"), "v-2")) == {"v-1": reason}


def test_violation_without_a_category_says_that_it_has_none() -> None:
    account = report(_member({"scope": "category", "steps": [_WARN]}), "v-1", "+0d")

    assert _left(explained(report(account, "v-2", "+1d", clause="flood"), "v-2")) == {
        "v-1": "its category is none, and only the same category counts"
    }


def test_violation_too_long_ago_says_that_nothing_of_it_ran_on() -> None:
    account = report(_member({"within": "P3D", "running_counts": True, "steps": [_WARN]}), "v-1", "+0d")

    assert _left(explained(report(account, "v-2", "+5d"), "v-2")) == {
        "v-1": "it lay P3D or longer back, and no sanction that rests on it was in force"
    }


def test_time_that_ran_out_is_told_without_what_did_not_run() -> None:
    counting = {"expires_after": "P3D", "frozen_while": ["ban", "restriction"]}
    account = report(_member({"steps": [_WARN]}, counting=counting), "v-1", "+0d")

    assert _left(explained(report(account, "v-2", "+5d"), "v-2")) == {
        "v-1": "its time had run out, what a ban or restriction had been in force not reckoned"
    }


def test_hardest_of_several_steps_that_are_crossed_is_told_from_where() -> None:
    steps = [{"at": 1, **_WARN}, {"at": 2, "name": "ban", "impose": [{"ban": {"for": "P1D"}}]}]
    account = _member({"count": "weight", "fires": "crossing", "steps": steps}, {"weight": 3})
    found = explained(report(account, "v", "+0d"), "v")

    assert found.ladder is not None
    assert found.ladder.why == "the level 3 reaches the step ban at 2, the hardest of those that it crosses from 0"


_FOR_GOOD: Final[dict[str, Any]] = {"command": "ban", "basis": {"clause": "spam"}, "permanent": True}


def test_proposal_without_a_report_is_told_with_what_became_of_it() -> None:
    account = member().given("propose", at="+0d", proposal="p", sanction={**_FOR_GOOD, "sanction": "x"})
    waiting = explained(account, "p", "proposal", at="+1d")
    account.given("dismiss", at="+2d", proposal="p", by=OTHER_MODERATOR)

    assert waiting.summary == "moderator m-1 proposed without a report: permanent ban (open)"
    assert (waiting.kind, waiting.clause, waiting.check) == ("direct", "spam", "nothing_to_check")
    assert explained(account, "p").summary.endswith("permanent ban (dismissed)")


def test_proposal_to_change_terms_rests_on_no_clause_of_its_own() -> None:
    account = member().given("warn", at="+0d", sanction="w", for_="P9D", basis={"clause": "spam"})
    change = {"command": "change_sanction", "sanction": "w", "until": "+30d", "reason": "again"}
    account.given("propose", at="+1d", proposal="p", sanction=change)
    found = explained(account, "p", at="+2d")

    assert found.summary == "moderator m-1 proposed without a report: change of w to until 2026-01-31T00:00:00Z (open)"
    assert (found.clause, found.clause_text, found.violations, found.priors) == (None, None, (), ())


def test_approval_that_replaced_another_sanction_is_the_same_again() -> None:
    account = member().given("warn", at="+0d", sanction="w", for_="P90D", basis={"clause": "spam"})
    account.given("propose", at="+1d", proposal="p", sanction={**_FOR_GOOD, "sanction": "x", "supersedes": ["w"]})
    account.given("approve", at="+2d", proposal="p", by=OTHER_MODERATOR, reason="plain")
    found = explained(account, "x")

    assert account.log == [
        "WarningIssued",
        "SanctionProposed",
        "ProposalApproved",
        "SanctionSuperseded",
        "AccountBanned",
    ]
    assert found.summary == "moderator m-1 proposed without a report: permanent ban; moderator m-2 approved"
    assert (found.check, found.differences) == ("same", ())


def test_ban_that_closes_what_was_put_forward_is_the_policys_with_its_priors() -> None:
    account = report(report(member(policy(second_person=[])), "v-1", "+0d"), "v-2", "+1d")
    account.given(
        "propose", at="+1d", proposal="p", sanction={"command": "warn", "basis": {"clause": "spam"}, "for": "P1D"}
    )
    found = explained(report(account, "v-3", "+2d"), "v-3")

    assert account.log[-2:] == ["AccountBanned", "ProposalClosed"]
    assert [one.sanction for one in found.priors] == ["v-1/s1", "v-2/s1"]
    assert (found.check, found.differences) == ("same", ())
