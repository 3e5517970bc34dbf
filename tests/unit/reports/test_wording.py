"""The words of reports are for people, and tricks in a text are written out."""

from __future__ import annotations

from account_sanctions.application.reports.wording import (
    consequence_words,
    event_words,
    period_words,
    visible,
)

from .platforms import START


def test_words_are_for_people() -> None:
    assert event_words("RectificationOrdered") == "Rectification ordered"
    assert period_words("P1Y2M3DT4H5M6S") == "1 year, 2 months, 3 days, 4 hours, 5 minutes, 6 seconds"
    assert period_words("nonsense") == "nonsense"
    assert consequence_words({"ban": {"permanent": True}}) == "ban without end"
    assert consequence_words({"warn": {"until": START}}) == "warning until 2026-01-05 09:00:00 UTC"
    own = {"restrict": ["a", {"function": "b", "for": "P1D"}], "permanent": True}
    assert consequence_words(own) == "restriction of a, b for 1 day without end"


def test_tricks_are_written_out() -> None:
    assert visible("a\u202eb\x00\ud800") == "a[U+202E]b[U+0000][U+D800]"
    assert visible("two\nlines\tand \u0627\u200f") == "two\nlines\tand \u0627\u200f"
