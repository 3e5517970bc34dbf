"""The current-restrictions view: interval rows and due times, written in the same transaction as the events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    or_,
    select,
    text,
    union,
)

from ..domain.instants import from_micros, to_micros
from ..domain.queries import EVERYTHING, Verdict
from ..domain.state import State
from .cursor import Cursor, Sql
from .followers import Followers
from .intervals import Interval, changed_intervals, intervals
from .links import LinkedSanctions
from .tables import Number, metadata

__all__ = ["CurrentRestrictions", "deadlines", "metadata", "restricted"]

restricted = Table(
    "sanctions_intervals",
    metadata,
    Column("account", Text, nullable=False),
    Column("sanction", Text, nullable=False),
    Column("function", Text, nullable=False),
    Column("starts", Number, nullable=False),
    Column("ends", Number),
    PrimaryKeyConstraint("account", "sanction", "function", "starts"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

deadlines = Table(
    "sanctions_deadlines",
    metadata,
    Column("account", Text, nullable=False),
    Column("due_at", Number, nullable=False),
    PrimaryKeyConstraint("account"),
    Index("sanctions_deadlines_by_time", "due_at"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""When something next falls due for an account: where the sweeper looks. Nothing that is read depends on it."""


Move = tuple[str, State, State, Iterable[str]]
"""An account, its state before and after, and the sanctions that the events in between name."""


