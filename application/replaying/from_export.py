"""Folding a part of an export: one file of Parquet, a group of rows at a time, without the store that it came from."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from hashlib import file_digest
from importlib import import_module
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from ...infrastructure.store import Store
from ..exporting.parquet import bucket_file, bucket_of, pyarrow_or_missing
from ..simulating.opening import reading_only
from .errors import ReplaySource
from .folding import Row
from .live_view import AT_ONCE, LiveView, Recorded
from .parts import ExportPart, Told
from .states import States
from .tally import Tally

__all__ = ["fold_export"]

_COLUMNS: Final = ("account", "version", "topic", "state")
_BATCH: Final = 4_096


def fold_export(part: ExportPart, told: Told) -> Tally:
    """Fold the accounts of a file. Raises ReplaySource where it is not the one that its manifest names, and LibraryMissing."""
    pyarrow_or_missing()
    with _store(part.view) as store:
        return _File(part, None if store is None else LiveView(store)).fold(told)


@contextmanager
def _store(url: str | None) -> Generator[Store | None, None, None]:
    if url is None:
        yield None
        return
    with reading_only(url) as store:
        yield store


class _File:
    """A file, read once from its beginning to its end."""

    def __init__(self, part: ExportPart, view: LiveView | None) -> None:
        self._part = part
        self._path = Path(part.folder) / part.path
        self._view = view
        self._states = States(part.instant, self._rows_of)
        self._read = 0

    def fold(self, told: Told) -> Tally:
        self._check()
        tally, waiting = self._states.counting.tally, Recorded()
        accounts = 0
        try:
            for account, some in groupby(self._rows(told), key=itemgetter(0)):
                accounts += 1
                waiting[account] = self._states.add(account, self._once(account, some))
                if len(waiting) >= AT_ONCE:
                    self._compare(waiting, tally)
                    waiting = Recorded()
        except (OSError, ValueError, TypeError, KeyError) as error:
            # What pyarrow raises for a damaged file are kinds of these.
            raise self._wrong(f"cannot be read: {error}") from None
        self._compare(waiting, tally)
        if (self._read, accounts) != (self._part.rows, self._part.accounts):
            said = f"the manifest says {self._part.rows} of {self._part.accounts}"
            raise self._wrong(f"holds {self._read} events of {accounts} accounts; {said}")
        return self._states.counting.finish()

    def _check(self) -> None:
        try:
            with self._path.open("rb") as opened:
                digest = file_digest(opened, "sha256").hexdigest()
        except OSError as error:
            raise self._wrong(f"cannot be read: {error.strerror or error}") from None
        if digest != self._part.sha256:
            raise self._wrong("is not the one that was exported")

    def _wrong(self, what: str) -> ReplaySource:
        return ReplaySource(f"{self._part.path} {what}: look at the export with `export check`", file=self._part.path)

    def _compare(self, recorded: Recorded, tally: Tally) -> None:
        if self._view is not None and recorded:
            self._view.compare_export(recorded, tally)

    def _rows(self, told: Told) -> Iterator[tuple[Any, ...]]:
        for columns in _batches(self._path):
            yield from zip(*columns, strict=True)
            self._read += len(columns[0])
            told(len(columns[0]))

    def _once(self, account: str, rows: Iterable[tuple[Any, ...]]) -> Callable[[], Iterable[Row]]:
        """The events of an account as they are read now, and from the file whenever they are asked for again."""
        first = iter([(row[1:] for row in rows)])
        return lambda: next(first, None) or self._rows_of(account)

    def _rows_of(self, account: str) -> Iterator[Row]:
        """The events of an account, wherever it lies: only groups of rows are read whose bounds hold its name."""
        path = Path(self._part.folder) / bucket_file(bucket_of(account, self._part.buckets))
        pa = pyarrow_or_missing()
        equal: Any = import_module("pyarrow.compute").equal
        with pa.parquet.ParquetFile(path) as file:
            column = file.schema_arrow.get_field_index("account")
            for group in range(file.num_row_groups):
                bounds = file.metadata.row_group(group).column(column).statistics
                if bounds is not None and bounds.has_min_max and not bounds.min <= account <= bounds.max:
                    continue
                table = file.read_row_group(group, columns=list(_COLUMNS), use_threads=False)
                chosen = table.filter(equal(table["account"], account))
                yield from zip(*(chosen[name].to_pylist() for name in _COLUMNS[1:]), strict=True)


def _batches(path: Path) -> Iterator[list[list[Any]]]:
    pa = pyarrow_or_missing()
    with pa.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=_BATCH, columns=list(_COLUMNS), use_threads=False):
            yield [batch.column(name).to_pylist() for name in _COLUMNS]
