"""The words of findings: near names, lists of names, durations in other words."""

from __future__ import annotations

import pytest
from account_sanctions.domain.period import Period
from account_sanctions.domain.policies.findings import listed, near, not_a_duration, too_long, twice


def test_nearest_name_is_offered_and_none_where_none_is_near() -> None:
    assert near("pots", ["posts", "post", "live"]) == "; did you mean 'posts'?"
    assert near("ban", ["restrict"]) == ""
    assert near("post", []) == ""


def test_names_are_not_compared_where_that_would_take_long() -> None:
    many = [f"post{number}" for number in range(10_000)]
    assert near("post1", many) == near("p" * 10_000, ["p"]) == ""


@pytest.mark.parametrize(("number", "last"), [(1, "n0"), (12, "n11"), (13, "n11, ...")])
def test_first_dozen_of_names_is_listed(number: int, last: str) -> None:
    names = listed([f"n{one}" for one in range(number)])
    assert names.startswith("n0")
    assert names.endswith(last)
    assert listed(["a", "b"]) == "a, b"


def test_name_is_found_at_each_further_place() -> None:
    assert list(twice(("functions",), ["a", "b", "a", "a"])) == [
        (("functions", 2), "'a' is listed twice; leave one of them out"),
        (("functions", 3), "'a' is listed twice; leave one of them out"),
    ]


def test_period_beyond_the_calendar_is_shown_as_far_as_it_is_read() -> None:
    assert list(too_long(("x",), Period("P99Y"), "shorten it")) == []
    assert list(too_long(("x",), Period("P9999Y"), "shorten it")) == [
        (("x",), "'P9999Y' ends beyond the year 9999; shorten it")
    ]
    ((_, sentence),) = too_long(("x",), Period(f"P{'9' * 500}Y"), "shorten it")
    assert len(sentence) < 150
    assert "..." in sentence


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("P7D", None),
        ("7 days", "'7 days' is not how a duration is written; write \"P7D\""),
        ("7d", "'7d' is not how a duration is written; write \"P7D\""),
        ("12 hours", "'12 hours' is not how a duration is written; write \"PT12H\""),
        ("7", '7 has no unit; write "P7D" for days, "PT7H" for hours, "P7M" for months'),
        (7, '7 has no unit; write "P7D" for days, "PT7H" for hours, "P7M" for months'),
        ("0", "'0' is not a duration: a duration is ISO 8601 in whole units, such as P7D, PT12H or P1M"),
        ("0 days", "'0 days' is not a duration: a duration is ISO 8601 in whole units, such as P7D, PT12H or P1M"),
        ("P0D", "'P0D' is not a duration: a duration is longer than zero"),
        ("soon", "'soon' is not a duration: a duration is ISO 8601 in whole units, such as P7D, PT12H or P1M"),
    ],
)
def test_what_is_no_duration_is_told_how_it_is_written(given: str | int, sentence: str | None) -> None:
    assert not_a_duration(given) == sentence


def test_number_beyond_reading_is_not_repeated() -> None:
    said = not_a_duration(10**5000)
    assert said is not None
    assert len(said) < 200
    long = not_a_duration("x" * 5000)
    assert long is not None
    assert len(long) < 250
