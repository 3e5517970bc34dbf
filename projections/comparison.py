"""The rows of the view beside those that follow from the events: where they differ, the rows are wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Table, bindparam, delete, select

from ..domain.due import LinkEnd
from ..domain.instants import to_micros
from ..domain.state import State
from .current import deadlines, restricted
from .cursor import Cursor, Sql
from .intervals import intervals
from .links import link_rows, linked

__all__ = ["VIEW_TABLES", "Comparison", "ViewRows", "expected_rows"]

Row = tuple[Any, ...]

VIEW_TABLES: Final[tuple[Table, ...]] = (deadlines, linked, restricted)
"""The tables of the view, in the order in which writers come by them."""


class ViewRows(Struct):
    """What the view says of an account: for each of its tables the rows, without the account's name."""

    deadlines: set[Row] = set()
    links: set[Row] = set()
    intervals: set[Row] = set()

    def by_table(self) -> tuple[set[Row], ...]:
        """The rows in the order of the tables."""
        return (self.deadlines, self.links, self.intervals)

    def differences(self, expected: ViewRows) -> Iterator[tuple[str, str]]:
        """Where these rows are not the expected ones, up to what may lawfully be late: the table, and a row of it."""
        for table, mine, others in zip(VIEW_TABLES, self._lasting(), expected._lasting(), strict=True):
            for what, rows in (("missing", others - mine), ("too much", mine - others)):
                if rows:
                    yield table.name, f"{what}: {min(map(str, rows))}"

    def agrees_with(self, other: ViewRows) -> bool:
        """Whether both say the same, up to what may lawfully be late: when what a sanction exists because of ends."""
        return self._lasting() == other._lasting()

    def _lasting(self) -> tuple[set[Row], ...]:
        return (self.deadlines, {row[:-1] for row in self.links}, self.intervals)


def expected_rows(state: State, ends: Iterable[LinkEnd]) -> ViewRows:
    """What the view has to say of an account in this state. `ends`: when that ends because of which sanctions exist."""
    return ViewRows(
        deadlines=set() if state.next_due is None else {(to_micros(state.next_due),)},
        links=set(link_rows(state, ends)),
        intervals={
            (i.sanction, i.function, to_micros(i.starts), None if i.ends is None else to_micros(i.ends))
            for i in intervals(state)
        },
    )


class Comparison:
    """Reads the rows of many accounts, and writes them anew. `sql` turns statements into the database's SQL, once."""

    def __init__(self, sql: Sql) -> None:
        prepare = sql.prepare
        self._sql = sql
        behind = [select(table).where(table.c.account > bindparam("after")) for table in VIEW_TABLES]
        self._behind = [prepare(rows) for rows in behind]
        self._between = [
            prepare(rows.where(table.c.account <= bindparam("until")))
            for rows, table in zip(behind, VIEW_TABLES, strict=True)
        ]
        among = [table.c.account.in_(sql.members("accounts")) for table in VIEW_TABLES]
        self._among = [prepare(select(table).where(chosen)) for table, chosen in zip(VIEW_TABLES, among, strict=True)]
        self._remove = [prepare(delete(table).where(chosen)) for table, chosen in zip(VIEW_TABLES, among, strict=True)]

    def between(self, cursor: Cursor, after: str, until: str | None) -> dict[str, ViewRows]:
        """The rows of the accounts behind `after`, up to and with `until` (None: of all), in the database's order of names."""
        if until is None:
            return _read(cursor, self._behind, (after,))
        return _read(cursor, self._between, (after, until))

    def of_accounts(self, cursor: Cursor, accounts: Iterable[str]) -> dict[str, ViewRows]:
        """The rows of these accounts."""
        return _read(cursor, self._among, (self._sql.listed(accounts),))

    def replace(self, cursor: Cursor, rows: Mapping[str, ViewRows]) -> None:
        """Write the rows of these accounts anew. Nobody else may write them meanwhile."""
        names = self._sql.listed(rows)
        for remove in self._remove:
            cursor.execute(remove, (names,))
        for number, table in enumerate(VIEW_TABLES):
            filled = [(account, *row) for account, found in rows.items() for row in found.by_table()[number]]
            if filled:
                self._sql.fill(cursor, table, filled)


def _read(cursor: Cursor, statements: Iterable[str], given: Row) -> dict[str, ViewRows]:
    found: defaultdict[str, ViewRows] = defaultdict(ViewRows)
    for number, sql in enumerate(statements):
        cursor.execute(sql, given)
        for account, *row in cursor.fetchall():
            found[account].by_table()[number].add(tuple(row))
    return found
