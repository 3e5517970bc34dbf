"""Behaviour cases from the field, part one: ends, overlaps, schedules. The number is that of the collected case."""

from __future__ import annotations

from typing import Any

import pytest
from account_sanctions.domain.events import SanctionOverturned
from msgspec import to_builtins

from tests.unit.scenario import (
    MODERATOR,
    OTHER_MODERATOR,
    Account,
)

_MUTE: dict[str, Any] = {"functions": ["mass_send"]}


def permanently_banned(account: Account | None = None) -> Account:
    """A permanent ban `ban` at T0, decided by two persons."""
    account = account or Account()
    ban = {"command": "ban", "sanction": "ban", "basis": {"clause": "1.1"}, "permanent": True}
    account.given("propose", at="+0d", proposal="p-ban", sanction=ban)
    return account.given("approve", at="+0d", proposal="p-ban")


def test_violation_without_decay_counts_at_any_time() -> None:
    """Rows 2 and 4: without a decay in the policy, nothing is forgotten, and no job is needed to say so."""
    account = Account().given("record_violation", at="+0d", violation="v-1", clause="3.1")
    account.given("record_violation", at="+1d", violation="v-2", clause="3.2")
    assert [account.at(day).strikes for day in ("+0d", "+1d", "+2d", "+3000d")] == [(1, 1), (2, 2), (2, 2), (2, 2)]


def test_two_accounts_with_one_end_are_both_clear_at_it() -> None:
    """Row 4: two accounts, the same expiry: nothing left at it, no job needed."""
    one, two = Account(name="gh_1"), Account(name="gh_2")
    one.given("warn", at="+0d", until="+3d")
    two.given("warn", at="+0d", until="+3d").given("warn", at="+1d", until="+3d")
    assert [account.at("+3d-1us").standing for account in (one, two)] == ["warned", "warned"]
    assert [account.at("+3d").standing for account in (one, two)] == ["clear", "clear"]


def test_decision_reversed_by_id_stays_listed_with_who_and_why() -> None:
    """Row 6: the first decision reversed: its strike no longer counts; it is still listed, marked, with who and why."""
    account = Account()
    for number in (1, 2, 3):
        account.given("record_violation", at="+0d", violation=f"v-{number}", clause="3.1")
        basis = {"clause": "3.1", "violations": [f"v-{number}"]}
        account.given("warn", at="+0d", sanction=f"w-{number}", basis=basis, until="+90d")
    result = account.when("overturn", at="+5d", sanction="w-1", reason="wrong account").then("SanctionOverturned")
    view = account.at("+5d")
    assert view.strikes == (2, 2)
    assert view.statuses == {"w-1": "overturned", "w-2": "in_force", "w-3": "in_force"}
    event = result.events[0]
    assert isinstance(event, SanctionOverturned)
    assert event.by.id == "m-1"
    assert event.narrative is not None
    assert event.narrative.reason == "wrong account"


def test_overturned_sanction_overturned_again_is_refused() -> None:
    """Row 8: already reversed: rejected, state and log unchanged."""
    account = Account().given("warn", at="+0d", sanction="w", until="+9d").given("overturn", at="+1d", sanction="w")
    account.when("overturn", at="+2d", sanction="w").refused("already_ended", sanction="w")
    assert account.log == ["WarningIssued", "SanctionOverturned"]


def test_ban_extended_has_no_gap_and_keeps_both_decisions() -> None:
    """Row 10: ban until +7d, extended to +14d at +3d."""
    account = Account().given("ban", at="+0d", sanction="b", until="+7d")
    account.when("change_sanction", at="+3d", sanction="b", until="+14d").then("SanctionChanged")
    for instant in ("+0d", "+3d-1us", "+3d", "+7d", "+14d-1us"):
        assert account.at(instant).standing == "banned"
    assert account.at("+14d").standing == "clear"
    assert account.at("+14d").ended("b") == "+14d"
    assert [str(terms.until)[:10] for terms in account.at("+4d").sanction("b").terms] == ["2026-01-08", "2026-01-15"]
    assert account.log == ["AccountBanned", "SanctionChanged"]


def test_permanent_ban_outlives_a_temporary_one() -> None:
    """Row 12: permanent ban at T0, a temporary one of 3 days at +1d by another moderator: at +5d still banned."""
    account = permanently_banned().given("ban", at="+1d", by=OTHER_MODERATOR, sanction="short", for_="P3D")
    view = account.at("+5d")
    assert view.standing == "banned"
    assert view.restrictions == {"*": None}
    assert view.statuses == {"ban": "in_force", "short": "expired"}


def test_restriction_ended_leaves_the_other_function_taken() -> None:
    """Row 14: A blocks {post} until +30d, B blocks {chat} until +365d; at +31d only {chat}."""
    account = Account().given("restrict", at="+0d", functions=["publish"], until="+30d")
    account.given("restrict", at="+0d", functions=["private_chat"], until="+365d")
    assert account.at("+31d").restrictions == {"private_chat": "+365d"}
    assert account.may("publish", "+31d")
    assert not account.may("private_chat", "+31d")


def test_first_of_two_sanctions_lifted_leaves_the_second() -> None:
    """Row 16: the same function, ends +5d and +10d, the first lifted at +2d: blocked until +10d."""
    account = Account().given("restrict", at="+0d", sanction="s-5", until="+5d", **_MUTE)
    account.given("restrict", at="+0d", sanction="s-10", until="+10d", **_MUTE).given("lift", at="+2d", sanction="s-5")
    assert account.at("+2d").restrictions == {"mass_send": "+10d"}
    assert account.at("+2d").because == {"mass_send": ("s-10",)}
    assert not account.may("mass_send", "+10d-1us")
    assert account.may("mass_send", "+10d")


