"""Replay of exports: the same in however many files, and what is not the export of a whole store is refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.exporting import parquet
from account_sanctions.application.exporting.source import Selection
from account_sanctions.application.replaying import engines, from_database, from_export, states
from account_sanctions.application.replaying.engines import Engine
from account_sanctions.application.replaying.errors import ReplayInterrupted, ReplaySource
from account_sanctions.application.replaying.running import replay_database, replay_export
from account_sanctions.domain.errors import Malformed
from account_sanctions.infrastructure.ranging import RangeReader

from tests.integration.exported import LATER
from tests.integration.replayed import AT, as_one, copy_of_store, exported
from tests.integration.support import command, rows

_TWO = Engine(jobs=2)


@pytest.fixture
def store(tmp_path: Path) -> str:
    return copy_of_store("sqlite", tmp_path)


def test_small_pages_and_groups_of_rows_change_nothing(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = as_one(replay_database(store, valid_at=AT))
    monkeypatch.setattr(parquet, "_LARGEST_GROUP", 3)
    folder = exported(store, tmp_path, buckets=2)
    with parquet.pyarrow_or_missing().parquet.ParquetFile(folder / "bucket=00" / "part-0.parquet") as file:
        assert file.num_row_groups > 3
    for module, name, size in ((from_export, "_BATCH", 2), (from_export, "AT_ONCE", 2), (from_database, "AT_ONCE", 2)):
        monkeypatch.setattr(module, name, size)
    monkeypatch.setattr(states, "_KEPT", 1)
    assert as_one(replay_export(folder, valid_at=AT, view=store)) == whole

    class Small(RangeReader):
        def __init__(self, database: Any) -> None:
            super().__init__(database, 2)

    monkeypatch.setattr(from_database, "RangeReader", Small)
    assert as_one(replay_database(store, valid_at=AT)) == whole


def test_instants_default_to_now_and_to_when_the_export_was_made(store: str, tmp_path: Path) -> None:
    folder = exported(store, tmp_path)
    assert replay_export(folder).valid_at == LATER
    assert as_one(replay_export(folder)) == as_one(replay_database(store, clock=lambda: LATER))
    with pytest.raises(Malformed):
        replay_export(folder, valid_at=datetime(2026, 1, 1))  # noqa: DTZ001 - what is refused


def test_progress_speaks_of_every_event(store: str, tmp_path: Path) -> None:
    folder, count = exported(store, tmp_path, buckets=3), len(rows(store, "SELECT 1 FROM sanctions_events"))
    for engine in (None, _TWO):
        told: list[int] = []
        replay_database(store, progress=told.append, engine=engine)
        replay_export(folder, progress=told.append, engine=engine)
        assert sum(told) == 2 * count


def test_account_that_moved_on_since_the_export_is_not_compared(store: str, tmp_path: Path) -> None:
    folder = exported(store, tmp_path)
    with Sanctions.open(store) as sanctions:
        sanctions.execute(command("ban", "runs", sanction="x", basis={"clause": "4"}, for_="P1D"))
    found = replay_export(folder, view=store)
    assert (found.findings, found.moved_on) == ((), 1)
    assert found.compared == found.accounts - 1


# What stops a replay.


@pytest.mark.parametrize(
    "harm",
    [
        lambda folder: (folder / "manifest.json").unlink(),
        lambda folder: (folder / "manifest.json").write_text("{}"),
        lambda folder: (folder / "bucket=01" / "part-0.parquet").unlink(),
        lambda folder: (folder / "bucket=01" / "part-0.parquet").write_bytes(b"PAR1"),
        lambda folder: shutil.copy(folder / "bucket=00" / "part-0.parquet", folder / "bucket=01" / "part-0.parquet"),
    ],
    ids=["no_manifest", "no_such_manifest", "no_file", "no_parquet", "another_file"],
)
def test_export_that_is_not_what_was_exported_is_refused(
    store: str, tmp_path: Path, harm: Callable[[Path], Any]
) -> None:
    folder = exported(store, tmp_path, buckets=2)
    harm(folder)
    with pytest.raises(ReplaySource) as raised:
        replay_export(folder)
    assert len(raised.value.message.split()) > 5


def test_what_another_process_raises_is_raised_with_its_details(store: str, tmp_path: Path) -> None:
    folder = exported(store, tmp_path, buckets=2)
    (folder / "bucket=01" / "part-0.parquet").unlink()
    with pytest.raises(ReplaySource) as raised:
        replay_export(folder, engine=_TWO)
    assert raised.value.details == {"file": "bucket=01/part-0.parquet"}


def test_export_of_a_part_of_the_record_is_refused(store: str, tmp_path: Path) -> None:
    for name, selection in (("one", Selection(account="changed")), ("some", Selection(since=AT))):
        with pytest.raises(ReplaySource):
            replay_export(exported(store, tmp_path, name, selection=selection))


def test_parts_that_another_code_has_folded_are_not_added_up(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = iter(["one", "other"])
    monkeypatch.setattr("account_sanctions.application.replaying.tally.code_digest", lambda: next(codes))
    with pytest.raises(ReplayInterrupted):
        replay_export(exported(store, tmp_path, buckets=2))


def test_parts_that_are_not_done_in_time_end_the_replay(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "wait", lambda futures, **_given: (set(), futures))
    with pytest.raises(ReplayInterrupted, match="within 5 seconds"):
        replay_export(exported(store, tmp_path), engine=Engine(jobs=1, patience=5))
