"""A simulation as tables for spreadsheets: a row for each violation, or account, on which the two policies differ."""

from __future__ import annotations

import csv
from typing import Final, TextIO

from ...domain.instants import text
from ..exporting.cells import harmless
from ..simulating.tallying import Compared, Ended
from .simulation_words import said_words

__all__ = ["ACCOUNT_COLUMNS", "COLUMNS", "AccountRows", "Rows"]

COLUMNS: Final = (
    "account",
    "violation",
    "at",
    "clause",
    "severity",
    "difference",
    "direction",
    "recorded_step",
    "recorded_reason",
    "recorded",
    "other_step",
    "other_reason",
    "other",
)
ACCOUNT_COLUMNS: Final = ("account", "recorded", "other")


class Rows:
    """Writes rows as they come, under one heading."""

    def __init__(self, file: TextIO) -> None:
        self._writer = csv.writer(file)
        self._writer.writerow(COLUMNS)

    def write(self, one: Compared) -> None:
        """The row of a violation; none where nothing differs."""
        if one.difference is None:
            return
        recorded, other = one.recorded, one.other
        row = (
            one.account,
            one.violation,
            text(one.at),
            one.clause,
            one.severity or "",
            one.difference,
            one.direction or "",
            recorded.step or "",
            recorded.withheld or "",
            said_words(recorded),
            other.step or "",
            other.refused or other.withheld or "",
            said_words(other),
        )
        self._writer.writerow(map(harmless, row))


class AccountRows:
    """Writes the accounts that stand otherwise in the end, under one heading."""

    def __init__(self, file: TextIO) -> None:
        self._writer = csv.writer(file)
        self._writer.writerow(ACCOUNT_COLUMNS)

    def write(self, one: Ended) -> None:
        """The row of an account; none where it stands the same."""
        if one.recorded != one.other:
            self._writer.writerow(map(harmless, (one.account, one.recorded, one.other)))
