"""The events that carry an answer: what rests on them goes with them, and each is told in a sentence."""

from __future__ import annotations

from typing import Any, Final

import pytest
from account_sanctions.domain.explaining import AccountExplanation

from tests.unit.explaining import explained_account, member, policy, report
from tests.unit.scenario import OTHER_MODERATOR, Account

_SPAM: Final = {"clause": "spam"}
_POST: Final = [{"restrict": ["post"], "for": "P30D"}]


def _restricted(name: str = "r", at: str = "+0d", functions: tuple[str, ...] = ("post",), **fields: Any) -> Account:
    return member().given("restrict", at=at, sanction=name, functions=functions, for_="P30D", basis=_SPAM, **fields)


def _ordered(*on_default: dict[str, Any]) -> Account:
    return member().given(
        "order_rectification", at="+0d", sanction="o", basis=_SPAM, deadline="+2d", on_default=list(on_default)
    )


def _told(found: AccountExplanation) -> list[tuple[str, str]]:
    return [(one.type, one.says) for one in found.events]


def test_appeal_that_made_it_shorter_carries_what_may_be_used_again() -> None:
    account = _restricted().given("appeal", at="+1d", appeal="a", sanction="r")
    account.given("decide_appeal", at="+2d", appeal="a", outcome="granted_in_part", until="+9d")
    found = explained_account(account, "post", at="+10d")

    assert found.allowed
    assert _told(found) == [
        ("SanctionChanged", "terms of r changed: post until 2026-01-10T00:00:00Z"),
        ("AppealDecided", "appeal a against r: granted in part"),
        ("AppealFiled", "a: appeal filed"),
    ]


def test_appeal_that_was_granted_carries_what_may_be_used_again() -> None:
    account = _restricted().given("appeal", at="+1d", appeal="a", sanction="r")
    account.given("decide_appeal", at="+2d", appeal="a", outcome="granted")
    found = explained_account(account, "post", at="+3d")

    assert [one.type for one in found.events] == ["SanctionOverturned", "AppealDecided", "AppealFiled"]


def test_appeals_that_change_nothing_carry_nothing() -> None:
    account = _restricted().given("appeal", at="+1d", appeal="a", sanction="r")
    account.given("withdraw_appeal", at="+2d", appeal="a")
    found = explained_account(account, "post", at="+3d")

    assert (found.allowed, [one.type for one in found.events]) == (False, ["FunctionsRestricted"])


def test_late_acceptance_carries_the_end_of_what_had_followed() -> None:
    account = _ordered(*_POST).given("submit_rectification", at="+1d", sanction="o")
    account.given("accept_rectification", at="+5d", sanction="o", reason="good after all")
    found = explained_account(account, "post", at="+6d")

    assert found.allowed
    assert [(one.type, one.sanction) for one in found.events] == [
        ("SanctionLifted", "o/1"),
        ("RectificationAccepted", "o"),
    ]
    (followed,) = [one for one in found.discarded if one.id == "o/1"]
    assert followed.reason == "it ended at 2026-01-06T00:00:00Z (lifted) by moderator m-1: rectified"


def test_overturned_order_carries_the_end_of_what_had_followed() -> None:
    account = _ordered(*_POST).given("overturn", at="+5d", sanction="o")
    found = explained_account(account, "post", at="+6d")

    assert found.allowed
    assert [(one.type, one.sanction) for one in found.events] == [
        ("SanctionOverturned", "o/1"),
        ("SanctionOverturned", "o"),
    ]


def test_deadline_that_was_moved_carries_what_has_not_followed_yet() -> None:
    account = _ordered(*_POST).given("extend_rectification", at="+1d", sanction="o", deadline="+9d")
    found = explained_account(account, "post", at="+3d")

    assert found.allowed
    assert _told(found) == [
        ("RectificationExtended", "deadline of o moved from 2026-01-03T00:00:00Z to 2026-01-10T00:00:00Z")
    ]


