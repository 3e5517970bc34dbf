"""Which sanctions exist because of another account's, as rows: where to look when that one changes."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, Text, bindparam, delete, insert, select, text

from ..domain.state import State
from .cursor import Cursor, Sql
from .tables import metadata

__all__ = ["LinkedSanctions", "linked", "links_of"]

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
        self._sql = sql
        self._among = prepare(select(rows.account).where(rows.account.in_(sql.members("accounts"))).distinct())
        self._any = prepare(select(rows.sanction).where(at_account).suffix_with(text("LIMIT 1")))
        self._because = prepare(
            select(rows.account)
            .where(rows.because_account.in_(sql.members("because")))
            .distinct()
            .order_by(rows.account)
        )
        self._add = prepare(insert(linked))
        self._remove = prepare(delete(linked).where(at_account, rows.sanction == bindparam("sanction")))

    def any(self, cursor: Cursor, account: str) -> bool:
        """Whether a sanction of the account that has not ended exists because of another account's."""
        cursor.execute(self._any, (account,))
        return bool(cursor.fetchall())

    def among(self, cursor: Cursor, accounts: Iterable[str]) -> set[str]:
        """Those of these accounts that have such a sanction."""
        cursor.execute(self._among, (self._sql.listed(accounts),))
        return {row[0] for row in cursor.fetchall()}

    def because_of(self, cursor: Cursor, accounts: Iterable[str]) -> list[str]:
        """The accounts that have a sanction because of one of these accounts', in order."""
        cursor.execute(self._because, (self._sql.listed(accounts),))
        return [row[0] for row in cursor.fetchall()]

    def move(self, cursor: Cursor, account: str, before: State, after: State) -> None:
        """Bring the rows of an account from one state to the next."""
        old, new = links_of(before), links_of(after)
        if old == new:
            return
        gone = [(account, name) for name in old if name not in new]
        come = [(account, name, *cause) for name, cause in new.items() if name not in old]
        if gone:
            cursor.executemany(self._remove, gone)
        if come:
            cursor.executemany(self._add, come)


def links_of(state: State) -> dict[str, tuple[str, str]]:
    """The sanctions of an account that have not ended and exist because of another one's: its account and its id."""
    return {
        sanction.id: (sanction.because_of.account, sanction.because_of.sanction)
        for sanction in state.live.values()
        if sanction.because_of is not None
    }
