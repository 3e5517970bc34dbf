"""What clauses, catalogue and versions of a policy say: which clause is in force when, which function is known."""

from __future__ import annotations

from typing import Any

import pytest
from account_sanctions.domain.errors import PolicyNotInForce, UnknownClause
from account_sanctions.domain.events import AppealTerms
from account_sanctions.domain.period import Period
from account_sanctions.domain.policies.book import PolicyBook, book_mistakes
from account_sanctions.domain.policies.clauses import Clause, Counting
from account_sanctions.domain.policies.ladders import Step
from account_sanctions.domain.policies.policy import Policy
from msgspec.structs import replace

from tests.unit.scenario import t
from tests.unit.test_policy_check_steps import mistakes
from tests.unit.test_policy_checks import WARN, ladder
from tests.unit.test_policy_checks import policy as checked
from tests.unit.test_report_violation import policy

Json = dict[str, Any]
_FROM, _UNTIL = "2026-01-03T00:00:00Z", "2026-01-06T00:00:00Z"


# Clauses in force.


def _dated(**dates: str) -> Policy:
    return policy(clauses={"spam": {"ladder": "main", "weight": 3, **dates}})


def _refused(rules: Policy, name: str, at: str) -> tuple[str, Json]:
    with pytest.raises(UnknownClause) as refused:
        rules.clause(name, t(at))
    return refused.value.message, dict(refused.value.details)


def test_clause_of_another_name_is_unknown() -> None:
    details = {"clause": "spm", "policy": "community@1"}
    assert _refused(_dated(), "spm", "+0d") == ("the policy community@1 has no clause 'spm'", details)


def test_policy_that_lists_no_clauses_knows_any() -> None:
    assert replace(policy(), clauses=None).clause("anything", t("+0d")) == Clause()


@pytest.mark.parametrize(
    ("dates", "at", "shown", "start", "end"),
    [
        ({"effective_from": _FROM}, "+2d-1us", "02T23:59:59.999999", "2026-01-03T00:00:00+00:00", None),
        ({"effective_until": _UNTIL}, "+5d", "06T00:00:00", None, "2026-01-06T00:00:00+00:00"),
        (
            {"effective_from": _FROM, "effective_until": _UNTIL},
            "+6d",
            "07T00:00:00",
            "2026-01-03T00:00:00+00:00",
            "2026-01-06T00:00:00+00:00",
        ),
    ],
)
def test_clause_that_is_not_in_force_is_refused_with_its_dates(
    dates: dict[str, str], at: str, shown: str, start: str | None, end: str | None
) -> None:
    assert _refused(_dated(**dates), "spam", at) == (
        f"the clause 'spam' of community@1 is not in force at 2026-01-{shown}+00:00",
        {"clause": "spam", "policy": "community@1", "effective_from": start, "effective_until": end},
    )


@pytest.mark.parametrize(
    ("dates", "at"),
    [
        ({}, "-9000d"),
        ({"effective_from": _FROM}, "+2d"),
        ({"effective_from": _FROM}, "+900d"),
        ({"effective_until": _UNTIL}, "-9000d"),
        ({"effective_until": _UNTIL}, "+5d-1us"),
        ({"effective_from": _FROM, "effective_until": _UNTIL}, "+2d"),
    ],
)
def test_clause_is_in_force_from_its_first_instant_to_before_its_last(dates: dict[str, str], at: str) -> None:
    assert _dated(**dates).clause("spam", t(at)).weight == 3


def test_ladder_that_no_clause_names_is_climbed_by_none() -> None:
    assert policy().clauses_of("main") == {"spam", "fraud"}
    assert policy().clauses_of("nobody") == policy().clauses_of(None) == frozenset()


# Functions.


@pytest.mark.parametrize(
    ("function", "known"),
    [
        ("publish", True),
        ("page:1", True),
        ("page:", False),
        ("page:*", False),
        ("page:1*", False),
        ("publish:1", False),
        ("other", False),
        ("pag", False),
        ("x-very-long-name", False),
    ],
)
def test_function_is_known_by_its_name_or_by_a_pattern_that_it_is_longer_than(function: str, *, known: bool) -> None:
    assert policy(functions=["publish", "page:*", "edit:*"]).knows_function(function) == known


def test_catalogue_without_patterns_knows_its_names_alone() -> None:
    rules = policy(functions=["publish"])
    assert (rules.knows_function("publish"), rules.knows_function("publish2")) == (True, False)


