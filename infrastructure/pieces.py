"""Many rows a statement on a database in the same process: what a row costs there is mostly its statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from .database import Cursor
from .gathering import Forms

__all__ = ["InPieces"]

# A hundred rows of our widest table are well below the least number of parameters that SQLite is built for.
_PIECE: Final = 100


class InPieces:
    """A cursor that inserts a hundred rows with each statement."""

    def __init__(self, cursor: Cursor, forms: Forms) -> None:
        self._cursor = cursor
        self._forms = forms

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    def execute(self, sql: str, parameters: Any = (), /) -> Any:
        """At once."""
        return self._cursor.execute(sql, parameters)

    def executemany(self, sql: str, parameters: Sequence[Sequence[Any]], /) -> Any:
        """As many rows with each statement as go into one, the others one by one."""
        form, start = self._forms.get(sql), 0
        if form is not None and len(parameters) >= _PIECE:
            statement = form.few(_PIECE)
            for start in range(_PIECE, len(parameters) + 1, _PIECE):
                piece = parameters[start - _PIECE : start]
                self._cursor.execute(statement, [value for row in piece for value in row])
        return self._cursor.executemany(sql, parameters[start:])

    def fetchone(self) -> Any:
        return self._cursor.fetchone()

    def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()

    def close(self) -> Any:
        return self._cursor.close()
