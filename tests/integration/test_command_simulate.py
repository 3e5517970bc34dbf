"""`policy simulate`: reads a store, writes nothing to it, and says what another policy would have decided."""

from __future__ import annotations

import csv
import hashlib
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.policies import find_policy
from account_sanctions.application.simulating.opening import reading_only
from account_sanctions.infrastructure.errors import StoreReadOnly

from .support import MODERATOR, REVIEWER, SYSTEM, Answer, as_lines, cli, command, process, tables

RECORDED: Final = """
id = "mine"
version = "1"
functions = ["publish", "mass_send"]
second_person = []
[clauses]
spam = { ladder = "l" }
fraud = { ladder = "l" }
[[ladders.l.steps]]
impose = [{ warn = { for = "P30D" } }]
[[ladders.l.steps]]
impose = [{ restrict = ["publish"], for = "P7D" }]
"""
STRICTER: Final = """
id = "stricter"
version = "1"
functions = ["publish", "mass_send"]
second_person = []
[clauses]
spam = { ladder = "l" }
[[ladders.l.steps]]
impose = [{ restrict = ["publish"], for = "P7D" }]
[[ladders.l.steps]]
impose = [{ ban = { permanent = true } }]
"""


def report(violation: str, day: int, account: str = "gh_1", **fields: Any) -> Mapping[str, Any]:
    at = f"2026-01-{day:02}T00:00:00Z"
    return command(
        "report_violation", account, by=SYSTEM, **{"violation": violation, "clause": "spam", "at": at, **fields}
    )


@pytest.fixture
def recorded(tmp_path: Path) -> str:
    path = tmp_path / "mine.toml"
    path.write_text(RECORDED, encoding="utf-8")
    return str(path)


@pytest.fixture
def stricter(tmp_path: Path) -> str:
    path = tmp_path / "stricter.toml"
    path.write_text(STRICTER, encoding="utf-8")
    return str(path)


@pytest.fixture
def store(url: str, recorded: str) -> str:
    """Two accounts; on the first a violation turned out to be none."""
    lines = as_lines(
        [
            report("v1", 1),
            command("overturn", by=REVIEWER, sanction="v1/s1", reason="wrong", at="2026-01-02T00:00:00Z"),
            report("v2", 3),
            report("v3", 4),
            report("v4", 5, clause="fraud"),
            command("note", by=MODERATOR, text="seen", at="2026-01-06T00:00:00Z"),
            report("v1", 1, "gh_2"),
            command("record_violation", "gh_3", by=SYSTEM, violation="v1", clause="spam", at="2026-01-01T00:00:00Z"),
            command("note", "gh_4", by=MODERATOR, text="nothing", at="2026-01-01T00:00:00Z"),
        ]
    )
    done = cli(url, "--policy", recorded, "apply", "--trusted-times", "-", given=lines)
    assert done.status == 0, done
    return url


def simulate(url: str, *arguments: str) -> Answer:
    answer = cli(url, "policy", "simulate", *arguments)
    assert answer.status == 0, answer
    return answer


def test_simulate_counts_how_the_decisions_differ(store: str, stricter: str) -> None:
    found = simulate(store, "--against", stricter, "--json").document
    assert (found["violations"], found["same"], found["same_outcome"], found["different"]) == (5, 0, 0, 5)
    assert found["differences"] == {"other_kinds": 4, "unknown_clause": 1}
    assert (found["harsher"], found["milder"]) == (4, 0)
    assert (found["accounts_read"], found["accounts"], found["only_recorded"]) == (4, 2, 1)
    assert found["banned"] == {
        "recorded_for_good": 0,
        "recorded_for_a_time": 0,
        "other_for_good": 1,
        "other_for_a_time": 0,
        "only_recorded": 0,
        "only_other": 1,
    }
    assert found["account_examples"] == [{"account": "gh_1", "recorded": "clear", "other": "banned_for_good"}]
    assert [(one["clause"], one["violations"], one["different"]) for one in found["clauses"]] == [
        ("spam", 4, 4),
        ("fraud", 1, 1),
    ]


def test_simulate_under_the_recorded_policy_finds_no_difference(store: str, recorded: str) -> None:
    found = simulate(store, "--against", recorded, "--json").document
    assert (found["violations"], found["same"], found["different"]) == (5, 5, 0)
    assert found["differences"] == found["left_out"] == {}
    assert found["examples"] == found["account_examples"] == []
    assert all(one["recorded"] == one["other"] for one in (*found["endings"], *found["outcomes"]))


