"""Explaining an account: what is in the way of a function, by which decisions, and what was considered and discarded."""

from __future__ import annotations

from typing import Any, Final

import pytest
from account_sanctions.domain.explaining import AccountExplanation, explain_account
from msgspec.structs import replace

from tests.unit.explaining import explained_account, member, past, report
from tests.unit.scenario import OTHER_MODERATOR, Account, t

_SPAM: Final = {"clause": "spam"}


def _busy() -> Account:
    """A warning, a restriction, a ban that was overturned, an order, something scheduled, and two proposals."""
    account = report(report(member(), "v-1", "+0d"), "v-2", "+10d")
    account.given("ban", at="+11d", sanction="b", for_="P90D", basis={"clause": "insult"})
    account.given("overturn", at="+12d", sanction="b", reason="the wrong account")
    account.given(
        "order_rectification",
        at="+13d",
        sanction="o",
        basis=_SPAM,
        within="P7D",
        on_default=[{"restrict": ["comment"], "for": "P7D"}],
    )
    account.given("restrict", at="+13d", sanction="r", functions=["post"], from_="+30d", for_="P1D", basis=_SPAM)
    account.given("restrict", at="+13d", sanction="l", functions=["post"], for_="P9D", basis=_SPAM)
    account.given("lift", at="+14d", sanction="l", reason="settled")
    ban = {"command": "ban", "basis": _SPAM, "permanent": True}
    account.given("propose", at="+14d", proposal="p-1", sanction={**ban, "sanction": "x-1"})
    account.given("propose", at="+14d", proposal="p-2", sanction={**ban, "sanction": "x-2"})
    return account.given("dismiss", at="+15d", proposal="p-2", by=OTHER_MODERATOR)


@pytest.fixture(scope="module")
def busy() -> Account:
    return _busy()


def _because(found: AccountExplanation) -> dict[str, str]:
    return {one.id: one.because for one in found.discarded}


def test_account_without_events_is_clear(busy: Account) -> None:
    found = explained_account(Account(busy.policy), "post")
    assert (found.standing, found.allowed, found.decisions, found.discarded) == ("clear", True, (), ())


def test_what_is_in_force_comes_newest_first(busy: Account) -> None:
    found = explained_account(busy, at="+16d")
    assert [one.decision for one in found.decisions] == ["o", "v-2/s1", "v-1/s1"]
    assert (found.standing, found.function, found.allowed) == ("restricted", None, None)
    assert [(one.function, one.because) for one in found.restrictions] == [("post", ("v-2/s1",))]


def test_function_that_is_taken_away_is_explained_by_what_takes_it(busy: Account) -> None:
    found = explained_account(busy, "post", at="+16d")
    assert (found.allowed, found.until) == (False, t("+17d"))
    assert [one.decision for one in found.decisions] == ["v-2/s1"]


def test_everything_else_is_discarded_each_with_its_reason(busy: Account) -> None:
    found = explained_account(busy, "post", at="+16d")
    reasons = {one.id: (one.because, one.reason) for one in found.discarded}
    assert reasons == {
        "v-1/s1": ("other_function", "a warning takes no function"),
        "b": ("overturned", "it was overturned at 2026-01-13T00:00:00Z by moderator m-1: the wrong account"),
        "o": ("other_function", "an order to rectify takes no function"),
        "r": ("scheduled", "it begins at 2026-01-31T00:00:00Z"),
        "l": ("lifted", "it ended at 2026-01-15T00:00:00Z (lifted) by moderator m-1: settled"),
        "p-1": ("proposed", "permanent ban: it waits for a second person until 2026-02-14T00:00:00Z"),
        "p-2": ("dismissed", "permanent ban: a second person dismissed it"),
    }


def test_order_that_announces_the_function_says_when_it_would_go(busy: Account) -> None:
    found = explained_account(busy, "comment", at="+16d")
    assert found.allowed
    (order,) = [one for one in found.discarded if one.id == "o"]
    assert order.reason == (
        "an order to rectify takes no function; if the deadline 2026-01-21T00:00:00Z is missed, comment goes"
    )
    (other,) = [one for one in found.discarded if one.id == "v-2/s1"]
    assert (other.because, other.reason) == ("other_function", "it takes post")


def test_function_whose_own_end_has_come_is_discarded() -> None:
    functions = [{"function": "post", "for": "P1D"}, {"function": "comment", "for": "P9D"}]
    account = member().given("restrict", at="+0d", sanction="r", functions=functions, basis=_SPAM)
    found = explained_account(account, "post", at="+1d")
    assert (found.allowed, _because(found)) == (True, {"r": "expired"})
    assert explained_account(account, "post", at="+1d-1us").allowed is False


