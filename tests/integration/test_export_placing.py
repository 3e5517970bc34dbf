"""An export has its name only when it is whole: failures, kills, names that are taken, wishes that make no sense."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from account_sanctions.application.exporting.errors import ExportExists, ExportUnwritable
from account_sanctions.application.exporting.source import Selection
from account_sanctions.domain.errors import Malformed

from tests.integration.exported import LATER, export, fill
from tests.integration.support import process
from tests.unmeasured import unmeasured


@pytest.mark.parametrize("file_format", ["jsonl", "csv", "parquet", "sqlite"])
def test_export_that_fails_half_way_leaves_nothing(file_url: str, tmp_path: Path, file_format: Any) -> None:
    fill(file_url)
    folder = tmp_path / "here"
    folder.mkdir()

    def interrupted(_rows: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(file_url, folder / "out", file_format, progress=interrupted)
    assert list(folder.iterdir()) == []


_KILLED = """
import os, signal, sys
from pathlib import Path
from tests.integration.exported import export
export(sys.argv[1], Path(sys.argv[2]), sys.argv[3], replace=True, progress=lambda _: os.kill(os.getpid(), signal.SIGKILL))
"""


@pytest.mark.parametrize("file_format", ["parquet", "sqlite"])
def test_export_that_is_killed_leaves_no_half_one_and_the_old_one_stands(
    file_url: str, tmp_path: Path, file_format: Any
) -> None:
    fill(file_url)
    target = tmp_path / "here" / "out"
    target.parent.mkdir()
    made = export(file_url, target, file_format)
    whole = {path: path.read_bytes() for path in sorted(target.parent.rglob("*")) if path.is_file()}
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, file_url, str(target), file_format], cwd=Path.cwd(), timeout=60, check=False
    )
    assert done.returncode == -signal.SIGKILL
    left = [path for path in target.parent.iterdir() if path.name.startswith(".out.")]
    assert len(left) == 1
    assert {path: path.read_bytes() for path in whole} == whole
    assert export(file_url, target, file_format, replace=True) == made


def test_export_under_a_name_that_is_taken_is_refused_and_touches_nothing(file_url: str, tmp_path: Path) -> None:
    fill(file_url, 2)
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    with pytest.raises(ExportExists):
        export(file_url, tmp_path / "out", "jsonl")
    assert (tmp_path / "out").read_text(encoding="utf-8") == "mine"
    (tmp_path / "empty").mkdir()
    export(file_url, tmp_path / "empty", "parquet", buckets=1)
    with pytest.raises(ExportExists):
        export(file_url, tmp_path / "empty", "parquet", buckets=1)


def test_companions_of_an_older_export_do_not_outlive_it(file_url: str, tmp_path: Path) -> None:
    fill(file_url, 2)
    export(file_url, tmp_path / "out", "sqlite")
    export(file_url, tmp_path / "out", "jsonl", replace=True)
    names = {path.name for path in tmp_path.iterdir() if path.name.startswith("out")}
    assert names == {"out", "out.manifest.json"}


def test_export_into_a_folder_that_is_not_there_says_so(file_url: str, tmp_path: Path) -> None:
    fill(file_url, 1)
    with pytest.raises(ExportUnwritable, match="No such file"):
        export(file_url, tmp_path / "no" / "out", "jsonl")


@pytest.mark.parametrize(
    ("field", "options"),
    [
        ("of", {"file_format": "parquet", "of": "states"}),
        ("since", {"file_format": "csv", "of": "states", "selection": Selection(since=LATER)}),
        ("until", {"file_format": "csv", "selection": Selection(since=LATER, until=LATER)}),
        ("buckets", {"file_format": "parquet", "buckets": 0}),
        ("buckets", {"file_format": "parquet", "buckets": 257}),
    ],
)
def test_wish_that_makes_no_sense_is_malformed(
    file_url: str, tmp_path: Path, field: str, options: dict[str, Any]
) -> None:
    fill(file_url, 1)
    with pytest.raises(Malformed) as refused:
        export(file_url, tmp_path / "out", **options)
    assert refused.value.details["field"] == field
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("file_format", ["jsonl", "sqlite"])
def test_export_that_finds_no_room_says_so_and_leaves_nothing(file_url: str, tmp_path: Path, file_format: str) -> None:
    fill(file_url, 40)
    here = tmp_path / "here"
    here.mkdir()

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (34_000, 34_000))

    arguments = ("export", "--format", file_format, "--with-narratives", "--out", str(here / "out"))
    process(file_url, *arguments, preexec_fn=little_room, env=unmeasured()).failed(10, "export_unwritable")
    assert list(here.iterdir()) == []


def test_folder_that_cannot_take_its_place_leaves_the_old_one_there(
    file_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(file_url, 2)
    target = tmp_path / "out"
    export(file_url, target, "parquet", buckets=1)
    whole = {path: path.read_bytes() for path in target.rglob("*") if path.is_file()}
    rename = Path.rename

    def refused(path: Path, to: Path) -> Path:
        if path.parent.name.endswith(".partial") and path.name == "out":
            raise PermissionError(13, "no")
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(ExportUnwritable):
        export(file_url, target, "parquet", buckets=1, replace=True)
    assert {path: path.read_bytes() for path in target.rglob("*") if path.is_file()} == whole
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".out")] == []
