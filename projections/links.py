"""Which sanctions exist because of another account's, and when they end with it, as rows.

They say where to look when that one changes, and let readers of rows alone know an end that is already decided there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import (
    Column,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    and_,
    bindparam,
    delete,
    select,
    text,
)

from ..domain.due import LinkEnd
from ..domain.instants import to_micros
from ..domain.state import State
from .cursor import Cursor, Sql
from .tables import Number, metadata

__all__ = ["LinkedSanctions", "has_links", "link_rows", "linked"]

linked = Table(
    "sanctions_links",
    metadata,
    Column("account", Text, nullable=False),
    Column("sanction", Text, nullable=False),
    Column("because_account", Text, nullable=False),
    Column("because_sanction", Text, nullable=False),
    Column("ends", Number),
    PrimaryKeyConstraint("account", "sanction"),
    Index("sanctions_links_by_cause", "because_account"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""One row for each sanction that has not ended and names another account's sanction, and for the consequences that such an order
announces. `ends`: when it ends because of that one, or a consequence does not begin, as known when it was last looked up."""


class LinkedSanctions:
    """Reads and writes the rows, in the transaction of the events. `sql` turns statements into SQL, once."""

    def __init__(self, sql: Sql) -> None:
        prepare = sql.prepare
        rows = linked.c
        at_account = rows.account == bindparam("account")
        self._sql = sql
        self._any = prepare(select(rows.sanction).where(at_account).suffix_with(text("LIMIT 1")))
        self._among = prepare(select(rows.account).where(rows.account.in_(sql.members("accounts"))).distinct())
        first = select(rows.account, rows.sanction).where(rows.because_account.in_(sql.members("because")))
        reached = first.cte("reached", recursive=True)
        further = select(rows.account, rows.sanction).join(
            reached, and_(rows.because_account == reached.c.account, rows.because_sanction == reached.c.sanction)
        )
        reached = reached.union(further)
        self._because = prepare(select(reached.c.account).distinct())
        putting = sql.upsert(linked)
        self._put = prepare(
            putting.on_conflict_do_update(
                index_elements=[rows.account, rows.sanction],
                set_={"ends": putting.excluded.ends},
                where=rows.ends.is_distinct_from(putting.excluded.ends),
            )
        )
        self._remove = prepare(delete(linked).where(at_account, rows.sanction == bindparam("sanction")))

    def any(self, cursor: Cursor, account: str) -> bool:
        """Whether a sanction of the account that has not ended exists because of another account's."""
        cursor.execute(self._any, (account,))
        return bool(cursor.fetchall())

    def among(self, cursor: Cursor, accounts: Iterable[str]) -> set[str]:
        """Those of these accounts that have such a sanction."""
        cursor.execute(self._among, (self._sql.listed(accounts),))
        return {row[0] for row in cursor.fetchall()}

    def because_of(self, cursor: Cursor, accounts: Iterable[str]) -> set[str]:
        """The accounts that have a sanction because of one of these accounts', or because of such a sanction, and so on."""
        cursor.execute(self._because, (self._sql.listed(accounts),))
        return {row[0] for row in cursor.fetchall()}

    def move(self, cursor: Cursor, account: str, before: State, after: State, ends: Iterable[LinkEnd]) -> None:
        """Bring the rows of an account from one state to the next. `ends`: when what they exist because of ends."""
        rows = [(account, *row) for row in link_rows(after, ends)]
        kept = {row[1] for row in rows}
        gone = [(account, row[0]) for row in link_rows(before, ()) if row[0] not in kept]
        if gone:
            cursor.executemany(self._remove, gone)
        if rows:
            cursor.executemany(self._put, rows)

    def put(self, cursor: Cursor, account: str, state: State, ends: Iterable[LinkEnd]) -> None:
        """The same where the account has stayed as it was, and only `ends` may be others."""
        self.move(cursor, account, state, state, ends)


def has_links(state: State) -> bool:
    """Whether a sanction that has not ended exists because of another account's."""
    return any(one.because_of is not None for one in state.live.values())


def link_rows(state: State, ends: Iterable[LinkEnd]) -> Iterator[tuple[str, str, str, int | None]]:
    """The rows of an account in this state, without its name. `ends`: when what they exist because of ends."""
    known = {end.sanction: end.at for end in ends}
    for one in state.live.values():
        link = one.because_of
        if link is None:
            continue
        end = known.get(one.id)
        yield (one.id, link.account, link.sanction, _micros(end, state.last_at))
        if one.order is not None:
            # What has begun by the order's deadline goes on by itself.
            withheld = end if end is not None and end <= one.order.deadline else None
            for number in range(1, len(one.order.on_default) + 1):
                yield (f"{one.id}/{number}", link.account, link.sanction, _micros(withheld, None))


def _micros(end: datetime | None, last: datetime | None) -> int | None:
    if end is None:
        return None
    return to_micros(end if last is None else max(end, last))
