"""Exports hold what the store holds: each format read back and compared with what the door says."""

from __future__ import annotations

import csv
import gzip
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds  # type: ignore[import-untyped]  # it ships no types
import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.documents import as_json
from account_sanctions.application.exporting.cells import as_given
from account_sanctions.application.exporting.parquet import bucket_of
from account_sanctions.application.exporting.source import Selection
from account_sanctions.domain.evolve import fold
from account_sanctions.domain.state import NOTHING
from account_sanctions.infrastructure import scanning
from account_sanctions.infrastructure.errors import StoreCorrupt

from tests.integration.exported import LATER, accounts_in, export, fill
from tests.integration.support import command, rows, tables

_LOGGED = ("partition", "position", "hash", "mark")


def lines(path: Path) -> list[dict[str, Any]]:
    body = path.read_bytes()
    text = gzip.decompress(body) if path.suffix == ".gz" else body
    return [json.loads(line) for line in text.splitlines()]


def histories(url: str) -> list[dict[str, Any]]:
    """Every event as the door shows it, with its account."""
    with Sanctions.open(url) as sanctions:
        return [
            {"account": account, **event}
            for account in sanctions.accounts()
            for event in json.loads(as_json(sanctions.history(account).document()))["events"]
        ]


def test_json_lines_with_narratives_are_the_histories_with_their_place_in_the_log(url: str, tmp_path: Path) -> None:
    fill(url)
    made = export(url, tmp_path / "events.jsonl", "jsonl", narratives=True)
    found = lines(tmp_path / "events.jsonl")
    expected = histories(url)
    assert [{k: v for k, v in one.items() if k not in _LOGGED} for one in found] == expected
    assert (made.rows, made.accounts) == (len(expected), 12)
    with Sanctions.open(url) as sanctions:
        sanctions.store.settle_log()
    stored = rows(url, "SELECT account, version, hash FROM sanctions_events")
    assert {(one["account"], one["version"], one["hash"]) for one in found} == {
        (a, v, bytes(h).hex()) for a, v, h in stored
    }


def test_json_lines_without_narratives_hold_no_free_text(url: str, tmp_path: Path) -> None:
    fill(url)
    export(url, tmp_path / "events.jsonl.gz", "jsonl")
    text = gzip.decompress((tmp_path / "events.jsonl.gz").read_bytes()).decode()
    assert text.count("\n") == len(histories(url))
    assert not any(word in text for word in ("seen", "script", "facts", "statement"))


def test_events_stand_at_the_place_that_the_log_gives_them(url: str, tmp_path: Path) -> None:
    fill(url, partitions=3)
    before = export(url, tmp_path / "before.jsonl", "jsonl")
    with Sanctions.open(url) as sanctions:
        sanctions.store.settle_log()
    after = export(url, tmp_path / "after.jsonl", "jsonl")
    log = {
        (a, v): (p, at) for p, at, a, v in rows(url, "SELECT partition, position, account, version FROM sanctions_log")
    }
    found = lines(tmp_path / "after.jsonl")
    assert {(one["account"], one["version"]): (one["partition"], one["position"]) for one in found} == log
    assert after.unsequenced == 0
    assert sum(after.positions.values()) == after.rows
    assert set(after.positions) == {"0", "1", "2"}
    # On PostgreSQL nobody had given places yet: the events are there all the same, and are counted.
    assert before.rows == after.rows
    assert sum(before.positions.values()) + before.unsequenced == before.rows
    assert [one["position"] for one in lines(tmp_path / "before.jsonl")].count(None) == before.unsequenced


def test_export_reads_and_never_writes(url: str, tmp_path: Path) -> None:
    fill(url, 4)
    before = tables(url)
    for file_format in ("jsonl", "csv", "parquet", "sqlite"):
        export(url, tmp_path / f"out.{file_format}", file_format, narratives=True)
    assert tables(url) == before


def test_states_and_sanctions_are_those_of_the_state_document(url: str, tmp_path: Path) -> None:
    fill(url)
    export(url, tmp_path / "states.jsonl", "jsonl", of="states")
    export(url, tmp_path / "sanctions.jsonl", "jsonl", of="sanctions")
    with Sanctions.open(url) as sanctions:
        expected = [json.loads(as_json(sanctions.state(one, LATER, LATER))) for one in sanctions.accounts()]
    assert lines(tmp_path / "states.jsonl") == expected
    assert lines(tmp_path / "sanctions.jsonl") == [
        {"account": state["account"], **one} for state in expected for one in state["sanctions"]
    ]


@pytest.mark.parametrize("of", ["events", "states", "sanctions"])
def test_table_says_what_the_lines_say(url: str, tmp_path: Path, of: Any) -> None:
    fill(url)
    export(url, tmp_path / "t.csv", "csv", of=of, narratives=True)
    export(url, tmp_path / "t.jsonl", "jsonl", of=of, narratives=True)
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        table = [{name: as_given(cell) for name, cell in row.items()} for row in csv.DictReader(file)]
    raw = (tmp_path / "t.csv").read_text(encoding="utf-8")
    assert ",=" not in raw
    assert ',"=' not in raw
    assert [from_cells(row) for row in table] == [flattened(one) for one in lines(tmp_path / "t.jsonl")]


