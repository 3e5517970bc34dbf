"""Deciding appeals: by whom, with what result, and what becomes of the others."""

from __future__ import annotations

from typing import Any

import pytest
from account_sanctions.domain.events import SanctionChanged, SanctionOverturned
from account_sanctions.domain.presets import DEFAULT
from msgspec.structs import replace

from tests.unit.scenario import MODERATOR, OTHER_REVIEWER, REVIEWER, Account

_BAN: dict[str, Any] = {"command": "ban", "sanction": "s", "basis": {"clause": "1.1"}, "permanent": True}
_AS_REVIEWER = {"m-1": "reviewer:m-1", "m-2": "reviewer:m-2"}


def _appealed(**terms: Any) -> Account:
    functions = ["publish", "payment"]
    terms = terms or {"until": "+90d"}
    account = Account().given("restrict", at="+0d", sanction="s", functions=functions, **terms)
    return account.given("appeal", at="+1d", appeal="a", sanction="s")


def test_appeal_granted_overturns() -> None:
    account = _appealed()
    result = account.when("decide_appeal", at="+2d", appeal="a", outcome="granted", reason="it was satire")
    result.then("AppealDecided", "SanctionOverturned")
    overturned = result.events[1]
    assert isinstance(overturned, SanctionOverturned)
    assert overturned.appeal == "a"
    assert account.at("+2d").statuses == {"s": "overturned"}
    assert account.at("+2d").appeal("a") == "granted"
    assert account.at("+2d").standing == "clear"


def test_appeal_denied_changes_nothing_else() -> None:
    account = _appealed()
    account.when("decide_appeal", at="+2d", appeal="a", outcome="denied").then("AppealDecided")
    assert account.at("+2d").statuses == {"s": "in_force"}
    assert account.at("+2d").appeal("a") == "denied"


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"until": "+30d"}, {"payment": "+30d", "publish": "+30d"}),
        ({"for_": "P30D"}, {"payment": "+32d", "publish": "+32d"}),
        ({"functions": ["publish"]}, {"publish": "+90d"}),
        ({"functions": [{"function": "publish", "until": "+5d"}]}, {"publish": "+5d"}),
    ],
)
def test_appeal_granted_in_part_gives_milder_terms(terms: dict[str, Any], expected: dict[str, str]) -> None:
    account = _appealed()
    result = account.when("decide_appeal", at="+2d", appeal="a", outcome="granted_in_part", **terms)
    changed = result.then("AppealDecided", "SanctionChanged").events[1]
    assert isinstance(changed, SanctionChanged)
    assert (changed.appeal, changed.harsher) == ("a", False)
    assert account.at("+2d").functions("s") == expected
    assert account.at("+2d").appeal("a") == "granted_in_part"


@pytest.mark.parametrize(
    "terms",
    [
        {"until": "+91d"},
        {"until": "+90d"},
        {"permanent": True},
        {"functions": ["publish", "payment", "mass_send"]},
        {"functions": ["publish", "payment"]},
        {"functions": ["mass_send"]},
        {"functions": [{"function": "publish", "until": "+91d"}]},
        {"until": "+2d"},
    ],
)
def test_appeal_granted_in_part_by_terms_not_milder_is_refused(terms: dict[str, Any]) -> None:
    account = _appealed()
    refusal = account.when("decide_appeal", at="+2d", appeal="a", outcome="granted_in_part", **terms)
    refusal.refused("invalid_period")
    assert account.at("+2d").appeal("a") == "open"


@pytest.mark.parametrize(
    ("outcome", "terms"),
    [("granted_in_part", {}), ("granted", {"until": "+5d"}), ("denied", {"functions": ["publish"]}), ("maybe", {})],
)
def test_outcome_with_the_wrong_terms_is_malformed(outcome: str, terms: dict[str, Any]) -> None:
    _appealed().when("decide_appeal", at="+2d", appeal="a", outcome=outcome, **terms).refused("malformed")


def test_appeal_against_an_ended_sanction_is_not_granted_in_part() -> None:
    account = _appealed().given("lift", at="+2d", sanction="s")
    terms = {"outcome": "granted_in_part", "until": "+5d"}
    account.when("decide_appeal", at="+3d", appeal="a", **terms).refused("already_ended")
    account.when("decide_appeal", at="+3d", appeal="a", outcome="granted").then("AppealDecided", "SanctionOverturned")


def test_permanent_ban_granted_in_part_becomes_a_suspension() -> None:
    account = Account().given("propose", at="+0d", proposal="p", sanction=_BAN).given("approve", at="+0d", proposal="p")
    account.given("appeal", at="+1d", appeal="a", sanction="s")
    account.given("decide_appeal", at="+2d", appeal="a", outcome="granted_in_part", until="+30d")
    assert account.at("+2d").restrictions == {"*": "+30d"}
    assert account.at("+30d").standing == "clear"


def test_appeal_decided_twice_is_refused() -> None:
    account = _appealed().given("decide_appeal", at="+2d", appeal="a", outcome="denied")
    refusal = account.when("decide_appeal", at="+3d", by=OTHER_REVIEWER, appeal="a", outcome="granted")
    refusal.refused("already_decided", status="denied")


