"""What the history of an account is to tell after these events, and the first entry of which a deployment tells otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any

from msgspec.structs import replace

from ..application.documents import AccountHistory, history_of
from ..domain.events import PersonalDataErased
from ..domain.record import Recorded
from .differing import difference

__all__ = ["different_entry", "told"]


def told(account: str, records: Sequence[Recorded]) -> AccountHistory:
    """The history that these events make. Free text before an erasure is told by nothing any more."""
    erased = max([one.version for one in records if isinstance(one.event, PersonalDataErased)], default=0)
    return history_of(account, (_erased(one) if one.version < erased else one for one in records))


def different_entry(expected: AccountHistory, found: AccountHistory) -> str | None:
    """The first entry that is told otherwise, line by line; None where there is none.

    When an entry was recorded is not compared, nor the id of its command: a host may have ids of its own.
    """
    for number, (right, other) in enumerate(zip_longest(_entries(expected), _entries(found)), 1):
        if right != other:
            return f"entry {number}:\n{difference(right, other)}"
    return None


def _erased(record: Recorded) -> Recorded:
    if record.event.narrative is None:
        return record
    return replace(record, event=replace(record.event, narrative=None), untold="erased")


def _entries(history: AccountHistory) -> Iterable[dict[str, Any]]:
    for entry in history.events:
        document = entry.document()
        yield {name: part for name, part in document.items() if name not in ("recorded_at", "command_id")}