class CurrentRestrictions:
    """Reads and writes the view. `sql` turns statements into the database's SQL, once."""

    def __init__(self, sql: Sql) -> None:
        prepare = sql.prepare
        rows, times = restricted.c, deadlines.c
        self.links = LinkedSanctions(sql)
        self.followers = Followers(sql)
        at_account = rows.account == bindparam("account")
        self._asked = prepare(
            select(rows.sanction, rows.ends)
            .where(
                at_account,
                rows.function.in_([bindparam("function"), bindparam("everything")]),
                rows.starts <= bindparam("at"),
                or_(rows.ends.is_(None), rows.ends > bindparam("now")),
            )
            .order_by(rows.starts, rows.sanction)
        )
        self._read = prepare(
            select(rows.sanction, rows.function, rows.starts, rows.ends)
            .where(at_account)
            .order_by(rows.sanction, rows.function, rows.starts)
        )
        self._all = prepare(
            select(rows.account, rows.sanction, rows.function, rows.starts, rows.ends).order_by(rows.account)
        )
        self._mentioned = prepare(union(select(rows.account), select(times.account)))
        self._add = prepare(insert(restricted))
        self._remove = prepare(
            delete(restricted).where(
                at_account,
                rows.sanction == bindparam("sanction"),
                rows.function == bindparam("function"),
                rows.starts == bindparam("starts"),
            )
        )
        self._clear = prepare(delete(restricted).where(at_account))
        moving = sql.upsert(restricted)
        self._move = prepare(
            moving.on_conflict_do_update(
                index_elements=list(restricted.primary_key.columns), set_={"ends": moving.excluded.ends}
            )
        )
        timing = sql.upsert(deadlines)
        self._time = prepare(
            timing.on_conflict_do_update(index_elements=[times.account], set_={"due_at": timing.excluded.due_at})
        )
        self._untime = prepare(delete(deadlines).where(times.account == bindparam("account")))
        self._timed = prepare(select(times.due_at).where(times.account == bindparam("account")))
        self._overdue = prepare(
            select(times.account)
            .where(times.due_at <= bindparam("until"))
            .order_by(times.due_at, times.account)
            .suffix_with(text("LIMIT :count"))
        )

    def may(self, cursor: Cursor, account: str, function: str, at: datetime) -> Verdict:
        """May the account use this function at `at`, as known now?"""
        instant = to_micros(at)
        cursor.execute(self._asked, (account, function, EVERYTHING, instant, instant))
        found = cursor.fetchall()
        if not found:
            return Verdict(allowed=True)
        ends = [row[1] for row in found]
        until = None if None in ends else from_micros(max(ends))
        return Verdict(allowed=False, because=tuple(dict.fromkeys(row[0] for row in found)), until=until)

    def move(self, cursor: Cursor, moves: Iterable[Move]) -> None:
        """Bring the view from one state of some accounts to the next."""
        gone: list[tuple[Any, ...]] = []
        come: list[tuple[Any, ...]] = []
        moved: list[tuple[Any, ...]] = []
        for account, before, after, touched in moves:
            old, new = changed_intervals(before, after, touched)
            keys = dict.fromkeys((account, i.sanction, i.function, to_micros(i.starts)) for i in old)
            for row in (_row(account, interval) for interval in sorted(new, key=_order)):
                if row[:4] in keys:
                    del keys[row[:4]]
                    moved.append(row)
                else:
                    come.append(row)
            gone += keys
            if before.next_due != after.next_due:
                self._set_due(cursor, account, after)
            self.links.move(cursor, account, before, after)
        # No row is touched twice: a server may be given all of this as one statement, whose parts have no order.
        if gone:
            cursor.executemany(self._remove, gone)
        if come:
            cursor.executemany(self._add, come)
        if moved:
            cursor.executemany(self._move, moved)

    def rewrite(self, cursor: Cursor, account: str, state: State) -> None:
        """Write the account's rows anew, from nothing but its state."""
        cursor.execute(self._clear, (account,))
        rows = [_row(account, interval) for interval in sorted(intervals(state), key=_order)]
        if rows:
            cursor.executemany(self._add, rows)
        self._set_due(cursor, account, state)
        self.links.rewrite(cursor, account, state)

    def _set_due(self, cursor: Cursor, account: str, state: State) -> None:
        if state.next_due is None:
            cursor.execute(self._untime, (account,))
        else:
            cursor.execute(self._time, (account, to_micros(state.next_due)))

    def of_account(self, cursor: Cursor, account: str) -> list[Interval]:
        """The account's rows."""
        cursor.execute(self._read, (account,))
        return [_interval(row) for row in cursor.fetchall()]

    def differences(self, cursor: Cursor, account: str, state: State) -> Iterator[tuple[str, str]]:
        """Where the account's rows are not those that follow from its state: in which table, and what is wrong."""
        yield from _compared("restrictions", set(self.of_account(cursor, account)), intervals(state))
        cursor.execute(self._timed, (account,))
        due = None if state.next_due is None else to_micros(state.next_due)
        yield from _compared("deadlines", {row[0] for row in cursor.fetchall()}, set() if due is None else {due})
        yield from _compared("links", *self.links.compared(cursor, account, state))

    def everything(self, cursor: Cursor) -> list[tuple[str, Interval]]:
        """All rows, by account."""
        cursor.execute(self._all)
        return [(row[0], _interval(row[1:])) for row in cursor.fetchall()]

    def accounts(self, cursor: Cursor) -> list[str]:
        """Every account that has a row."""
        cursor.execute(self._mentioned)
        return [row[0] for row in cursor.fetchall()]

    def overdue(self, cursor: Cursor, until: datetime, count: int) -> list[str]:
        """Accounts for which something falls due up to `until`, the longest overdue first."""
        cursor.execute(self._overdue, (to_micros(until), count))
        return [row[0] for row in cursor.fetchall()]


def _compared(what: str, found: set[Any], expected: set[Any]) -> Iterator[tuple[str, str]]:
    for row in sorted(map(str, expected - found))[:1]:
        yield what, f"missing: {row}"
    for row in sorted(map(str, found - expected))[:1]:
        yield what, f"too much: {row}"


def _row(account: str, interval: Interval) -> tuple[Any, ...]:
    ends = None if interval.ends is None else to_micros(interval.ends)
    return (account, interval.sanction, interval.function, to_micros(interval.starts), ends)


def _interval(row: Sequence[Any]) -> Interval:
    sanction, function, starts, ends = row
    return Interval(sanction, function, from_micros(starts), None if ends is None else from_micros(ends))


def _order(interval: Interval) -> tuple[str, str, datetime]:
    return (interval.sanction, interval.function, interval.starts)
