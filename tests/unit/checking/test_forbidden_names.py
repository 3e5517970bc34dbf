"""What is tried though it must be refused: clauses nobody knows, names that are taken, ends and deadlines that are not theirs."""

from __future__ import annotations

from typing import Any, Final

from account_sanctions.domain.checking.moves import moves
from account_sanctions.domain.checking.world import world_of
from account_sanctions.domain.presets import DEFAULT
from account_sanctions.domain.state import NOTHING, State

from tests.unit.scenario import OTHER_MODERATOR, REVIEWER, Account, t

from .wishes import RULES, forbidden, line

_SPAM: Final = {"clause": "spam"}
_UNKNOWN: Final = "m1 warn sanction=x basis=(clause=a clause that nobody has heard of) for=P1D"
_FIRST_OF_STAFF: Final = "h note text=-"


def _given() -> Account:
    return Account(RULES).given("warn", at="+0d", sanction="s", basis=_SPAM, until="+9d")


def _everything() -> State:
    """A sanction, an appeal, a proposal that waits, one that was dismissed, a violation."""
    account = _given().given("appeal", at="+0d", appeal="a", sanction="s")
    for name in ("q", "p"):
        ban = {"command": "ban", "sanction": f"b-{name}", "basis": _SPAM, "permanent": True}
        account.given("propose", at="+0d", proposal=name, sanction=ban)
    account.given("dismiss", at="+0d", proposal="q", by=OTHER_MODERATOR)
    return account.given("record_violation", at="+0d", violation="v", clause="spam").state


def _for_good() -> State:
    ban = {"command": "ban", "sanction": "b", "basis": _SPAM, "permanent": True}
    account = Account(RULES).given("propose", at="+0d", proposal="p", sanction=ban)
    return account.given("approve", at="+0d", proposal="p", by=OTHER_MODERATOR).state


def _defaulted(**ban: Any) -> Account:
    order = {"command": "order_rectification", "sanction": "o", "basis": _SPAM, "deadline": "+2d"}
    account = Account(RULES).given("propose", at="+0d", proposal="p", sanction={**order, "on_default": [{"ban": ban}]})
    account.given("approve", at="+0d", proposal="p", by=OTHER_MODERATOR)
    account.sweep("+3d")
    return account


def _overturns(state: State) -> list[str]:
    """What the moderator tries to overturn, and may not."""
    return [one for one in forbidden(state, at="+3d") if one.startswith("m1 overturn")]


def test_names_that_are_taken_are_tried_again_for_everything_there_is() -> None:
    found = forbidden(_everything())
    assert found[: found.index(_FIRST_OF_STAFF)] == [
        _UNKNOWN,
        "m1 warn sanction=s for=P1D",
        "h appeal appeal=a sanction=s",
        "m1 propose proposal=p sanction=(warn sanction=x for=P1D)",
        "m1 propose proposal=q sanction=(warn sanction=x for=P1D)",
        "m1 record_violation violation=v clause=spam",
    ]


def test_clause_is_unknown_only_where_the_policy_names_those_that_there_are() -> None:
    assert forbidden(NOTHING)[:2] == [_UNKNOWN, _FIRST_OF_STAFF]
    usual = list(moves(world_of(DEFAULT, 9), NOTHING, t("+0d"), 9, strangers=False))
    every = [line(one) for one in moves(world_of(DEFAULT, 9), NOTHING, t("+0d"), 9, strangers=True)]
    assert every[len(usual)] == _FIRST_OF_STAFF


def test_other_sanction_in_place_of_one_is_tried_by_who_may_not_end_it() -> None:
    instead = "warn sanction=x basis=(clause=any) supersedes=[{}] for=P1D"
    found = [one for one in forbidden(_given().state) if "supersedes" in one]
    assert found == [f"{who} {instead.format('s')}" for who in ("h", "a", "rules")]
    for_good = [one for one in forbidden(_for_good()) if "supersedes" in one]
    assert for_good == [f"{who} {instead.format('b')}" for who in ("h", "a", "rules", "m1")]


def test_order_is_overturned_by_no_moderator_where_that_would_end_a_permanent_ban() -> None:
    state = _defaulted(permanent=True).state
    assert sorted(_overturns(state)) == ["m1 overturn sanction=o", "m1 overturn sanction=o/1"]
    assert _overturns(_defaulted(**{"for": "P9D"}).state) == []
    assert _overturns(_for_good()) == ["m1 overturn sanction=b"]
    assert _overturns(_given().state) == []


def test_order_whose_permanent_ban_was_overturned_is_overturned_by_a_moderator() -> None:
    account = _defaulted(permanent=True).given("overturn", at="+3d", sanction="o/1", by=REVIEWER)
    assert _overturns(account.state) == ["m1 overturn sanction=o/1"]


def test_deadline_is_moved_to_an_earlier_instant_by_nobody() -> None:
    account = Account(RULES).given("order_rectification", at="+0d", sanction="s", basis=_SPAM, deadline="+9d")
    found = [one for one in forbidden(account.state) if one.startswith("m1 extend")]
    assert found == ["m1 extend_rectification sanction=s deadline=2026-01-09T23:59:59Z"]
