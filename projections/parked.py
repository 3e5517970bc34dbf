"""Events that a follower could not take in, and those of the same accounts that wait behind them, each in its order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from sqlalchemy import bindparam, delete, func, insert, literal_column, select, update

from ..domain.instants import from_micros, to_micros
from .cursor import Cursor, Sql
from .tables import parked

__all__ = ["Parked", "ParkedEvents"]


class Parked(Struct, frozen=True, kw_only=True):
    """An event that waits: how often it was tried, and what went wrong then.

    `attempts` is 0 where it only waits behind an earlier event of its account.
    """

    follower: str
    partition: int
    position: int
    account: str
    version: int
    attempts: int
    error: str
    parked_at: datetime

    @property
    def id(self) -> str:
        """The event's stable name."""
        return f"{self.account}/{self.version}"


class ParkedEvents:
    """Reads and writes the rows."""

    def __init__(self, sql: Sql) -> None:
        prepare = sql.prepare
        rows = parked.c
        columns = [column for column in rows if column is not rows.follower]
        by_name, at_partition = rows.follower == bindparam("name"), rows.partition == bindparam("part")
        at_account = (at_partition, by_name, rows.account == bindparam("of"))
        self._sql = sql
        self._add = prepare(insert(parked))
        self._accounts = prepare(
            select(rows.account).where(at_partition, by_name, rows.account.in_(sql.members("accounts"))).distinct()
        )
        self._all = prepare(select(*columns).where(by_name).order_by(rows.partition, rows.position))
        self._of = prepare(select(*columns).where(*at_account).order_by(rows.position))
        self._firsts = prepare(
            select(rows.partition, rows.account, func.min(rows.position))
            .where(by_name)
            .group_by(rows.partition, rows.account)
        )
        self._counts = prepare(
            select(rows.partition, func.count(), func.count(rows.account.distinct()))
            .where(by_name)
            .group_by(rows.partition)
        )
        self._tried = prepare(
            update(parked)
            .values(attempts=rows.attempts + literal_column("1"), error=bindparam("text"))
            .where(at_partition, by_name, rows.position == bindparam("at"))
        )
        self._remove = prepare(delete(parked).where(at_partition, by_name, rows.position == bindparam("at")))
        self._forget = prepare(delete(parked).where(by_name))
        self._rename = prepare(update(parked).values(follower=bindparam("other")).where(by_name))

    def add(self, cursor: Cursor, events: Iterable[Parked]) -> None:
        """Park these."""
        rows = [
            (e.partition, e.follower, e.position, e.account, e.version, e.attempts, e.error, to_micros(e.parked_at))
            for e in events
        ]
        if rows:
            cursor.executemany(self._add, rows)

    def accounts_among(self, cursor: Cursor, partition: int, follower: str, accounts: Iterable[str]) -> set[str]:
        """Those of these accounts that have an event parked."""
        names = self._sql.listed(accounts)
        cursor.execute(self._accounts, (partition, follower, names))
        return {row[0] for row in cursor.fetchall()}

    def all(self, cursor: Cursor, follower: str) -> list[Parked]:
        """Everything that a follower has parked, in the order of the log."""
        cursor.execute(self._all, (follower,))
        return [_parked(follower, row) for row in cursor.fetchall()]

    def of_account(self, cursor: Cursor, partition: int, follower: str, account: str) -> list[Parked]:
        """What is parked of an account, the oldest first."""
        cursor.execute(self._of, (partition, follower, account))
        return [_parked(follower, row) for row in cursor.fetchall()]

    def accounts(self, cursor: Cursor, follower: str) -> list[tuple[int, str]]:
        """Partitions and accounts of which something is parked, the oldest first."""
        cursor.execute(self._firsts, (follower,))
        return [(part, name) for part, name, _ in sorted(cursor.fetchall(), key=lambda row: (row[0], row[2]))]

    def counts(self, cursor: Cursor, follower: str) -> dict[int, tuple[int, int]]:
        """How many events of how many accounts are parked, by partition."""
        cursor.execute(self._counts, (follower,))
        return {row[0]: (row[1], row[2]) for row in cursor.fetchall()}

    def tried(self, cursor: Cursor, event: Parked, error: str) -> None:
        """It was tried again, in vain."""
        cursor.execute(self._tried, (error, event.partition, event.follower, event.position))

    def remove(self, cursor: Cursor, events: Iterable[Parked]) -> int:
        """They need not wait any longer; returns how many were still there."""
        removed = 0
        for event in events:
            cursor.execute(self._remove, (event.partition, event.follower, event.position))
            removed += cursor.rowcount
        return removed

    def forget(self, cursor: Cursor, follower: str) -> None:
        """Nothing is parked any more."""
        cursor.execute(self._forget, (follower,))

    def rename(self, cursor: Cursor, follower: str, other: str) -> None:
        """What one follower has parked is another one's."""
        cursor.execute(self._rename, (other, follower))


def _parked(follower: str, row: tuple[int, int, str, int, int, str, int]) -> Parked:
    partition, position, account, version, attempts, error, at = row
    return Parked(
        follower=follower,
        partition=partition,
        position=position,
        account=account,
        version=version,
        attempts=attempts,
        error=error,
        parked_at=from_micros(at),
    )
