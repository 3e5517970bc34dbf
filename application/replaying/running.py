"""A replay of a whole store or of a whole export: parted, folded by one of the engines, added up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec.structs import replace

from ...domain.errors import Malformed
from ...domain.instants import as_utc
from ...infrastructure.clock import Clock, system_clock
from ...infrastructure.store import Store
from ..exporting.manifest import Manifest, beside
from ..simulating.opening import reading_only
from .engines import Engine, run
from .errors import ReplayInterrupted, ReplaySource
from .multiset import MultisetHash
from .parts import DatabasePart, ExportPart, Part, Told
from .results import Instant, Replayed
from .tally import Tally

__all__ = ["replay_database", "replay_export"]

# How many accounts are a part of a database.
_ACCOUNTS = 2_000


def replay_database(
    url: str,
    *,
    valid_at: datetime | None = None,
    known_at: datetime | None = None,
    view: bool = True,
    engine: Engine | None = None,
    clock: Clock = system_clock,
    progress: Told = lambda _events: None,
) -> Replayed:
    """Fold every account of the store at an URL from its first event on. Nothing is written to it.

    `valid_at`: of when the states are (None: now); `known_at`: as known then (None: by everything that is recorded). `view`:
    compare with the live view, which is as of now whatever the instant. By one process, everything is of one view of the
    database; `engine`: parted among several, each part has its own, and what others write meanwhile is in some and not in
    others. `progress` is told how many more events were folded. Memory is bounded, however many events there are. Raises a
    `StoreError`, LibraryMissing, EngineUnreachable, ReplayInterrupted, Malformed.
    """
    with reading_only(url) as store:
        instant = _instant(valid_at or clock(), known_at)
        parts = _ranges(store, url, instant, view=view, parted=engine is not None)
        total = _gathered(parts, engine, progress)
        return _replayed(total, store.identity.store_id, "database", instant, compared=view)


def replay_export(
    folder: Path,
    *,
    valid_at: datetime | None = None,
    known_at: datetime | None = None,
    view: str | None = None,
    sql: bool = False,
    engine: Engine | None = None,
    progress: Told = lambda _events: None,
) -> Replayed:
    """Fold every account of a Parquet export of a whole store, without the store.

    `valid_at`: of when the states are (None: of the instant of the export); `known_at`: as known then (None: by everything
    that is in it). `view`: the URL of a store with whose live view to compare those accounts of which nothing was recorded
    since. `sql`: count once more by SQL, with DuckDB and nothing of the fold. `engine`: parted among several processes, which
    see the same files. `progress` is told how many more events were folded. Raises ReplaySource, LibraryMissing,
    EngineUnreachable, ReplayInterrupted, Malformed, and a `StoreError` of `view`.
    """
    manifest = _manifest(folder)
    instant = _instant(valid_at or manifest.made_at, known_at)
    parts: list[Part] = [
        ExportPart(
            folder=str(folder.resolve()),
            path=file.path,
            sha256=file.sha256,
            rows=file.rows,
            accounts=file.accounts,
            buckets=manifest.buckets or 1,
            instant=instant,
            view=view,
        )
        for file in manifest.files
    ]
    total = _gathered(iter(parts), engine, progress)
    replayed = _replayed(total, manifest.store, "export", instant, compared=view is not None)
    return _counted_again(folder, replayed) if sql else replayed


def _counted_again(folder: Path, replayed: Replayed) -> Replayed:
    from .by_sql import count_by_sql, differences

    counts = count_by_sql(folder, replayed)
    findings = (*replayed.findings, *differences(counts, replayed))
    return replace(replayed, findings=findings, judged_by_sql=counts.accounts - counts.unjudged)


def _manifest(folder: Path) -> Manifest:
    try:
        manifest = msgspec.json.decode((folder / beside(None)[0]).read_bytes(), type=Manifest)
    except OSError as error:
        raise ReplaySource(f"{folder} is no Parquet export: its manifest cannot be read ({error.strerror})") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ReplaySource(f"{folder}: this is no manifest of an export: {error}") from None
    if manifest.file_format != "parquet" or not manifest.is_everything:
        raise ReplaySource(f"{folder} is not the whole record: export all accounts of all time as Parquet")
    return manifest


def _ranges(store: Store, url: str, instant: Instant, *, view: bool, parted: bool) -> Iterator[Part]:
    """The accounts in their order, cut into ranges; what comes between two names belongs to the later one."""
    after, seen, names = "", 0, [""]
    while parted and names:
        with store.database.reading() as cursor:
            names = store.accounts_after(cursor, names[-1])
        seen += len(names)
        if names and seen >= _ACCOUNTS:
            yield DatabasePart(url=url, instant=instant, after=after, until=names[-1], view=view)
            after, seen = names[-1], 0
    yield DatabasePart(url=url, instant=instant, after=after, view=view)


def _gathered(parts: Iterator[Part], engine: Engine | None, progress: Told) -> Tally:
    total = Tally()
    for tally in run(parts, engine, progress):
        if total.code not in ("", tally.code):
            raise ReplayInterrupted("not all workers have the same version of the library: install one everywhere")
        total.code = tally.code
        total.merge(tally)
    return total


def _replayed(total: Tally, store: str, source: str, instant: Instant, *, compared: bool) -> Replayed:
    types: dict[str, int] = {}
    for topic, count in total.topics.items():
        name = topic.split(".")[1]
        types[name] = types.get(name, 0) + count
    return Replayed(
        store=store,
        source="export" if source == "export" else "database",
        valid_at=instant.valid_at,
        known_at=instant.known_at,
        digest=MultisetHash(total.lanes).hexdigest(),
        events=total.events,
        accounts=total.accounts,
        types=dict(sorted(types.items())),
        standings=dict(sorted(total.standings.items())),
        kinds=dict(sorted(total.kinds.items())),
        restrictions=dict(sorted(total.restrictions.items())),
        code=total.code,
        compared=total.compared if compared else None,
        moved_on=total.moved_on,
        findings=tuple(sorted(total.findings, key=lambda one: (one.code, one.account or ""))),
        more=total.more,
    )


def _instant(valid_at: datetime, known_at: datetime | None) -> Instant:
    try:
        return Instant(as_utc(valid_at), None if known_at is None else as_utc(known_at))
    except ValueError as error:
        raise Malformed(f"valid_at, known_at: {error}", field="valid_at") from None
