"""Figures over all accounts: decisions, deviations, proposals, appeals, and what lies within the time asked for."""

from __future__ import annotations

from typing import Any

import pytest
from account_sanctions.domain.acts import Warn
from account_sanctions.domain.events import SanctionProposed
from account_sanctions.domain.instants import LAST_INSTANT
from account_sanctions.domain.period import Period
from account_sanctions.domain.policies.deviating import Measure, direction, measure, measure_recorded
from account_sanctions.domain.policies.penalties import OrderTerms, Penalty
from account_sanctions.domain.presets import DEFAULT
from account_sanctions.domain.terms import Basis, EndOnly, FunctionTerm
from account_sanctions.domain.vocabulary import Actor
from account_sanctions.projections import statistics as module
from account_sanctions.projections.statistics import Statistics, StatisticsFold

from tests.unit.explaining import member, report
from tests.unit.scenario import MODERATOR, OTHER_MODERATOR, SYSTEM, T0, Account, t

_BAN = {"command": "ban", "basis": {"clause": "spam"}, "for": "P9D"}


def _figures(*accounts: Account, since: str | None = None, until: str | None = None, now: str = "+900d") -> Statistics:
    fold = StatisticsFold(now=t(now), since=since and t(since), until=until and t(until))  # type: ignore[arg-type]
    for account in accounts:
        fold.add(account.events)
    return fold.result()


def _rows(found: Statistics) -> dict[tuple[str, str, str, str | None, str], int]:
    return {(one.clause, one.kind, one.policy, one.step, one.how): one.count for one in found.decisions}


def test_nothing_recorded_is_nothing_counted() -> None:
    found = _figures(Account())
    assert (found.accounts, found.violations, found.decisions, found.deviations) == (0, 0, (), ())


def test_decisions_are_counted_by_clause_kind_policy_and_step() -> None:
    one = report(report(member(), "v-1", "+0d"), "v-2", "+1d")
    other = report(member(), "v-1", "+0d").given("record_violation", at="+1d", clause="spam")
    found = _figures(one, other)
    assert (found.accounts, found.violations, found.reports, found.automatic) == (2, 4, 3, 3)
    assert _rows(found) == {
        ("spam", "warning", "community@1", "spam/1", "automatic"): 2,
        ("spam", "restriction", "community@1", "spam/2", "automatic"): 1,
    }


def test_who_decided_is_told_apart() -> None:
    account = report(report(report(member(), "v-1", "+0d"), "v-2", "+1d"), "v-3", "+2d")
    account.given("warn", at="+2d", sanction="w", basis={"clause": "insult"}, for_="P1D")
    account.given("warn", at="+2d", sanction="w-2", basis={"clause": "insult"}, for_="P1D", by=SYSTEM)
    account.given(
        "order_rectification",
        at="+2d",
        sanction="o",
        basis={"clause": "insult"},
        within="P1D",
        on_default=[{"warn": {"for": "P1D"}}],
    )
    account.given("approve", at="+2d", proposal="v-3/p1")
    # The consequence has come about, although nobody has recorded it.
    found = _figures(account, now="+3d")
    assert (found.automatic, found.by_persons, found.confirmed, found.consequences) == (3, 2, 1, 1)
    assert _rows(found)["spam", "ban", "community@1", "spam/3", "confirmed"] == 1
    assert _rows(found)["insult", "warning", "community@1", None, "consequence"] == 1
    assert _figures(account, now="+3d-1us").consequences == 0


def test_consequence_that_an_exemption_kept_from_starting_is_no_decision() -> None:
    account = member().given(
        "order_rectification",
        at="+0d",
        sanction="o",
        basis={"clause": "spam"},
        within="P1D",
        on_default=[{"warn": {"for": "P1D"}}],
    )
    account.given("exempt", at="+0d")
    assert _figures(account).consequences == 0


