"""What a version of a policy proposed is that version's when it is approved under a later one; rights are those in force."""

from __future__ import annotations

from typing import Any, Final

import pytest
from account_sanctions.domain import events as e
from account_sanctions.domain.explaining import explain
from account_sanctions.domain.explaining.past import past
from account_sanctions.domain.policies.policy import Policy
from msgspec.structs import replace

from tests.unit.scenario import MODERATOR, OTHER_MODERATOR, Account, t
from tests.unit.test_report_violation import policy, report, reported

Json = dict[str, Any]
ORDER: Final[Json] = {"order": {"within": "P3D", "on_default": [{"restrict": ["publish"], "for": "P7D"}]}}
FIRST: Final[Policy] = policy({"propose": True, "impose": [{"restrict": ["publish"], "for": "P7D"}]})


def later(**fields: Any) -> Policy:
    """A later version, with these fields."""
    ladder = {"main": {"steps": [{"name": "other", "impose": [{"ban": {"permanent": True}}], "appealable": False}]}}
    return policy(**{"version": "2", "ladders": ladder, **fields})


def approved(first: Policy, second: Policy) -> Account:
    """What the first version proposed was approved under the second."""
    account = reported(Account(first), "v")
    account.policy = second
    return account.given("approve", at="+1d", by=OTHER_MODERATOR, proposal="v/p1")


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"clauses": {"fraud": {"ladder": "main"}}},
        {"clauses": {"spam": {"ladder": "main", "effective_until": "2026-01-01T12:00:00Z"}}},
        {"functions": ["comments"]},
    ],
    ids=["other step", "no clause", "clause over", "no function"],
)
def test_approval_imposes_what_the_version_said_that_proposed_it(changed: Json) -> None:
    account = approved(FIRST, later(**changed))
    sanction = account.at("+1d").sanction("v/s1")
    assert (sanction.policy, sanction.step) == (FIRST.ref, "main/1")
    assert (sanction.kind, sanction.until) == ("restriction", t("+8d"))
    approval = account.events[2]
    assert isinstance(approval, e.ProposalApproved)
    assert approval.policy == account.policy.ref
    policies = {one.ref.digest: one for one in (FIRST, account.policy)}
    at = t("+1d")
    found = past("gh_1", account.history, valid_at=at, known_at=at, policies=policies.get)
    for decision, subject in (("v/s1", "sanction"), ("v", "violation"), ("v/p1", "proposal")):
        told = explain(found, decision, subject)  # type: ignore[arg-type]
        assert (told.check, told.differences) == ("same", ())


def test_clock_of_the_order_is_that_of_the_version_that_proposed_it() -> None:
    account = approved(
        policy({"propose": True, "impose": [ORDER]}, clock="submission_stops_clock"),
        later(clock="acceptance_by_deadline"),
    )
    order = account.at("+1d").sanction("v/s1").order
    assert order is not None
    assert order.clock == "submission_stops_clock"


def test_rights_are_those_of_the_version_in_force() -> None:
    account = reported(Account(FIRST), "v")
    account.policy = later(withheld_rights={"moderator": ["restrict"]})
    account.when("approve", at="+1d", by=OTHER_MODERATOR, proposal="v/p1").refused("not_permitted", right="restrict")


def test_choice_that_waited_is_on_record_for_the_version_from_which_it_deviates() -> None:
    account = Account(FIRST)
    longer = [{"restrict": ["publish"], "for": "P9D"}]
    assert report(account, "v", by=MODERATOR, choose=longer, reason="again").error is None
    account.policy = later(clauses={"fraud": {}})
    account.given("approve", at="+1d", by=OTHER_MODERATOR, proposal="v/p1")
    sanction = account.at("+1d").sanction("v/s1")
    assert (sanction.policy, sanction.step, sanction.by.id) == (FIRST.ref, "main/1", "m-1")


def test_proposal_of_a_person_is_judged_by_the_version_in_force() -> None:
    act = {"command": "warn", "sanction": "w", "basis": {"clause": "spam"}, "for": "P1D"}
    account = Account(FIRST).given("propose", at="+0d", proposal="p", sanction=act)
    account.policy = later(clauses={"fraud": {}})
    account.when("approve", at="+1d", proposal="p").refused("unknown_clause", clause="spam")
    account.policy = replace(FIRST, version="3")
    account.given("approve", at="+1d", proposal="p")
    assert account.at("+1d").sanction("w").policy.version == "3"
