"""What may not be done to the store's tables, and whether the database still refuses it.

Triggers stop mistakes: a careless UPDATE, an INSERT OR REPLACE, a TRUNCATE, a session that replicates. Whoever owns a table can
take its triggers away, so there is a way to see whether they are all in place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct
from sqlalchemy import Table

from .evidence.tables import account_keys, checkpoints, erasures, key_events, nodes, places
from .tables import commands, meta, narratives, policies, sanction_events

if TYPE_CHECKING:
    from .database import Cursor, Database

__all__ = ["GUARDS", "Attack", "Guard", "MissingGuard", "guards_missing", "put_guards", "restore_guards"]

Attack = Literal["UPDATE", "DELETE", "REPLACE", "TRUNCATE", "INHERIT"]
"""What a guard stands against. INHERIT (PostgreSQL): a table whose rows are read as rows of the guarded one."""


class Guard(Struct, frozen=True, kw_only=True):
    """A table that is only ever added to.

    `deletable`: whole rows may be destroyed, never changed. `emptied`: this column of bytes may become empty, if those of
    `kept` stay as they are. `fixed`: only rows of these keys are guarded. `numbered`: on SQLite the rows have a number
    besides their key, which an INSERT OR REPLACE can name too.
    """

    table: str
    key: tuple[str, ...]
    deletable: bool = False
    emptied: str | None = None
    kept: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    numbered: bool = False


class MissingGuard(Struct, frozen=True, order=True):
    """A guard that does not stand: on which table, against what, and what was found instead."""

    table: str
    against: Attack
    found: str


def _guard(table: Table, *, deletable: bool = False, emptied: str | None = None, fixed: tuple[str, ...] = ()) -> Guard:
    return Guard(
        table=table.name,
        key=tuple(column.name for column in table.primary_key.columns),
        deletable=deletable,
        emptied=emptied,
        kept=() if emptied is None else tuple(column.name for column in table.columns if column.name != emptied),
        fixed=fixed,
        numbered=bool(table.dialect_options["sqlite"]["with_rowid"]),
    )


GUARDS: Final = (
    _guard(sanction_events.events),
    _guard(sanction_events.log),
    _guard(policies),
    # Without its row a command that comes again would act again. What it was compared by goes with what an erasure destroys.
    _guard(commands, emptied="digest"),
    # Free text can be destroyed, that is why it stands apart; it cannot become another text.
    _guard(narratives, deletable=True),
    # Every hash holds the store's id, every place in the log the number of partitions. The schema's version moves on.
    _guard(meta, fixed=("store_id", "partitions")),
    _guard(nodes),
    _guard(places),
    _guard(checkpoints),
    # Destroying the key destroys the text; another key would make it unreadable and say nothing.
    _guard(account_keys, deletable=True),
    _guard(erasures),
    _guard(key_events),
)
"""Views, positions of followers and snapshots are not among them: they can be written anew from the events."""


def put_guards(database: Database, cursor: Cursor) -> None:
    """Make every guard, or make it anew, inside the caller's transaction. Needs the rights of the tables' owner."""
    for guard in GUARDS:
        database.guard(cursor, guard)


def guards_missing(database: Database) -> list[MissingGuard]:
    """The guards that are missing, disabled or not what this library made; empty when all stand."""
    with database.reading() as cursor:
        return _missing(database, cursor)


def restore_guards(database: Database) -> list[MissingGuard]:
    """Put the guards that do not stand back, and return them. Needs the rights of the tables' owner where there are any."""
    if not guards_missing(database):
        return []
    with database.writing() as cursor:
        database.make_alone(cursor)
        missing = _missing(database, cursor)
        if missing:
            put_guards(database, cursor)
    return missing


def _missing(database: Database, cursor: Cursor) -> list[MissingGuard]:
    return sorted(missing for guard in GUARDS for missing in database.unguarded(cursor, guard))