@pytest.mark.parametrize(
    ("choose", "expected"),
    [
        ([{"restrict": ["post"], "for": "P3D"}], (0, 1, 0)),
        ([], (0, 1, 0)),
        ([{"warn": {"permanent": True}}], (0, 1, 0)),
        ([{"restrict": ["post", "comment"], "for": "P7D"}], (1, 0, 0)),
        ([{"restrict": ["post"], "permanent": True}], (1, 0, 0)),
        ([{"ban": {"for": "P1D"}}], (1, 0, 0)),
        ([{"ban": {"permanent": True}}], (1, 0, 0)),
        ([{"restrict": ["comment"], "for": "P7D"}], (0, 0, 1)),
        ([{"restrict": ["post", "comment"], "for": "P3D"}], (0, 0, 1)),
    ],
)
def test_deviation_has_a_direction(choose: list[Any], expected: tuple[int, int, int]) -> None:
    account = report(member(), "v-1", "+0d")
    report(account, "v-2", "+1d", by=MODERATOR, choose=choose, reason="seen otherwise")
    (found,) = _figures(account).deviations
    assert (found.clause, (found.harsher, found.milder, found.other)) == ("spam", expected)


def test_choice_of_what_the_policy_says_is_the_policys_decision() -> None:
    chosen = [{"warn": {"permanent": True}}]
    account = report(member(), "v-1", "+0d", by=MODERATOR, choose=chosen, reason="quite right")
    found = _figures(account)
    assert (found.deviations, found.by_persons, found.automatic) == ((), 0, 1)


def test_deviation_is_judged_by_what_was_decided_with_it_alone() -> None:
    account = report(member(), "v-1", "+0d")
    report(account, "v-2", "+1d", by=MODERATOR, choose=[{"restrict": ["post"], "for": "P3D"}], reason="small")
    account.given("ban", at="+1d", sanction="b", basis={"clause": "spam", "violations": ["v-2"]}, for_="P9D")
    (found,) = _figures(account).deviations
    assert (found.harsher, found.milder, found.other) == (0, 1, 0)


def test_reasons_for_which_nothing_followed_are_counted() -> None:
    account = report(report(member(), "v-1", "+0d", clause="gossip"), "v-2", "+1d", clause="gossip")
    account.given("exempt", at="+2d")
    found = _figures(report(account, "v-3", "+3d"))
    assert {one.reason: one.count for one in found.withheld} == {"no_ladder": 2, "exempt": 1}


def test_proposals_are_counted_by_what_became_of_them() -> None:
    account = member()
    for number in range(1, 5):
        account.given("propose", at="+0d", proposal=f"p-{number}", sanction={**_BAN, "sanction": f"s-{number}"})
    account.given("approve", at="+1d", proposal="p-1", by=OTHER_MODERATOR)
    account.given("dismiss", at="+1d", proposal="p-2", by=OTHER_MODERATOR)
    open_ = _figures(account, now="+29d").proposals
    assert (open_.made, open_.confirmed, open_.dismissed, open_.lapsed, open_.open) == (4, 1, 1, 0, 2)
    # Nobody has recorded that they lapsed.
    lapsed = _figures(account, now="+30d").proposals
    assert (lapsed.lapsed, lapsed.open) == (2, 0)


def test_appeals_are_counted_by_outcome_and_overturned_sanctions_too() -> None:
    account = member()
    for number, outcome in enumerate(("granted", "denied", None, None), 1):
        basis = {"clause": "spam"}
        account.given("warn", at="+1d", sanction=f"s-{number}", basis=basis, for_="P9D")
        account.given("appeal", at="+1d", appeal=f"a-{number}", sanction=f"s-{number}")
        if outcome is not None:
            account.given("decide_appeal", at="+1d", appeal=f"a-{number}", outcome=outcome)
    account.given("withdraw_appeal", at="+1d", appeal="a-3")
    found = _figures(account)
    appeals = found.appeals
    assert (appeals.filed, appeals.granted, appeals.denied, appeals.withdrawn, appeals.open) == (4, 1, 1, 1, 1)
    assert (appeals.granted_in_part, appeals.moot, found.overturned) == (0, 0, 1)
    account.given("overturn", at="+3d", sanction="s-4")
    assert (_figures(account).appeals.moot, _figures(account).appeals.open, _figures(account).overturned) == (1, 0, 2)