def test_appeal_without_a_reason_is_malformed() -> None:
    for reason in ("", None):
        refusal = _appealed().when("decide_appeal", at="+2d", appeal="a", outcome="denied", reason=reason)
        refusal.refused("malformed", field="reason")


@pytest.mark.parametrize("person", ["m-1", "m-2"])
def test_proposer_and_approver_do_not_decide_the_appeal(person: str) -> None:
    account = Account().given("propose", at="+0d", proposal="p", sanction=_BAN).given("approve", at="+0d", proposal="p")
    account.given("appeal", at="+1d", appeal="a", sanction="s")
    refusal = account.when("decide_appeal", at="+2d", by=_AS_REVIEWER[person], appeal="a", outcome="denied")
    refusal.refused("same_person")
    account.when("decide_appeal", at="+2d", appeal="a", outcome="denied").then("AppealDecided")


def test_whoever_changed_the_sanction_does_not_decide_the_appeal() -> None:
    account = _appealed().given("change_sanction", at="+2d", by=REVIEWER, sanction="s", until="+60d")
    account.when("decide_appeal", at="+3d", by=REVIEWER, appeal="a", outcome="denied").refused("same_person")
    account.when("decide_appeal", at="+3d", by=OTHER_REVIEWER, appeal="a", outcome="denied").then("AppealDecided")


def test_whoever_extended_the_order_does_not_decide_the_appeal() -> None:
    account = Account().given("order_rectification", at="+0d", sanction="o", deadline="+3d")
    account.given("extend_rectification", at="+1d", by=REVIEWER, sanction="o", deadline="+5d")
    account.given("appeal", at="+2d", appeal="a", sanction="o")
    account.when("decide_appeal", at="+2d", by=REVIEWER, appeal="a", outcome="denied").refused("same_person")


def test_giver_of_the_order_does_not_decide_the_appeal_against_its_consequence() -> None:
    order = {"sanction": "o", "deadline": "+3d", "on_default": [{"ban": {"for": "P90D"}}]}
    account = Account().given("order_rectification", at="+0d", by=REVIEWER, **order)
    account.given("appeal", at="+4d", appeal="a", sanction="o/1")
    account.when("decide_appeal", at="+5d", by=REVIEWER, appeal="a", outcome="granted").refused("same_person")
    granted = account.when("decide_appeal", at="+5d", by=OTHER_REVIEWER, appeal="a", outcome="granted")
    granted.then("AppealDecided", "SanctionOverturned")
    assert account.at("+5d").statuses == {"o": "defaulted", "o/1": "overturned"}


def test_policy_without_separate_reviewer_lets_the_same_person_decide() -> None:
    account = Account(replace(DEFAULT, separate_reviewer=False))
    account.given("warn", at="+0d", by=REVIEWER, sanction="w", until="+90d")
    account.given("appeal", at="+1d", appeal="a", sanction="w")
    account.when("decide_appeal", at="+2d", by=REVIEWER, appeal="a", outcome="denied").then("AppealDecided")


def test_overturned_sanction_closes_its_appeals_as_moot() -> None:
    account = _appealed()
    account.when("overturn", at="+2d", by=MODERATOR, sanction="s").then("SanctionOverturned", "AppealClosed")
    assert account.at("+2d").appeal("a") == "moot"
    account.when("decide_appeal", at="+3d", appeal="a", outcome="granted").refused("already_decided", status="moot")


def test_overturned_order_closes_the_appeals_against_its_consequences() -> None:
    order = {"sanction": "o", "deadline": "+3d", "on_default": [{"ban": {"for": "P90D"}}]}
    account = Account().given("order_rectification", at="+0d", **order)
    account.given("appeal", at="+4d", appeal="a-1", sanction="o/1").given(
        "appeal", at="+4d", appeal="a-2", sanction="o"
    )
    account.given("decide_appeal", at="+5d", appeal="a-2", outcome="granted")
    assert account.log[-4:] == ["AppealDecided", "SanctionOverturned", "SanctionOverturned", "AppealClosed"]
    assert (account.at("+5d").appeal("a-1"), account.at("+5d").appeal("a-2")) == ("moot", "granted")


def test_harsher_change_leaves_two_appeals_and_one_granted_makes_the_other_moot() -> None:
    account = _appealed().given("change_sanction", at="+2d", sanction="s", until="+120d")
    account.given("appeal", at="+3d", appeal="b", sanction="s")
    result = account.when("decide_appeal", at="+4d", appeal="b", outcome="granted")
    result.then("AppealDecided", "SanctionOverturned", "AppealClosed")
    assert (account.at("+4d").appeal("a"), account.at("+4d").appeal("b")) == ("moot", "granted")


@pytest.mark.parametrize("ending", ["lift", "expire"])
def test_sanction_that_ends_otherwise_leaves_its_appeals_open(ending: str) -> None:
    account = _appealed(until="+5d")
    if ending == "lift":
        account.given("lift", at="+2d", sanction="s")
    assert account.at("+9d").appeal("a") == "open"
    account.when("decide_appeal", at="+9d", appeal="a", outcome="denied").then("AppealDecided")
