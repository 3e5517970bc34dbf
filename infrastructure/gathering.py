"""Writes that go out together: what a transaction changes in several tables, as one statement of the server.

Each statement is a round trip, and BEGIN and COMMIT are two more; a service at some distance from its database waits for little
else. So the changes are gathered, and sent as one statement whose parts are common table expressions. A part stands for any
number of rows: a few are written out, many are handed over as arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import BinaryExpression, BooleanClauseList, Delete, Insert
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ClauseElement

from .database import Cursor

__all__ = ["Form", "Forms", "Gathered", "form_of"]

# Each count of rows that is written out is a statement of its own for the server to prepare.
_WRITTEN_OUT: Final = 3
_GROUP: Final = " VALUES ("

Row = Sequence[Any]


class Form(Struct, frozen=True):
    """A statement that changes rows of one table by what is given of each: for a few rows, and for many as one array a column."""

    head: str
    row: str
    between: str
    tail: str
    many: str

    def part(self, rows: Sequence[Row]) -> tuple[str, list[Any]]:
        """The statement for these rows, and its parameters."""
        if len(rows) <= _WRITTEN_OUT:
            return f"{self.head}{self.between.join([self.row] * len(rows))}{self.tail}", [
                x for row in rows for x in row
            ]
        return self.many, [list(column) for column in zip(*rows, strict=True)]


Forms = Mapping[str, Form]
"""By the text of the statement for one row."""


def form_of(statement: ClauseElement, compiled: Any, dialect: Dialect) -> Form | None:
    """The form of an INSERT of values, or of a DELETE by the equality of columns; None for other statements."""
    if isinstance(statement, Insert):
        return _insert_form(compiled, dialect)
    return _delete_form(statement, compiled, dialect) if isinstance(statement, Delete) else None


def _insert_form(compiled: Any, dialect: Dialect) -> Form | None:
    head, values, rest = str(compiled).partition(_GROUP)
    if not values:
        return None
    row, _, tail = rest.partition(")")
    many = f"{head} SELECT * FROM {_arrays(compiled, dialect)}{tail}"  # noqa: S608 - the text of our own statements
    return Form(f"{head} VALUES ", f"({row})", ", ", tail, many)


def _delete_form(statement: Delete, compiled: Any, dialect: Dialect) -> Form | None:
    head, _, condition = str(compiled).partition(" WHERE ")
    where = statement.whereclause
    parts = where.clauses if isinstance(where, BooleanClauseList) else [where]
    names = [part.left.name for part in parts if isinstance(part, BinaryExpression)]
    if len(names) != len(compiled.positiontup):
        return None
    table = head.rpartition(" ")[2]
    same = " AND ".join(f"{table}.{name} = given.{name}" for name in names)
    given = f"{_arrays(compiled, dialect)} AS given ({', '.join(names)})"
    return Form(f"{head} WHERE ", f"({condition})", " OR ", "", f"{head} USING {given} WHERE {same}")


def _arrays(compiled: Any, dialect: Dialect) -> str:
    process = dialect.type_compiler_instance.process
    kinds = (process(compiled.binds[name].type) for name in compiled.positiontup)
    return f"unnest({', '.join(f'%b::{kind}[]' for kind in kinds)})"


class Gathered:
    """A cursor that only writes: it keeps what it is given until it is sent."""

    def __init__(self, forms: Forms) -> None:
        self._forms = forms
        self._calls: dict[str, list[Row]] = {}

    def __bool__(self) -> bool:
        return bool(self._calls)

    @property
    def rowcount(self) -> int:
        raise TypeError("what is only gathered has no count yet")

    def execute(self, sql: str, parameters: Row = (), /) -> None:
        """Keep a statement that changes one row, or one that has no form."""
        self.executemany(sql, [parameters])

    def executemany(self, sql: str, parameters: Iterable[Row], /) -> None:
        """Keep the rows of a statement."""
        self._calls.setdefault(sql, []).extend(parameters)

    def fetchone(self) -> Any:
        raise TypeError("what is only gathered reads nothing")

    def fetchall(self) -> list[Any]:
        raise TypeError("what is only gathered reads nothing")

    def close(self) -> None:
        """Nothing is held."""

    def as_one(self, skip: int = 0) -> tuple[str, list[Any]]:
        """Everything as one statement; the first thing that was given is the statement proper, the others are its parts."""
        (sql, given), *others = self._parts()[skip:]
        if not others:
            return sql, given
        named = ", ".join(f"w{number} AS ({part})" for number, (part, _) in enumerate(others))
        return f"WITH {named} {sql}", [*(x for _, parameters in others for x in parameters), *given]

    def send(self, cursor: Cursor) -> None:
        """Inside a transaction: the first thing by itself, so that it is what meets a conflict, then everything else."""
        if self._calls:
            parts = self._parts()
            cursor.execute(*parts[0])
            if len(parts) > 1:
                cursor.execute(*self.as_one(skip=1))

    def _parts(self) -> list[tuple[str, list[Any]]]:
        parts: list[tuple[str, list[Any]]] = []
        for sql, rows in self._calls.items():
            form = self._forms.get(sql)
            if form is not None:
                parts.append(form.part(rows))
            else:
                parts.extend((sql, list(row)) for row in rows)
        return parts