def from_cells(row: dict[str, str]) -> dict[str, str]:
    """The cells of a row as the values of a document, as text; what stands in `fields` beside the others."""
    found = {name: cell for name, cell in row.items() if cell and name != "fields"}
    for name, value in json.loads(row.get("fields") or "{}").items():
        found[name] = plain(value)
    return found


def flattened(document: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in document.items():
        if name in ("by", "approved_by") and value is not None and not (name == "approved_by" and "type" in document):
            found |= {f"{name}_kind": value["kind"], f"{name}_id": value["id"]}
        elif value is not None:
            found[name] = plain(value)
    if "basis" in document:
        found["clause"] = document["basis"]["clause"]
    return found


def plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def test_parquet_folds_to_the_states_that_the_door_gives(url: str, tmp_path: Path) -> None:
    fill(url, 30)
    made = export(url, tmp_path / "p", "parquet", buckets=4)
    table = ds.dataset(tmp_path / "p", format="parquet", partitioning="hive", exclude_invalid_files=True).to_table()
    assert table.num_rows == made.rows == len(histories(url))
    assert {(one["bucket"]) for one in table.to_pylist()} <= set(range(4))
    states: dict[str, list[Any]] = {}
    with Sanctions.open(url) as sanctions:
        decode = sanctions.store.decoded
        for row in table.to_pylist():
            assert row["bucket"] == bucket_of(row["account"], 4)
            record = decode(row["account"], row["version"], row["topic"], row["state"])
            assert (record.event.at, record.recorded_at) == (row["at"], row["recorded_at"])
            states.setdefault(row["account"], []).append(record)
        for account, records in states.items():
            assert [one.version for one in records] == list(range(1, len(records) + 1))
            with sanctions.store.database.reading() as cursor:
                assert fold(NOTHING, [one.event for one in records]) == sanctions.store.load(cursor, account).state
    assert set(states) == set(accounts_in(url))


def test_parquet_has_narratives_only_when_they_are_asked_for(file_url: str, tmp_path: Path) -> None:
    fill(file_url)
    export(file_url, tmp_path / "without", "parquet", buckets=2)
    export(file_url, tmp_path / "with", "parquet", buckets=2, narratives=True)
    without, told = (
        ds.dataset(tmp_path / name, format="parquet", partitioning="hive", exclude_invalid_files=True).to_table()
        for name in ("without", "with")
    )
    assert "narrative" not in without.column_names
    texts = {(one["account"], one["version"]): one["narrative"] for one in told.to_pylist()}
    for event in histories(file_url):
        narrative = json.loads(texts[event["account"], event["version"]] or "{}")
        assert narrative == {
            name: event[name] for name in ("reason", "facts", "evidence", "statement", "text") if name in event
        }


@pytest.mark.parametrize("file_format", ["jsonl", "parquet", "sqlite"])
def test_selection_holds_one_account_and_a_half_open_range(file_url: str, tmp_path: Path, file_format: Any) -> None:
    fill(file_url)
    account = "gh_11"
    times = [datetime.fromisoformat(one["at"]) for one in histories(file_url) if one["account"] == account]
    assert len(times) == 6
    chosen = Selection(account=account, since=times[1], until=times[4])
    made = export(file_url, tmp_path / "out", file_format, selection=chosen)
    assert (made.rows, made.accounts) == (3, 1)
    assert not made.is_everything
    assert export(file_url, tmp_path / "all", file_format).is_everything
    nothing = Selection(since=times[-1] + timedelta(days=1))
    assert export(file_url, tmp_path / "none", file_format, selection=nothing).rows == 0


def test_database_opens_anywhere_and_its_views_answer(url: str, tmp_path: Path) -> None:
    fill(url)
    export(url, tmp_path / "out.db", "sqlite", narratives=True)
    with Sanctions.open(url) as sanctions:
        states = [sanctions.state(one, LATER, LATER) for one in sanctions.accounts()]
    with closing(sqlite3.connect(f"file:{tmp_path / 'out.db'}?mode=ro", uri=True)) as found:

        def ask(sql: str) -> list[Any]:
            return found.execute(sql).fetchall()

        assert ask("PRAGMA integrity_check") == [("ok",)]
        assert ask("PRAGMA foreign_key_check") == []
        assert ask("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'") == [(0,)]
        assert sorted(ask("SELECT account, standing, version FROM accounts")) == sorted(
            (one.account, one.standing, one.version) for one in states
        )
        expected = {(s.account, one.id, one.kind, one.status) for s in states for one in s.sanctions}
        assert set(ask("SELECT account, sanction, kind, status FROM sanctions")) == expected
        in_force = {(s.account, one.id) for s in states for one in s.sanctions if one.status == "in_force"}
        assert set(ask("SELECT account, sanction FROM sanctions_in_force")) == in_force
        overturned = {(s.account, one.id) for s in states for one in s.sanctions if one.status == "overturned"}
        assert overturned
        assert set(ask("SELECT account, sanction FROM overturned")) == overturned
        taken = {(s.account, one.function) for s in states for one in s.restrictions}
        assert set(ask("SELECT account, function FROM restrictions")) == taken
        opened = {(s.account, one.id) for s in states for one in s.appeals if one.status == "open"}
        assert opened
        assert set(ask("SELECT account, appeal FROM appeals_open")) == opened
        events = histories(url)
        assert ask("SELECT count(*), min(at), max(at) FROM events") == [
            (len(events), min(one["at"] for one in events), max(one["at"] for one in events))
        ]
        assert ask("SELECT sum(imposed) FROM decisions_by_clause") == [(len(expected),)]
        assert ask("SELECT count(*) FROM decisions WHERE by_id = 'due'") == [(0,)]
        assert len(ask("SELECT * FROM narratives")) == sum(
            bool({"facts", "reason", "statement"} & one.keys()) for one in events
        )


def test_database_without_narratives_has_no_table_of_them(file_url: str, tmp_path: Path) -> None:
    fill(file_url, 3)
    export(file_url, tmp_path / "out.db", "sqlite")
    assert "narratives" not in tables(f"sqlite:///{tmp_path / 'out.db'}")
    assert b"<script>" not in (tmp_path / "out.db").read_bytes()


def test_database_opens_in_datasette_with_its_descriptions(file_url: str, tmp_path: Path) -> None:
    fill(file_url)
    export(file_url, tmp_path / "out.db", "sqlite", narratives=True)
    program = [sys.executable, "-m", "datasette", "out.db", "-m", "out.db.metadata.json", "--get"]
    pages = {}
    for path in ("/out/events.json?_shape=objects", "/out/narratives"):
        done = subprocess.run([*program, path], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        pages[path] = done.stdout
    shown = json.loads(pages["/out/events.json?_shape=objects"])
    assert len(shown["rows"]) == len(histories(file_url))
    assert [one["at"] for one in shown["rows"]] == sorted((one["at"] for one in shown["rows"]), reverse=True)
    assert "<script>alert(1)" not in pages["/out/narratives"]
    assert "personal data" in pages["/out/narratives"]


def test_log_that_names_an_event_that_is_gone_is_a_corrupt_store(file_url: str, tmp_path: Path) -> None:
    fill(file_url, 3)
    rows(file_url, "DROP TRIGGER sanctions_events_no_delete")
    rows(file_url, "DELETE FROM sanctions_events WHERE account = 'gh_2' AND version = 3")
    with pytest.raises(StoreCorrupt, match="version 3"):
        export(file_url, tmp_path / "out", "jsonl")
    assert not (tmp_path / "out").exists()


def test_same_record_exported_twice_gives_the_same_bytes(url: str, tmp_path: Path) -> None:
    fill(url)
    for file_format, name in (("jsonl", "out.jsonl.gz"), ("csv", "out.csv"), ("parquet", "out"), ("sqlite", "out.db")):
        first, second = (export(url, tmp_path / each / name, file_format) for each in folders(tmp_path, file_format))  # type: ignore[arg-type]
        assert first == second


def folders(tmp_path: Path, file_format: str) -> list[str]:
    names = [f"{file_format}-{number}" for number in (1, 2)]
    for name in names:
        (tmp_path / name).mkdir()
    return names


def test_pieces_of_any_size_give_the_same(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(url)
    with Sanctions.open(url) as sanctions:
        sanctions.store.settle_log()
    export(url, tmp_path / "whole.jsonl", "jsonl")
    for size in (1, 2, 7):
        monkeypatch.setattr(scanning, "_PIECE", size)
        export(url, tmp_path / f"{size}.jsonl", "jsonl")
        assert (tmp_path / f"{size}.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_what_is_written_meanwhile_is_not_in_the_export_and_nobody_waits(url: str, tmp_path: Path) -> None:
    fill(url)
    export(url, tmp_path / "before.jsonl", "jsonl", narratives=True)
    numbers = count()
    with Sanctions.open(url) as sanctions:

        def another(_rows: int) -> None:
            for account in ("gh_1", "gh_9", f"new-{next(numbers)}"):
                sanctions.execute(command("note", account, text="meanwhile"))

        made = export(url, tmp_path / "meanwhile.jsonl", "jsonl", narratives=True, progress=another)
        assert next(numbers) == made.accounts == 12
    assert (tmp_path / "meanwhile.jsonl").read_bytes() == (tmp_path / "before.jsonl").read_bytes()
    ((recorded,),) = rows(url, "SELECT count(*) FROM sanctions_events")
    assert export(url, tmp_path / "after.jsonl", "jsonl").rows == recorded >= made.rows + 3 * 12