def test_appeal_granted_overrules_only_its_own_strike() -> None:
    """Row 18: strike 1 appealed and granted, strike 2 not appealed: the account is still limited because of strike 2."""
    account = Account()
    for name in ("s-1", "s-2"):
        account.given("restrict", at="+0d", sanction=name, permanent=True, **_MUTE)
    account.given("appeal", at="+1d", appeal="a-1", sanction="s-1")
    account.given("decide_appeal", at="+2d", appeal="a-1", outcome="granted")
    assert account.at("+2d").statuses == {"s-1": "overturned", "s-2": "in_force"}
    assert account.at("+2d").because == {"mass_send": ("s-2",)}


@pytest.mark.parametrize(("with_third", "expected"), [(True, None), (False, "+9d")])
def test_until_when_is_the_latest_end(*, with_third: bool, expected: str | None) -> None:
    """Row 20: ends +5d, +9d, none: open-ended; without the third: +9d."""
    account = Account()
    for end in ("+5d", "+9d"):
        account.given("restrict", at="+0d", until=end, **_MUTE)
    if with_third:
        account.given("restrict", at="+0d", permanent=True, **_MUTE)
    assert account.at("+1d").restrictions == {"mass_send": expected}


def test_mute_and_suspension_of_one_end_are_both_gone_after_it() -> None:
    """Row 22."""
    account = Account().given("restrict", at="+0d", until="+3d", **_MUTE).given("ban", at="+0d", until="+3d")
    assert account.at("+3d-1us").restrictions == {"*": "+3d", "mass_send": "+3d"}
    assert account.at("+3d").restrictions == {}
    assert account.at("+3d").standing == "clear"
    assert account.sweep("+3d") == ("SanctionExpired", "SanctionExpired")


@pytest.mark.parametrize("name", ["warn", "restrict", "ban"])
@pytest.mark.parametrize(
    "terms",
    [
        pytest.param({"from_": "+5d", "until": "+4d"}, id="end_before_start"),
        pytest.param({"from_": "+5d", "until": "+5d"}, id="end_at_start"),
        pytest.param({"until": "+1d"}, id="end_past"),
        pytest.param({"until": "+2d"}, id="end_now"),
        pytest.param({"from_": "+2d-1us", "until": "+9d"}, id="start_past"),
    ],
)
def test_sanction_with_impossible_period_is_refused(name: str, terms: dict[str, Any]) -> None:
    """Rows 24 and 58: an end before its start, or already past as of the command's `at`."""
    functions = _MUTE if name == "restrict" else {}
    Account().when(name, at="+2d", **functions, **terms).refused("invalid_period")


@pytest.mark.parametrize("name", ["warn", "restrict", "ban"])
@pytest.mark.parametrize(
    "terms",
    [{}, {"until": "+3d", "permanent": True}, {"until": "+3d", "for_": "P3D"}, {"for_": "P3D", "permanent": True}],
    ids=["neither", "until_and_permanent", "until_and_for", "for_and_permanent"],
)
def test_sanction_with_two_ends_or_none_is_malformed(name: str, terms: dict[str, Any]) -> None:
    """Row 26."""
    functions = _MUTE if name == "restrict" else {}
    Account().when(name, at="+0d", **functions, **terms).refused("malformed")


@pytest.mark.parametrize("nothing", ["0", "P0D", "PT0S", 0, ""])
def test_duration_of_zero_is_malformed(nothing: object) -> None:
    """Row 28: 0 is no duration, and never means permanent."""
    Account().when("ban", at="+0d", for_=nothing).refused("malformed")


def test_scheduled_ban_starts_once_by_itself() -> None:
    """Row 56: scheduled at +1h, looked at on +59m, +60m, twice."""
    account = Account().given("ban", at="+0d", by=MODERATOR, sanction="b", from_="+1h", for_="P3D")
    assert account.at("+59m").statuses == {"b": "scheduled"}
    assert account.at("+59m").standing == "clear"
    assert account.sweep("+59m") == ()
    assert account.sweep("+60m") == ("SanctionStarted",)
    assert account.sweep("+60m") == ()
    started = account.events[-1]
    assert to_builtins(started.by) == {"kind": "system", "id": "due"}
    assert getattr(started, "sanction", None) == "b"
    assert account.at("+60m").standing == "banned"
    assert account.at("+60m").ends("b") == "+73h"


def test_refused_item_leaves_the_rest_of_a_batch_alone() -> None:
    """Row 58: the item with an end before its start is refused, the others succeed."""
    account = Account()
    account.given("warn", at="+0d", sanction="w-1", until="+9d")
    account.when("ban", at="+0d", sanction="b", from_="+2d", until="+1d").refused("invalid_period")
    account.given("warn", at="+0d", sanction="w-2", until="+9d")
    assert account.at("+0d").statuses == {"w-1": "in_force", "w-2": "in_force"}


def test_sanction_lifted_by_hand_does_not_expire_later() -> None:
    """Row 60: a temporary mark removed before its end: no further event when the end passes."""
    account = Account().given("warn", at="+0d", sanction="w", until="+5d").given("lift", at="+2d", sanction="w")
    assert account.sweep("+9d") == ()
    assert account.at("+9d").statuses == {"w": "lifted"}
    assert account.at("+9d").ended("w") == "+2d"


def test_history_in_pieces_gives_the_same_state() -> None:
    """Row 76: replayed twice, in pieces, or from a snapshot: identical (the scenario checks it after every step)."""
    account = (
        permanently_banned()
        .given("note", at="+1d", text="on file")
        .given("lift", at="+2d", by="reviewer:r-1", sanction="ban")
    )
    assert account.at("+2d").standing == "clear"
    assert account.at("+1d").standing == "banned"
