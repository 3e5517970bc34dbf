"""Counterfactual replay: what people did, carried over as far as it still makes sense."""

from __future__ import annotations

from typing import Any

import pytest
from account_sanctions.domain.commands import read_command
from account_sanctions.domain.deciding import handle
from account_sanctions.domain.due import LinkEnd
from account_sanctions.domain.evolve import fold
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.record import Recorded

from .scenario import OTHER_MODERATOR, REVIEWER, SYSTEM, Account, t
from .simulated import BAN, DAY, FOREVER, WARN, WEEK, policy, reported, simulated

TWO_AT_ONCE = policy({"impose": [WARN, DAY]}, WEEK)
ASKING = policy({"impose": [WEEK], "propose": True}, BAN)


def ordering(within: str, *consequences: Any) -> Policy:
    return policy({"order": {"within": within, "on_default": list(consequences)}})


# Overturns


def test_overturn_voids_the_violation_for_the_other_policy_too() -> None:
    account = reported(policy(WARN, DAY), 0).given("overturn", at="+1d", sanction="v1/s1", by=REVIEWER)
    account.given("report_violation", at="+2d", by=SYSTEM, violation="v2", clause="spam")
    found = simulated(account, policy(BAN, FOREVER))
    assert found.steps == {"v1": "l/1", "v2": "l/1"}
    assert found.statuses("+2d") == {"v1/s1": "overturned", "v2/s1": "in_force"}
    assert found.left_out == {}


def test_overturn_voids_a_violation_from_which_nothing_followed() -> None:
    account = reported(policy(WARN, DAY), 0).given("overturn", at="+1d", sanction="v1/s1", by=REVIEWER)
    account.given("report_violation", at="+2d", by=SYSTEM, violation="v2", clause="spam")
    found = simulated(account, policy({"impose": []}, FOREVER))
    assert found.steps == {"v1": "l/1", "v2": "l/1"}
    assert found.at("+2d").standing == "clear"


def test_overturn_of_one_sanction_of_two_reaches_that_kind_alone() -> None:
    account = reported(TWO_AT_ONCE, 0).given("overturn", at="+1h", sanction="v1/s1", by=REVIEWER)
    turned_round = simulated(account, policy({"impose": [WEEK, WARN]}))
    assert turned_round.statuses("+1h") == {"v1/s1": "in_force", "v1/s2": "overturned"}
    assert simulated(account, policy(BAN)).statuses("+1h") == {"v1/s1": "in_force"}


def test_overturn_of_the_last_sanction_reaches_everything_on_the_violation() -> None:
    account = reported(TWO_AT_ONCE, 0).given("overturn", at="+1h", sanction="v1/s1", by=REVIEWER)
    account.given("overturn", at="+2h", sanction="v1/s2", by=REVIEWER)
    assert simulated(account, policy({"impose": [BAN, WEEK]})).statuses("+2h") == {
        "v1/s1": "overturned",
        "v1/s2": "overturned",
    }


def test_overturn_reaches_consequences_that_came_by_default() -> None:
    account = reported(policy(BAN), 0).given("overturn", at="+5d", sanction="v1/s1", by=REVIEWER)
    found = simulated(account, ordering("P1D", {"restrict": ["publish"], "for": "P30D"}))
    assert found.statuses("+5d") == {"v1/s1": "overturned", "v1/s1/1": "overturned"}


def test_granted_appeal_overturns_there_too() -> None:
    account = reported(policy(BAN), 0).given("appeal", at="+1d", appeal="a", sanction="v1/s1")
    account.given("decide_appeal", at="+2d", appeal="a", outcome="granted")
    assert simulated(account, policy(WEEK)).statuses("+2d") == {"v1/s1": "overturned"}


# Lifts and changes


def test_lift_ends_what_the_other_policy_imposed() -> None:
    account = reported(policy(DAY), 0).given("lift", at="+1h", sanction="v1/s1", by=REVIEWER)
    found = simulated(account, policy(FOREVER))
    assert found.statuses("+1h") == {"v1/s1": "lifted"}


def test_lift_waits_until_nothing_on_record_runs() -> None:
    account = reported(TWO_AT_ONCE, 0).given("lift", at="+1h", sanction="v1/s1", by=REVIEWER)
    assert simulated(account, policy(BAN)).statuses("+1h") == {"v1/s1": "in_force"}
    account.given("lift", at="+2h", sanction="v1/s2", by=REVIEWER)
    assert simulated(account, policy(BAN)).statuses("+2h") == {"v1/s1": "lifted"}


