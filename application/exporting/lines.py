"""Exports in lines: JSON lines, and CSV that a spreadsheet cannot take for formulas."""

from __future__ import annotations

import csv
import gzip
import io
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol

from ...domain.instants import text
from ...domain.vocabulary import Actor
from ..documents import as_json
from .cells import harmless
from .documents import Subject

__all__ = ["COLUMNS", "CsvLines", "Escape", "JsonLines", "Lines", "open_bytes"]

_ACTORS: Final = ("by", "approved_by")
_NARRATIVE: Final = ("reason", "facts", "evidence", "requirements", "statement", "text", "untold")
_IDS: Final = ("sanction", "violation", "appeal", "proposal")
_LOGGED: Final = ("partition", "position", "hash", "mark")

COLUMNS: Final[Mapping[Subject, tuple[str, ...]]] = {
    "events": (
        *("account", "version", "type", "at", "recorded_at", "by_kind", "by_id", "command_id", "standing"),
        *(*_IDS, "clause", "from", "until", *_NARRATIVE, "fields", *_LOGGED),
    ),
    "states": (
        *("account", "valid_at", "known_at", "version", "standing", "exempt", "restrictions", "sanctions"),
        *("rectifications", "appeals", "proposals", "violations", "strikes"),
    ),
    "sanctions": (
        *("account", "id", "kind", "status", "at", "from", "until", "ended_at", "overturned_at", "clause", "policy"),
        *("by_kind", "by_id", "approved_by_kind", "approved_by_id", "caused_by", "because_of", "notice_at"),
        *("functions", "ends", "violations", "priors", "terms"),
    ),
}
"""The columns of the tables. `fields` of an event holds, as JSON, what has no column of its own."""


Escape = Callable[[str], str]
"""Makes text harmless for a terminal."""


class Lines(Protocol):
    """Writes documents as they come."""

    def add(self, document: Mapping[str, Any]) -> None:
        """One more."""
        ...

    def finish(self) -> None:
        """Nothing more comes."""
        ...


class JsonLines:
    """One JSON object per line."""

    def __init__(self, file: BinaryIO, _of: Subject, escape: Escape | None = None) -> None:
        self._file = file
        self._escape = escape

    def add(self, document: Mapping[str, Any]) -> None:
        line = as_json(document)
        self._file.write((line if self._escape is None else self._escape(line.decode()).encode()) + b"\n")

    def finish(self) -> None:
        self._file.flush()


class CsvLines:
    """A table under one heading: UTF-8, commas, quotes where needed, lines that end in CR LF, as RFC 4180 says."""

    def __init__(self, file: BinaryIO, of: Subject, escape: Escape | None = None) -> None:
        self._escape = escape
        self._text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        self._writer = csv.writer(self._text)
        self._columns = COLUMNS[of]
        self._rest = "fields" in self._columns
        self._writer.writerow(self._columns)

    def add(self, document: Mapping[str, Any]) -> None:
        row = dict(document)
        for name in _ACTORS:
            actor = row.get(name)
            if isinstance(actor, Actor):
                del row[name]
                row[f"{name}_kind"], row[f"{name}_id"] = actor.kind, actor.id
        if self._rest:
            # The clause of a sanction stands inside its basis, that of a violation beside it.
            row["clause"] = row.get("clause") or row.get("basis", {}).get("clause")
            others = {name: value for name, value in row.items() if name not in self._columns}
            row["fields"] = others or None
        found = map(row.get, self._columns)
        cells = ["" if value is None else harmless(_cell(value)) for value in found]
        self._writer.writerow(cells if self._escape is None else map(self._escape, cells))

    def finish(self) -> None:
        self._text.flush()
        self._text.detach()


def _cell(value: Any) -> str:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case datetime():
            return text(value)
        case _:
            return as_json(value).decode()


@contextmanager
def open_bytes(path: Path | None) -> Generator[BinaryIO, None, None]:
    """A file to write, packed where its name ends in `.gz`; None is standard output."""
    if path is None:
        yield sys.stdout.buffer
        return
    with path.open("wb") as file:
        if path.suffix != ".gz":
            yield file
            return
        # Without a name and a time inside, the same record makes the same bytes.
        with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
            yield packed  # type: ignore[misc]
