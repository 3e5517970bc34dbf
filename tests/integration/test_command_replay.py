"""The command `replay`: what it prints, with which exit status it ends, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from account_sanctions.application.replaying.running import replay_database
from account_sanctions.domain.instants import text

from tests.integration.replayed import AT, copy_of_store, exported
from tests.integration.support import cli, rows

_AT = text(AT)


@pytest.fixture
def store(tmp_path: Path) -> str:
    return copy_of_store("sqlite", tmp_path)


@pytest.fixture
def folder(store: str, tmp_path: Path) -> str:
    return str(exported(store, tmp_path, buckets=4))


def test_store_and_export_give_one_document(store: str, folder: str) -> None:
    one = cli(store, "replay", "--at", _AT, "--json").document
    two = cli("sqlite:///nowhere.db", "replay", folder, "--at", _AT, "--duckdb", "--json").document
    assert {name for name in one if one[name] != two[name]} == {"source", "compared", "judged_by_sql"}
    assert one["digest"] == replay_database(store, valid_at=AT).digest
    assert (one["valid_at"], one["known_at"], one["findings"]) == (_AT, None, [])
    assert sum(one["standings"].values()) == one["accounts"] == one["compared"]
    assert sum(one["types"].values()) == one["events"]
    assert not Path("nowhere.db").exists()


def test_people_get_tables_and_the_digest(store: str, folder: str) -> None:
    answer = cli(store, "replay", folder, "--at", _AT, "--known-at", _AT, "--duckdb", "--view")
    assert answer.status == 0, answer
    for said in ("digest of all states: ", "Accounts by standing", "restricted", "Sanctions in force", "Functions taken away",
                 "compared with the live view: 28 accounts", "found by SQL alone: of 18 accounts", "2026-02-20"):  # fmt: skip
        assert said in answer.out


def test_what_does_not_fit_is_named_and_ends_with_three(store: str, folder: str) -> None:
    rows(store, "UPDATE sanctions_intervals SET account = ? WHERE account = 'cause_0'", "\x1b[31m=evil")
    answer = cli(store, "replay", "--at", _AT)
    assert answer.status == 3
    assert "view_diverging" in answer.out
    assert "cause_0" in answer.out
    assert "view_orphan" in answer.out
    assert "\\u001b[31m=evil" in answer.out
    assert "\x1b" not in answer.out
    told = cli(store, "replay", folder, "--view", "--json")
    assert told.status == 3
    assert [one["account"] for one in told.document["findings"]] == ["cause_0"]
    assert cli(store, "replay", "--no-view").status == 0
    assert cli(store, "replay", folder).status == 0


def test_nothing_is_written(store: str, folder: str) -> None:
    file = Path(store.removeprefix("sqlite:///"))
    before = file.read_bytes()
    assert cli(store, "replay", "--jobs", "2", "--json").status == 0
    assert cli(store, "replay", folder, "--view").status == 0
    assert file.read_bytes() == before


def test_what_cannot_be_replayed_is_refused_with_a_sentence(store: str, tmp_path: Path) -> None:
    cli(store, "replay", str(tmp_path / "none")).failed(2, "replay_source")
    cli(store, "replay", str(tmp_path)).failed(2, "replay_source")
    cli(f"sqlite:///{tmp_path / 'none.db'}", "replay").failed(10, "store_unreachable")
    assert not (tmp_path / "none.db").exists()
    for wrong in (["--scheduler", "tcp://x:1"], ["--duckdb"], ["--jobs", "0"], ["--engine", "spark"], ["--at", "noon"]):
        assert cli(store, "replay", *wrong).status == 2


def test_help_has_examples(store: str) -> None:
    said = cli(store, "replay", "--help").out
    assert "account-sanctions replay export-2026-01 --duckdb" in said
    assert "--engine dask --scheduler tcp://" in said
