"""The part of a database that projections use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from sqlalchemy import Select, Table
from sqlalchemy.sql import ClauseElement

__all__ = ["Cursor", "Sql"]


class Cursor(Protocol):
    """Runs SQL with its parameters and fetches what it found."""

    @property
    def rowcount(self) -> int: ...
    def execute(self, sql: str, parameters: Any = ..., /) -> Any: ...
    def executemany(self, sql: str, parameters: Any, /) -> Any: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def close(self) -> Any: ...


class Sql(Protocol):
    """Turns statements into the database's own SQL."""

    now: str
    """The database's own clock: microseconds since 1970."""

    def prepare(self, statement: ClauseElement) -> str: ...
    def upsert(self, table: Table) -> Any: ...
    def members(self, name: str) -> Select[tuple[str]]:
        """The members of a list of text that is given as one parameter; as rows."""
        ...

    def listed(self, values: Iterable[str]) -> Any:
        """A list of text as such a parameter."""
        ...

    def fill(self, cursor: Any, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        """Insert many rows."""
        ...
