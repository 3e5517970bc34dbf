"""How often recorded events name a policy text, and from when to when: read from the stored bytes, event by event."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from .database import Cursor, Database
from .tables import sanction_events

__all__ = ["PolicyUse", "policy_uses"]


class PolicyUse(Struct, frozen=True):
    """How many events name a policy text, and the seconds in which the first and the last of them were recorded."""

    events: int
    first: datetime | None = None
    last: datetime | None = None


# Every state begins so, and an instant has as many characters up to its second.
_BEFORE: Final = len('{"recorded_at":"')
_SECOND: Final = len("2026-01-01T00:00:00")
_PARTS: Final = {
    "sqlite": ("CAST(substr(state, {}, {}) AS TEXT)", "instr(state, CAST({} AS BLOB)) > 0"),
    "postgresql": ("convert_from(substring(state from {} for {}), 'UTF8')", "position(CAST({} AS bytea) in state) > 0"),
}


def policy_uses(database: Database, cursor: Cursor, digests: Iterable[str]) -> dict[str, PolicyUse]:
    """For each of the digests, the events that name it. Every event is looked at, so ask for few."""
    second, names = _PARTS[database.engine.dialect.name]
    instant = second.format(_BEFORE + 1, _SECOND)
    table, mark = sanction_events.events.name, database.mark
    sql = f"SELECT count(*), min({instant}), max({instant}) FROM {table} WHERE {names.format(mark)}"  # noqa: S608 - names of ours
    found: dict[str, PolicyUse] = {}
    for digest in digests:
        cursor.execute(sql, (f'"digest":"{digest}"'.encode(),))
        count, first, last = cursor.fetchone()
        found[digest] = PolicyUse(count, _instant(first), _instant(last))
    return found


def _instant(written: str | None) -> datetime | None:
    return None if written is None else datetime.fromisoformat(written).replace(tzinfo=UTC)