def test_lift_of_what_has_ended_there_is_left_out() -> None:
    account = reported(policy(BAN), 0).given("lift", at="+2d", sanction="v1/s1", by=REVIEWER)
    found = simulated(account, policy(DAY))
    assert found.statuses("+2d") == {"v1/s1": "expired"}
    assert found.left_out == {"SanctionLifted": 1}


def test_new_terms_answer_to_the_old_ones() -> None:
    account = reported(policy(WEEK), 0).given("change_sanction", at="+1d", sanction="v1/s1", until="+2d", by=REVIEWER)
    assert simulated(account, policy(WEEK, BAN)).statuses("+2d") == {"v1/s1": "expired"}
    other = simulated(account, policy({"restrict": ["publish"], "for": "P8D"}))
    assert other.statuses("+2d") == {"v1/s1": "in_force"}
    assert other.left_out == {"SanctionChanged": 1}


# Proposals


def test_approval_reaches_what_the_other_policy_proposes() -> None:
    account = reported(ASKING, 0).given("approve", at="+1d", proposal="v1/p1")
    found = simulated(account, policy({"impose": [BAN, WARN], "propose": True}))
    assert found.differences == {"v1": "other_kinds"}
    assert found.statuses("+1d") == {"v1/s1": "in_force", "v1/s2": "in_force"}
    assert {one.approved_by.id for one in found.at("+1d").sanctions() if one.approved_by} == {"m-2"}


def test_dismissal_reaches_what_the_other_policy_proposes() -> None:
    account = reported(ASKING, 0).given("dismiss", at="+1d", proposal="v1/p1")
    found = simulated(account, policy({"impose": [BAN], "propose": True}))
    assert [one.status for one in found.at("+1d").settled_proposals.values()] == ["dismissed"]
    assert found.statuses("+1d") == {}


def test_one_of_several_proposals_is_answered_by_its_number() -> None:
    several = policy({"impose": [BAN, WARN], "propose": True})
    account = reported(several, 0).given("approve", at="+1d", proposal="v1/p2")
    account.given("dismiss", at="+2d", proposal="v1/p1")
    found = simulated(account, policy({"impose": [WEEK, DAY], "propose": True}))
    assert {name: one.status for name, one in found.at("+2d").settled_proposals.items()} == {
        "v1/p1": "dismissed",
        "v1/p2": "approved",
    }


def test_proposal_that_nobody_answered_on_record_stays_open_and_lapses() -> None:
    found = simulated(reported(policy(WEEK), 0), policy({"impose": [WEEK], "propose": True}))
    assert found.differences == {"v1": "proposed_instead"}
    assert list(found.at("+29d").open_proposals) == ["v1/p1"]
    assert [one.status for one in found.at("+30d").settled_proposals.values()] == ["lapsed"]


def test_answer_to_a_proposal_that_is_none_there_is_left_out() -> None:
    account = reported(ASKING, 0).given("approve", at="+1d", proposal="v1/p1")
    found = simulated(account, policy(WEEK))
    assert found.differences == {"v1": "imposed_instead"}
    assert found.left_out == {"ProposalApproved": 1}
    assert found.statuses("+1d") == {"v1/s1": "in_force"}


def test_proposal_of_a_person_stays_as_it_is() -> None:
    act = {"command": "ban", "sanction": "d1", "basis": {"clause": "spam", "violations": ["v1"]}, "permanent": True}
    account = reported(policy(WARN), 0).given("propose", at="+1d", proposal="p1", sanction=act)
    account.given("approve", at="+2d", proposal="p1")
    found = simulated(account, policy(DAY, clauses={"fraud": {"ladder": "l"}}))
    assert found.differences == {"v1": "unknown_clause"}
    assert found.statuses("+2d") == {"d1": "in_force"}
    assert found.at("+2d").terminal


def test_proposal_of_a_person_that_was_closed_by_a_ban_is_not_approved() -> None:
    act = {"command": "warn", "sanction": "d1", "basis": {"clause": "spam"}, "permanent": True}
    account = Account(policy=policy(DAY)).given("propose", at="+0d", proposal="p1", sanction=act)
    account.given("report_violation", at="+1d", by=SYSTEM, violation="v1", clause="spam")
    account.given("approve", at="+2d", proposal="p1")
    found = simulated(account, policy(FOREVER))
    assert found.statuses("+2d") == {"v1/s1": "in_force"}
    assert found.left_out == {"ProposalApproved": 1}


