"""Every command of the command line: what it prints, field by field, and its exit status."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module, resources
from pathlib import Path
from typing import Any

import click
import pytest
from account_sanctions.application.cli.app import root
from account_sanctions.application.cli.listing import MODULES

from tests.integration.support import (
    MODERATOR,
    REVIEWER,
    as_lines,
    cli,
    command,
    database,
)

_FAR = "2099-01-01T00:00:00Z"
_COMMANDS = {
    "apply",
    "check",
    "demo",
    "history",
    "import mediawiki",
    "policy list",
    "policy show",
    "rebuild",
    "state",
    "sweep",
}


def _every_command(group: click.Group = root, path: str = "") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        assert found is not None
        if isinstance(found, click.Group):
            yield from _every_command(found, f"{path}{name} ")
        else:
            yield f"{path}{name}", found


def test_every_command_stands_with_its_module_and_only_there() -> None:
    folder = resources.files("account_sanctions.application.cli")
    names = {file.name.removesuffix(".py") for file in folder.iterdir() if file.name.endswith(".py")} - {"__init__"}
    assert {module for modules in MODULES.values() for module in modules} <= names
    for name in names:
        import_module(f"account_sanctions.application.cli.{name}")
    assert root.commands.keys() == MODULES.keys()


def _imported(*arguments: str) -> set[str]:
    """The modules after a run, each with the packages it is in."""
    code = (
        "import sys; from account_sanctions.application.cli import main\n"
        f"sys.argv = ['account-sanctions', *{arguments!r}]\n"
        "try:\n    main()\nfinally:\n    print('\\n', *sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.splitlines()[-1].split())


def test_start_imports_nothing_that_only_a_command_needs() -> None:
    heavy = {"sqlalchemy", "eventsourcing", "msgspec", "jinja2", "rich", "alembic", "cryptography", "asyncio"}
    assert heavy & _imported("--version") == set()


def test_command_imports_its_own_module_only(tmp_path: Path) -> None:
    found = _imported("--db", database(tmp_path), "--json", "state", "gh_1")
    commands = {f"account_sanctions.application.cli.{name}" for modules in MODULES.values() for name in modules}
    assert commands & found == {"account_sanctions.application.cli.reading"}
    assert {"sqlalchemy", "jinja2", "rich", "alembic", "cryptography", "pyarrow", "duckdb", "dask"} & found == {
        "sqlalchemy"
    }


def test_help_of_every_command_has_an_example() -> None:
    found = dict(_every_command())
    assert found.keys() >= _COMMANDS
    for name, each in found.items():
        shown = cli("sqlite://", *name.split(), "--help")
        assert shown.status == 0
        assert "Example:\n" in shown.out
        assert f"account-sanctions {name}" in shown.out
        assert each.help


def test_state_of_an_account_without_events_is_clear_and_empty(url: str) -> None:
    found = cli(url, "state", "nobody", "--at", "2026-01-01T00:00:00Z", "--known-at", _FAR, "--json").document
    assert found == {
        "account": "nobody",
        "valid_at": "2026-01-01T00:00:00Z",
        "known_at": _FAR,
        "version": 0,
        "standing": "clear",
        "exempt": False,
        "restrictions": [],
        "sanctions": [],
        "rectifications": [],
        "appeals": [],
        "proposals": [],
        "violations": [],
        "strikes": {"active": 0, "total": 0},
    }


def test_state_has_the_fields_of_the_contract(full: str) -> None:
    found = cli(full, "state", "gh_1", "--at", "2026-01-20T00:00:00Z", "--json").document
    assert found["version"] == 7  # the end of s-4 was recorded by the commands after it
    assert found["standing"] == "restricted"
    assert found["restrictions"] == [{"function": "mass_send", "until": _FAR, "because": ["s-3"]}]
    sanctions = {each["id"]: each for each in found["sanctions"]}
    restriction = sanctions["s-3"]
    expected = {
        "kind": "restriction",
        "status": "in_force",
        "from": "2026-01-02T00:00:00Z",
        "until": _FAR,
        "functions": ["mass_send"],
        "ends": {"mass_send": _FAR},
        "ended_at": None,
        "clause": "4.2",
        "policy": "default@1",
        "by": MODERATOR,
        "approved_by": None,
        "caused_by": None,
        "terms": [{"at": "2026-01-02T00:00:00Z", "functions": ["mass_send"], "until": _FAR}],
    }
    assert {key: restriction[key] for key in expected} == expected
    assert sanctions["s-4"]["status"] == "expired"
    assert sanctions["s-4"]["ended_at"] == "2026-01-04T00:00:00Z"
    assert sanctions["s-2"]["until"] == _FAR
    assert found["rectifications"] == [
        {
            "sanction": "s-2",
            "status": "ordered",
            "deadline": _FAR,
            "on_default": [{"restrict": ["publish"], "for": "P1M"}],
        }
    ]
    assert [(a["id"], a["sanction"], a["status"]) for a in found["appeals"]] == [("a-1", "s-3", "open")]
    assert [(p["id"], p["status"], p["sanction"]) for p in found["proposals"]] == [("p-1", "open", "s-9")]
    violation = {"id": "v-1", "clause": "4.2", "at": "2026-01-01T00:00:00Z", "weight": 1, "counts": True}
    assert found["violations"] == [violation]
    assert found["strikes"] == {"active": 1, "total": 1}


def test_state_at_an_earlier_instant_shows_what_was_in_force_then(full: str) -> None:
    found = cli(full, "state", "gh_1", "--at", "2026-01-03T12:00:00Z", "--json").document
    assert [each["function"] for each in found["restrictions"]] == ["mass_send", "publish"]
    before = cli(full, "state", "gh_1", "--at", "2026-01-03T12:00:00Z", "--known-at", "2025-01-01T00:00:00Z", "--json")
    assert (before.document["version"], before.document["standing"]) == (0, "clear")


def test_state_for_people_names_standing_function_and_sanction(full: str) -> None:
    shown = cli(full, "state", "gh_1", "--at", "2026-01-20T00:00:00Z").out
    for word in ("gh_1", "restricted", "mass_send", "s-3", "2099-01-01 00:00:00Z", "s-2", "a-1", "p-1", "Strikes: 1"):
        assert word in shown


def test_queries_give_one_state_line_each_in_order(full: str, tmp_path: Path) -> None:
    asked: list[Any] = [
        {"account": "gh_1", "at": "2026-01-03T12:00:00Z"},
        {"account": "nobody"},
        b"",
        {"account": "gh_1", "at": "2026-01-03T12:00:00Z", "known_at": "2025-01-01T00:00:00Z"},
    ]
    file = tmp_path / "queries.jsonl"
    file.write_bytes(as_lines(asked))
    found = cli(full, "state", "--queries", str(file))
    assert found.status == 0
    assert [(each["account"], each["standing"]) for each in found.documents] == [
        ("gh_1", "restricted"),
        ("nobody", "clear"),
        ("gh_1", "clear"),
    ]
    piped = cli(full, "state", "--queries", "-", given=file.read_bytes())
    assert [each["version"] for each in piped.documents] == [each["version"] for each in found.documents] == [7, 0, 0]


def test_queries_with_an_unreadable_line_name_the_line_and_go_on(full: str) -> None:
    asked = as_lines([b"{", {"account": "gh_1", "at": "2026-01-01T00:00:00"}, {"account": ""}, {"account": "gh_1"}])
    found = cli(full, "state", "--queries", "-", given=asked)
    assert found.status == 1
    assert [each.get("line") for each in found.documents] == [1, 2, 3, None]
    assert [each["error"]["code"] for each in found.documents[:3]] == ["malformed"] * 3
    assert found.documents[3]["account"] == "gh_1"


def test_state_without_account_and_queries_is_a_usage_error(url: str) -> None:
    assert cli(url, "state").status == 2
    assert cli(url, "state", "gh_1", "--queries", "-").status == 2
    assert cli(url, "state", "gh_1", "--at", "2026-01-01T00:00:00").status == 2
    assert cli(url, "state", "gh_1", "--at", "yesterday").status == 2


@pytest.mark.parametrize(
    ("function", "at", "status"),
    [
        ("publish", "2026-01-20T00:00:00Z", 0),
        ("publish", "2026-01-03T00:00:00Z", 1),
        ("publish", "2026-01-04T00:00:00Z", 0),
        ("mass_send", "2026-01-20T00:00:00Z", 1),
        ("no_such_function", "2026-01-20T00:00:00Z", 2),
    ],
)
def test_check_answers_by_its_exit_status(full: str, function: str, at: str, status: int) -> None:
    assert cli(full, "check", "gh_1", function, "--at", at).status == status


def test_check_of_a_denied_function_says_why_and_until_when(full: str) -> None:
    shown = cli(full, "check", "gh_1", "mass_send")
    assert "s-3" in shown.out
    assert "2099-01-01" in shown.out
    found = cli(full, "check", "gh_1", "mass_send", "--json").document
    assert (found["allowed"], found["because"], found["until"]) == (False, ["s-3"], _FAR)
    assert cli(full, "check", "gh_1", "payment", "--json").document["allowed"] is True


def test_check_of_an_unknown_function_under_a_ban_is_still_two(url: str) -> None:
    ban = command("ban", basis={"clause": "4.2"}, for_="P1D")
    assert cli(url, "apply", "-", given=as_lines([ban])).status == 0
    cli(url, "check", "gh_1", "no_such_function").failed(2, "unknown_function")
    assert cli(url, "check", "gh_1", "payment").status == 1


def test_history_is_one_document_with_both_times_actor_and_reasons(full: str) -> None:
    lift = command("lift", by=REVIEWER, sanction="s-3", reason="mild enough", at="2026-01-07T00:00:00Z")
    assert cli(full, "apply", "--trusted-times", "-", given=as_lines([lift])).status == 0
    found = cli(full, "history", "gh_1", "--json").document
    assert found.keys() == {"account", "events"}
    assert [each["version"] for each in found["events"]] == list(range(1, 9))
    types = [each["type"] for each in found["events"]]
    assert types[:4] == ["ViolationRecorded", "FunctionsRestricted", "FunctionsRestricted", "SanctionExpired"]
    assert types[4:] == ["RectificationOrdered", "AppealFiled", "SanctionProposed", "SanctionLifted"]
    assert all(each.keys() >= {"version", "type", "at", "recorded_at", "by"} for each in found["events"])
    last = found["events"][-1]
    assert (last["by"], last["sanction"], last["reason"]) == (REVIEWER, "s-3", "mild enough")
    assert found["events"][3]["by"] == {"kind": "system", "id": "due"}
    text = cli(full, "history", "gh_1").out
    for word in (*types, "r-1", "mild enough", "2026-01-02 00:00:00Z"):
        assert word in text


def test_history_as_html_is_a_page_that_escapes_what_came_from_outside(full: str, tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    assert cli(full, "apply", "-", given=as_lines([command("note", text=evil)])).status == 0
    page = tmp_path / "page.html"
    shown = cli(full, "history", "gh_1", "--html", str(page))
    assert shown.status == 0, shown
    text = page.read_text(encoding="utf-8")
    assert text.lstrip().lower().startswith("<!doctype html>")
    assert "&lt;script&gt;alert(1)" in text
    assert evil not in text
    for word in ("gh_1", "s-3", "mass_send"):
        assert word in text


def test_history_html_into_a_missing_folder_is_a_usage_error(full: str, tmp_path: Path) -> None:
    shown = cli(full, "history", "gh_1", "--html", str(tmp_path / "none" / "page.html"))
    assert shown.status == 2
    assert "none" in shown.err
