"""Until when a window is open in which a sanction can be appealed against."""

from __future__ import annotations

from typing import Any

import pytest
from account_sanctions.domain.checking.instants import window_end
from account_sanctions.domain.events import AppealTerms
from account_sanctions.domain.presets import DEFAULT
from msgspec.structs import replace

from tests.unit.scenario import Account, t


@pytest.mark.parametrize(
    ("fields", "closes"),
    [
        ({}, "+4d"),
        ({"appeals_left": 2}, "+4d"),
        ({"appeals_left": 0}, None),
        ({"overturned_at": t("+1d")}, None),
        ({"notice_at": t("+2d")}, "+6d"),
        ({"window_from": t("+1d")}, "+5d"),
        ({"appeal_terms": None}, None),
    ],
)
def test_window_closes_so_long_after_the_notice_or_the_decision(fields: dict[str, Any], closes: str | None) -> None:
    """There is none where no appeal is left, where none is given, and against what was overturned."""
    terms = replace(DEFAULT, appeal=AppealTerms(window="P4D", limit=1))
    sanction = Account(terms).given("warn", at="+0d", sanction="w", until="+9d").state.live["w"]
    assert window_end(replace(sanction, **fields)) == (None if closes is None else t(closes))