# Direct sanctions, orders, exemptions


def test_direct_sanction_stays_as_it_is() -> None:
    basis = {"clause": "spam", "violations": ["v1"]}
    account = reported(policy(WARN), 0).given("ban", at="+1d", sanction="d1", basis=basis, for_="P3D")
    account.given("warn", at="+2d", sanction="d2", basis=basis, permanent=True, supersedes="d1")
    found = simulated(account, policy(FOREVER))
    assert found.statuses("+2d") == {"v1/s1": "in_force", "d1": "superseded", "d2": "in_force"}


def test_permanent_ban_by_a_person_closes_proposals_of_the_other_policy() -> None:
    account = reported(policy(DAY), 0).given("ban", at="+1d", sanction="d1", basis={"clause": "spam"}, permanent=True)
    found = simulated(account, policy({"impose": [BAN], "propose": True}))
    assert [one.status for one in found.at("+1d").settled_proposals.values()] == ["closed"]


def test_rectification_that_was_accepted_is_accepted_there() -> None:
    account = reported(ordering("P3D", {"warn": {"for": "P1D"}}), 0)
    account.given("submit_rectification", at="+1d", sanction="v1/s1")
    account.given("accept_rectification", at="+2d", sanction="v1/s1")
    assert simulated(account, ordering("P9D", FOREVER)).statuses("+9d") == {"v1/s1": "satisfied"}
    shorter = simulated(account, ordering("P1D", BAN))
    assert shorter.statuses("+2d") == {"v1/s1": "defaulted", "v1/s1/1": "lifted"}


def test_rectification_of_an_order_that_is_none_there_is_left_out() -> None:
    account = reported(ordering("P3D"), 0).given("extend_rectification", at="+1d", sanction="v1/s1", deadline="+5d")
    account.given("submit_rectification", at="+2d", sanction="v1/s1")
    account.given("reject_rectification", at="+3d", sanction="v1/s1")
    found = simulated(account, policy(BAN))
    assert found.left_out == {
        "RectificationExtended": 1,
        "RectificationSubmitted": 1,
        "RectificationRejected": 1,
    }
    assert simulated(account, ordering("P3D")).statuses("+5d") == {"v1/s1": "defaulted"}


def test_exemption_holds_there_too() -> None:
    account = Account(policy=policy(WARN)).given("exempt", at="+0d")
    account.given("report_violation", at="+1d", by=SYSTEM, violation="v1", clause="spam")
    account.given("end_exemption", at="+2d")
    account.given("report_violation", at="+3d", by=SYSTEM, violation="v2", clause="spam")
    assert simulated(account, policy(BAN, FOREVER)).steps == {"v1": "l/1", "v2": "l/2"}
    assert simulated(account, policy(BAN, FOREVER)).statuses("+3d") == {"v2/s1": "in_force"}


@pytest.mark.parametrize("act", ["serve_notice", "appeal", "note"])
def test_what_changes_no_decision_is_passed_over(act: str) -> None:
    account = reported(policy(WARN), 0)
    fields = {"note": {"text": "-"}, "appeal": {"appeal": "a", "sanction": "v1/s1"}}.get(act, {"sanction": "v1/s1"})
    account.given(act, at="+1d", **fields)
    assert simulated(account, policy(BAN)).left_out == {}


def test_order_that_ended_with_another_accounts_sanction_at_its_deadline_does_not_default() -> None:
    account = Account(policy=policy(WARN)).given(
        "order_rectification",
        at="+0d",
        sanction="o1",
        basis={"clause": "spam"},
        deadline="+3d",
        on_default=[{"ban": {"permanent": True}}],
        by=OTHER_MODERATOR,
        because_of_account="gh_2",
        because_of_sanction="s-2",
    )
    report: dict[str, Any] = {"command": "report_violation", "violation": "v1", "clause": "spam", "account": "gh_1"}
    report |= {"by": {"kind": "system", "id": "engine"}, "at": t("+3d").isoformat()}
    decision = handle(read_command(report), account.state, account.policy, links=(LinkEnd("o1", t("+3d")),))
    for event in (*decision.due, *decision.events):
        account.history.append(Recorded(account.name, len(account.history) + 1, t("+3d"), event))
    assert fold(account.state, decision.due).standing == "clear"
    found = simulated(account, policy(BAN))
    assert found.differences == {"v1": "other_kinds"}
    assert found.statuses("+3d") == {"o1": "lifted", "v1/s1": "in_force"}
