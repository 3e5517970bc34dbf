"""Instants to the microsecond, there and back; durations as keys and as text."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from account_sanctions.domain.instants import EPOCH, as_utc, from_micros, text, to_micros
from account_sanctions.domain.period import Period, period_from_text, period_to_text

T = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)


def test_microseconds_count_days_seconds_and_microseconds() -> None:
    assert to_micros(EPOCH) == 0
    assert to_micros(T) == 1_767_323_045_678_901
    assert to_micros(EPOCH - timedelta(microseconds=1)) == -1
    assert from_micros(1_767_323_045_678_901) == T
    assert from_micros(-1) == datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)


def test_text_is_in_utc_whatever_the_offset() -> None:
    east = T.astimezone(timezone(timedelta(hours=8)))
    assert text(east) == text(T) == "2026-01-02T03:04:05.678901Z"
    assert as_utc(east) == T
    assert as_utc(east).tzinfo is UTC


def test_text_is_in_utc_whatever_the_zone_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as moved:
        moved.setenv("TZ", "Asia/Shanghai")
        time.tzset()
        assert text(T) == "2026-01-02T03:04:05.678901Z"
    time.tzset()


def test_period_is_a_key_and_says_what_it_cannot_write() -> None:
    assert len({hash(Period(f"P{days}D")) for days in range(1, 100)}) > 90
    assert hash(Period("P7D")) == hash(Period("P7D"))
    with pytest.raises(NotImplementedError, match="no writer for <class 'complex'>"):
        period_to_text(1j)


def test_period_is_read_from_its_text_or_is_one_already() -> None:
    assert period_from_text(Period, "P7D") == period_from_text(Period, Period("P7D")) == Period("P7D")
    for wrong in (7, None, "7 days"):
        with pytest.raises(ValueError, match="a duration is"):
            period_from_text(Period, wrong)
    with pytest.raises(NotImplementedError, match="no reader for <class 'complex'>"):
        period_from_text(complex, "1j")
