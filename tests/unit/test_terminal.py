"""A permanent ban in force refuses what is new and milder than itself; it is permanent, not final."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.scenario import MODERATOR, OTHER_MODERATOR, REVIEWER, Account, iso
from tests.unit.test_cases_sanctions import permanently_banned

_NEW: dict[str, dict[str, Any]] = {
    "warn": {"until": "+90d"},
    "order_rectification": {"deadline": "+30d"},
    "restrict": {"functions": ["publish"], "until": "+90d"},
}


def _inner(name: str) -> dict[str, Any]:
    fields = {key: iso(part) if isinstance(part, str) else part for key, part in _NEW[name].items()}
    rest: dict[str, Any] = {"on_default": []} if name == "order_rectification" else {}
    return {"command": name, "basis": {"clause": "4.2"}, **fields, **rest}


@pytest.mark.parametrize("name", _NEW)
def test_new_sanction_is_refused(name: str) -> None:
    permanently_banned().when(name, at="+1d", **_NEW[name]).refused("terminal")


@pytest.mark.parametrize("name", _NEW)
def test_proposal_of_a_new_sanction_is_refused(name: str) -> None:
    permanently_banned().when("propose", at="+1d", sanction=_inner(name)).refused("terminal")


def test_another_ban_is_accepted() -> None:
    account = permanently_banned().given("ban", at="+1d", sanction="other", basis={"clause": "9.9"}, until="+9d")
    account.given("propose", at="+1d", proposal="q", sanction={**_inner("warn"), "command": "ban", "sanction": "third"})
    account.given("approve", at="+1d", proposal="q")
    assert account.at("+1d").because == {"*": ("ban", "other", "third")}
    assert account.at("+1d").restrictions == {"*": None}


def test_harsher_changes_and_proposals_of_them_are_refused() -> None:
    account = Account().given("ban", at="+0d", sanction="x", until="+30d")
    permanently_banned(account)
    account.when("change_sanction", at="+1d", sanction="x", until="+31d").refused("terminal")
    change = {"command": "change_sanction", "sanction": "x", "permanent": True, "reason": "for good"}
    account.when("change_sanction", at="+1d", sanction="x", permanent=True).refused("terminal")
    account.when("propose", at="+1d", sanction=change).refused("terminal")
    account.when("change_sanction", at="+1d", sanction="x", until="+29d").then("SanctionChanged")


@pytest.mark.parametrize("name", _NEW)
def test_scheduled_ban_refuses_nothing_before_it_starts(name: str) -> None:
    ban = {"command": "ban", "sanction": "ban", "basis": {"clause": "1.1"}, "permanent": True, "from": iso("+5d")}
    account = Account().given("propose", at="+0d", proposal="p", sanction=ban).given("approve", at="+0d", proposal="p")
    account.given(name, at="+5d-1us", **_NEW[name])
    account.when(name, at="+5d", **_NEW[name]).refused("terminal")
    assert account.at("+5d").standing == "banned"


def test_suspension_refuses_nothing() -> None:
    account = Account().given("ban", at="+0d", until="+9000d")
    for name, terms in _NEW.items():
        account.given(name, at="+1d", **terms)


def test_what_was_imposed_before_runs_on() -> None:
    account = Account().given("restrict", at="+0d", sanction="s", functions=["publish"], from_="+2d", until="+4d")
    account.given("order_rectification", at="+0d", sanction="o", deadline="+3d", on_default=[{"warn": {"for": "P9D"}}])
    permanently_banned(account)
    assert account.sweep("+4d") == (
        "SanctionStarted",
        "RectificationDefaulted",
        "WarningIssued",
        "SanctionExpired",
    )
    assert account.at("+4d").statuses == {"s": "expired", "o": "defaulted", "ban": "in_force", "o/1": "in_force"}


def test_reviews_of_what_was_imposed_before_stay_possible() -> None:
    account = Account().given("order_rectification", at="+0d", sanction="o", deadline="+9d")
    permanently_banned(account)
    account.given("submit_rectification", at="+1d", sanction="o").given("reject_rectification", at="+2d", sanction="o")
    account.given("extend_rectification", at="+2d", sanction="o", deadline="+12d")
    account.given("accept_rectification", at="+3d", sanction="o")
    assert account.at("+3d").statuses["o"] == "satisfied"


def test_ban_lifted_leads_back_to_what_the_others_say() -> None:
    account = permanently_banned(Account().given("warn", at="+0d", sanction="w", until="+9d"))
    account.when("lift", at="+1d", by=MODERATOR, sanction="ban").refused("not_permitted")
    account.when("lift", at="+1d", by=REVIEWER, sanction="ban").then("SanctionLifted")
    assert account.at("+1d").standing == "warned"
    account.when("warn", at="+1d", until="+9d").then("WarningIssued")


def test_ban_overturned_by_appeal_leads_back() -> None:
    account = permanently_banned().given("appeal", at="+1d", appeal="a", sanction="ban")
    account.given("decide_appeal", at="+2d", appeal="a", outcome="granted")
    assert account.at("+2d").standing == "clear"
    account.when("restrict", at="+2d", functions=["publish"], until="+9d").then("FunctionsRestricted")


def test_one_of_two_permanent_bans_lifted_leaves_the_other() -> None:
    account = permanently_banned()
    second = {"command": "ban", "sanction": "second", "basis": {"clause": "1.2"}, "permanent": True}
    account.given("propose", at="+1d", proposal="q", sanction=second)
    account.given("approve", at="+1d", by=OTHER_MODERATOR, proposal="q").given(
        "lift", at="+2d", by=REVIEWER, sanction="ban"
    )
    assert account.at("+2d").because == {"*": ("second",)}
    account.when("warn", at="+2d", until="+9d").refused("terminal")


def test_restriction_without_end_is_not_terminal() -> None:
    account = Account().given("restrict", at="+0d", functions=["publish"], permanent=True)
    account.when("warn", at="+1d", until="+9d").then("WarningIssued")


def test_refused_command_does_not_record_what_fell_due() -> None:
    account = Account().given("warn", at="+0d", until="+1d")
    permanently_banned(account).when("warn", at="+2d", until="+9d").refused("terminal")
    assert account.log == ["WarningIssued", "SanctionProposed", "ProposalApproved", "AccountBanned"]