def test_consequence_that_nobody_recorded_is_in_the_way(busy: Account) -> None:
    found = explained_account(busy, "comment", at="+20d")
    assert found.allowed is False
    assert [(one.decision, one.because_of) for one in found.decisions] == [("o/1", "o")]
    # The order has ended; without it nothing would be in the way, so it carries the answer.
    assert "o" not in _because(found)
    listed = [(one.type, one.sanction) for one in found.events]
    assert listed == [("RectificationOrdered", "o"), ("SanctionOverturned", "b")]


def test_several_sanctions_of_one_decision_are_explained_once(busy: Account) -> None:
    both: list[dict[str, Any]] = [{"restrict": ["post"], "for": "P9D"}, {"warn": {"for": "P9D"}}]
    account = report(Account(busy.policy), "v", "+0d", by="moderator:m-1", choose=both, reason="as agreed")
    (found,) = explained_account(account, at="+1d").decisions
    assert {one.sanction for one in found.results} == {"v/s1", "v/s2"}


def test_what_was_known_then_is_explained_as_it_was_known_then(busy: Account) -> None:
    then = explained_account(busy, "post", at="+11d", known="+11d")
    assert [one.decision for one in then.decisions] == ["b", "v-2/s1"]
    now = explained_account(busy, "post", at="+11d")
    assert [one.decision for one in now.decisions] == ["v-2/s1"]
    assert _because(now)["b"] == "overturned"


def test_exempt_account_is_said_to_be_so() -> None:
    assert explained_account(member().given("exempt", at="+0d"), at="+1d").exempt


def test_events_name_both_persons_the_clause_the_policy_and_the_violation() -> None:
    account = member().given("record_violation", at="+0d", violation="v", clause="spam", facts="400 mails")
    ban = {"command": "ban", "sanction": "b", "basis": {"clause": "spam", "violations": ["v"]}, "permanent": True}
    account.given("propose", at="+1d", proposal="p", sanction=ban, by="moderator:m-1")
    account.given("approve", at="+2d", proposal="p", by=OTHER_MODERATOR, reason="plain")
    account.given("note", at="+3d", text="seen").given("serve_notice", at="+3d", sanction="b")
    found = explained_account(account, "post", at="+4d")
    assert [(one.type, one.by.id, one.clause) for one in found.events] == [
        ("AccountBanned", "m-1", "spam"),
        ("ProposalApproved", "m-2", "spam"),
        ("SanctionProposed", "m-1", "spam"),
        ("ViolationRecorded", "m-1", "spam"),
    ]
    imposed, _, _, recorded = found.events
    assert (imposed.says, None if imposed.approved_by is None else imposed.approved_by.id) == (
        "b: permanent ban",
        "m-2",
    )
    assert imposed.policy is not None
    assert imposed.policy.digest == account.policy.ref.digest
    assert recorded.reason == "400 mails"


def test_what_lets_an_account_go_on_is_listed_too() -> None:
    account = member().given("ban", at="+0d", sanction="b", for_="P9D", basis=_SPAM)
    account.given("lift", at="+1d", sanction="b", reason="settled")
    assert [(one.type, one.reason) for one in explained_account(account, "post", at="+2d").events] == [
        ("SanctionLifted", "settled")
    ]
    # By then it would have ended by itself: nobody's lift carries the answer any more.
    assert explained_account(account, "post", at="+10d").events == ()


def test_only_the_change_that_still_holds_is_listed() -> None:
    account = member().given("restrict", at="+0d", sanction="r", functions=["post"], for_="P30D", basis=_SPAM)
    account.given("change_sanction", at="+1d", sanction="r", until="+40d", reason="again")
    account.given("change_sanction", at="+2d", sanction="r", until="+50d", reason="and again")
    found = explained_account(account, "post", at="+3d")
    assert [(one.version, one.reason) for one in found.events] == [(3, "and again"), (1, None)]


def test_overturn_that_came_later_carries_the_answer_as_known_then() -> None:
    account = member().given("ban", at="+0d", sanction="b", for_="P9D", basis=_SPAM)
    account.given("overturn", at="+5d", sanction="b", reason="the wrong account")
    assert explained_account(account, "post", at="+1d", known="+1d").allowed is False
    found = explained_account(account, "post", at="+1d")
    assert (found.allowed, [one.type for one in found.events]) == (True, ["SanctionOverturned"])


def test_record_that_was_touched_is_explained_as_it_stands() -> None:
    account = member().given("restrict", at="+0d", sanction="r", functions=["post"], for_="P3D", basis=_SPAM)
    account.given("note", at="+9d", text="seen")
    history = [one for one in account.history if type(one.event).__name__ != "NoteAdded"]
    shorter = [
        replace(one, event=replace(one.event, at=t("+1d"))) if type(one.event).__name__ == "SanctionExpired" else one
        for one in history
    ]
    found = explain_account(past(account, at="+2d", history=shorter), "post", known_at=t("+2d"))
    assert (found.allowed, [one.type for one in found.events]) == (True, ["SanctionExpired"])
