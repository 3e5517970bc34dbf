"""Sentences for penalties, proposals, sanctions and numbers, one for each form that they can have."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from account_sanctions.domain import events as e
from account_sanctions.domain.acts import Proposable
from account_sanctions.domain.explaining.words import (
    change_words,
    consequence_words,
    imposed_words,
    measure_words,
    nth,
    number_words,
    penalty_words,
)
from account_sanctions.domain.period import period_from_text
from account_sanctions.domain.policies.ladders import Ladder
from account_sanctions.domain.policies.penalties import Penalty
from account_sanctions.domain.terms import Consequence
from msgspec import convert

from tests.unit.scenario import Account, iso

_WARNED: dict[str, Any] = {"warn": {"for": "P1D"}}


def test_numbers_of_places_end_as_they_are_spoken() -> None:
    found = [nth(number) for number in (1, 2, 3, 4, 11, 12, 13, 21, 102, 111)]
    assert found == ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th"]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (3, "3"),
        ("4/3", "4/3"),
        (Fraction(1, 1000), "1/1000"),
        (Fraction(1, 1001), "about 0.00"),
        (Fraction(20_059, 10_007), "about 2.00"),
        (Fraction(25_099, 10_007), "about 2.50"),
        ("heavy", "heavy"),
        ("1/0", "1/0"),
    ],
)
def test_number_is_cut_off_where_it_would_be_unreadable_and_kept_where_it_is_none(
    value: int | str | Fraction, words: str
) -> None:
    assert number_words(value) == words


@pytest.mark.parametrize(
    ("penalty", "words"),
    [
        ({"warn": {"for": "P7D"}}, "warning for P7D"),
        ({"warn": {"until": iso("+1d")}}, "warning until 2026-01-02T00:00:00Z"),
        ({"ban": {"permanent": True}}, "permanent ban"),
        ({"ban": {"for": "P7D"}}, "ban for P7D"),
        ({"restrict": ["post", "comment"], "permanent": True}, "restriction of post, comment without end"),
        (
            {"restrict": ["post", {"function": "comment", "for": "P1D"}], "for": "P7D"},
            "restriction of post for P7D, comment for P1D",
        ),
        ({"order": {"within": "P3D"}}, "order to rectify within P3D"),
        (
            {"order": {"within": "P3D", "on_default": [_WARNED, {"ban": {"permanent": True}}]}},
            "order to rectify within P3D (if that is missed: warning for P1D and permanent ban)",
        ),
    ],
)
def test_penalty_of_a_step_says_what_and_how_long(penalty: dict[str, Any], words: str) -> None:
    assert penalty_words(convert(penalty, Penalty, dec_hook=period_from_text)) == words


@pytest.mark.parametrize(
    ("consequence", "words"),
    [
        (_WARNED, "warning for P1D"),
        ({"ban": {"for": "P1D"}}, "ban for P1D"),
        ({"restrict": ["post"], "for": "P1D"}, "restriction of post for P1D"),
    ],
)
def test_consequence_says_what_and_how_long(consequence: dict[str, Any], words: str) -> None:
    assert consequence_words(convert(consequence, Consequence, dec_hook=period_from_text)) == words


_BASIS = {"clause": "1"}


@pytest.mark.parametrize(
    ("act", "words"),
    [
        ({"command": "warn", "basis": _BASIS, "for": "P1D"}, "warning for P1D"),
        ({"command": "ban", "basis": _BASIS, "permanent": True}, "permanent ban"),
        (
            {"command": "restrict", "basis": _BASIS, "functions": ["post"], "until": iso("+1d")},
            "restriction of post until 2026-01-02T00:00:00Z",
        ),
        (
            {"command": "order_rectification", "basis": _BASIS, "within": "P3D", "on_default": [_WARNED]},
            "order to rectify within P3D (if that is missed: warning for P1D)",
        ),
        (
            {"command": "order_rectification", "basis": _BASIS, "deadline": iso("+1d"), "on_default": []},
            "order to rectify by 2026-01-02T00:00:00Z",
        ),
        (
            {"command": "change_sanction", "sanction": "s", "permanent": True, "reason": "-"},
            "change of s to without end",
        ),
        (
            {"command": "change_sanction", "sanction": "s", "functions": ["post"], "for": "P1D", "reason": "-"},
            "change of s to post for P1D",
        ),
        (
            {"command": "change_sanction", "sanction": "s", "functions": ["post"], "reason": "-"},
            "change of s to post",
        ),
        (
            {
                "command": "change_sanction",
                "sanction": "s",
                "functions": ["post", {"function": "comment", "for": "P1D"}],
                "reason": "-",
            },
            "change of s to post with ends of their own, comment for P1D",
        ),
    ],
)
def test_proposal_says_what_it_would_impose_or_change(act: dict[str, Any], words: str) -> None:
    assert change_words(convert(act, Proposable, dec_hook=period_from_text)) == words


@pytest.mark.parametrize(
    ("name", "fields", "words"),
    [
        ("warn", {"until": "+1d"}, "warning until 2026-01-02T00:00:00Z"),
        ("ban", {"until": "+1d"}, "ban until 2026-01-02T00:00:00Z"),
        ("order_rectification", {"deadline": "+1d"}, "order to rectify by 2026-01-02T00:00:00Z"),
        (
            "restrict",
            {"functions": ["publish", "comments"], "until": "+1d"},
            "restriction of comments, publish until 2026-01-02T00:00:00Z",
        ),
        (
            "restrict",
            {"functions": [{"function": "comments", "until": iso("+1d")}, {"function": "publish", "permanent": True}]},
            "restriction of comments until 2026-01-02T00:00:00Z, publish without end",
        ),
    ],
)
def test_recorded_sanction_says_what_it_is_and_until_when(name: str, fields: dict[str, Any], words: str) -> None:
    (event,) = Account().when(name, at="+0d", **fields).events
    assert isinstance(event, e.Imposed)
    assert imposed_words(event) == words


@pytest.mark.parametrize(
    ("ladder", "words"),
    [
        ({}, "the number of violations of all clauses that climb this ladder, the new one included"),
        (
            {"count": "weight", "scope": "account", "same_severity": True},
            "what the violations weigh together of the account, the new one included, of the same severity",
        ),
        (
            {"scope": "clause", "within": "P30D", "running_counts": True},
            "the number of violations of the same clause, the new one included, within P30D"
            " or with a sanction that is still in force",
        ),
        (
            {"scope": "category", "within": "P30D", "prior_warning": {"within": "P9D", "impose": [_WARNED]}},
            "the number of violations of the same category, the new one included, within P30D"
            "; only after a warning within P9D, and from that on",
        ),
        (
            {"prior_warning": {"impose": [_WARNED]}},
            "the number of violations of all clauses that climb this ladder, the new one included"
            "; only after a warning, and from that on",
        ),
    ],
)
def test_measure_of_a_ladder_says_what_is_counted(ladder: dict[str, Any], words: str) -> None:
    assert measure_words(convert(ladder, Ladder, dec_hook=period_from_text)) == words
