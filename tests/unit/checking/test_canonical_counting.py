"""What a key tells apart where earlier violations count, and of what hangs on sanctions: appeals, proposals, consequences."""

from __future__ import annotations

from typing import Any, Final

import pytest
from account_sanctions.domain.archive import Archive
from account_sanctions.domain.checking.canonical import Canon
from account_sanctions.domain.event_parts import Bounds
from account_sanctions.domain.events import Grounds
from account_sanctions.domain.period import Period
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.presets import DEFAULT
from account_sanctions.domain.state import NOTHING, State
from account_sanctions.domain.terms import Basis
from account_sanctions.domain.vocabulary import Actor
from msgspec.structs import replace

from tests.unit.scenario import OTHER_MODERATOR, Account, t
from tests.unit.test_report_violation import policy

from .stepping import changed

_WARNS: Final[dict[str, Any]] = {"warn": {"for": "P900D"}}
_ENGINE: Final = Actor("system", "engine")


def _rules(**fields: Any) -> Policy:
    return policy({"impose": [_WARNS]}, **fields)


def _key(state: State, at: str = "+1d", left: int = 1, rules: Policy | None = None, *, shown: bool = False) -> bytes:
    return Canon(rules or _rules(), shown=shown).key(state, t(at), left)


def _reported(*at: str, rules: Policy | None = None) -> State:
    account = Account(rules or _rules())
    for number, one in enumerate(at):
        account.given("report_violation", at=one, by="system:engine", violation=f"v{number}", clause="spam")
    return account.state


@pytest.mark.parametrize(
    ("fields", "apart"),
    [
        ({"clause": "fraud"}, True),
        ({"category": "noise"}, True),
        ({"severity": "high"}, True),
        ({"treated_as": "high"}, True),
        ({"weight": "1/2"}, True),
        ({"discounted": True}, True),
        ({"at": t("+0d-1d")}, True),
        ({"counts_until": t("+9d")}, True),
        ({"good_standing": 1}, True),
        ({"number": 7}, False),
        ({"batch": "b"}, False),
    ],
)
def test_what_counts_of_a_violation_is_told_apart_as_long_as_more_can_be_reported(
    fields: dict[str, Any], *, apart: bool
) -> None:
    state = _reported("+0d")
    other = replace(state, violations=Archive({"v0": replace(state.violations["v0"], **fields)}))
    assert (_key(other) != _key(state)) == apart
    assert _key(other, left=0) == _key(state, left=0)
    assert _key(other, rules=DEFAULT) == _key(state, rules=DEFAULT)


@pytest.mark.parametrize(
    ("fields", "apart"),
    [
        ({"basis": Basis(clause="fraud", violations=("v0",))}, True),
        ({"basis": Basis(clause="spam", violations=("v1",))}, True),
        ({"basis": Basis(clause="spam", violations=())}, True),
        ({"basis": Basis(clause="spam", violations=("v0",), category="noise")}, True),
        ({"basis": Basis(clause="spam", violations=("v0",), severity="high")}, True),
        ({"basis": Basis(clause="spam", violations=("v0",), automated_decision="not")}, False),
        ({"step": "main/2"}, True),
        ({"from_": t("+0d-1d")}, True),
        ({"ended_at": t("+1d")}, True),
    ],
)
def test_what_counts_of_a_sanction_is_told_apart_as_long_as_more_can_be_reported(
    fields: dict[str, Any], *, apart: bool
) -> None:
    state = _reported("+0d", "+0d")
    for before in (state, replace(state, live={}, ended=Archive(dict(state.live)))):
        other = changed(before, "v0/s1", **fields)
        assert (_key(other) != _key(before)) == apart
        assert _key(other, left=0) == _key(before, left=0)


def test_what_counts_of_an_overturned_sanction_is_told_apart_as_well() -> None:
    state = changed(_reported("+0d"), "v0/s1", overturned_at=t("+1d"))
    assert _key(changed(state, "v0/s1", step="main/2")) != _key(state)


_WITHIN: Final = _rules(ladder={"within": "P1M2DT48H"})
_LIVES: Final = _rules(
    clauses={"spam": {"ladder": "main"}, "old": {"counting": {"expires_after": "P20D"}}}, counting={"fades_over": "P9D"}
)


@pytest.mark.parametrize(
    ("rules", "days"),
    [
        (_rules(), 400),
        # A month is at most 31 days long; a part of a day could count as one more.
        (_WITHIN, 31 + 2 + 2 + 1 + 400),
        (_LIVES, (20 + 1) + (9 + 1) + 400),
    ],
)
def test_beyond_every_window_and_a_margin_all_is_only_long_ago(rules: Policy, days: int) -> None:
    state = _reported("+0d", rules=rules)
    state = replace(state, violations=Archive({"v0": replace(state.violations["v0"], counts_until=None)}), live={})
    keys = [_key(state, f"+{days + more}d", rules=rules) for more in (-1, 0, 1)]
    assert keys[0] != keys[1] == keys[2]


