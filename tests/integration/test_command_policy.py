"""`policy list`, `show`, `check` and `schema`, and `--policy` with a file."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
from account_sanctions.application.policies.finding import built_in, built_in_names
from account_sanctions.application.policies.schema import policy_schema

from tests.integration.support import SYSTEM, as_lines, cli, command, process, rows

GOOD: Final = """\
id = "house-rules"
version = "1"
functions = ["post", "live"]
second_person = []

[clauses.spam]
ladder = "strikes"

[[ladders.strikes.steps]]
impose = [{ restrict = ["post"], for = "P7D" }]
"""
REPORT: Final = command("report_violation", by=SYSTEM, clause="spam", violation="v-1")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def test_list_has_every_built_in_policy_in_every_version(url: str) -> None:
    found = cli(url, "policy", "list", "--json").document
    books = [book for name in built_in_names() if (book := built_in(name))]
    assert [each["policy"] for each in found] == [version.name for book in books for version in book.versions]
    wechat = next(each for each in found if each["policy"] == "wechat-official-accounts@2022-06")
    assert (wechat["confidence"], wechat["effective_from"]) == ("A", "2022-06-01T00:00:00Z")
    assert all(each["source"] for each in found)
    assert len(wechat["digest"]) == 64
    shown = cli(url, "policy", "list").out
    assert "wechat-official-accounts@2022-03" in shown
    assert "2022-03-01" in shown


def test_list_needs_no_database(tmp_path: Path) -> None:
    assert cli(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}", "policy", "list").status == 0


def test_show_prints_a_file_that_is_the_same_policy(url: str, tmp_path: Path) -> None:
    shown = cli(url, "policy", "show", "wechat-official-accounts@2022-06")
    (tmp_path / "copy.toml").write_text(shown.out, encoding="utf-8")
    copy = cli(url, "policy", "show", str(tmp_path / "copy.toml"), "--json").document
    original = cli(url, "policy", "show", "wechat-official-accounts@2022-06", "--json").document
    assert (copy["where"], original["where"]) == ("file", "built_in")
    assert {**copy, "where": None} == {**original, "where": None}


def test_show_spells_out_what_holds_where_the_policy_says_nothing(url: str) -> None:
    found = cli(url, "policy", "show", "youtube-2023", "--json").document
    assert found["ladders"]["strikes"]["fires"] == "each"
    assert found["clauses"]["severe-abuse"]["weight"] == 1
    assert found["appeal"] == {"window": "P6M", "limit": 1, "reinstatement_after": None}
    assert found["effective_from"] is None
    assert '#   proposal_ttl = "P30D"' in cli(url, "policy", "show", "youtube-2023").out.splitlines()


def test_show_of_a_name_with_several_versions_prints_them_all(url: str) -> None:
    found = cli(url, "policy", "show", "wechat-official-accounts", "--json").document
    assert [each["version"] for each in found["texts"]] == ["2022-03", "2022-06"]
    shown = cli(url, "policy", "show", "wechat-official-accounts").out
    assert shown.count('id = "wechat-official-accounts"') == 2


def test_show_makes_no_database(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    cli(f"sqlite:///{path}", "policy", "show", "mine").failed(2, "unknown_policy")
    assert cli(f"sqlite:///{path}", "policy", "show", "default").status == 0
    assert cli("sqlite://", "policy", "show", "default").status == 0
    assert not path.exists()
    path.touch()
    cli(f"sqlite:///{path}", "policy", "show", "mine").failed(2, "unknown_policy")
    assert path.stat().st_size == 0


def test_show_of_a_built_in_policy_does_without_a_broken_database(url: str, tmp_path: Path) -> None:
    (tmp_path / "sanctions.db").write_bytes(b"no database at all, just text" * 100)
    shown = cli(url, "policy", "show", "default")
    assert shown.status == 0
    assert "cannot be asked" in shown.err
    cli(url, "policy", "show", "mine").failed(10, "not_a_database")


def test_show_finds_what_the_database_decided_by_although_the_file_has_changed(url: str, file: Path) -> None:
    def report(violation: str) -> None:
        given = as_lines([{**REPORT, "violation": violation}])
        assert cli(url, "--policy", str(file), "apply", "-", given=given).status == 0

    report("v-1")
    file.write_text(GOOD.replace("P7D", "P9D"), encoding="utf-8")
    report("v-2")
    file.unlink()
    found = cli(url, "policy", "show", "house-rules@1", "--json").document
    texts = found["texts"]
    assert [one["ladders"]["strikes"]["steps"][0]["impose"][0]["for"] for one in texts] == ["P7D", "P9D"]
    assert [one["where"] for one in texts] == ["database", "database"]
    assert texts[0]["since"] <= texts[1]["since"]
    assert {digest for (digest,) in rows(url, "SELECT digest FROM sanctions_policies")} == {
        one["digest"] for one in texts
    }
    for wanted in (texts[1]["digest"], texts[1]["digest"][:8], f"sha256-{texts[1]['digest'][:12]}"):
        assert cli(url, "policy", "show", wanted, "--json").document == texts[1]
    shown = cli(url, "policy", "show", "house-rules").out
    assert shown.count("kept in the database, kept since 20") == 2
    assert shown.count("# 2 events refer to this text, recorded ") == 2
    first, second = (one["use"] for one in texts)
    assert (first["events"], second["events"]) == (2, 2)
    assert first["first"] <= first["last"] <= second["first"] <= second["last"]
    cli(url, "policy", "show", "house-rules@2").failed(2, "unknown_policy")


def test_show_says_of_a_version_that_has_decided_nothing_that_no_event_refers_to_it(url: str, file: Path) -> None:
    head, _, rest = GOOD.partition('version = "1"')
    both = f'{head}{rest}\n[[versions]]\nversion = "1"\neffective_from = 2000-01-01T00:00:00Z\n'
    both += '\n[[versions]]\nversion = "2"\neffective_from = 9000-01-01T00:00:00Z\n'
    file.write_text(both, encoding="utf-8")
    assert cli(url, "--policy", str(file), "apply", "-", given=as_lines([REPORT])).status == 0
    shown = {version: cli(url, "policy", "show", f"house-rules@{version}").out for version in "12"}
    assert "# 2 events refer to this text, recorded on 20" in shown["1"]
    assert "# in force from 2000-01-01T00:00:00Z" in shown["1"]
    assert "kept since 20" in shown["2"]
    assert "# no event refers to this text" in shown["2"]
    assert cli(url, "policy", "show", "house-rules@2", "--json").document["use"] == {
        "events": 0,
        "first": None,
        "last": None,
    }


def test_show_of_a_built_in_policy_says_since_when_it_was_used(url: str) -> None:
    assert cli(url, "policy", "show", "default", "--json").document["since"] is None
    cli(url, "apply", "-", given=as_lines([command("note", text="a")]))
    found = cli(url, "policy", "show", "default", "--json").document
    assert found["where"] == "built_in"
    assert datetime.fromisoformat(found["since"]).tzinfo is not None


def test_show_prints_nothing_that_drives_a_terminal(url: str, file: Path) -> None:
    file.write_text(f'description = "\u202e\\u001b[31m red"\n{GOOD}', encoding="utf-8")
    shown = cli(url, "policy", "show", str(file)).out
    assert not {"\x1b", "\u202e"} & set(shown)
    assert tomllib.loads(shown)["description"] == "\u202e\x1b[31m red"


def test_check_of_good_files_says_what_is_in_them(url: str, file: Path) -> None:
    checked = cli(url, "policy", "check", str(file))
    assert (checked.status, checked.out) == (0, f"{file}: no mistakes; it holds house-rules@1\n")
    found = cli(url, "policy", "check", str(file), "--json")
    assert (found.status, found.document) == (
        0,
        {"ok": True, "files": [{"file": str(file), "policies": ["house-rules@1"], "mistakes": []}]},
    )


def test_check_prints_file_line_field_and_sentence_of_every_mistake(url: str, file: Path) -> None:
    file.write_text(GOOD.replace('"1"', "1").replace('"strikes"', '"strike"').replace('"P7D"', "7"), encoding="utf-8")
    checked = cli(url, "policy", "check", str(file))
    assert checked.status == 1
    assert checked.out.splitlines() == [
        f'{file}:2: version: text is needed here, in quotes: write "1"',
        f"{file}:10: ladders.strikes.steps[0].impose[0].for: "
        '7 has no unit; write "P7D" for days, "PT7H" for hours, "P7M" for months',
    ]
    found = cli(url, "policy", "check", str(file), "--json")
    assert found.status == 1
    assert [one["line"] for one in found.document["files"][0]["mistakes"]] == [2, 10]


def test_check_of_several_files_compares_the_versions_of_one_policy(url: str, tmp_path: Path) -> None:
    paths = [tmp_path / f"{version}.toml" for version in "12"]
    for path in paths:
        date = "effective_from = 2026-01-01T00:00:00Z\n"
        path.write_text(date + GOOD.replace('"1"', f'"{path.stem}"'), encoding="utf-8")
    checked = cli(url, "policy", "check", *map(str, paths))
    assert checked.status == 1
    assert "begins when" in checked.out
    assert cli(url, "policy", "check", str(paths[0])).status == 0


@pytest.mark.parametrize("name", ["none.toml", "."])
def test_check_of_what_is_no_file_fails_with_a_sentence(url: str, tmp_path: Path, name: str) -> None:
    checked = cli(url, "policy", "check", str(tmp_path / name))
    assert checked.status == 1
    assert "cannot be read" in checked.out


def test_check_reads_standard_input_and_no_further_than_it_must(url: str) -> None:
    assert cli(url, "policy", "check", "-", given=GOOD).status == 0
    endless = process(url, "policy", "check", "/dev/stdin", prefix=["sh", "-c", 'yes | "$@"', "sh"])
    assert endless.status == 1
    assert "at most 1048576 bytes" in endless.out


def test_check_without_a_file_is_wrong_usage(url: str) -> None:
    assert cli(url, "policy", "check").status == 2


def test_policy_of_a_file_decides(url: str, file: Path) -> None:
    (outcome,) = cli(url, "--policy", str(file), "apply", "-", given=as_lines([REPORT])).documents
    assert [event["type"] for event in outcome["events"]] == ["ViolationRecorded", "FunctionsRestricted"]
    shown = cli(url, "--policy", str(file), "state", "gh_1", "--json").document
    assert shown["sanctions"][0]["policy"] == "house-rules@1"


def test_policy_of_standard_input_decides(url: str) -> None:
    assert cli(url, "--policy", "-", "check", "gh_1", "live", given=GOOD).status == 0
    assert cli(url, "--policy", "-", "check", "gh_1", "mass_send", given=GOOD).status == 2


def test_policy_of_a_broken_file_is_refused_with_its_line(url: str, file: Path) -> None:
    file.write_text(GOOD.replace("P7D", "7"), encoding="utf-8")
    shown = cli(url, "--policy", str(file), "check", "gh_1", "post").failed(2, "policy_file")
    assert "line 10: ladders.strikes.steps[0].impose[0].for: 7 has no unit" in shown.err
    found = cli(url, "--policy", str(file), "--json", "check", "gh_1", "post")
    assert found.document["error"]["details"]["mistakes"][0]["line"] == 10
    cli(url, "--policy", str(file.parent / "none.toml"), "check", "gh_1", "post").failed(2, "policy_file")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("defualt", "did you mean 'default'?"),
        ("default@7", "has no version '7'; there are default@1"),
        ("", "built in are"),
    ],
)
def test_policy_that_is_unknown_is_refused_with_what_there_is(url: str, name: str, words: str) -> None:
    assert words in cli(url, "--policy", name, "check", "gh_1", "post").failed(2, "unknown_policy").err


def test_schema_is_what_is_shipped_and_what_the_model_says(url: str) -> None:
    shipped = resources.files("account_sanctions.application.policies").joinpath("policy.schema.json").read_text()
    assert cli(url, "policy", "schema").out == shipped
    assert json.loads(shipped) == policy_schema(), "write it anew: python docs/generate.py"


def _as_editors_see_it(value: Any) -> Any:
    match value:
        case dict():
            return {name: _as_editors_see_it(part) for name, part in value.items()}
        case list():
            return [_as_editors_see_it(part) for part in value]
        case datetime():
            return value.isoformat()
        case _:
            return value


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema: Mapping[str, Any] = policy_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_every_preset_is_valid_by_the_schema(validator: jsonschema.Draft202012Validator) -> None:
    presets = resources.files("account_sanctions.application") / "presets"
    files = [entry for entry in presets.iterdir() if entry.name.endswith(".toml")]
    assert files
    for file in files:
        validator.validate(_as_editors_see_it(tomllib.loads(file.read_text(encoding="utf-8"))))
    validator.validate(_as_editors_see_it(tomllib.loads(GOOD)))


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ('version = "1"', "version = 1"),
        ('version = "1"', ""),
        ('version = "1"', 'version = "1"\nunknown = 3'),
        ('"P7D"', "7"),
        ('"P7D"', '"7"'),
        (', for = "P7D"', ", permanent = false"),
        ('restrict = ["post"]', 'restrict = ["post"], ban = {permanent = true}'),
        ('restrict = ["post"]', 'restrict = ["post"], warn = {}'),
        ('ladder = "strikes"', 'ladder = "strikes"\nweight = 1.5'),
        ('ladder = "strikes"', 'ladder = "strikes"\nweight = "1/0"'),
        ("second_person = []", 'second_person = ["everything"]'),
        ("second_person = []", "appeal = true"),
        ("second_person = []", "appeal = { window = 7 }"),
        ("second_person = []", "versions = []"),
    ],
)
def test_mistakes_of_shape_are_invalid_by_the_schema(
    validator: jsonschema.Draft202012Validator, given: str, written: str
) -> None:
    assert given in GOOD
    assert not validator.is_valid(_as_editors_see_it(tomllib.loads(GOOD.replace(given, written, 1))))
