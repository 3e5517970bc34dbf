"""How far each process that follows the log has come, and which of several has a partition to itself."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import bindparam, delete, literal_column, null, or_, select, update

from .cursor import Cursor, Sql
from .tables import Number, followers

__all__ = ["Followers"]


class Followers:
    """Reads and writes the positions.

    A partition is taken by locking its row until the transaction ends (`take`), or for a time that is written into the row,
    where the work is done outside a transaction (`hold`).
    """

    def __init__(self, sql: Sql) -> None:
        prepare = sql.prepare
        rows, now = followers.c, literal_column(sql.now, Number)
        at_row = (rows.partition == bindparam("part"), rows.follower == bindparam("name"))
        by_name = rows.follower == bindparam("name")
        self._begin = prepare(
            sql.upsert(followers)
            .values(partition=bindparam("part"), follower=bindparam("name"), position=bindparam("start"))
            .on_conflict_do_nothing()
        )
        self._all = prepare(select(rows.partition, rows.position).where(by_name))
        self._names = prepare(select(rows.follower).distinct().order_by(rows.follower))
        self._take = prepare(select(rows.position).where(*at_row).with_for_update(skip_locked=True))
        self._take_all = prepare(
            select(rows.partition, rows.position).where(by_name).order_by(rows.partition).with_for_update()
        )
        self._move = prepare(update(followers).values(position=bindparam("to")).where(*at_row))
        self._hold = prepare(
            update(followers)
            .values(holder=bindparam("me"), held_until=now + bindparam("micros", type_=Number))
            .where(*at_row, or_(rows.holder.is_(None), rows.holder == bindparam("again"), rows.held_until <= now))
            .returning(rows.position)
        )
        self._settle = prepare(
            update(followers)
            .values(position=bindparam("to"))
            .where(*at_row, rows.holder == bindparam("me"), rows.position == bindparam("start"))
        )
        self._let_go = prepare(
            update(followers).values(holder=null(), held_until=null()).where(by_name, rows.holder == bindparam("me"))
        )
        self._holders = prepare(
            select(rows.partition, rows.holder).where(by_name, rows.holder.is_not(None), rows.held_until > now)
        )
        self._forget = prepare(delete(followers).where(by_name))
        self._rename = prepare(update(followers).values(follower=bindparam("other")).where(by_name))

    def begin(self, cursor: Cursor, follower: str, positions: Mapping[int, int]) -> None:
        """Give a follower its rows, where it has none yet."""
        cursor.executemany(self._begin, [(part, follower, start) for part, start in sorted(positions.items())])

    def positions(self, cursor: Cursor, follower: str) -> dict[int, int]:
        """The last position of each partition that the follower has dealt with; nothing of one that never began."""
        cursor.execute(self._all, (follower,))
        return dict(cursor.fetchall())

    def names(self, cursor: Cursor) -> list[str]:
        """Every follower that began."""
        cursor.execute(self._names)
        return [row[0] for row in cursor.fetchall()]

    def take(self, cursor: Cursor, partition: int, follower: str) -> int | None:
        """The position, and the partition until the end of the transaction; None while another one has it."""
        cursor.execute(self._take, (partition, follower))
        rows = cursor.fetchall()
        return rows[0][0] if rows else None

    def take_all(self, cursor: Cursor, follower: str) -> dict[int, int]:
        """The positions, and all partitions until the end of the transaction; waits for those that others have."""
        cursor.execute(self._take_all, (follower,))
        return dict(cursor.fetchall())

    def move(self, cursor: Cursor, partition: int, follower: str, position: int) -> None:
        """The follower has dealt with everything up to this position of the partition, which was taken."""
        cursor.execute(self._move, (position, partition, follower))

    def hold(self, cursor: Cursor, partition: int, follower: str, holder: str, seconds: float) -> int | None:
        """The position, and the partition for so many seconds from now; None while another one holds it."""
        cursor.execute(self._hold, (holder, round(seconds * 1_000_000), partition, follower, holder))
        rows = cursor.fetchall()
        return rows[0][0] if rows else None

    def settle(self, cursor: Cursor, partition: int, follower: str, holder: str, start: int, to: int) -> bool:
        """Move on, if the holder still has the partition and nobody else moved; whether it did."""
        cursor.execute(self._settle, (to, partition, follower, holder, start))
        return cursor.rowcount == 1

    def let_go(self, cursor: Cursor, follower: str, holder: str) -> None:
        """Give back every partition that the holder has."""
        cursor.execute(self._let_go, (follower, holder))

    def holders(self, cursor: Cursor, follower: str) -> dict[int, str]:
        """Who holds which partitions for a time."""
        cursor.execute(self._holders, (follower,))
        return dict(cursor.fetchall())

    def forget(self, cursor: Cursor, follower: str) -> None:
        """The follower never began."""
        cursor.execute(self._forget, (follower,))

    def rename(self, cursor: Cursor, follower: str, other: str) -> None:
        """What one follower has dealt with, another one has; that one must have been forgotten."""
        cursor.execute(self._rename, (other, follower))
