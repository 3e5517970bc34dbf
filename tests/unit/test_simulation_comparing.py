"""How two words on one violation differ, which is harder, and what a tally makes of many."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from account_sanctions.application.simulating.comparing import (
    Difference,
    Direction,
    agrees,
    compare,
    direction,
    ending,
    outcome,
)
from account_sanctions.application.simulating.tallying import OTHER_CLAUSES, Compared, Ended, Tally
from account_sanctions.application.simulating.words import Terms, Word, refusal
from account_sanctions.domain.state import NOTHING
from msgspec.structs import replace

from .scenario import MODERATOR, Account, t
from .simulated import BAN, DAY, FOREVER, WARN, policy, simulated


def warning(until: str = "+30d") -> Terms:
    return Terms(kind="warning", until=t(until))


def restriction(until: str | None = "+7d", *functions: str) -> Terms:
    end = None if until is None else t(until)
    return Terms(kind="restriction", until=end, functions=dict.fromkeys(functions or ("publish",), end))


def ban(until: str | None = "+30d") -> Terms:
    return Terms(kind="ban", until=None if until is None else t(until))


def imposed(*terms: Terms, step: str = "l/1") -> Word:
    return Word(step=step, imposed=terms)


def proposed(*terms: Terms) -> Word:
    return Word(step="l/1", proposed=terms)


def nothing(why: str = "below_first_step") -> Word:
    return Word(withheld=why)


CASES: list[tuple[Word, Word, Difference | None, Direction | None]] = [
    (imposed(warning()), imposed(warning()), None, None),
    (imposed(warning(), ban()), imposed(ban(), warning()), None, None),
    (imposed(warning()), imposed(warning(), step="l/2"), "other_step", None),
    (nothing(), nothing("no_ladder"), "other_step", None),
    (imposed(warning()), imposed(warning("+31d")), "other_terms", "harsher"),
    (imposed(restriction()), imposed(restriction("+7d", "publish", "comments")), "other_terms", "harsher"),
    (imposed(restriction()), imposed(restriction("+6d", "publish", "comments")), "other_terms", None),
    (imposed(restriction(None)), imposed(restriction()), "other_terms", "milder"),
    (imposed(warning()), imposed(warning(), warning()), "other_kinds", "harsher"),
    (imposed(ban()), imposed(ban(None)), "other_kinds", "harsher"),
    (imposed(ban()), imposed(restriction(None)), "other_kinds", "milder"),
    (imposed(ban()), proposed(ban()), "proposed_instead", "milder"),
    (proposed(ban()), imposed(ban()), "imposed_instead", "harsher"),
    (proposed(ban()), imposed(ban("+60d")), "imposed_instead", "harsher"),
    (imposed(ban()), nothing(), "nothing_instead", "milder"),
    (nothing(), imposed(ban()), "something_instead", "harsher"),
    (imposed(ban()), nothing("terminal"), "banned_before", None),
    (nothing("terminal"), imposed(ban()), "not_banned_before", None),
    (imposed(ban()), refusal("unknown_clause"), "unknown_clause", None),
    (imposed(ban()), refusal("unknown_severity"), "refused", None),
    (nothing(), refusal("unknown_clause"), "unknown_clause", None),
]


@pytest.mark.parametrize(("recorded", "other", "difference", "way"), CASES)
def test_words_are_compared(recorded: Word, other: Word, difference: Difference | None, way: Direction | None) -> None:
    assert compare(recorded, other) == difference
    assert direction(recorded, other) == way


@pytest.mark.parametrize(("one", "other"), [case[:2] for case in CASES if case[1].refused is None])
def test_direction_turns_round_with_the_two(one: Word, other: Word) -> None:
    turned = {"harsher": "milder", "milder": "harsher", None: None}
    assert direction(other, one) == turned[direction(one, other)]


def test_where_a_person_answered_it_is_open_whether_it_would_have_been_proposed() -> None:
    chosen = replace(imposed(ban()), chosen=True)
    assert compare(chosen, proposed(ban())) is None
    assert direction(chosen, proposed(ban())) is None
    assert agrees(chosen, imposed(ban()))
    assert not agrees(imposed(ban()), proposed(ban()))
    assert compare(chosen, proposed(warning())) == "other_kinds"


@pytest.mark.parametrize(
    ("word", "found"),
    [
        (nothing(), ("nothing", False)),
        (imposed(warning(), restriction()), ("restriction", False)),
        (imposed(ban()), ("suspension", False)),
        (imposed(ban(None)), ("permanent_ban", False)),
        (Word(imposed=(warning(),), proposed=(ban(None),)), ("permanent_ban", True)),
        (Word(imposed=(ban(),), proposed=(ban(),)), ("suspension", False)),
        (refusal("unknown_clause"), ("unknown_clause", False)),
        (refusal("unknown_severity"), ("refused", False)),
    ],
)
def test_outcome_is_the_hardest_sanction(word: Word, found: Any) -> None:
    assert outcome(word) == found


def test_ending_tells_bans_apart() -> None:
    basis = {"clause": "4.2"}
    account = Account()
    assert ending(NOTHING) == "clear"
    account.given("warn", at="+0d", sanction="w", basis=basis, for_="P9D")
    assert ending(account.state) == "warned"
    account.given("ban", at="+1d", sanction="b", basis=basis, for_="P1D", by=MODERATOR)
    assert ending(account.state) == "suspended"
    account.policy = replace(account.policy, second_person=())
    account.given("ban", at="+1d", sanction="c", basis=basis, permanent=True)
    assert ending(account.state) == "banned_for_good"


def test_words_come_from_the_record() -> None:
    """Ends are instants, of what was proposed as if at once, and of what a person did not want as the policy said it."""
    recorded = policy({"impose": [{"order": {"within": "P3D", "on_default": [FOREVER]}}, BAN], "propose": True}, DAY)
    account = Account(policy=recorded)
    account.given("report_violation", at="+1d", violation="v1", clause="spam", by="system:engine")
    account.given("report_violation", at="+2d", violation="v2", clause="spam", choose=[WARN], reason="seen")
    first, second = (one.recorded for one in simulated(account, recorded).found.decisions)
    assert [(one.kind, one.until) for one in first.proposed] == [("rectification", t("+4d")), ("ban", t("+31d"))]
    assert first.proposed[0].on_default
    assert not first.chosen
    assert [(one.kind, one.until, one.functions) for one in second.imposed] == [
        ("restriction", t("+3d"), {"publish": t("+3d")})
    ]
    assert second.chosen


def compared(recorded: Word, other: Word, clause: str = "spam", at: datetime | None = None) -> Compared:
    return Compared(
        account="gh_1",
        violation="v",
        at=at or t("+0d"),
        clause=clause,
        severity=None,
        difference=compare(recorded, other),
        direction=direction(recorded, other),
        recorded=recorded,
        other=other,
    )


def test_tally_counts_each_violation_once() -> None:
    tally = Tally(most=1)
    for recorded, other, _, _ in CASES:
        tally.add(compared(recorded, other))
    (clause,) = tally.clauses
    assert tally.violations == clause.violations == len(CASES) == sum(one.violations for one in tally.outcomes)
    assert tally.same + tally.differences.total() == len(CASES)
    assert (clause.same, clause.same_outcome, clause.different) == (2, 2, len(CASES) - 4)
    assert (clause.harsher, clause.milder) == (tally.directions["harsher"], tally.directions["milder"]) == (7, 4)
    assert clause.differences == tally.differences
    assert [one.difference for one in tally.examples] == list(dict.fromkeys(one.difference for one in tally.examples))


def test_tally_keeps_as_many_examples_as_it_is_told() -> None:
    tally = Tally(most=2)
    for _ in range(5):
        tally.add(compared(imposed(warning()), nothing()))
        tally.add(compared(imposed(warning()), imposed(ban())))
        tally.add_account(Ended("gh_1", "suspended", "clear"))
        tally.add_account(Ended("gh_2", "clear", "banned_for_good"))
        tally.add_account(Ended("gh_3", "suspended", "banned_for_good"))
    assert [one.difference for one in tally.examples] == ["other_kinds"] * 2 + ["nothing_instead"] * 2
    assert [one.account for one in tally.account_examples] == ["gh_2", "gh_2", "gh_1", "gh_1"]


def test_tally_of_a_policy_without_a_list_of_clauses_stays_small() -> None:
    tally = Tally(most=0)
    for number in range(1500):
        tally.add(compared(imposed(warning()), nothing(), clause=f"clause {number}"))
    counts = {one.clause: one.violations for one in tally.clauses}
    assert len(counts) == 1001
    assert counts[OTHER_CLAUSES] == 500
    assert tally.examples == ()