@pytest.mark.parametrize("where", ["policy", "clause"])
def test_clock_that_stands_still_anywhere_reaches_back_for_ever(where: str) -> None:
    frozen = {"expires_after": "P5D", "frozen_while": ["ban"]}
    rules = (
        _rules(counting=frozen)
        if where == "policy"
        else _rules(clauses={"spam": {"ladder": "main"}, "old": {"counting": frozen}})
    )
    state = replace(_reported("+0d", rules=rules), live={})
    assert _key(state, "+900d", rules=rules) != _key(state, "+901d", rules=rules)


_DATED: Final = _rules(
    clauses={
        "spam": {"ladder": "main"},
        "new": {"effective_from": "2026-01-03T00:00:00Z"},
        "old": {"effective_from": "2025-01-01T00:00:00Z", "effective_until": "2026-01-05T00:00:00Z"},
    }
)


def test_dates_are_told_apart_up_to_the_last_one_of_a_clause() -> None:
    keys = [_key(NOTHING, at, rules=_DATED) for at in ("+1d", "+2d", "+3d", "+4d", "+5d", "+6d")]
    assert len(set(keys[:4])) == 4
    assert keys[3] == keys[4] == keys[5]
    assert _key(NOTHING, "+1d", 0, _DATED) == _key(NOTHING, "+2d", 0, _DATED)


def _alike(*, followed_by: str | None = None, **appeals: str) -> State:
    """Two orders that differ in their deadlines; a warning that may have followed from one of them, and appeals."""
    account = Account()
    for name, deadline in (("one", "+5d"), ("two", "+6d")):
        account.given("order_rectification", at="+0d", sanction=name, deadline=deadline, on_default=[])
    account.given("warn", at="+0d", sanction="w", until="+9d")
    for name, sanction in appeals.items():
        account.given("appeal", at="+0d", appeal=name, sanction=sanction)
    return changed(account.state, "w", caused_by=followed_by)


@pytest.mark.parametrize(("left", "rules"), [(1, _rules()), (0, _rules()), (1, DEFAULT)])
def test_from_which_sanction_one_followed_is_told_apart(left: int, rules: Policy) -> None:
    states = (_alike(), _alike(followed_by="one"), _alike(followed_by="two"))
    assert len({_key(state, left=left, rules=rules) for state in states}) == 3


@pytest.mark.parametrize(("left", "rules"), [(1, _rules()), (0, _rules()), (1, DEFAULT)])
def test_appeals_are_told_apart_by_sanction_and_by_whether_they_are_open(left: int, rules: Policy) -> None:
    one = _alike(a="one")
    withdrawn = replace(one, appeals=Archive({"a": replace(one.appeals["a"], status="withdrawn")}))
    denied = replace(one, appeals=Archive({"a": replace(one.appeals["a"], status="denied")}))
    # How many may still be filed follows from the appeal: here only the appeal itself is to be looked at.
    two = replace(one, appeals=Archive({"a": replace(one.appeals["a"], sanction="two")}))
    both = replace(one, appeals=Archive({**one.appeals, "b": replace(one.appeals["a"], id="b", status="withdrawn")}))
    keys = [_key(state, left=left, rules=rules) for state in (one, withdrawn, two, both)]
    assert len(set(keys)) == 4
    assert _key(denied, left=left, rules=rules) == keys[1]
    named = replace(one, appeals=Archive({"z": replace(one.appeals["a"], id="z")}))
    assert _key(named, left=left, rules=rules) == keys[0]


@pytest.mark.parametrize("rules", [_rules(), DEFAULT])
def test_who_may_hear_an_appeal_is_told_apart_though_nothing_more_is_opened(rules: Policy) -> None:
    disputed, quiet = _alike(a="one"), _alike()
    for state, apart in ((disputed, True), (quiet, False)):
        other = changed(state, "one", touched_by=frozenset({"m-1", "r1"}))
        assert (_key(other, left=0, rules=rules) != _key(state, left=0, rules=rules)) == apart
    elsewhere = changed(disputed, "two", touched_by=frozenset({"m-1", "r1"}))
    assert _key(elsewhere, left=0, rules=rules) == _key(disputed, left=0, rules=rules)
    closed = replace(disputed, appeals=Archive({"a": replace(disputed.appeals["a"], status="denied")}))
    heard = changed(closed, "one", touched_by=frozenset({"m-1", "r1"}))
    assert _key(heard, left=0, rules=rules) == _key(closed, left=0, rules=rules)


