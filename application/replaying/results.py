"""What a replay comes to: one digest of all states, figures, and what does not fit."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from msgspec import Struct

__all__ = ["EXIT_STATUS", "Finding", "FindingCode", "Instant", "Replayed"]

EXIT_STATUS: Final = 3
"""The exit status of a replay with findings: inconsistent, as `verify` says."""

FindingCode = Literal[
    "event_unreadable", "version_gap", "events_missing", "view_diverging", "view_orphan", "sql_diverging"
]


class Instant(Struct, frozen=True):
    """Of when the states are: at `valid_at`, as known at `known_at` (None: by everything that is recorded)."""

    valid_at: datetime
    known_at: datetime | None = None


class Finding(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that does not fit. An account that cannot be folded is named, and is in none of the figures."""

    code: FindingCode
    account: str | None = None
    version: int | None = None
    message: str


class Replayed(Struct, frozen=True, kw_only=True):
    """What a replay came to.

    `digest`: SHA-256 of the sum over the canonical states of all accounts, 64 hexadecimal digits; `events` and `types`: the
    events that were known, in all and by type; `accounts` and `standings`: the accounts of which something was known, in all
    and by standing; `kinds`: sanctions in force, by kind; `restrictions`: for each function, from how many accounts it was
    taken away (`*`: by a ban). `code`: a digest of the code that folded. `compared`: how many accounts were compared with the
    live view (None: it was not asked for), `moved_on`: of how many there were newer events by then. `judged_by_sql`: of how many
    SQL alone found the standing (None: it was not asked for). `more`: findings that are not listed.
    """

    store: str
    source: Literal["export", "database"]
    valid_at: datetime
    known_at: datetime | None
    digest: str
    events: int
    accounts: int
    types: dict[str, int]
    standings: dict[str, int]
    kinds: dict[str, int]
    restrictions: dict[str, int]
    code: str
    compared: int | None = None
    moved_on: int = 0
    judged_by_sql: int | None = None
    findings: tuple[Finding, ...] = ()
    more: int = 0

    @property
    def exit_status(self) -> int:
        """The exit status of `replay`."""
        return EXIT_STATUS if self.findings else 0
