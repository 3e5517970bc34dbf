"""The events of a Parquet export, checked by themselves: hashes, chains, marks, times, buckets, places, the log's roots.

A file is read a group of rows at a time. What is kept of a whole record is a leaf of 32 bytes for each place in the log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ...domain.instants import to_micros
from ...infrastructure.chain import event_hash, genesis
from ...infrastructure.evidence.checkpoints import Checkpoint
from ...infrastructure.evidence.frontier import Frontier
from ...infrastructure.evidence.leaves import log_leaf
from .errors import LibraryMissing
from .findings import ContentsFinding
from .manifest import ExportedFile, Manifest
from .marks import ExportedMarks
from .parquet import bucket_file, bucket_of, pyarrow_or_missing, when_of

if TYPE_CHECKING:
    from ...infrastructure.evidence.marks import MarkVerifier

__all__ = ["contents_findings"]

_NEEDED: Final = ("account", "version", "topic", "state", "hash", "mark", "partition", "position", "at", "recorded_at")
_MOST: Final = 100
# What may be wrong with an event whose hash and place are right.
_BESIDE: Final = ("export_mark", "export_times")
_LEAF: Final = 32
_NONE: Final = bytes(_LEAF)


def contents_findings(
    folder: Path,
    manifest: Manifest,
    checkpoints: Mapping[int, Checkpoint],
    writers: Mapping[bytes, MarkVerifier] | None = None,
) -> list[ContentsFinding]:
    """What is wrong with the events of an export whose files are those of the manifest; at most 100 findings.

    `checkpoints`: by partition, those that a trusted key has signed. `writers`: checks of marks, by the id of their key (None:
    marks are not judged).
    """
    try:
        rows = _rows_said(folder, manifest)
    except LibraryMissing as error:
        said = f"the events were not looked at: {error.message}"
        return [ContentsFinding("export_contents_skipped", said, grade="incomplete")]
    except (OSError, ValueError) as error:
        return [ContentsFinding("export_file_unreadable", f"a file cannot be read: {error}")]
    placed = sum(manifest.positions.values()) + manifest.unsequenced
    if rows != manifest.rows or (manifest.is_everything and rows != placed):
        said = f"there are {rows} events; the manifest speaks of {manifest.rows}, and of {placed} in the log"
        return [ContentsFinding("export_rows", said)]
    try:
        places = _Places(manifest)
    except (MemoryError, OverflowError, ValueError):
        return [ContentsFinding("manifest_unreadable", "no log is as long as the manifest says")]
    found: list[ContentsFinding] = []
    marks = ExportedMarks(writers)
    for file in manifest.files:
        found += _File(folder, file, manifest, places, marks).findings()
        if len(found) >= _MOST:
            return found[:_MOST]
    if places.unsequenced != manifest.unsequenced:
        said = f"{places.unsequenced} events have no place in the log, and the manifest says {manifest.unsequenced}"
        found.append(ContentsFinding("export_place", said))
    if all(one.code in _BESIDE for one in found):
        found += places.findings(checkpoints)
    found += marks.findings()
    return found[:_MOST]


class _Places:
    """The places in the log that events were found at."""

    def __init__(self, manifest: Manifest) -> None:
        self._sizes = {int(one): size for one, size in manifest.positions.items()}
        self._whole = manifest.is_everything
        self._leaves = {one: bytearray(_LEAF * size) for one, size in self._sizes.items()} if self._whole else {}
        self._taken: set[tuple[int, int]] = set()
        self.unsequenced = 0

    def take(self, partition: int | None, position: int | None, digest: bytes) -> str | None:
        """An event stands here; what is wrong with that."""
        if partition is None or position is None:
            self.unsequenced += 1
            return None
        if not 0 < position <= self._sizes.get(partition, 0):
            return "the log of this export has no such place"
        if self._whole:
            leaves, start = self._leaves[partition], (position - 1) * _LEAF
            free = bytes(leaves[start : start + _LEAF]) == _NONE
            leaves[start : start + _LEAF] = log_leaf(partition, position, digest)
        else:
            free = (partition, position) not in self._taken
            self._taken.add((partition, position))
        return None if free else "another event has this place in the log"

    def findings(self, checkpoints: Mapping[int, Checkpoint]) -> Iterator[ContentsFinding]:
        """Every place is taken, and the events are those under the signed roots."""
        for partition, leaves in self._leaves.items():
            sealed = checkpoints.get(partition)
            edge = Frontier()
            for start in range(0, len(leaves), _LEAF):
                leaf = bytes(leaves[start : start + _LEAF])
                if leaf == _NONE:
                    said = f"no event of the export has this place in partition {partition}"
                    yield ContentsFinding("export_place", said, position=start // _LEAF + 1)
                    break
                if sealed is not None and edge.size < sealed.size:
                    edge.add(leaf)
            else:
                if sealed is not None and (edge.size, edge.root()) != (sealed.size, sealed.root):
                    said = f"the first {sealed.size} events of partition {partition} are not those that are signed"
                    yield ContentsFinding("export_root", said)


class _File:
    """One file, read once; an account that is wrong is named once."""

    def __init__(
        self, folder: Path, file: ExportedFile, manifest: Manifest, places: _Places, marks: ExportedMarks
    ) -> None:
        self._path = folder / file.path
        self._file = file
        self._manifest = manifest
        self._places = places
        self._marks = marks

    def findings(self) -> list[ContentsFinding]:
        """What is wrong in this file."""
        found: list[ContentsFinding] = []
        rows, accounts, wrong = 0, 0, None
        before: tuple[str, int, bytes] | None = None
        try:
            for row in _rows(self._path):
                account, version, digest = row[0], row[1], row[4]
                rows += 1
                if before is None or account != before[0]:
                    accounts, before = accounts + 1, None
                if account != wrong:
                    finding = self._event(row, before)
                    if finding is not None:
                        wrong = account
                        found.append(finding)
                        if len(found) >= _MOST:
                            return found
                before = (account, version, digest)
        except (OSError, ValueError, TypeError, KeyError) as error:
            # What pyarrow raises for a damaged file are kinds of these.
            return [*found, ContentsFinding("export_file_unreadable", f"it cannot be read: {error}", self._file.path)]
        if (rows, accounts) != (self._file.rows, self._file.accounts):
            said = f"{rows} events of {accounts} accounts; the manifest says {self._file.rows} of {self._file.accounts}"
            found.append(ContentsFinding("export_rows", said, self._file.path))
        return found

    def _event(self, row: tuple[Any, ...], before: tuple[str, int, bytes] | None) -> ContentsFinding | None:
        """What is wrong with an event; `before`: the version and the hash of the one before it in the account."""
        account, version, topic, state, digest, mark, partition, position, at, recorded_at = row
        expected = 1 if before is None else before[1] + 1
        code: str | None = None
        said: str | None = None
        if self._file.path != bucket_file(bucket_of(account, self._manifest.buckets or 1)):
            code, said = "export_bucket", "the account belongs into another bucket"
        elif version != expected and (self._manifest.is_everything or version < expected):
            code, said = "export_chain", f"version {expected} of the account should stand here"
        elif version == expected:
            previous = genesis(self._manifest.store, account) if before is None else before[2]
            if event_hash(previous, account, version, topic, state) != digest:
                code, said = "export_hash", "the event is not what was hashed, or does not follow the one before it"
        if code is None:
            code, said = "export_place", self._places.take(partition, position, digest)
        if said is None:
            code, said = "export_mark", self._marks.take(account, digest, mark)
        if said is None and not _is_when(state, at, recorded_at):
            code, said = "export_times", "its times are not those of its stored bytes"
        return None if said is None else ContentsFinding(code, said, self._file.path, account, version, position)


def _is_when(state: bytes, at: int, recorded_at: int) -> bool:
    """Whether these are the times in the stored bytes, as microseconds since 1970."""
    when = when_of(state)
    return when is not None and (to_micros(when.event.at), to_micros(when.recorded_at)) == (at, recorded_at)


def _rows_said(folder: Path, manifest: Manifest) -> int:
    """How many rows the files say they have."""
    pa = pyarrow_or_missing()
    count = 0
    for file in manifest.files:
        with pa.parquet.ParquetFile(folder / file.path) as opened:
            count += opened.metadata.num_rows
    return count


def _rows(path: Path) -> Iterator[tuple[Any, ...]]:
    pa = pyarrow_or_missing()
    with pa.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=4096, columns=list(_NEEDED)):
            columns = [batch.column(name) for name in _NEEDED]
            # As numbers: a time of Python for each row would cost more than everything else.
            columns[-2:] = [column.cast(pa.int64()) for column in columns[-2:]]
            yield from zip(*(column.to_pylist() for column in columns), strict=True)
