"""The kit's given, when, then on the pure domain; here the intervals of the fast index are held to the same answers."""

from __future__ import annotations

from account_sanctions.domain.queries import EVERYTHING, Verdict
from account_sanctions.projections.intervals import intervals
from account_sanctions.testing import scenario
from account_sanctions.testing.clock import T0
from account_sanctions.testing.factories import (
    AUDITOR,
    HOLDER,
    MODERATOR,
    OTHER_MODERATOR,
    OTHER_REVIEWER,
    REVIEWER,
    SYSTEM,
    actor,
    command,
    iso,
    t,
)
from account_sanctions.testing.scenario import Result, View

__all__ = [
    "AUDITOR",
    "HOLDER",
    "MODERATOR",
    "OTHER_MODERATOR",
    "OTHER_REVIEWER",
    "REVIEWER",
    "SYSTEM",
    "T0",
    "Account",
    "Result",
    "View",
    "actor",
    "command",
    "iso",
    "t",
]


class Account(scenario.Account):
    """One account; `may` asks the intervals, too."""

    def may(self, function: str, at: str) -> Verdict:
        found = super().may(function, at)
        held = {
            span.sanction
            for span in intervals(self.state)
            if span.function in (function, EVERYTHING) and span.starts <= t(at) and (not span.ends or t(at) < span.ends)
        }
        assert set(found.because) == held
        return found
