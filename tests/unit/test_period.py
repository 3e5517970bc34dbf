"""Durations: calendar months clamped, everything else exact, nothing beyond the calendar."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from account_sanctions.domain.period import Period

from tests.unit.scenario import Account, t


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "period", "end"),
    [
        ("2026-01-31", "P1M", "2026-02-28"),
        ("2024-01-31", "P1M", "2024-02-29"),
        ("2026-01-31", "P3M", "2026-04-30"),
        ("2026-08-31", "P6M", "2027-02-28"),
        ("2024-02-29", "P1Y", "2025-02-28"),
        ("2024-02-29", "P4Y", "2028-02-29"),
        ("1996-02-29", "P104Y", "2100-02-28"),
        ("2026-12-31", "P2M", "2027-02-28"),
        ("2026-12-01", "P1M", "2027-01-01"),
        ("2026-11-30", "P13M", "2027-12-30"),
        ("2026-01-31", "P1M1D", "2026-03-01"),
        ("2026-01-31", "P1Y1M", "2027-02-28"),
        ("2026-01-01", "P7D", "2026-01-08"),
        ("2026-01-01", "P2W", "2026-01-15"),
        ("2026-01-01", "P2W1D", "2026-01-16"),
        ("2026-01-01", "PT36H", "2026-01-02T12:00"),
        ("2026-01-01", "PT90M", "2026-01-01T01:30"),
        ("2026-01-01", "P1M", "2026-02-01"),
        ("2026-01-01", "PT1M", "2026-01-01T00:01"),
        ("2026-01-01", "PT1S", "2026-01-01T00:00:01"),
        ("2026-01-01", "P1Y2M3DT4H5M6S", "2027-03-04T04:05:06"),
        ("2026-01-01", "P0Y0M1D", "2026-01-02"),
        ("2026-01-31T23:59:59.999999", "P1M", "2026-02-28T23:59:59.999999"),
        ("9998-12-31", "P1Y", "9999-12-31"),
        ("9999-12-31T23:59:58", "PT1S", "9999-12-31T23:59:59"),
    ],
)
def test_period_goes_by_the_calendar(start: str, period: str, end: str) -> None:
    assert Period(period).after(_utc(start)) == _utc(end)


@pytest.mark.parametrize("period", ["P1M", "P30D"])
def test_month_is_not_thirty_days(period: str) -> None:
    account = Account().given("ban", at="+0d", sanction="b", for_=period)
    assert account.at("+0d").ends("b") == {"P1M": "+31d", "P30D": "+30d"}[period]


@pytest.mark.parametrize("period", ["P7974Y", "P9999Y", "P100000M", "P2912500D", "P999999999W", "PT999999999H"])
@pytest.mark.parametrize("name", ["warn", "restrict", "ban"])
def test_end_beyond_the_calendar_is_refused(name: str, period: str) -> None:
    functions: dict[str, Any] = {"functions": ["publish"]} if name == "restrict" else {}
    Account().when(name, at="+0d", for_=period, **functions).refused("invalid_period")


@pytest.mark.parametrize("period", ["P9999999999D", "P99999999999999999999Y", f"PT{'9' * 5000}S"])
def test_end_far_beyond_the_calendar_is_refused_all_the_same(period: str) -> None:
    """A duration that can be read is not malformed for being long."""
    Account().when("ban", at="+0d", for_=period).refused("invalid_period")


@pytest.mark.parametrize(
    ("period", "end"), [("PT1000000000S", "2057-09-09T01:46:40"), ("P0000000000007D", "2026-01-08")]
)
def test_long_number_inside_the_calendar_is_accepted(period: str, end: str) -> None:
    account = Account().given("ban", at="+0d", sanction="b", for_=period)
    assert account.at("+0d").sanction("b").until == _utc(end)


def test_deadline_and_consequence_beyond_the_calendar_are_refused() -> None:
    account = Account()
    account.when("order_rectification", at="+0d", within="P9999Y").refused("invalid_period", field="deadline")
    consequences = [{"ban": {"for": "P9999Y"}}]
    refusal = account.when("order_rectification", at="+0d", within="P3D", on_default=consequences)
    refusal.refused("invalid_period", field="on_default")


def test_change_beyond_the_calendar_is_refused() -> None:
    account = Account().given("ban", at="+0d", sanction="b", until="+9d")
    account.when("change_sanction", at="+1d", sanction="b", for_="P9999Y").refused("invalid_period")


def test_extension_that_pushes_a_consequence_beyond_the_calendar_is_refused() -> None:
    account = Account().given(
        "order_rectification", at="+0d", sanction="o", within="P3D", on_default=[{"ban": {"for": "P7970Y"}}]
    )
    far = "2040-01-01T00:00:00Z"
    account.when("extend_rectification", at="+1d", sanction="o", deadline=far).refused("invalid_period")


def test_end_on_the_last_instant_is_accepted() -> None:
    account = Account().given("ban", at="+0d", sanction="b", until="9999-12-31T23:59:59.999999Z")
    assert account.at("+90000d").standing == "banned"


def test_proposal_near_the_end_of_the_calendar_lapses_at_it() -> None:
    account = Account()
    ban = {"command": "ban", "basis": {"clause": "1.1"}, "permanent": True}
    account.given("propose", at="9999-12-30T00:00:00Z", proposal="p", sanction=ban)
    assert account.state.open_proposals["p"].lapses_at == datetime.max.replace(tzinfo=UTC)


def test_appeal_window_beyond_the_calendar_does_not_close() -> None:
    account = Account()
    account.given("warn", at="9999-12-30T00:00:00Z", sanction="w", permanent=True)
    account.when("appeal", at="9999-12-31T00:00:00Z", sanction="w").then("AppealFiled")


def test_period_of_a_sanction_counts_from_its_start() -> None:
    account = Account().given("ban", at="+0d", sanction="b", from_="+30d", for_="P1M")
    assert account.at("+0d").sanction("b").until == t("+30d").replace(month=2, day=28)


def test_instants_with_an_offset_are_the_same_in_utc() -> None:
    account = Account().given("ban", at="2026-01-01T08:00:00+08:00", sanction="b", until="2026-01-02T01:30:00+01:30")
    assert account.at("+0d").sanction("b").from_ == t("+0d")
    assert account.at("+0d").ends("b") == "+1d"
    assert account.at("+0d").sanction("b").until.tzinfo is UTC  # type: ignore[union-attr]


def test_periods_are_equal_by_their_text_and_say_so() -> None:
    assert Period("P7D") == Period("P7D") != Period("P1W")
    assert Period("P7D") != "P7D"
    assert {Period("P7D"), Period("P7D")} == {Period("P7D")}
    assert repr(Period("P7D")) == "Period('P7D')"


def test_leading_zeros_are_no_digits_and_huge_numbers_are_not_worked_out() -> None:
    assert Period("P00000000000000007D").days == 7
    assert Period("P9999999999999D").days == 9_999_999_999_999
    assert Period("P90000000000000D").days == Period(f"P{'9' * 4000}D").days == 10_000_000_000_000
