"""The guards as triggers of SQLite.

INSERT OR REPLACE deletes the old row without firing DELETE triggers (unless the connection asks for `recursive_triggers`):
hence the trigger before INSERT, which SQLite runs before it looks for what to replace.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .database import Cursor
from .errors import APPEND_ONLY
from .guards import Attack, Guard, MissingGuard

__all__ = ["guard_statements", "unguarded"]

_FIND: Final = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = ? AND tbl_name = ?"


def guard_statements(guard: Guard) -> list[str]:
    """SQL that makes the guard, whether or not it was there."""
    return [
        statement
        for name, (_, create) in _triggers(guard).items()
        for statement in (f"DROP TRIGGER IF EXISTS {name}", create)
    ]


def unguarded(cursor: Cursor, guard: Guard) -> Iterator[MissingGuard]:
    """What the triggers in this database do not guard."""
    for name, (against, create) in _triggers(guard).items():
        cursor.execute(_FIND, (name, guard.table))
        rows = cursor.fetchall()
        if not rows:
            yield MissingGuard(guard.table, against, f"there is no trigger {name}")
        elif rows[0][0] != create:
            yield MissingGuard(guard.table, against, f"the trigger {name} says something else")


def _triggers(guard: Guard) -> dict[str, tuple[Attack, str]]:
    table = guard.table
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} {APPEND_ONLY}'); END"
    changes: tuple[Attack, ...] = ("UPDATE",) if guard.deletable else ("UPDATE", "DELETE")
    made: dict[str, tuple[Attack, str]] = {}
    for action in changes:
        name = f"{table}_no_{action.lower()}"
        made[name] = (action, f"CREATE TRIGGER {name} BEFORE {action} ON {table}{_when(guard, action)} {refuse}")
    name = f"{table}_no_replace"
    made[name] = ("REPLACE", f"CREATE TRIGGER {name} BEFORE INSERT ON {table} WHEN {_exists(guard)} {_taken(guard)}")
    return made


def _when(guard: Guard, action: str) -> str:
    if action == "UPDATE" and guard.emptied is not None:
        return f" WHEN NOT ({_only_emptied(guard.emptied, guard)})"
    return f" WHEN {_is_fixed(guard, 'OLD')}" if guard.fixed else ""


def _only_emptied(column: str, guard: Guard) -> str:
    kept = " AND ".join(f'NEW."{name}" IS OLD."{name}"' for name in guard.kept)
    return f"""NEW."{column}" = x'' AND {kept}"""


def _is_fixed(guard: Guard, row: str) -> str:
    return f'{row}."{guard.key[0]}" IN ({", ".join(repr(name) for name in guard.fixed)})'


def _exists(guard: Guard) -> str:
    same = " AND ".join(f'"{column}" = NEW."{column}"' for column in guard.key)
    if guard.numbered:
        # A row that is given no number has none yet: SQLite then says -1.
        same = f"{same} OR (NEW.rowid > 0 AND rowid = NEW.rowid)"
    found = f"EXISTS (SELECT 1 FROM {guard.table} WHERE {same})"  # noqa: S608 - names of our own tables
    return f"{_is_fixed(guard, 'NEW')} AND {found}" if guard.fixed else found


def _taken(guard: Guard) -> str:
    return f"BEGIN SELECT RAISE(ABORT, 'a row of this key exists in {guard.table}'); END"
