"""Durations and names at the edges of what is shown: the longest that is shown whole, the most that is compared."""

from __future__ import annotations

import pytest
from account_sanctions.domain.period import Period
from account_sanctions.domain.policies.findings import near, not_a_duration, too_long

_NO_DURATION = "is not a duration: a duration is ISO 8601 in whole units, such as P7D, PT12H or P1M"


@pytest.mark.parametrize(("number", "hint"), [(300, "; did you mean 'post7'?"), (301, "")])
def test_name_is_compared_with_three_hundred_at_most(number: int, hint: str) -> None:
    assert near("post7", [f"post{one}" for one in range(number)]) == hint


def test_duration_of_sixty_letters_is_shown_whole_and_a_longer_one_is_cut() -> None:
    whole, longer = f"P{'9' * 58}Y", f"P{'9' * 59}Y"
    assert list(too_long((), Period(whole), "-")) == [((), f"'{whole}' ends beyond the year 9999; -")]
    assert list(too_long((), Period(longer), "-")) == [((), f"'P{'9' * 59}...' ends beyond the year 9999; -")]


def test_text_of_sixty_letters_that_is_no_duration_is_shown_whole_and_a_longer_one_is_cut() -> None:
    assert not_a_duration("x" * 60) == f"'{'x' * 60}' {_NO_DURATION}"
    assert not_a_duration("x" * 61) == f"'{'x' * 60}...' {_NO_DURATION}"


@pytest.mark.parametrize("number", [100, 10**9 - 1])
def test_number_that_can_be_read_is_told_its_units(number: int) -> None:
    assert not_a_duration(number) == (
        f'{number} has no unit; write "P{number}D" for days, "PT{number}H" for hours, "P{number}M" for months'
    )


@pytest.mark.parametrize("number", [10**9, -(10**9), 2 * 10**9, 10**4000])
def test_number_that_nobody_means_as_a_length_of_time_is_not_repeated(number: int) -> None:
    assert not_a_duration(number) == f"'this number' {_NO_DURATION}"
