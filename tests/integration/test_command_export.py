"""`export`, `export check`, `export dsa`, `export wechat` and `import wechat` on the command line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.integration.exported import HOSTILE, fill, keys_in, seal
from tests.integration.support import as_lines, cli, command, process, rows

_MAPPING = """
territorial_scope = ["EU"]
content_type = ["CONTENT_TYPE_TEXT"]
content_date = "violation"
category = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
source_type = "SOURCE_VOLUNTARY"
automated_detection = false
facts = "Standard words."
"""
_PUSH = {
    "Event": "wxa_punish_event",
    "event_type": 4,
    "punish_id": "9328325",
    "appid": "wx1",
    "punish_time": 1699784109,
    "illegal_reason": "=1+1\n\u202eevil",
    "detail": '{"banned_days":3}',
}


def test_lines_go_to_standard_output_and_nothing_else_does(file_url: str) -> None:
    fill(file_url, 6)
    done = cli(file_url, "export", "--format", "jsonl", "--out", "-")
    assert (done.status, done.err) == (0, "")
    assert len(done.documents) == rows(file_url, "SELECT count(*) FROM sanctions_events")[0][0]
    table = cli(file_url, "export", "--format", "csv", "--of", "sanctions", "--out", "-", "--account", "gh_2")
    assert [row["id"] for row in csv.DictReader(io.StringIO(table.out, newline=""))] == ["s-1"]


def test_export_says_what_it_wrote_and_how_far_it_goes(file_url: str, tmp_path: Path) -> None:
    fill(file_url, 3)
    done = cli(file_url, "export", "--format", "parquet", "--buckets", "2", "--out", str(tmp_path / "p"))
    assert done.status == 0
    assert "6 events of 3 accounts" in done.out
    assert "up to position 6 of partition 0 of the log; the manifest is not signed" in done.out
    manifest = cli(file_url, "export", "--format", "csv", "--json", "--out", str(tmp_path / "c.csv")).document
    assert (manifest["rows"], manifest["positions"], manifest["files"][0]["path"]) == (6, {"0": 6}, "c.csv")
    assert json.loads((tmp_path / "c.csv.manifest.json").read_bytes()) == manifest


def test_export_of_nothing_says_so(file_url: str, tmp_path: Path) -> None:
    fill(file_url, 2)
    done = cli(file_url, "export", "--format", "jsonl", "--out", str(tmp_path / "x"), "--account", "nobody")
    assert (done.status, done.err) == (0, "nothing is recorded of what was asked for\n")
    assert (tmp_path / "x").read_bytes() == b""


def test_export_with_keys_is_checked_with_the_trust_file(file_url: str, tmp_path: Path) -> None:
    made_keys = keys_in(tmp_path)
    fill(file_url, 6, keys=made_keys)
    seal(file_url, made_keys)
    keys, trust = str(tmp_path / "keys"), str(tmp_path / "keys" / "trust.json")
    made = cli(file_url, "export", "--format", "parquet", "--keys", keys, "--out", str(tmp_path / "p"))
    assert "signed by account-sanctions" in made.out
    check = ("export", "check", str(tmp_path / "p"))
    assert cli(file_url, *check, "--trust", trust).status == 0
    assert cli(file_url, *check, "--trust", trust, "--json").document == {"verdict": "verified", "findings": []}
    incomplete = cli(file_url, *check, "--json")
    assert (incomplete.status, incomplete.document["verdict"]) == (4, "incomplete")
    (tmp_path / "p" / "bucket=00" / "part-0.parquet").write_bytes(b"")
    tampered = cli(file_url, *check, "--trust", trust)
    assert tampered.status == 1
    assert "export_file_changed" in tampered.out
    assert cli(file_url, *check, "--trust", trust, "--json").document["verdict"] == "tampered"


def test_check_of_what_is_no_export_is_a_finding(file_url: str, tmp_path: Path) -> None:
    done = cli(file_url, "export", "check", str(tmp_path))
    assert done.status == 4
    assert "manifest_missing" in done.out


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (["--format", "parquet", "--of", "states", "--out", "x"], 2, "malformed"),
        (["--format", "jsonl", "--out", "{here}"], 2, "export_exists"),
        (["--format", "jsonl", "--out", "{here}/no/x"], 10, "export_unwritable"),
        (["--format", "jsonl", "--out", "{here}/x", "--keys", "{here}"], 2, "bad_key"),
        (["--format", "jsonl", "--out", "{here}/x", "--account", ""], 2, "malformed"),
        (["dsa", "--out", "{here}/x"], 1, "dsa_incomplete"),
        (["dsa", "--out", "{here}/x", "--mapping", "{here}/none.toml"], 2, "dsa_mapping"),
        (["wechat", "--out", "{here}/sanctions.db"], 2, "export_exists"),
    ],
)
def test_export_that_cannot_be_made_says_why(
    file_url: str, tmp_path: Path, arguments: list[str], status: int, code: str
) -> None:
    fill(file_url, 3)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    cli(file_url, "export", *(one.format(here=tmp_path) for one in arguments)).failed(status, code)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--format", "jsonl"],
        ["--out", "x"],
        ["--format", "xml", "--out", "x"],
        ["--format", "parquet", "--out", "-"],
        ["--format", "csv", "--out", "x", "--since", "yesterday"],
        ["dsa", "--out", "x", "--country", "US"],
        ["dsa"],
        ["check"],
    ],
)
def test_wrong_usage_has_its_own_status(file_url: str, arguments: list[str]) -> None:
    assert cli(file_url, "export", *arguments).status == 2


def test_store_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'none.db'}"
    cli(url, "export", "--format", "csv", "--out", str(tmp_path / "x")).failed(10, "store_unreachable")
    assert list(tmp_path.iterdir()) == []


def test_statements_are_written_and_what_has_none_is_counted(file_url: str, tmp_path: Path) -> None:
    fill(file_url, 12)
    (tmp_path / "dsa.toml").write_text(_MAPPING, encoding="utf-8")
    options = ("export", "dsa", "--mapping", str(tmp_path / "dsa.toml"), "--overturned", str(tmp_path / "wrong"))
    done = cli(file_url, *options, "--out", str(tmp_path / "s.jsonl"), "--country", "DE", "--country", "NO")
    assert done.status == 0
    assert "warnings (the prior warning of Article 23)" in done.out
    found = [json.loads(line) for line in (tmp_path / "s.jsonl").read_text(encoding="utf-8").splitlines()]
    assert f"{len(found)} statements of reasons" in done.out
    assert {tuple(one["territorial_scope"]) for one in found} == {("DE", "NO")}
    report = cli(file_url, *options, "--out", str(tmp_path / "s.jsonl"), "--replace", "--json").document
    assert report["statements"] == len(found)
    assert (tmp_path / "wrong").read_text(encoding="utf-8") == ""


def test_pushes_go_in_and_come_out(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'wx.db'}"
    unknown = {**_PUSH, "event_type": 99, "punish_id": "2"}
    given = "\n".join(json.dumps(one) for one in (_PUSH, unknown))
    done = cli(url, "import", "wechat", "-", given=given)
    assert done.status == 1
    assert "line 2: malformed: event_type: 99 is unknown" in done.err
    assert cli(url, "import", "wechat", "-", "--json", given=json.dumps(_PUSH)).document["duplicates"] == 1
    assert (
        cli(url, "--policy", "wechat-mini-programs", "check", "wx1", "listing", "--at", "2023-11-13T00:00:00Z").status
        == 1
    )
    out = cli(url, "export", "wechat", "--out", str(tmp_path / "out.jsonl"), "--with-narratives")
    assert (out.status, out.out.splitlines()[0]) == (0, f"wrote {tmp_path / 'out.jsonl'}: 1 pushes")
    found = json.loads((tmp_path / "out.jsonl").read_text(encoding="utf-8"))
    assert {name: found[name] for name in _PUSH} == _PUSH
    assert (
        cli(url, "export", "wechat", "--out", str(tmp_path / "none"), "--account", "wx9", "--json").document["pushes"]
        == 0
    )


def test_hostile_text_drives_no_terminal_and_no_spreadsheet(file_url: str, tmp_path: Path) -> None:
    name = "=cmd|'/c calc'!A0\u202e"
    line = json.dumps(command("note", name, {"kind": "moderator", "id": "@m\u200f"}, text=HOSTILE))
    assert cli(file_url, "apply", "-", given=line).status == 0
    evil = tmp_path / "\u202eevil"
    for shown in (
        cli(file_url, "export", "--format", "csv", "--out", str(evil), "--with-narratives"),
        cli(file_url, "export", "check", str(evil)),
        cli(file_url, "export", "wechat", "--out", str(tmp_path / "no" / "\u202ex")),
    ):
        assert "\u202e" not in shown.out + shown.err
    with evil.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["account"] == f"'{name}"
    assert row["by_id"] == "'@m\u200f"
    assert row["text"] == f"'{HOSTILE}"


def test_lines_on_standard_output_are_escaped_and_read_alike(file_url: str) -> None:
    name = "a\u202e\x9bb"
    fill(file_url, 1)
    rows(file_url, "DROP TRIGGER sanctions_events_no_update")
    rows(file_url, "UPDATE sanctions_events SET account = ?", name)
    rows(file_url, "DROP TRIGGER sanctions_log_no_update")
    rows(file_url, "UPDATE sanctions_log SET account = ?", name)
    done = process(file_url, "export", "--format", "jsonl", "--out", "-")
    assert (done.status, done.err) == (0, "")
    assert not {"\u202e", "\x9b"} & set(done.out)
    assert done.document["account"] == name


def test_encrypted_text_is_exported_with_keys_and_not_without(file_url: str, tmp_path: Path) -> None:
    keys_in(tmp_path)
    given = as_lines([command("note", text="words of a person")])
    keys = str(tmp_path / "keys")
    assert cli(file_url, "--keys", keys, "apply", "-", given=given).status == 0
    lines = ("export", "--format", "jsonl", "--with-narratives", "--out", "-")
    assert cli(file_url, "--keys", keys, *lines).document["text"] == "words of a person"
    assert cli(file_url, *lines, "--keys", keys).document["text"] == "words of a person"
    without = cli(file_url, *lines)
    assert "words" not in without.out
    assert without.document["untold"] == "encrypted"