def _proposed(**inner: Any) -> Account:
    ban = {"command": "ban", "sanction": "b", "basis": {"clause": "spam"}, "permanent": True}
    account = (
        Account().given("warn", at="+0d", sanction="w", until="+9d").given("warn", at="+0d", sanction="x", until="+8d")
    )
    return account.given("propose", at="+0d", proposal="p", sanction=inner or ban)


def _waiting(state: State, **fields: Any) -> State:
    return replace(state, open_proposals={"p": replace(state.open_proposals["p"], **fields)})


_GROUNDS: Final = Grounds(reporter=Actor("moderator", "m1"))


@pytest.mark.parametrize(("left", "rules"), [(1, _rules()), (0, _rules()), (1, DEFAULT)])
def test_proposals_are_told_apart_by_what_by_whom_and_until_when(left: int, rules: Policy) -> None:
    state = _proposed().state
    act: Any = state.open_proposals["p"].act

    def key(**fields: Any) -> bytes:
        return _key(_waiting(state, **fields), left=left, rules=rules)

    plain = key()
    for fields in (
        {"act": replace(act, basis=Basis(clause="fraud"))},
        {"by": Actor("moderator", "m1")},
        {"grounds": _GROUNDS},
        {"lapses_at": t("+5d")},
        {"lapses_at": t("+5d"), "grounds": _GROUNDS},
    ):
        assert key(**fields) != plain, fields
    for fields in (
        {"act": replace(act, sanction="c")},
        {"sanction": "c"},
        {"id": "q"},
        {"at": t("+1d")},
        {"step": "main/1"},
    ):
        assert key(**fields) == plain, fields
    assert key(lapses_at=t("+1d")) == key(lapses_at=t("+0d"))
    counts = left > 0 and bool(rules.ladders)
    assert (key(grounds=_GROUNDS, step="main/1") != key(grounds=_GROUNDS)) == counts
    by_reporter = replace(_GROUNDS, reporter=state.open_proposals["p"].by)
    assert key(grounds=by_reporter) == plain


@pytest.mark.parametrize(("left", "rules"), [(1, _rules()), (0, _rules()), (1, DEFAULT)])
def test_proposed_changes_are_told_apart_by_the_sanction_that_they_change(left: int, rules: Policy) -> None:
    change = {"command": "change_sanction", "until": "+20d", "reason": "-"}
    states = [_proposed(**change, sanction=name).state for name in ("w", "x")]
    assert len({_key(state, left=left, rules=rules) for state in (*states, _proposed().state)}) == 3


def test_lengths_of_what_is_proposed_are_told_apart() -> None:
    warning = {"command": "warn", "sanction": "b", "basis": {"clause": "spam"}}
    assert len({_key(_proposed(**warning, **{"for": length}).state) for length in ("P5D", "P6D")}) == 2


def test_proposals_that_are_settled_are_told_apart_by_their_number_alone() -> None:
    dismissed = _proposed().given("dismiss", at="+1d", proposal="p", by=OTHER_MODERATOR).state
    settled = dismissed.settled_proposals["p"]
    lapsed = replace(dismissed, settled_proposals=Archive({"q": replace(settled, id="q", status="lapsed")}))
    none = replace(dismissed, settled_proposals=Archive())
    assert _key(dismissed) == _key(lapsed) != _key(none)


def test_bounds_are_told_apart_and_count_from_the_start() -> None:
    state = _reported("+0d")
    grounds = state.live["v0/s1"].grounds
    assert grounds is not None

    def bounded(**fields: Any) -> State:
        return changed(state, "v0/s1", grounds=replace(grounds, bounds=Bounds(at_most=Period("P9D"))), **fields)

    other = changed(state, "v0/s1", grounds=replace(grounds, bounds=Bounds(at_most=Period("P8D"))))
    assert len({_key(one, left=0) for one in (state, bounded(), other, bounded(from_=t("+0d-1d")))}) == 4
    assert _key(changed(state, "v0/s1", from_=t("+0d-1d")), left=0) == _key(state, left=0)
    assert _key(changed(state, "v0/s1", grounds=None), left=0) == _key(state, left=0)


@pytest.mark.parametrize("rules", [_rules(), DEFAULT])
def test_what_looks_different_is_told_apart_only_where_it_is_shown(rules: Policy) -> None:
    account = Account().given("warn", at="+0d", sanction="w", until="+9d").given("lift", at="+1d", sanction="w")
    lifted = account.state
    banned = changed(lifted, "w", kind="ban")
    assert _key(lifted, left=0, rules=rules) == _key(banned, left=0, rules=rules)
    assert _key(lifted, left=0, rules=rules, shown=True) != _key(banned, left=0, rules=rules, shown=True)