@pytest.mark.parametrize("name", ["a*b", "*b", "a**", "ab*c"])
def test_pattern_has_its_star_at_the_end_alone(name: str) -> None:
    with pytest.raises(ValueError, match=r"a `\*` may stand at the end of a name only"):
        replace(policy(), functions=(name,))
    assert replace(policy(), functions=("a*", "*")).functions == ("a*", "*")


# What contradicts itself.


def test_policy_ends_after_it_begins() -> None:
    for end in ("+0d", "+1d-1us"):
        with pytest.raises(ValueError, match=r"^`effective_until`: it must lie after `effective_from`$"):
            replace(policy(), effective_from=t("+1d"), effective_until=t(end))
    assert replace(policy(), effective_from=t("+1d"), effective_until=t("+1d+1us")).name == "community@1"


def test_violation_does_not_both_expire_and_fade() -> None:
    with pytest.raises(ValueError, match=r"^`fades_over`: a violation expires at once or fades, not both$"):
        Counting(expires_after=Period("P1D"), fades_over=Period("P1D"))


def test_step_without_appeal_has_no_right_of_appeal() -> None:
    with pytest.raises(ValueError, match=r"^`appeal`: a step that is not appealable has no right of appeal$"):
        Step(appealable=False, appeal=AppealTerms())


# Versions.


def test_version_that_replaces_one_that_is_not_there_is_not_looked_for_further() -> None:
    first = replace(policy(), version="b", replaces="gone")
    second = replace(policy(), version="c", replaces="b", effective_from=t("+9d"))
    assert book_mistakes([first, second]) == [(first, "replaces", "there is no version 'gone' here")]


def test_circle_that_a_version_leads_to_without_being_in_it_is_found() -> None:
    one, two, three = (
        replace(policy(), version=version, replaces=replaced, effective_from=t(f"+{day}d"))
        for day, (version, replaced) in enumerate((("b", "c"), ("c", "b"), ("d", "c")))
    )
    circle = "the versions replace each other in a circle: {!r} comes round again"
    assert book_mistakes([one, two, three]) == [
        (one, "replaces", circle.format("b")),
        (two, "replaces", circle.format("c")),
        (three, "replaces", circle.format("c")),
    ]


def test_version_without_an_end_is_shown_with_its_beginning_alone() -> None:
    book = PolicyBook([replace(policy(), effective_from=t("+1d"))])
    with pytest.raises(PolicyNotInForce) as refused:
        book.at(t("+0d"))
    assert refused.value.message.endswith("; there are 1 (from 2026-01-02T00:00:00+00:00)")


# Checks.


def test_clauses_are_checked_behind_one_without_a_ladder_and_behind_one_whose_ladder_is_unknown() -> None:
    clauses = {"gossip": {}, "hate": {"ladder": "red"}, "scam": {"ladder": "blue"}, "spam": {"ladder": "strikes"}}
    assert mistakes(clauses=clauses) == {
        "clauses.hate.ladder": "there is no ladder 'red'; there are strikes",
        "clauses.scam.ladder": "there is no ladder 'blue'; there are strikes",
    }
    assert mistakes(clauses={"hate": {"ladder": "red"}}, ladders={}) == {
        "clauses.hate.ladder": "there is no ladder 'red'; write one under `ladders`"
    }


def test_severity_that_is_near_to_none_is_found_with_those_that_there_are() -> None:
    assert mistakes(**ladder({"impose": [WARN]}, clause={"weights": {"red": 2}})) == {
        "clauses.spam.weights.red": "there is no severity 'red'; there are minor, grave"
    }


def test_escalation_by_category_is_right_where_some_clause_has_one() -> None:
    rule = {"severity": "minor", "becomes": "grave", "scope": "category"}
    clauses = {"spam": {"ladder": "strikes"}, "hate": {"ladder": "strikes", "category": "harm"}}
    assert mistakes(escalations=[rule], clauses=clauses) == {}
    assert mistakes(escalations=[rule], clauses=None, ladders={}) == {
        "escalations.0.scope": "it counts by category and no clause has one; give the clauses a `category`"
    }


def test_escalations_too_many_to_be_told_apart_are_refused() -> None:
    rule = {"severity": "minor", "becomes": "grave"}
    assert mistakes(escalations=[{**rule, "nth": 2 + number} for number in range(101)]) == {
        "escalations": "at most 100 of these can be told apart; there are 101"
    }
    assert mistakes(escalations=[{**rule, "nth": 2 + number} for number in range(100)]) == {}


def test_appeal_may_be_allowed_not_even_once() -> None:
    assert mistakes(appeal={"window": "P1M", "limit": 0}) == {}
    assert checked(appeal={"window": "P1M", "limit": 0}).appeal == AppealTerms(window="P1M", limit=0)
