"""The current-restrictions view: interval rows and due times, written in the same transaction as the events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Any, Final

from sqlalchemy import (
    Column,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    tuple_,
)

from ..domain.due import LinkEnd
from ..domain.instants import from_micros, to_micros
from ..domain.queries import EVERYTHING, Verdict
from ..domain.state import State
from .cursor import Cursor, Sql
from .followers import Followers
from .intervals import Interval, changed_intervals
from .links import LinkedSanctions, has_links, linked
from .parked import ParkedEvents
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


# What a reader of rows alone is shown: what exists because of another account's sanction ends with that one.
_shown = restricted.outerjoin(
    linked, and_(linked.c.account == restricted.c.account, linked.c.sanction == restricted.c.sanction)
)
_shown_end = case(
    (
        or_(restricted.c.ends.is_(None), linked.c.ends < restricted.c.ends),
        func.coalesce(linked.c.ends, restricted.c.ends),
    ),
    else_=restricted.c.ends,
).label("ends")

# How many accounts are asked for at once.
_MANY: Final = 1000

Move = tuple[str, State, State, Iterable[str]]
"""An account, its state before and after, and the sanctions that the events in between name."""


class CurrentRestrictions:
    """Reads and writes the view. `sql` turns statements into the database's SQL, once."""

    def __init__(self, sql: Sql) -> None:
        prepare = sql.prepare
        rows, times = restricted.c, deadlines.c
        self._sql = sql
        self.links = LinkedSanctions(sql)
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
        key = (rows.account, rows.sanction, rows.function, rows.starts)
        self._page = prepare(
            select(*key, _shown_end)
            .select_from(_shown)
            .where(tuple_(*key) > tuple_(*(bindparam(column.name, type_=column.type) for column in key)))
            .order_by(*key)
            .suffix_with(text("LIMIT :count"))
        )
        named = rows.account.in_(sql.members("accounts"))
        self._shown_among = prepare(
            select(*key, _shown_end).select_from(_shown).where(named).order_by(rows.account, rows.starts)
        )
        self._among = prepare(select(*key, rows.ends).where(named).order_by(rows.account, rows.starts))
        self._add = prepare(insert(restricted))
        self._remove = prepare(
            delete(restricted).where(
                at_account,
                rows.sanction == bindparam("sanction"),
                rows.function == bindparam("function"),
                rows.starts == bindparam("starts"),
            )
        )
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
        self._overdue = prepare(
            select(times.account)
            .where(times.due_at <= bindparam("until"))
            .order_by(times.due_at, times.account)
            .suffix_with(text("LIMIT :count"))
        )

    @cached_property
    def followers(self) -> Followers:
        """How far those have come who follow the log."""
        return Followers(self._sql)

    @cached_property
    def parked(self) -> ParkedEvents:
        """What they could not take in."""
        return ParkedEvents(self._sql)

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

    def move(self, cursor: Cursor, moves: Iterable[Move], ends: Callable[[str], Iterable[LinkEnd]]) -> None:
        """Bring the view from one state of some accounts to the next.

        `ends`: when that ends because of which sanctions of an account exist; asked only of accounts that have such sanctions.
        """
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
            if has_links(before) or has_links(after):
                self.links.move(cursor, account, before, after, ends(account))
        # No row is touched twice: a server may be given all of this as one statement, whose parts have no order.
        if gone:
            cursor.executemany(self._remove, gone)
        if come:
            cursor.executemany(self._add, come)
        if moved:
            cursor.executemany(self._move, moved)

    def _set_due(self, cursor: Cursor, account: str, state: State) -> None:
        if state.next_due is None:
            cursor.execute(self._untime, (account,))
        else:
            cursor.execute(self._time, (account, to_micros(state.next_due)))

    def of_account(self, cursor: Cursor, account: str) -> list[Interval]:
        """The account's rows, as a reader of them alone is to take them."""
        ((_, rows),) = self.of_accounts(cursor, [account])
        return rows

    def of_accounts(
        self, cursor: Cursor, accounts: Iterable[str], *, shown: bool = True
    ) -> Iterator[tuple[str, list[Interval]]]:
        """Each of these accounts with its rows, those without any among them.

        `shown`: as a reader of the rows alone is to take them; else with their own ends, whatever they exist because of.
        """
        sql = self._shown_among if shown else self._among
        names = iter(accounts)
        while some := list(islice(names, _MANY)):
            found: dict[str, list[Interval]] = {name: [] for name in some}
            cursor.execute(sql, (self._sql.listed(some),))
            for row in cursor.fetchall():
                found[row[0]].append(_interval(row[1:]))
            yield from found.items()

    def everything(self, cursor: Cursor, page: int = 10_000) -> Iterator[tuple[str, list[Interval]]]:
        """Each account that has rows with all of them, as a reader of them alone is to take them; that many rows at a time."""
        after: tuple[Any, ...] = ("", "", "", 0)
        account, rows = "", list[Interval]()
        while True:
            cursor.execute(self._page, (*after, page))
            found = cursor.fetchall()
            for row in found:
                if row[0] != account:
                    if rows:
                        yield account, rows
                    account, rows = row[0], []
                rows.append(_interval(row[1:]))
            if len(found) < page:
                break
            after = tuple(found[-1][:4])
        if rows:
            yield account, rows

    def overdue(self, cursor: Cursor, until: datetime, count: int) -> list[str]:
        """Accounts for which something falls due up to `until`, the longest overdue first."""
        cursor.execute(self._overdue, (to_micros(until), count))
        return [row[0] for row in cursor.fetchall()]


def _row(account: str, interval: Interval) -> tuple[Any, ...]:
    ends = None if interval.ends is None else to_micros(interval.ends)
    return (account, interval.sanction, interval.function, to_micros(interval.starts), ends)


def _interval(row: Sequence[Any]) -> Interval:
    sanction, function, starts, ends = row
    return Interval(sanction, function, from_micros(starts), None if ends is None else from_micros(ends))


def _order(interval: Interval) -> tuple[str, str, datetime]:
    return (interval.sanction, interval.function, interval.starts)
