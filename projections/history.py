"""The audit history: every event of an account, oldest first, with both times, who, and why."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from ..domain.period import period_to_text
from ..domain.record import Recorded
from ..domain.vocabulary import Actor

__all__ = ["AccountHistory", "HistoryEntry", "history_of"]

_ABOVE = ("at", "by", "narrative")


class HistoryEntry(Struct, frozen=True, kw_only=True):
    """One event. `fields` are its header and its free text, by the names of the stored event."""

    version: int
    type: str
    at: datetime
    recorded_at: datetime
    by: Actor
    command_id: str | None
    fields: dict[str, Any]

    def document(self) -> dict[str, Any]:
        """The entry as one flat JSON object."""
        first = {
            "version": self.version,
            "type": self.type,
            "at": self.at,
            "recorded_at": self.recorded_at,
            "by": self.by,
        }
        if self.command_id is not None:
            first["command_id"] = self.command_id
        return {**first, **self.fields}


class AccountHistory(Struct, frozen=True):
    """All events of an account."""

    account: str
    events: tuple[HistoryEntry, ...]

    def document(self) -> dict[str, Any]:
        """The history as one JSON document."""
        return {"account": self.account, "events": [entry.document() for entry in self.events]}


def history_of(account: str, records: Iterable[Recorded]) -> AccountHistory:
    """The history that these records make."""
    return AccountHistory(account, tuple(_entry(record) for record in records))


def _entry(record: Recorded) -> HistoryEntry:
    event = record.event
    fields: dict[str, Any] = msgspec.to_builtins(event, enc_hook=period_to_text, builtin_types=(datetime,))
    for name in _ABOVE:
        fields.pop(name, None)
    fields.setdefault("standing", event.standing)
    if event.narrative is not None:
        fields.update(msgspec.to_builtins(event.narrative))
    if record.untold is not None:
        fields["untold"] = record.untold
    if "because" in fields:
        fields.setdefault("reason", fields["because"])
    return HistoryEntry(
        version=record.version,
        type=type(event).__name__,
        at=event.at,
        recorded_at=record.recorded_at,
        by=event.by,
        command_id=record.command_id,
        fields=fields,
    )
