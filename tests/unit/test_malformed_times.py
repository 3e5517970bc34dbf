"""Times and durations that cannot be read."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.unit.samples import BY, refusal, whole
from tests.unit.scenario import command


@pytest.mark.parametrize(
    "wrong",
    [
        "2026-01-01T00:00:00",
        "2026-01-01",
        "2026-01-01T00:00:00.5",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-01-01T25:00:00Z",
        "2026-01-01T00:00:00+25:00",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "10000-01-01T00:00:00Z",
        "yesterday",
        "infinity",
        "",
        "1767225600",
        1767225600,
        datetime(2026, 1, 1),  # noqa: DTZ001 - the point of the case
    ],
)
@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("note", "at"),
        ("ban", "until"),
        ("ban", "from"),
        ("order_rectification", "deadline"),
        ("extend_rectification", "deadline"),
        ("record_violation", "content_at"),
        ("change_sanction", "until"),
    ],
)
def test_time_that_cannot_be_read_is_malformed(name: str, field: str, wrong: object) -> None:
    assert refusal({**whole(name), field: wrong}).details["field"] == field


@pytest.mark.parametrize(
    "wrong",
    [
        "P",
        "PT",
        "P1",
        "1D",
        "7",
        "P1DT",
        "PT1D",
        "P1H",
        "P-1D",
        "-P1D",
        "+P1D",
        "P1.5D",
        "PT0.5S",
        "P1,5D",
        "P0D",
        "PT0S",
        "P0Y0M0DT0H0M0S",
        "p1d",
        "P1D ",
        " P1D",
        "P1D\n",
        "P\u0661D",
        "P1D1Y",
        "P1M1Y",
        "P1Y1W1D1M",
        "1 day",
        "",
        "infinite",
    ],
)
def test_duration_that_cannot_be_read_is_malformed(wrong: str) -> None:
    value = command("ban", account="gh_1", by=BY, for_=wrong)
    assert refusal(value).details["field"] == "for"
    assert refusal(command("order_rectification", account="gh_1", by=BY, within=wrong)).details["field"] == "within"


@pytest.mark.parametrize("wrong", [7, 0, 1.5, True, None, ["P7D"], {"days": 7}])
def test_duration_of_a_wrong_type_is_malformed(wrong: object) -> None:
    assert refusal(command("ban", account="gh_1", by=BY, for_=wrong)).details["field"] == "for"
