"""What is wrong with a policy although each of its fields can be read: the place, and what the sentence says to do."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

import msgspec
import pytest
from account_sanctions.domain.period import period_from_text
from account_sanctions.domain.policies.checks import MOST, check_policy
from account_sanctions.domain.policies.policy import Policy

from tests.unit.worded import said

__all__ = ["WARN", "ban", "found", "ladder", "policy", "restrict"]

WARN: Final = {"warn": {"permanent": True}}


def restrict(functions: str = "post", for_: str = "P7D") -> dict[str, Any]:
    return {"restrict": functions.split(), "for": for_}


def ban(for_: str) -> dict[str, Any]:
    return {"ban": {"for": for_}}


def policy(**fields: Any) -> Policy:
    """A policy without a mistake, unless the fields make one."""
    base = {
        "id": "x",
        "version": "1",
        "functions": ["post", "live", "edit", "edit:page:*"],
        "severities": ["minor", "grave"],
        "account_classes": ["new", "old"],
        "clauses": {"spam": {"ladder": "strikes"}},
        "ladders": {"strikes": {"steps": [{"impose": [WARN]}, {"impose": [restrict()]}]}},
    }
    return msgspec.convert({**base, **fields}, Policy, dec_hook=period_from_text)


def found(**fields: Any) -> dict[str, str]:
    """The mistakes of such a policy: the place with dots, and the sentence."""
    mistakes = {".".join(map(str, place)): sentence for place, sentence in check_policy(policy(**fields))}
    said(mistakes)
    return mistakes


def ladder(*steps: Any, clause: Mapping[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """Fields of a policy whose one ladder, `strikes`, has these steps."""
    return {
        "clauses": {"spam": {"ladder": "strikes", **(clause or {})}},
        "ladders": {"strikes": {"steps": list(steps), **fields}},
    }


def only(place: str, *words: str, **fields: Any) -> None:
    """There is exactly one mistake, at this place, and the sentence has these words."""
    mistakes = found(**fields)
    assert list(mistakes) == [place], mistakes
    for word in words:
        assert word in mistakes[place]


def test_policy_without_mistakes_passes() -> None:
    assert found() == {}


def test_names_listed_twice_are_found_at_the_second() -> None:
    mistakes = found(
        functions=["post", "live", "post"],
        severities=["minor", "grave", "minor"],
        account_classes=["old", "new", "new"],
    )
    assert list(mistakes) == ["functions.2", "severities.2", "account_classes.2"]
    assert "twice" in mistakes["functions.2"]


def test_unknown_ladder_is_found_with_the_near_name() -> None:
    mistakes = found(clauses={"spam": {"ladder": "strkes"}, "hate": {"ladder": "strikes"}})
    assert list(mistakes) == ["clauses.spam.ladder"]
    assert "did you mean 'strikes'?" in mistakes["clauses.spam.ladder"]


def test_unknown_ladder_without_a_near_name_says_which_there_are() -> None:
    mistakes = found(clauses={"spam": {"ladder": "other"}, "hate": {"ladder": "strikes"}})
    assert "there are strikes" in mistakes["clauses.spam.ladder"]


def test_ladder_that_no_clause_names_is_found() -> None:
    only("ladders.strikes", "no clause leads here", clauses={"spam": {}})
    only("ladders.strikes", "no clause leads here", clauses=None)


def test_empty_list_of_clauses_is_found() -> None:
    assert "leave `clauses` out" in found(clauses={}, ladders={})["clauses"]


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"escalations": [{"severity": "miner", "becomes": "grave"}]}, "escalations.0.severity"),
        ({"escalations": [{"severity": "minor", "becomes": "graver"}]}, "escalations.0.becomes"),
        (ladder({"impose": [WARN]}, clause={"weights": {"miner": 2}}), "clauses.spam.weights.miner"),
        (ladder({"impose": [WARN], "severity": "miner"}), "ladders.strikes.steps.0.severity"),
        (ladder({"impose": [WARN], "account_class": "older"}), "ladders.strikes.steps.0.account_class"),
    ],
)
def test_unknown_name_is_found_with_the_near_one(fields: dict[str, Any], place: str) -> None:
    only(place, "did you mean", **fields)


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"escalations": [{"severity": "minor", "becomes": "grave"}]}, "escalations.0.becomes"),
        (ladder({"impose": [WARN]}, clause={"weights": {"minor": 2}}), "clauses.spam.weights.minor"),
        (ladder({"impose": [WARN], "severity": "minor"}), "ladders.strikes.steps.0.severity"),
    ],
)
def test_severity_where_none_are_listed_is_found(fields: dict[str, Any], place: str) -> None:
    assert "severities" in found(severities=[], **fields)[place]


def test_account_class_where_none_are_listed_is_found() -> None:
    step = {"impose": [WARN], "account_class": "old"}
    only("ladders.strikes.steps.0.account_class", "lists no `account_classes`", account_classes=[], **ladder(step))


def test_ladder_by_category_needs_a_category_in_its_clauses() -> None:
    only("clauses.spam", "give it a `category`", **ladder({"impose": [WARN]}, scope="category"))
    assert found(**ladder({"impose": [WARN]}, clause={"category": "abuse"}, scope="category")) == {}


def test_graver_severity_that_weighs_less_is_found() -> None:
    fields = ladder({"impose": [WARN]}, clause={"weights": {"minor": 3, "grave": "5/2"}}, count="weight")
    only("clauses.spam.weights.grave", "weighs less than 'minor'", **fields)
    fields["ladders"]["strikes"]["may_get_milder"] = True
    assert found(**fields) == {}


def test_severity_without_a_weight_of_its_own_weighs_what_the_clause_says() -> None:
    fields = ladder({"impose": [WARN]}, clause={"weight": 1, "weights": {"minor": 2}}, count="weight")
    only("clauses.spam.weights", "weighs less", **fields)


@pytest.mark.parametrize(
    ("rules", "place", "words"),
    [
        ([("grave", "minor")], "escalations.0.becomes", "milder"),
        ([("minor", "minor")], "escalations.0.becomes", "already"),
        ([("minor", "grave"), ("grave", "minor")], "escalations.0.becomes", "circle: minor to grave to minor"),
        ([("minor", "grave"), ("minor", "grave")], "escalations.1", "place 1"),
    ],
)
def test_escalation_that_leads_nowhere_worse_is_found(rules: list[tuple[str, str]], place: str, words: str) -> None:
    mistakes = found(escalations=[{"severity": one, "becomes": other} for one, other in rules])
    assert words in mistakes[place]


def test_escalation_by_category_where_no_clause_has_one_is_found() -> None:
    only("escalations.0.scope", escalations=[{"severity": "minor", "becomes": "grave", "scope": "category"}])


@pytest.mark.parametrize(
    ("dates", "field"),
    [
        ({"effective_from": "2025-12-31T23:59:59.999999Z"}, "effective_from"),
        ({"effective_until": "2027-01-01T00:00:00.000001Z"}, "effective_until"),
        ({"effective_from": "2027-01-01T00:00:00Z"}, "effective_from"),
        ({"effective_until": "2026-01-01T00:00:00Z"}, "effective_until"),
    ],
)
def test_clause_dates_outside_those_of_the_policy_are_found(dates: dict[str, str], field: str) -> None:
    span = {"effective_from": "2026-01-01T00:00:00Z", "effective_until": "2027-01-01T00:00:00Z"}
    only(f"clauses.spam.{field}", "policy", **span, clauses={"spam": {"ladder": "strikes", **dates}})


def test_clause_dates_on_the_edges_of_the_policy_are_right() -> None:
    span = {"effective_from": "2026-01-01T00:00:00Z", "effective_until": "2027-01-01T00:00:00Z"}
    assert found(**span, clauses={"spam": {"ladder": "strikes", **span}}) == {}


def test_appeal_terms_that_are_no_durations_are_found_wherever_they_stand() -> None:
    step = {"impose": [WARN], "appeal": {"window": "P1M", "reinstatement_after": "6 months", "limit": -1}}
    mistakes = found(appeal={"window": "180", "limit": 2}, **ladder(step))
    assert '"P180D" for days' in mistakes["appeal.window"]
    assert 'write "P6M"' in mistakes["ladders.strikes.steps.0.appeal.reinstatement_after"]
    assert "0 or more" in mistakes["ladders.strikes.steps.0.appeal.limit"]
    assert len(mistakes) == 3


def test_good_standing_where_nothing_has_a_weight_is_found() -> None:
    rule = {"below": 3, "curve": [1, 2]}
    only("good_standing", "dampens weights", good_standing=rule)
    assert found(good_standing=rule, clauses={"spam": {"ladder": "strikes", "weight": 4}}) == {}
    assert found(good_standing=rule, **ladder({"impose": [WARN]}, count="weight")) == {}


def test_good_standing_that_nobody_can_be_in_is_found() -> None:
    mistakes = found(good_standing={"below": 0, "curve": []}, **ladder({"impose": [WARN]}, count="weight"))
    assert list(mistakes) == ["good_standing.curve", "good_standing.below"]


def test_frozen_clock_of_violations_that_never_expire_is_found() -> None:
    only("counting.frozen_while", "for ever", counting={"frozen_while": ["ban"]})
    clause = {"counting": {"frozen_while": ["ban", "ban"], "expires_after": "P1D"}}
    only("clauses.spam.counting.frozen_while.1", "twice", **ladder({"impose": [WARN]}, clause=clause))


@pytest.mark.parametrize(
    "where",
    [
        lambda penalty: ladder({"impose": [WARN, penalty]}),
        lambda penalty: ladder({"impose": [WARN, penalty]}, {"impose": [ban("P1D")]}, may_get_milder=True),
        lambda penalty: ladder({"at": 2, "impose": [ban("P9D")]}, first={"impose": [WARN, penalty]}),
        lambda penalty: ladder({"impose": [ban("P9D")]}, prior_warning={"impose": [WARN, penalty]}),
    ],
)
def test_function_outside_the_catalogue_is_found_in_every_penalty(where: Any) -> None:
    announced = {"order": {"within": "P7D", "on_default": [restrict(), restrict("live pots")]}}
    mistakes = found(**where(announced))
    ((place, sentence),) = mistakes.items()
    assert place.endswith("impose.1.order.on_default.1.restrict.1")
    assert "did you mean 'post'?" in sentence


@pytest.mark.parametrize(
    ("functions", "words"),
    [
        (["edit:page:*"], "a pattern"),
        (["edit:page:"], "no function"),
        (["edit:pag"], "did you mean 'edit'"),
        (["post", {"function": "nothing-like-it", "for": "P1D"}], "add it to `functions`"),
        (["post", "post"], "named twice"),
        (["post", {"function": "post", "for": "P1D"}], "named twice"),
    ],
)
def test_function_that_cannot_be_restricted_is_found(functions: list[Any], words: str) -> None:
    penalty = {"restrict": functions, "for": "P7D"}
    only(f"ladders.strikes.steps.0.impose.0.restrict.{len(functions) - 1}", words, **ladder({"impose": [penalty]}))


def test_function_that_a_pattern_stands_for_is_right() -> None:
    assert found(**ladder({"impose": [restrict("edit:page:1 edit")]})) == {}


def test_restriction_of_nothing_is_found() -> None:
    penalty = {"restrict": [], "for": "P7D"}
    only("ladders.strikes.steps.0.impose.0.restrict", "at least one", **ladder({"impose": [penalty]}))


@pytest.mark.parametrize(
    ("penalty", "place"),
    [
        ({"ban": {"until": "2030-01-01T00:00:00Z"}}, "ban.until"),
        ({"warn": {"for": "P9000Y"}}, "warn.for"),
        ({"restrict": ["post"], "for": "P8000Y"}, "for"),
        ({"restrict": [{"function": "post", "for": "P99999999W"}]}, "restrict.0.for"),
        ({"order": {"within": "P8000Y"}}, "order.within"),
    ],
)
def test_end_that_cannot_be_is_found(penalty: dict[str, Any], place: str) -> None:
    only(f"ladders.strikes.steps.0.impose.0.{place}", **ladder({"impose": [penalty]}))


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"counting": {"expires_after": "P9999Y"}}, "counting.expires_after"),
        ({"counting": {"fades_over": "P99999999D"}}, "counting.fades_over"),
        ({"counting": {"max_content_age": "P9999Y"}}, "counting.max_content_age"),
        (
            ladder({"impose": [WARN]}, clause={"counting": {"expires_after": "P9999Y"}}),
            "clauses.spam.counting.expires_after",
        ),
        ({"proposal_ttl": "P99999999Y"}, "proposal_ttl"),
        ({"appeal": {"window": "P99999999Y"}}, "appeal.window"),
        ({"appeal": {"reinstatement_after": "P9999Y"}}, "appeal.reinstatement_after"),
        (
            ladder({"impose": [WARN], "appeal": {"window": "P9999Y"}}),
            "ladders.strikes.steps.0.appeal.window",
        ),
        ({"escalations": [{"severity": "minor", "becomes": "grave", "within": "P9999Y"}]}, "escalations.0.within"),
        (ladder({"impose": [WARN]}, within="P99999Y"), "ladders.strikes.within"),
        (
            ladder({"impose": [WARN]}, prior_warning={"impose": [WARN], "within": "P9999Y"}),
            "ladders.strikes.prior_warning.within",
        ),
        (ladder({"impose": [WARN], "bounds": {"at_least": "P9999Y"}}), "ladders.strikes.steps.0.bounds.at_least"),
        (ladder({"impose": [restrict()], "bounds": {"at_most": "P9999Y"}}), "ladders.strikes.steps.0.bounds.at_most"),
    ],
)
def test_duration_beyond_the_calendar_is_found_wherever_it_stands(fields: dict[str, Any], place: str) -> None:
    only(place, "ends beyond the year 9999", **fields)


def test_mistakes_beyond_what_anybody_reads_are_left_out() -> None:
    clauses = {f"c{number}": {"ladder": "none"} for number in range(MOST + 50)}
    assert len(check_policy(policy(clauses=clauses))) == MOST


@pytest.mark.parametrize("field", ["severities", "account_classes"])
def test_too_many_names_to_be_told_apart_are_refused(field: str) -> None:
    only(field, "at most 100", **{field: [f"n{number}" for number in range(101)]})


def test_policy_as_large_as_a_file_may_be_is_checked_in_seconds() -> None:
    names = [f"n{number}" for number in range(100)]
    steps = [{"severity": name, "impose": [WARN]} for name in names for _ in range(10)]
    fields: dict[str, Any] = {
        "severities": names,
        "account_classes": names,
        "functions": [f"function-{number}*" for number in range(20_000)],
        "clauses": {f"c{number}": {"ladder": f"l{number % 40}"} for number in range(10_000)},
        "ladders": {f"l{number}": {"steps": steps} for number in range(40)},
    }
    began = time.process_time()
    mistakes = check_policy(policy(**fields))
    assert time.process_time() - began < 10
    assert any("too many to be checked" in sentence for _, sentence in mistakes)


def test_severities_that_lead_to_one_by_several_ways_are_no_circle() -> None:
    ways = [("a", "b"), ("b", "c"), ("b", "d"), ("c", "d"), ("c", "e"), ("d", "e")]
    rules = [{"severity": one, "becomes": other} for one, other in ways]
    assert found(severities=["a", "b", "c", "d", "e"], escalations=rules) == {}


def test_long_name_is_compared_with_none() -> None:
    def sentence(length: int) -> str:
        return found(clauses={"spam": {"ladder": "x" * length}}, ladders={"x" * (length - 1): {}})[
            "clauses.spam.ladder"
        ]

    assert "did you mean" in sentence(60)
    assert f"there are {'x' * 60}" in sentence(61)