def test_simulate_finds_a_policy_that_only_the_store_keeps(store: str, recorded: str) -> None:
    digest = find_policy(recorded).newest.ref.digest
    Path(recorded).unlink()
    for name in ("mine", "mine@1", digest[:12]):
        found = simulate(store, "--against", name, "--json").document
        assert found["against"] == [{"policy": "mine@1", "digest": digest}]
        assert found["same"] == 5


def test_simulate_of_one_version_decides_at_any_time(store: str, recorded: str) -> None:
    dated = RECORDED.replace('version = "1"', 'version = "2"\neffective_from = 2027-01-01T00:00:00Z')
    Path(recorded).write_text(dated, encoding="utf-8")
    assert simulate(store, "--against", recorded, "--json").document["same"] == 5


@pytest.mark.parametrize(
    ("arguments", "violations"),
    [
        (("--account", "gh_2"), 1),
        (("--account", "gh_2", "--account", "gh_1", "--account", "gh_2"), 5),
        (("--from", "2026-01-04T00:00:00Z"), 2),
        (("--until", "2026-01-04T00:00:00Z"), 3),
        (("--from", "2026-01-03T00:00:00+00:00", "--until", "2026-01-04T01:00:00+01:00"), 1),
        (("--include-recorded",), 6),
    ],
    ids=["one account", "accounts", "from", "until", "between", "recorded too"],
)
def test_simulate_takes_a_part_of_the_store(
    store: str, stricter: str, arguments: tuple[str, ...], violations: int
) -> None:
    assert simulate(store, "--against", stricter, "--json", *arguments).document["violations"] == violations


def test_simulate_compares_the_accounts_at_the_end_of_the_range(store: str, stricter: str) -> None:
    found = simulate(store, "--against", stricter, "--until", "2026-01-04T00:00:00Z", "--json").document
    assert found["end"] == found["until"] == "2026-01-04T00:00:00Z"
    assert found["endings"] == [{"recorded": "warned", "other": "restricted", "accounts": 2}]


def test_simulate_prints_tables(store: str, stricter: str) -> None:
    answer = simulate(store, "--against", stricter, "--examples", "1")
    lines = [" ".join(line.split()) for line in answer.out.splitlines()]
    assert "Under stricter@1, of 5 violations on 2 accounts:" in lines
    assert "other kinds of sanction 4" in lines
    assert "restriction permanent ban 1" in lines
    assert "gh_1 clear banned for good" in lines
    assert sum(line.startswith("gh_1 v") for line in lines) == 2
    assert answer.err == ""


def test_simulate_writes_a_table_and_a_page(store: str, stricter: str, tmp_path: Path) -> None:
    table, page = tmp_path / "out.csv", tmp_path / "out.html"
    answer = simulate(store, "--against", stricter, "--csv", str(table), "--html", str(page), "--json")
    assert answer.document["different"] == 5
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["account"], row["violation"], row["difference"]) for row in rows] == [
        ("gh_1", "v1", "other_kinds"),
        ("gh_1", "v2", "other_kinds"),
        ("gh_1", "v3", "other_kinds"),
        ("gh_1", "v4", "unknown_clause"),
        ("gh_2", "v1", "other_kinds"),
    ]
    assert "Simulation under" in page.read_text(encoding="utf-8")
    assert answer.err.splitlines() == [f"wrote {table}", f"wrote {page}"]


def test_simulate_lists_every_account_that_stands_otherwise(store: str, stricter: str, tmp_path: Path) -> None:
    table = tmp_path / "accounts.csv"
    answer = simulate(store, "--against", stricter, "--accounts-csv", str(table), "--examples", "0", "--json")
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert ("gh_1", "clear", "banned_for_good") in [(row["account"], row["recorded"], row["other"]) for row in rows]
    differ = sum(one["accounts"] for one in answer.document["endings"] if one["recorded"] != one["other"])
    assert len(rows) == differ > 0
    same = simulate(store, "--against", "mine@1", "--accounts-csv", str(table), "--json")
    assert same.document["different"] == 0
    assert table.read_text(encoding="utf-8").splitlines() == ["account,recorded,other"]


def test_simulate_changes_nothing(store: str, stricter: str) -> None:
    file = Path(store.removeprefix("sqlite:///"))
    before, content = hashlib.sha256(file.read_bytes()).hexdigest(), tables(store)
    simulate(store, "--against", stricter, "--include-recorded", "--json")
    assert hashlib.sha256(file.read_bytes()).hexdigest() == before
    assert tables(store) == content
    assert sorted(path.name for path in file.parent.iterdir()) == ["mine.toml", file.name, "stricter.toml"]


