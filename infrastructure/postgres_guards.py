"""The guards as triggers of PostgreSQL.

They are enabled ALWAYS, so that they fire in sessions that replicate, too. TRUNCATE fires no row trigger: it has one of its own.
Partitions of a table that an operator has partitioned take over its row triggers, not the one against TRUNCATE.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from .database import Cursor
from .errors import APPEND_ONLY
from .guards import Attack, Guard, MissingGuard

__all__ = ["guard_statements", "guard_with_partitions", "unguarded"]

# Without a percent sign: what prints SQL for a driver would double it.
_RAISE: Final = f"RAISE restrict_violation USING MESSAGE = TG_TABLE_NAME || ' {APPEND_ONLY}'"
_REFUSE: Final = f"\nBEGIN {_RAISE}; END "
# Bits of pg_trigger.tgtype.
_ROW, _BEFORE, _DELETE, _UPDATE, _TRUNCATE = 1, 2, 8, 16, 32
_BELOW: Final = "SELECT relid::regclass::text FROM pg_partition_tree(%s::regclass) WHERE level > 0"
_FOUND: Final = """
WITH RECURSIVE found AS (
    SELECT to_regclass(%s)::oid AS oid
    UNION
    SELECT inhrelid FROM pg_inherits JOIN found ON inhparent = found.oid
)
SELECT c.relname, c.oid = to_regclass(%s), c.relispartition,
       t.tgname, t.tgtype, t.tgenabled, t.tgqual IS NULL AND t.tgattr = ''::int2vector, p.proname, p.prosrc
FROM found JOIN pg_class AS c ON c.oid = found.oid
LEFT JOIN pg_trigger AS t ON t.tgrelid = c.oid AND (NOT t.tgisinternal OR t.tgparentid <> 0)
LEFT JOIN pg_proc AS p ON p.oid = t.tgfoid
ORDER BY c.relname, t.tgname
"""


class _Trigger(NamedTuple):
    name: str
    kind: int
    enabled: str
    always: bool
    function: str
    source: str


def guard_statements(guard: Guard) -> list[str]:
    """SQL that makes the guard, whether or not it was there."""
    table = guard.table
    function, source = _function(guard)
    changes = "UPDATE" if guard.deletable else "UPDATE OR DELETE"
    made = [
        f"CREATE OR REPLACE FUNCTION sanctions_refuse() RETURNS trigger LANGUAGE plpgsql AS $${_REFUSE}$$",
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $${source}$$",
        *_trigger(table, f"{table}_no_update", f"BEFORE {changes}", f"FOR EACH ROW EXECUTE FUNCTION {function}()"),
        *_against_truncate(table, table),
    ]
    return list(dict.fromkeys(made))


def guard_with_partitions(cursor: Cursor, guard: Guard) -> None:
    """Make the guard, on the partitions of a partitioned table too."""
    for statement in guard_statements(guard):
        cursor.execute(statement)
    cursor.execute(_BELOW, (guard.table,))
    for (partition,) in cursor.fetchall():
        cursor.execute(f"ALTER TABLE {partition} ENABLE ALWAYS TRIGGER {guard.table}_no_update")
        for statement in _against_truncate(partition, guard.table):
            cursor.execute(statement)


def unguarded(cursor: Cursor, guard: Guard) -> Iterator[MissingGuard]:
    """What the triggers in this database do not guard."""
    cursor.execute(_FOUND, (guard.table, guard.table))
    tables: dict[tuple[str, bool, bool], list[_Trigger]] = {}
    for name, itself, is_partition, *trigger in cursor.fetchall():
        triggers = tables.setdefault((name, itself, is_partition), [])
        if trigger[0] is not None:
            triggers.append(_Trigger(*trigger))
    if not tables:
        yield MissingGuard(guard.table, "DELETE", "there is no such table")
    for (name, itself, is_partition), triggers in tables.items():
        if not itself and not is_partition:
            yield MissingGuard(guard.table, "INHERIT", f"the rows of {name} are read as its rows")
            continue
        for against, kind, function in _wanted(guard):
            if found := _fault(triggers, kind, function):
                yield MissingGuard(name, against, found)


def _wanted(guard: Guard) -> Iterator[tuple[Attack, int, tuple[str, str]]]:
    yield "UPDATE", _ROW | _BEFORE | _UPDATE, _function(guard)
    if not guard.deletable:
        yield "DELETE", _ROW | _BEFORE | _DELETE, _function(guard)
    yield "TRUNCATE", _BEFORE | _TRUNCATE, ("sanctions_refuse", _REFUSE)


def _fault(triggers: list[_Trigger], kind: int, function: tuple[str, str]) -> str | None:
    level = _ROW | _BEFORE
    able = [one for one in triggers if one.kind & level == kind & level and one.kind & kind == kind]
    able = [one for one in able if one.function == function[0]]
    if not able:
        return "there is no trigger"
    first = able[0].name
    if not any(one.always and one.source == function[1] for one in able):
        return f"the trigger {first} says something else"
    states = {one.enabled for one in able if one.always and one.source == function[1]}
    if "A" in states:
        return None
    if states & {"O", "R"}:
        return f"the trigger {first} does not fire in every session"
    return f"the trigger {first} is disabled"


def _function(guard: Guard) -> tuple[str, str]:
    """The name and the text of the function that a row trigger calls."""
    if guard.emptied is not None:
        same = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in guard.kept)
        source = f"""
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.{guard.emptied} = ''::bytea AND {same} THEN RETURN NEW; END IF;
    END IF;
    {_RAISE};
END """
        return f"{guard.table}_refuse", source
    if not guard.fixed:
        return "sanctions_refuse", _REFUSE
    names = ", ".join(repr(name) for name in guard.fixed)
    source = f"""
BEGIN
    IF OLD.{guard.key[0]} IN ({names}) THEN {_RAISE}; END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END """
    return "sanctions_refuse_fixed", source


def _against_truncate(table: str, guarded: str) -> list[str]:
    how = "FOR EACH STATEMENT EXECUTE FUNCTION sanctions_refuse()"
    return _trigger(table, f"{guarded}_no_truncate", "BEFORE TRUNCATE", how)


def _trigger(table: str, name: str, when: str, how: str) -> list[str]:
    return [
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
        f"CREATE TRIGGER {name} {when} ON {table} {how}",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
    ]