def test_order_that_announces_a_ban_says_that_the_function_would_go() -> None:
    (order,) = explained_account(_ordered({"ban": {"for": "P1D"}}), "post", at="+1d").discarded

    assert order.reason == (
        "an order to rectify takes no function; if the deadline 2026-01-03T00:00:00Z is missed, post goes"
    )


def test_replaced_sanction_is_told_with_what_replaces_it() -> None:
    account = _restricted()
    account.given(
        "restrict", at="+1d", sanction="r-2", functions=["comment"], for_="P9D", basis=_SPAM, supersedes=["r"]
    )
    found = explained_account(account, "post", at="+2d")

    assert found.allowed
    assert ("SanctionSuperseded", "r replaced by r-2") in _told(found)
    reasons = {one.id: one.reason for one in found.discarded}
    assert reasons["r"] == "it ended at 2026-01-02T00:00:00Z (superseded) by moderator m-1: replaced by r-2"


def test_what_came_after_an_end_by_itself_carries_nothing_where_the_end_would_have_come() -> None:
    """Without the change it would have ended before it was lifted: then there is nothing to lift."""
    account = member().given("restrict", at="+0d", sanction="r", functions=["post"], for_="P5D", basis=_SPAM)
    account.given("change_sanction", at="+1d", sanction="r", until="+30d")
    account.given("lift", at="+10d", sanction="r", reason="settled")
    found = explained_account(account, "post", at="+11d")

    assert (found.allowed, [one.type for one in found.events]) == (True, ["SanctionLifted"])


def test_change_that_was_put_forward_and_approved_is_carried_by_both_persons() -> None:
    account = _restricted()
    change = {"command": "change_sanction", "sanction": "r", "until": "+90d", "reason": "again"}
    account.given("propose", at="+1d", proposal="p", sanction=change)
    account.given("approve", at="+2d", proposal="p", by=OTHER_MODERATOR)
    found = explained_account(account, "post", at="+40d")

    assert found.allowed is False
    assert [one.type for one in found.events] == [
        "SanctionChanged",
        "ProposalApproved",
        "SanctionProposed",
        "FunctionsRestricted",
    ]


def test_report_carries_what_it_brought_and_a_proposal_that_rests_on_it() -> None:
    account = report(report(member(policy()), "v-1", "+0d"), "v-2", "+1d")
    account = report(account, "v-3", "+2d").given("approve", at="+3d", proposal="v-3/p1", by=OTHER_MODERATOR)
    found = explained_account(account, "comment", at="+4d")

    assert [(one.type, one.says) for one in found.events] == [
        ("AccountBanned", "v-3/s1: permanent ban"),
        ("ProposalApproved", "v-3/p1: proposal approved"),
        ("SanctionProposed", "proposal v-3/p1: permanent ban"),
        ("ViolationRecorded", "violation v-3 of spam recorded"),
    ]


@pytest.mark.parametrize("function", ["post", None])
def test_account_of_which_only_notes_are_recorded_has_nothing_that_carries(function: str | None) -> None:
    account = member().given("note", at="+0d", text="seen").given("hold", at="+0d", hold="h")

    assert explained_account(account, function, at="+1d").events == ()


def test_functions_that_end_at_different_times_are_told_with_their_ends() -> None:
    account = _restricted(functions=("post", "comment"))
    functions = [{"function": "post", "permanent": True}, {"function": "comment", "until": "+5d"}]
    account.given("change_sanction", at="+1d", sanction="r", functions=functions)

    told = _told(explained_account(account, "post", at="+2d"))

    assert told[0] == (
        "SanctionChanged",
        "terms of r changed: comment until 2026-01-06T00:00:00Z, post with no end",
    )


@pytest.mark.parametrize("at", ["+5d", "+9d", "+10d"])
def test_acceptance_carries_nothing_once_its_order_was_never_right(at: str) -> None:
    account = _ordered(*_POST).given("submit_rectification", at="+1d", sanction="o")
    account.given("accept_rectification", at="+1d", sanction="o").given("overturn", at="+9d", sanction="o")

    found = explained_account(account, "post", at=at)

    assert (found.allowed, _told(found)) == (True, [])
