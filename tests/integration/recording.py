"""Every statement that a driver is given, with its parameters: recorded below everything of ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import Engine, create_engine

__all__ = ["Statement", "recorded_engine"]


class Statement(NamedTuple):
    """SQL and one set of parameters."""

    sql: str
    parameters: tuple[Any, ...]


class _Record:
    def __init__(self) -> None:
        self.statements: list[Statement] = []

    def note(self, sql: Any, sets: Iterable[Any]) -> None:
        text = sql if isinstance(sql, str) else str(sql)
        for found in sets:
            values = tuple(found.values()) if isinstance(found, dict) else tuple(found or ())
            self.statements.append(Statement(" ".join(text.split()), values))


@contextmanager
def recorded_engine(url: str) -> Iterator[tuple[Engine, list[Statement]]]:
    """An engine, and the statements that its connections have been given so far."""
    record = _Record()

    class OnSQLite(sqlite3.Cursor):
        def execute(self, sql: str, parameters: Any = (), /) -> OnSQLite:
            record.note(sql, [parameters])
            return super().execute(sql, parameters)

        def executemany(self, sql: str, parameters: Any, /) -> OnSQLite:
            given = list(parameters)
            record.note(sql, given)
            return super().executemany(sql, given)

    class Connection(sqlite3.Connection):
        def cursor(self, factory: Any = OnSQLite) -> Any:
            return super().cursor(factory)

    class OnPostgres(psycopg.Cursor[Any]):
        def execute(self, query: Any, params: Any = None, **options: Any) -> OnPostgres:
            record.note(query, [params])
            return super().execute(query, params, **options)

        def executemany(self, query: Any, params_seq: Any, **options: Any) -> None:
            given = list(params_seq)
            record.note(query, given)
            super().executemany(query, given, **options)

        def copy(self, statement: Any, *arguments: Any, **options: Any) -> Any:
            raise NotImplementedError(f"what is copied is not recorded: {statement}")

    on_sqlite = url.startswith("sqlite")
    arguments: dict[str, Any] = {"factory": Connection} if on_sqlite else {"cursor_factory": OnPostgres}
    engine = create_engine(url, connect_args=arguments)
    try:
        yield engine, record.statements
    finally:
        engine.dispose()
