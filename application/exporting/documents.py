"""What a line of an export says: an event, the state of an account, or a sanction, as one flat document.

An event is what `history --json` shows of it, with its account before and its place in the log and its hash behind. A state
is the state document, a sanction is one of that document's sanctions with its account before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from ...domain.record import Recorded
from ...infrastructure.scanning import LoggedEvent
from ...projections.history import history_of
from ..documents import AccountState, account_state
from .source import Selection, StoredAccount

__all__ = ["Subject", "documents", "event_documents", "state_document"]

Subject = Literal["events", "states", "sanctions"]
"""What an export is of."""


def documents(
    account: StoredAccount, of: Subject, selection: Selection, *, narratives: bool
) -> Iterator[dict[str, Any]]:
    """The documents of one account that the selection holds."""
    match of:
        case "events":
            for _, _, document in event_documents(account, selection, narratives=narratives):
                yield document
        case "states":
            yield _named(state_document(account))
        case "sanctions":
            for sanction in state_document(account).sanctions:
                if selection.holds(sanction.at):
                    yield {"account": account.name, **_named(sanction)}


def event_documents(
    account: StoredAccount, selection: Selection, *, narratives: bool
) -> Iterator[tuple[LoggedEvent, Recorded, dict[str, Any]]]:
    """Each event as it is stored, as it is read, and as a document."""
    records = account.narrated if narratives else account.records
    for stored, record in zip(account.events, records, strict=True):
        if selection.holds(record.event.at):
            (entry,) = history_of(account.name, (record,)).events
            yield (
                stored,
                record,
                {
                    "account": account.name,
                    **entry.document(),
                    "partition": stored.partition,
                    "position": stored.position,
                    "hash": stored.hash.hex(),
                    "mark": None if stored.mark is None else stored.mark.hex(),
                },
            )


def state_document(account: StoredAccount) -> AccountState:
    """The account at the instant of the snapshot, as known then."""
    at = account.snapshot.taken_at
    return account_state(account.name, account.state, version=len(account.events), valid_at=at, known_at=at)


def _named(document: msgspec.Struct) -> dict[str, Any]:
    fields = zip(document.__struct_fields__, document.__struct_encode_fields__, strict=True)
    return {field: value for name, field in fields if (value := getattr(document, name)) is not msgspec.UNSET}
