"""Exporting a store: events, states or sanctions, in one of four formats, with a manifest."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ...domain.errors import Malformed
from ...infrastructure.store import Store
from .documents import Subject, documents
from .lines import CsvLines, Escape, JsonLines, open_bytes
from .manifest import Counted, FileFormat, Manifest, beside, described, write_manifest
from .placing import placing_files, placing_folder
from .source import Selection, Snapshot, StoredAccount, snapshot_of

if TYPE_CHECKING:
    from ...infrastructure.evidence.notes import NoteSigner

__all__ = ["BUCKETS", "export_store", "print_lines"]

BUCKETS: Final = 16
_METADATA: Final = ".metadata.json"

Progress = Callable[[int], None]


def export_store(
    store: Store,
    target: Path,
    *,
    now: datetime,
    file_format: FileFormat,
    of: Subject = "events",
    selection: Selection | None = None,
    narratives: bool = False,
    buckets: int = BUCKETS,
    signer: NoteSigner | None = None,
    replace: bool = False,
    progress: Progress = lambda _rows: None,
) -> Manifest:
    """Export a store into a file (a folder for Parquet), with its manifest; returns what the manifest says.

    The store is read in one consistent view and in bounded memory: the largest account, and some 50 MB. `now` is the instant at
    which states are taken. `narratives`: with free text, which is personal data. `buckets` counts for Parquet, 1 to 256.
    `signer` signs the manifest. `progress` is told how many events have been written. Nothing has the name of the export before
    it is whole. Raises ExportExists (unless `replace`), ExportUnwritable, LibraryMissing, Malformed and `StoreError`.
    """
    chosen = selection or Selection()
    _check(of, file_format, chosen, buckets)
    with snapshot_of(store, now) as snapshot:
        if file_format == "parquet":
            return _folder(snapshot, target, chosen, narratives, buckets, signer, replace=replace, progress=progress)
        with placing_files(target, replace=replace, besides=_companions) as folder:
            path, counted = folder / target.name, Counted()
            if file_format == "sqlite":
                _database(snapshot, path, chosen, counted, narratives=narratives, progress=progress)
            else:
                _lines(snapshot, path, of, file_format, chosen, counted, narratives=narratives, progress=progress)
            file = described(folder, target.name, rows=counted.rows, accounts=counted.accounts)
            return write_manifest(
                folder,
                target.name,
                snapshot,
                chosen,
                of=of,
                file_format=file_format,
                narratives=narratives,
                buckets=None,
                counted=counted,
                files=(file,),
                signer=signer,
            )


def print_lines(
    store: Store,
    *,
    now: datetime,
    file_format: FileFormat,
    of: Subject = "events",
    selection: Selection | None = None,
    narratives: bool = False,
    escape: Escape | None = None,
) -> None:
    """Write lines to standard output; there is no manifest then. `escape` makes them harmless for a terminal.

    Raises Malformed and `StoreError`.
    """
    chosen = selection or Selection()
    _check(of, file_format, chosen, 1)
    with snapshot_of(store, now) as snapshot:
        _lines(snapshot, None, of, file_format, chosen, Counted(), narratives=narratives, escape=escape)


def _check(of: Subject, file_format: FileFormat, selection: Selection, buckets: int) -> None:
    if file_format in ("parquet", "sqlite") and of != "events":
        raise Malformed(f"{file_format} is an export of events; states and sanctions follow from them", field="of")
    if of == "states" and (selection.since is not None or selection.until is not None):
        raise Malformed("states are those at the instant of the export: leave the range of time out", field="since")
    if selection.since is not None and selection.until is not None and selection.since >= selection.until:
        raise Malformed("the range of time is empty: its end does not lie after its beginning", field="until")
    if file_format == "parquet":
        from .parquet import MOST_BUCKETS, pyarrow_or_missing

        pyarrow_or_missing()
        if not 1 <= buckets <= MOST_BUCKETS:
            raise Malformed(f"an export has 1 to {MOST_BUCKETS} buckets, not {buckets}", field="buckets")


def _companions(name: str) -> tuple[str, ...]:
    return (*beside(name), f"{name}{_METADATA}")


def _lines(
    snapshot: Snapshot,
    path: Path | None,
    of: Subject,
    file_format: FileFormat,
    selection: Selection,
    counted: Counted,
    *,
    narratives: bool,
    progress: Progress = lambda _rows: None,
    escape: Escape | None = None,
) -> None:
    with open_bytes(path) as file:
        lines = (JsonLines if file_format == "jsonl" else CsvLines)(file, of, escape)
        for account in snapshot.accounts(selection.account):
            rows = 0
            for document in documents(account, of, selection, narratives=narratives):
                lines.add(document)
                rows += 1
                counted.unsequenced += of == "events" and document["position"] is None
            _count(counted, rows)
            progress(len(account.events))
        lines.finish()


def _database(
    snapshot: Snapshot, path: Path, selection: Selection, counted: Counted, *, narratives: bool, progress: Progress
) -> None:
    from .database import SqliteExport, write_metadata

    with closing(SqliteExport(path, selection, narratives=narratives)) as export:
        export.begin(snapshot)
        for account in snapshot.accounts(selection.account):
            _count(counted, export.add(account))
            counted.unsequenced += _unsequenced(account, selection)
            progress(len(account.events))
        export.finish()
    write_metadata(path.parent, path.name, snapshot.taken_at)


def _folder(
    snapshot: Snapshot,
    target: Path,
    selection: Selection,
    narratives: bool,  # noqa: FBT001 - private
    buckets: int,
    signer: NoteSigner | None,
    *,
    replace: bool,
    progress: Progress,
) -> Manifest:
    from .parquet import Buckets

    counted = Counted()
    with placing_folder(target, replace=replace) as folder:
        with closing(Buckets(folder, buckets, selection, narratives=narratives)) as files:
            for account in snapshot.accounts(selection.account):
                _count(counted, files.add(account))
                counted.unsequenced += _unsequenced(account, selection)
                progress(len(account.events))
        return write_manifest(
            folder,
            None,
            snapshot,
            selection,
            of="events",
            file_format="parquet",
            narratives=narratives,
            buckets=buckets,
            counted=counted,
            files=[described(folder, path, rows=r, accounts=a) for path, (r, a) in files.counts().items()],
            signer=signer,
        )


def _count(counted: Counted, rows: int) -> None:
    counted.rows += rows
    counted.accounts += rows > 0


def _unsequenced(account: StoredAccount, selection: Selection) -> int:
    if all(one.position is not None for one in account.events):
        return 0
    return sum(
        one.position is None and selection.holds(record.event.at)
        for one, record in zip(account.events, account.records, strict=True)
    )