def test_simulate_reads_beside_a_writer(store: str, stricter: str, recorded: str) -> None:
    with Sanctions.open(store, policy=recorded) as sanctions, sanctions.store.database.writing():
        assert simulate(store, "--against", stricter, "--json").document["violations"] == 5


def test_store_opened_for_reading_refuses_to_be_written(store: str) -> None:
    with reading_only(store) as opened, pytest.raises(StoreReadOnly), opened.database.writing() as cursor:
        cursor.execute("DELETE FROM sanctions_meta")


@pytest.mark.parametrize("made", ["nothing", "an empty file", "another database"])
def test_simulate_makes_no_store(tmp_path: Path, made: str) -> None:
    file = tmp_path / "mistyped.db"
    if made == "an empty file":
        file.touch()
    elif made == "another database":
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("CREATE TABLE theirs (x)")
    content = file.read_bytes() if file.exists() else None
    cli(f"sqlite:///{file}", "policy", "simulate", "--against", "default").failed(10, "store_unreachable")
    assert (file.read_bytes() if file.exists() else None) == content


def test_simulate_of_something_else_than_a_database_says_so(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("these are notes, and no database, however long one looks at them " * 20, encoding="utf-8")
    cli(f"sqlite:///{file}", "policy", "simulate", "--against", "default").failed(10, "not_a_database")


def test_simulate_of_an_unknown_policy_says_so_and_writes_no_file(store: str, tmp_path: Path) -> None:
    table = tmp_path / "out.csv"
    cli(store, "policy", "simulate", "--against", "nowhere", "--csv", str(table)).failed(2, "unknown_policy")
    assert not table.exists()


@pytest.mark.parametrize("option", ["--csv", "--accounts-csv", "--html"])
def test_file_that_cannot_be_written_is_noticed_before_anything_is_done(
    store: str, tmp_path: Path, option: str
) -> None:
    """Before the policy is looked for, which is before the first account is replayed."""
    kept = tmp_path / "kept.txt"
    kept.write_text("of an earlier run", encoding="utf-8")
    others = {"--csv": "--html", "--accounts-csv": "--html", "--html": "--csv"}
    for path in (tmp_path / "no" / "folder", tmp_path):
        answer = cli(store, "policy", "simulate", "--against", "nowhere", option, str(path), others[option], str(kept))
        assert answer.status == 2
        assert f"{path}: " in answer.err
        assert "unknown_policy" not in answer.err
    assert kept.read_text(encoding="utf-8") == "of an earlier run"
    assert sorted(tmp_path.glob("*.txt")) == [kept]


def test_simulate_of_a_broken_file_says_where(store: str, stricter: str) -> None:
    Path(stricter).write_text(STRICTER.replace('"P7D"', '"7 days"'), encoding="utf-8")
    answer = cli(store, "policy", "simulate", "--against", stricter).failed(2, "policy_file")
    assert "line 9" in answer.err


def test_simulate_of_an_unknown_account_says_so(store: str) -> None:
    cli(store, "policy", "simulate", "--against", "default", "--account", "gh_11").failed(1, "unknown_account")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--against", "default", "--examples", "-1"),
        ("--against", "default", "--from", "2026-01-01"),
        ("--against", "default", "--from", "2026-01-02T00:00:00Z", "--until", "2026-01-02T00:00:00Z"),
        ("--against", "default", "--csv", "/nowhere/out.csv"),
        ("--against", "default", "--html", "/nowhere/out.html"),
    ],
)
def test_wrong_usage_is_explained(store: str, arguments: tuple[str, ...]) -> None:
    answer = cli(store, "policy", "simulate", *arguments)
    assert answer.status == 2
    assert "Traceback" not in answer.err


def test_simulate_of_a_store_without_reports_finds_nothing(full: str) -> None:
    found = simulate(full, "--against", "default", "--json").document
    assert (found["accounts_read"], found["accounts"], found["violations"], found["only_recorded"]) == (1, 0, 0, 1)
    assert "Under default@1, of 0 violations on 0 accounts" in simulate(full, "--against", "default").out


def test_simulate_works_as_a_process(store: str, stricter: str) -> None:
    answer = process(store, "policy", "simulate", "--against", stricter, "--json")
    assert answer.status == 0, answer
    assert json.loads(answer.out)["violations"] == 5


def test_hostile_names_cannot_drive_a_terminal(url: str, recorded: str, stricter: str) -> None:
    lines = as_lines([report("v1", 1, "\u202egh_1"), report("=v2", 2, "\u202egh_1")])
    assert cli(url, "--policy", recorded, "apply", "--trusted-times", "-", given=lines).status == 0
    answer = simulate(url, "--against", stricter)
    assert "\u202e" not in answer.out
    assert "\\u202egh_1" in answer.out
