"""Events as Parquet, one folder for each bucket of accounts: what a replay, a verifier and an analyst need, and no more.

An account lies in one bucket, its events together and in order, so that buckets can be worked on apart and an account folded
as it is read. `state` is the stored bytes: they are what is hashed, and what a state is folded from.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from ...domain.instants import as_utc
from ...infrastructure.mapper import UnreadableEvent
from ...infrastructure.scanning import LoggedEvent
from ...infrastructure.sequencing import partition_of
from .errors import LibraryMissing
from .source import Selection, StoredAccount

__all__ = ["MOST_BUCKETS", "Buckets", "When", "bucket_file", "bucket_of", "pyarrow_or_missing", "schema", "when_of"]

MOST_BUCKETS: Final = 256
"""Each bucket is an open file."""
_HELD: Final = 48 * 1024 * 1024
# What a row takes in memory beside its bytes, roughly.
_ROW: Final = 400
_LARGEST_GROUP: Final = 50_000


class _At(Struct, frozen=True):
    at: datetime


class When(Struct, frozen=True):
    """When an event became known, and in `event.at` when it was decided or fell due."""

    recorded_at: datetime
    event: _At


_TIMES: Final = msgspec.json.Decoder(When)
_NOTHING_TOLD: Final = (None, None)
_NARRATIVES: Final = msgspec.json.Encoder(order="deterministic")


def bucket_of(account: str, buckets: int) -> int:
    """The bucket of an account: CRC-32 of its UTF-8 bytes, modulo the number of buckets, for ever."""
    return partition_of(account, buckets)


def bucket_file(bucket: int) -> str:
    """The name of a bucket's file in the folder of the export."""
    return f"bucket={bucket:02d}/part-0.parquet"


def pyarrow_or_missing() -> Any:
    """The library for Parquet, which says nothing of its types. Raises LibraryMissing."""
    try:
        import_module("pyarrow.parquet")
        return import_module("pyarrow")
    except ImportError:
        raise LibraryMissing("Parquet needs pyarrow: pip install 'account-sanctions[export]'", extra="export") from None


def schema(*, narratives: bool) -> Any:
    """The columns of every file."""
    pa = pyarrow_or_missing()
    instant = pa.timestamp("us", tz="UTC")
    fields = [
        pa.field("account", pa.string(), nullable=False),
        pa.field("version", pa.int64(), nullable=False),
        pa.field("topic", pa.string(), nullable=False),
        pa.field("state", pa.binary(), nullable=False),
        pa.field("hash", pa.binary(32), nullable=False),
        pa.field("at", instant, nullable=False),
        pa.field("recorded_at", instant, nullable=False),
        pa.field("mark", pa.binary()),
        pa.field("partition", pa.int32()),
        pa.field("position", pa.int64()),
    ]
    if narratives:
        fields += [pa.field("narrative", pa.string()), pa.field("untold", pa.string())]
    return pa.schema(fields)


class Buckets:
    """Writes accounts into the files of their buckets; what waits in memory is bounded, however many there are."""

    def __init__(self, folder: Path, buckets: int, selection: Selection, *, narratives: bool) -> None:
        self._schema = schema(narratives=narratives)
        self._selection = selection
        self._narratives = narratives
        self._files: list[_File] = []
        self._held = 0
        for bucket in range(buckets):
            path = folder / bucket_file(bucket)
            path.parent.mkdir()
            self._files.append(_File(path, self._schema, {"bucket": f"{bucket}/{buckets}"}))

    def add(self, account: StoredAccount) -> int:
        """Write what is wanted of an account; returns how many events."""
        file = self._files[bucket_of(account.name, len(self._files))]
        told = self._told(account)
        added = 0
        for stored in account.events:
            when = _when(stored)
            if self._selection.holds(when.event.at):
                row = (*stored[:5], when.event.at, when.recorded_at, *stored[5:])
                file.rows.append((*row, *told.get(stored.version, _NOTHING_TOLD)) if self._narratives else row)
                self._held += len(stored.state) + _ROW
                file.held += len(stored.state) + _ROW
                added += 1
        file.accounts += bool(added)
        if len(file.rows) >= _LARGEST_GROUP:
            self._held -= file.flush()
        while self._held > _HELD:
            self._held -= max(self._files, key=lambda one: one.held).flush()
        return added

    def close(self) -> None:
        """Write what waits, and end every file."""
        for file in self._files:
            file.flush()
            file.writer.close()

    def counts(self) -> dict[str, tuple[int, int]]:
        """By file, how many rows and how many accounts."""
        return {bucket_file(number): (file.written, file.accounts) for number, file in enumerate(self._files)}

    def _told(self, account: StoredAccount) -> dict[int, tuple[str | None, str | None]]:
        """By version, the free text as JSON, and why it is not told."""
        if not self._narratives:
            return {}
        return {
            record.version: (None if text is None else _NARRATIVES.encode(text).decode(), record.untold)
            for record, text in ((record, record.event.narrative) for record in account.narrated)
        }


class _File:
    """One file, and the rows that wait for it."""

    def __init__(self, path: Path, columns: Any, says: dict[str, str]) -> None:
        pa = pyarrow_or_missing()
        self._schema = columns
        self._batch = pa.RecordBatch
        self._array = pa.array
        self.writer: Any = pa.parquet.ParquetWriter(
            path, columns.with_metadata(says), compression="zstd", use_dictionary=["account", "topic"]
        )
        self.rows: list[tuple[Any, ...]] = []
        self.held = self.written = self.accounts = 0

    def flush(self) -> int:
        """Write what waits as one group of rows; returns how much memory it held."""
        held, rows = self.held, self.rows
        if rows:
            self.writer.write_batch(
                self._batch.from_arrays(_columns(rows, self._schema, self._array), schema=self._schema)
            )
        self.written += len(rows)
        self.rows, self.held = [], 0
        return held


def _columns(rows: Sequence[tuple[Any, ...]], columns: Any, array: Any) -> list[Any]:
    return [array(column, type=field.type) for column, field in zip(zip(*rows, strict=True), columns, strict=True)]


def _when(stored: LoggedEvent) -> When:
    when = when_of(stored.state)
    if when is None:
        raise UnreadableEvent(
            f"version {stored.version} of {stored.account!r} has no times that could be read: verify the store",
            account=stored.account,
            version=stored.version,
        )
    return when


def when_of(state: bytes) -> When | None:
    """The two times of an event out of its stored bytes, None where they cannot be read."""
    try:
        when = _TIMES.decode(state)
        as_utc(when.event.at)
        as_utc(when.recorded_at)
    except (msgspec.DecodeError, ValueError):
        return None
    return when
