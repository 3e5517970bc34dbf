"""The part of a database cursor that projections use."""

from __future__ import annotations

from typing import Any, Protocol

__all__ = ["Cursor"]


class Cursor(Protocol):
    """Runs SQL with its parameters and fetches what it found."""

    def execute(self, sql: str, parameters: Any = ..., /) -> Any: ...
    def executemany(self, sql: str, parameters: Any, /) -> Any: ...
    def fetchall(self) -> list[Any]: ...
