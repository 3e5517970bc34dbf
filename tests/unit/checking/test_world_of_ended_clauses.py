"""Where every clause of a policy has ended, its world begins while one was in force; and who notes that time has passed."""

from __future__ import annotations

from typing import Any

import pytest
from account_sanctions.domain.checking.people import FIRST, PROPOSER, RULES, who_notes
from account_sanctions.domain.checking.world import Report, world_of
from account_sanctions.domain.presets import DEFAULT
from msgspec.structs import replace

from tests.unit.scenario import iso, t
from tests.unit.test_report_violation import policy


def _dates(start: str | None, end: str | None) -> dict[str, str]:
    return {
        **({} if start is None else {"effective_from": iso(start)}),
        **({} if end is None else {"effective_until": iso(end)}),
    }


def _rules(*dates: tuple[str | None, str | None]) -> Any:
    """Clauses of different weights, so that each is reported."""
    named = {
        f"c{number}": {"ladder": "main", "weight": number, **_dates(*each)} for number, each in enumerate(dates, 1)
    }
    return policy(clauses=named)


@pytest.mark.parametrize(
    ("dates", "start", "reported"),
    [
        ([(None, "+0d")], "-1d", ["c1"]),
        ([(None, "+0d+1us")], "+0d", ["c1"]),
        ([(None, "-9d")], "-10d", ["c1"]),
        ([("-20d", "-5d")], "-20d", ["c1"]),
        ([(None, "-9d"), ("-20d", "-5d")], "-10d", ["c1", "c2"]),
        ([(None, "-9d"), ("-8d", "-5d")], "-8d", ["c2"]),
        ([(None, "-9d"), (None, "+5d")], "+0d", ["c2"]),
        ([(None, "-9d"), (None, None)], "+0d", ["c2"]),
        ([("-9d", "-5d"), ("+5d", None)], "+5d", ["c2"]),
    ],
)
def test_world_begins_while_a_clause_is_in_force(
    dates: list[tuple[str | None, str | None]], start: str, reported: list[str]
) -> None:
    world = world_of(_rules(*dates), 1)
    assert world.start == t(start)
    assert world.reports == tuple(Report(name, None, None) for name in reported)
    assert world.clause in reported


def test_clause_that_stays_is_cited_rather_than_one_that_ends() -> None:
    world = world_of(_rules((None, "+5d"), (None, None)), 1)
    assert world.clause == "c2"
    assert [report.clause for report in world.reports] == ["c2", "c1"]


@pytest.mark.parametrize(
    ("withheld", "who"),
    [
        ({}, RULES),
        ({"system": ("warn",)}, RULES),
        ({"system": ("warn", "note")}, PROPOSER),
        ({"moderator": ("note",)}, RULES),
        ({"system": ("note",), "moderator": ("note",)}, FIRST),
        ({"system": ("note",), "moderator": ("note",), "reviewer": ("note",)}, None),
    ],
)
def test_remark_is_put_on_file_by_the_first_who_may(withheld: Any, who: Any) -> None:
    assert who_notes(replace(DEFAULT, withheld_rights=withheld)) == who
