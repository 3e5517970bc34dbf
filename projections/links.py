"""Which sanctions exist because of another account's, as rows: where to look when that one changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, Text, bindparam, delete, insert, select, text

from ..domain.state import State
from .cursor import Cursor, Sql
from .tables import metadata

__all__ = ["LinkedSanctions", "linked"]

linked = Table(
    "sanctions_links",
    metadata,
    Column("account", Text, nullable=False),
    Column("sanction", Text, nullable=False),
    Column("because_account", Text, nullable=False),
    Column("because_sanction", Text, nullable=False),
    PrimaryKeyConstraint("account", "sanction"),
    Index("sanctions_links_by_cause", "because_account"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""One row for each sanction that has not ended and names another account's sanction."""


class LinkedSanctions:
    """Reads and writes the rows, in the transaction of the events. `sql` turns statements into SQL, once."""

    def __init__(self, sql: Sql) -> None:
        prepare = sql.prepare
        rows = linked.c
        at_account = rows.account == bindparam("account")
        self._any = prepare(select(rows.sanction).where(at_account).suffix_with(text("LIMIT 1")))
        self._because = prepare(
            select(rows.account).where(rows.because_account == bindparam("because")).distinct().order_by(rows.account)
        )
        self._read = prepare(select(rows.sanction, rows.because_account, rows.because_sanction).where(at_account))
        self._add = prepare(insert(linked))
        self._remove = prepare(delete(linked).where(at_account, rows.sanction == bindparam("sanction")))
        self._clear = prepare(delete(linked).where(at_account))

    def any(self, cursor: Cursor, account: str) -> bool:
        """Whether a sanction of the account that has not ended exists because of another account's."""
        cursor.execute(self._any, (account,))
        return bool(cursor.fetchall())

    def because_of(self, cursor: Cursor, account: str) -> list[str]:
        """The accounts that have a sanction because of one of this account's."""
        cursor.execute(self._because, (account,))
        return [row[0] for row in cursor.fetchall()]

    def move(self, cursor: Cursor, account: str, before: State, after: State) -> None:
        """Bring the rows of an account from one state to the next."""
        old, new = _links(before), _links(after)
        if old == new:
            return
        gone = [(account, name) for name in old if name not in new]
        come = [(account, name, *cause) for name, cause in new.items() if name not in old]
        if gone:
            cursor.executemany(self._remove, gone)
        if come:
            cursor.executemany(self._add, come)

    def compared(self, cursor: Cursor, account: str, state: State) -> tuple[set[Any], set[Any]]:
        """The account's rows as they are, and as they follow from its state."""
        cursor.execute(self._read, (account,))
        found = {tuple(row) for row in cursor.fetchall()}
        return found, {(name, *cause) for name, cause in _links(state).items()}

    def rewrite(self, cursor: Cursor, account: str, state: State) -> None:
        """Write the account's rows anew, from nothing but its state."""
        cursor.execute(self._clear, (account,))
        rows: Iterable[Any] = [(account, name, *cause) for name, cause in _links(state).items()]
        if rows:
            cursor.executemany(self._add, rows)


def _links(state: State) -> dict[str, tuple[str, str]]:
    return {
        sanction.id: (sanction.because_of.account, sanction.because_of.sanction)
        for sanction in state.live.values()
        if sanction.because_of is not None
    }
