"""What a policy's parts can be read as: numbers, dates and limits that hold for each field by itself."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from account_sanctions.domain.period import period_from_text
from account_sanctions.domain.policies.clauses import Clause, Counting, Escalation
from account_sanctions.domain.policies.ladders import Ladder, Step
from account_sanctions.domain.policies.numbers import exact
from account_sanctions.domain.policies.penalties import Penalty

from tests.unit.test_report_violation import policy

Json = dict[str, Any]
_WARN: Json = {"warn": {"permanent": True}}


def _read(kind: type[msgspec.Struct], **fields: Any) -> Any:
    return msgspec.convert(fields, kind, dec_hook=period_from_text)


@pytest.mark.parametrize(
    ("kind", "good", "wrong", "words"),
    [
        (Counting, {"expires_after": "P1D"}, {"expires_after": "P1D", "fades_over": "P1D"}, "`fades_over`"),
        (Escalation, {"severity": "a", "becomes": "b"}, {"severity": "a", "becomes": "b", "nth": 1}, "`nth`"),
        (
            Clause,
            {"effective_from": "2026-01-01T00:00:00Z", "effective_until": "2026-01-01T00:00:01Z"},
            {"effective_from": "2026-01-01T00:00:00Z", "effective_until": "2026-01-01T00:00:00Z"},
            "`effective_until`",
        ),
        (Step, {"impose": [_WARN] * 20}, {"impose": [_WARN] * 21}, "at most 20"),
        (Step, {"appeal": {}}, {"appeal": {}, "appealable": False}, "`appeal`"),
        (Ladder, {"steps": [{}] * 1000}, {"steps": [{}] * 1001}, "at most 1000"),
        (Penalty, {"order": {"within": "P1D"}}, {"order": {"within": "P1D"}, "for": "P1D"}, "`within`"),
        (Penalty, _WARN, {**_WARN, "order": {"within": "P1D"}}, "exactly one"),
    ],
)
def test_part_of_a_policy_that_contradicts_itself_is_not_read(
    kind: type[msgspec.Struct], good: Json, wrong: Json, words: str
) -> None:
    _read(kind, **good)
    with pytest.raises(msgspec.ValidationError, match=words):
        _read(kind, **wrong)


@pytest.mark.parametrize("written", ["1.5", "-1", "", "1/", "٣", 10**12, True, "1" * 13])
def test_weight_is_a_whole_number_or_a_fraction(written: Any) -> None:
    with pytest.raises(ValueError, match="is not a weight"):
        exact(written)
    with pytest.raises(msgspec.ValidationError):
        _read(Clause, weight=written)


def test_weight_that_divides_by_zero_is_none() -> None:
    with pytest.raises(msgspec.ValidationError, match="divides by zero"):
        _read(Clause, weight="1/0")


def test_policy_remembers_the_steps_of_a_thousand_severities() -> None:
    rules = policy({"severity": "s0", "impose": [_WARN]}, {"at": 2, "impose": [_WARN]})
    first = rules.rungs("main", "s0", None)
    for number in range(1, 1000):
        rules.rungs("main", f"s{number}", None)
    assert rules.rungs("main", "s0", None) is first
    rules.rungs("main", "s1000", None)
    again = rules.rungs("main", "s0", None)
    assert again is not first
    assert [name for _, name, _ in again.crossed(0, 9)] == [name for _, name, _ in first.crossed(0, 9)] == ["1", "2"]