def test_time_asked_for_is_half_open() -> None:
    account = report(report(member(), "v-1", "+0d"), "v-2", "+1d")
    assert _figures(account, since="+0d", until="+1d").automatic == 1
    assert _figures(account, since="+0d+1us", until="+1d+1us").automatic == 1
    assert _figures(account, since="+1d").automatic == 1
    assert _figures(account, since="+1d+1us").accounts == 1, "the restriction ends in that time"
    assert _figures(account, since="+90d").accounts == 0


def test_open_means_open_at_the_end_of_the_time_asked_for() -> None:
    account = member().given("propose", at="+0d", proposal="p", sanction={**_BAN, "sanction": "s"})
    account.given("dismiss", at="+5d", proposal="p", by=OTHER_MODERATOR)
    first, second = _figures(account, until="+5d").proposals, _figures(account, since="+5d").proposals
    assert (first.made, first.dismissed, first.open) == (1, 0, 1)
    assert (second.made, second.dismissed, second.open) == (0, 1, 0)


def test_clauses_without_number_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ROWS", 2)
    account = Account(DEFAULT)
    for clause in ("a", "b", "c", "d", "a"):
        account.given("warn", at="+0d", basis={"clause": clause}, for_="P1D")
    assert {one.clause: one.count for one in _figures(account).decisions} == {"(other clauses)": 2, "a": 2, "b": 1}


_FOREVER = Measure("ban", None)


@pytest.mark.parametrize(
    ("said", "chosen", "expected"),
    [
        ((), (_FOREVER,), "harsher"),
        ((_FOREVER,), (), "milder"),
        ((_FOREVER,), (Measure("ban", t("+9d")),), "milder"),
        ((Measure("ban", t("+9d")),), (Measure("ban", t("+9d")), Measure("warning", t("+1d"))), "harsher"),
        ((Measure("warning", t("+9d")),), (Measure("warning", t("+9d")),), "other"),
        ((Measure("rectification", t("+1d")),), (Measure("rectification", t("+2d")),), "harsher"),
    ],
)
def test_direction_compares_kind_then_length_and_functions(said: Any, chosen: Any, expected: str) -> None:
    assert direction(said, chosen) == expected


@pytest.mark.parametrize(
    ("penalty", "expected"),
    [
        (Penalty(warn=EndOnly(permanent=True)), Measure("warning", None)),
        (Penalty(ban=EndOnly(for_=Period("P1D"))), Measure("ban", t("+1d"))),
        (Penalty(order=OrderTerms(within=Period("P2D"))), Measure("rectification", t("+2d"))),
        (
            Penalty(restrict=("a", FunctionTerm(function="b", for_=Period("P3D"))), for_=Period("P1D")),
            Measure("restriction", t("+3d"), frozenset({"a", "b"})),
        ),
        (Penalty(ban=EndOnly(for_=Period("P9000Y"))), Measure("ban", LAST_INSTANT)),
    ],
)
def test_measure_of_a_penalty_is_its_kind_latest_end_and_functions(penalty: Penalty, expected: Measure) -> None:
    assert measure(penalty, T0) == expected


def test_measure_of_a_proposal_counts_from_the_proposal() -> None:
    act = Warn(basis=Basis(clause="spam"), for_=Period("P1D"))
    by = Actor("moderator", "m")
    event = SanctionProposed(at=T0, by=by, proposal="p", sanction="s", act=act, lapses_at=t("+9d"))
    assert measure_recorded(event) == Measure("warning", t("+1d"))
