"""How far each process that follows the log has come, written in the transaction of what it did: exactly once."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from .cursor import Cursor, Sql
from .tables import followers

__all__ = ["Followers"]


class Followers:
    """Reads and writes the positions."""

    def __init__(self, sql: Sql) -> None:
        prepare = sql.prepare
        rows, moving = followers.c, sql.upsert(followers)
        self._find = prepare(
            select(rows.position).where(
                rows.partition == bindparam("partition"), rows.follower == bindparam("follower")
            )
        )
        self._move = prepare(
            moving.on_conflict_do_update(
                index_elements=[rows.partition, rows.follower], set_={"position": moving.excluded.position}
            )
        )

    def position(self, cursor: Cursor, partition: int, follower: str) -> int:
        """The last position of the partition that the follower has dealt with, 0 at the beginning."""
        cursor.execute(self._find, (partition, follower))
        rows = cursor.fetchall()
        return rows[0][0] if rows else 0

    def move(self, cursor: Cursor, partition: int, follower: str, position: int) -> None:
        """The follower has dealt with everything up to this position of the partition."""
        cursor.execute(self._move, (partition, follower, position))
