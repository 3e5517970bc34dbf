"""The import of a real block log, held against its verbs and against a projector of ten lines."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from account_sanctions.application import Sanctions

from tests.integration.support import assert_sound, cli, database, rows, tables

_LOG = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "enwiki-blocklog-dev.jsonl.gz"

pytestmark = pytest.mark.skipif(not _LOG.exists(), reason="the real log is not part of the project, and is absent here")


@pytest.fixture(scope="module")
def log() -> list[dict[str, Any]]:
    with gzip.open(_LOG, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, Any]]:
    """The log in a store, and the report of its import."""
    url = database(tmp_path_factory.mktemp("real"))
    done = cli(url, "import", "mediawiki", str(_LOG), "--json")
    assert done.status == 0, done.err
    return url, done.document


def missed_by_ten_lines(log: list[dict[str, Any]]) -> set[int]:
    """The rows since 2015 whose verb a projector of ten lines does not foresee."""
    until: dict[str, str] = {}
    missed = set()
    for row in log:
        active = until.get(row["account"], "") > row["ts"]
        if active == (row["action"] == "block") and row["ts"] >= "2015":
            missed.add(row["seq"])
        until.pop(row["account"], None)
        if row["action"] != "unblock":
            beyond = row["expiry"] is None or row["expiry"].index("-") > 4
            until[row["account"]] = "~" if beyond else row["expiry"]
    return missed


def test_every_row_is_accounted_for(log: list[dict[str, Any]], imported: tuple[str, dict[str, Any]]) -> None:
    _, report = imported
    assert report["rows"] == len(log) == 14_790
    assert report["applied"] + report["duplicates"] + report["without_effect"] + len(report["rejected"]) == len(log)
    assert (report["duplicates"], report["rejected"]) == (0, [])
    assert report["accounts"] == len({row["account"] for row in log}) == 3_498
    since = [row["seq"] for row in log if row["ts"] >= "2015"]
    assert report["verb_agrees"] + len(report["verb_differs"]) == len(since)


def test_verb_differs_only_where_ten_lines_miss_it_too(
    log: list[dict[str, Any]], imported: tuple[str, dict[str, Any]]
) -> None:
    _, report = imported
    assert set(report["verb_differs"]) <= missed_by_ten_lines(log)


def test_state_before_each_row_since_2015_agrees_with_its_verb(
    log: list[dict[str, Any]], imported: tuple[str, dict[str, Any]]
) -> None:
    url, _ = imported
    excused = missed_by_ten_lines(log)
    asked = [row for row in log if row["ts"] >= "2015"][::7]
    before: dict[str, str] = {}
    same_second = set()
    for row in log:
        if before.get(row["account"]) == row["ts"]:
            same_second.add(row["seq"])
        before[row["account"]] = row["ts"]
    differs = []
    with Sanctions.open(url, policy="mediawiki") as sanctions:
        for row in asked:
            instant = datetime.fromisoformat(row["ts"]).astimezone(UTC)
            found = sanctions.state(row["account"], instant - timedelta(microseconds=1))
            ends_now = any(each.until == instant for each in found.restrictions)
            if (found.standing != "clear" and not ends_now) == (row["action"] == "block"):
                differs.append(row["seq"])
    assert set(differs) - same_second <= excused
    assert len(asked) > 300


def test_view_equals_the_fold_and_nothing_is_half_there(imported: tuple[str, dict[str, Any]]) -> None:
    assert_sound(imported[0])


def test_rebuild_is_identical(imported: tuple[str, dict[str, Any]]) -> None:
    url, _ = imported
    wanted = ("sanctions_intervals", "sanctions_deadlines")
    before = {name: found for name, found in tables(url).items() if name in wanted}
    rows(url, "DELETE FROM sanctions_intervals")
    rows(url, "DELETE FROM sanctions_deadlines")
    assert cli(url, "rebuild", "--json").document["accounts"] == 3_498
    assert {name: found for name, found in tables(url).items() if name in wanted} == before


def test_same_file_again_adds_nothing(imported: tuple[str, dict[str, Any]]) -> None:
    url, first = imported
    before = rows(url, "SELECT count(*) FROM sanctions_events")
    again = cli(url, "import", "mediawiki", str(_LOG), "--json").document
    assert (again["duplicates"], again["events"]) == (first["rows"], 0)
    assert rows(url, "SELECT count(*) FROM sanctions_events") == before


def test_sweep_changes_no_answer(imported: tuple[str, dict[str, Any]], log: list[dict[str, Any]]) -> None:
    url, _ = imported
    accounts = sorted({row["account"] for row in log})[::50]
    instants = [datetime(year, 7, 1, tzinfo=UTC) for year in (2008, 2012, 2016, 2020, 2022)]

    def answers() -> list[Any]:
        with Sanctions.open(url, policy="mediawiki") as sanctions:
            found = [sanctions.state(account, instant) for account in accounts for instant in instants]
        return [(each.standing, each.restrictions, each.sanctions) for each in found]

    before = answers()
    assert cli(url, "sweep", "--json").document["events"] > 0
    assert answers() == before
    assert_sound(url)
