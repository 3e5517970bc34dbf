"""An event as it stands on record: with its account, its place in the account's stream, and when it became known."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from .events import Event

__all__ = ["Recorded", "Untold"]

Untold = Literal["encrypted", "erased"]
"""Why free text is not told."""


class Recorded(Struct, frozen=True):
    """One recorded event.

    `version` counts the account's events from 1. `recorded_at` is set by the recorder's clock and never decreases within an
    account; `command_id` names the command that added the event (None for what fell due). `untold`: it has free text that is
    not here, because its key was not given, or because it was destroyed.
    """

    account: str
    version: int
    recorded_at: datetime
    event: Event
    command_id: str | None = None
    untold: Untold | None = None

    @property
    def originator_id(self) -> str:
        """The account, under the name that eventsourcing knows."""
        return self.account

    @property
    def originator_version(self) -> int:
        """The version, under the name that eventsourcing knows."""
        return self.version
