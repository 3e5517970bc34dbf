"""Which accounts something was recorded of since older checkpoints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, select, text

from ...infrastructure.database import Database
from ...infrastructure.tables import pending, sanction_events
from .log import Log

__all__ = ["Touched"]

# With more than this, looking at every account costs little more, and their names need not be held.
_MOST: Final = 200_000


class Touched:
    """Finds the accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        log = sanction_events.log.c
        limit = text(f"LIMIT {_MOST + 1}")
        self._since = database.prepare(
            select(log.account)
            .where(log.partition == bindparam("partition"), log.position > bindparam("behind"))
            .distinct()
            .suffix_with(limit)
        )
        self._waiting = database.prepare(select(pending.c.account).distinct().suffix_with(limit))

    def since(self, logs: Sequence[Log]) -> list[str] | None:
        """The accounts with entries that are to be read, or that wait for a place; None where they are too many."""
        found: set[str] = set()
        with self._database.reading() as cursor:
            for log in logs:
                cursor.execute(self._since, (log.partition, log.behind))
                found.update(account for (account,) in cursor.fetchall())
            if self._database.sequenced:
                cursor.execute(self._waiting)
                found.update(account for (account,) in cursor.fetchall())
        return sorted(found) if len(found) <= _MOST else None
