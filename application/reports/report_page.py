"""The report of one account: the history page with the verdict, the reasons, the places in the log, and what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from ...domain.explaining import AccountExplanation, ProofReference
from ...projections.history import AccountHistory
from ..documents import AccountState
from .differing import Difference
from .environment import environment
from .history_page import account_view
from .verdicts import VerdictView

__all__ = ["AccountReport", "report_page"]

# Nobody reads more; `explain --json` has them all.
_MOST: Final = 200


class AccountReport(Struct, frozen=True, kw_only=True):
    """What the report of one account holds. `history` and `state` are of the same valid and known time."""

    history: AccountHistory
    state: AccountState
    explanation: AccountExplanation
    places: Mapping[int, ProofReference]
    verdict: VerdictView
    differences: Sequence[Difference]
    made_at: datetime


def report_page(found: AccountReport) -> str:
    """The report as one HTML document that needs nothing but itself. All text of other people is escaped."""
    heading = f"Sanctions of {found.state.account}"
    return (
        environment()
        .get_template("report.html")
        .render(
            title=heading,
            account=account_view("account", heading, None, found.history, found.state, found.places),
            bearing=found.explanation.events[:_MOST],
            bearing_more=max(len(found.explanation.events) - _MOST, 0),
            discarded=found.explanation.discarded[:_MOST],
            discarded_more=max(len(found.explanation.discarded) - _MOST, 0),
            verdict=found.verdict,
            differences=found.differences,
            made_at=found.made_at,
        )
    )
