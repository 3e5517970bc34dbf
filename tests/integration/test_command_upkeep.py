"""The commands beside the daily ones: demo, sweep, rebuild, policy; and the options that all commands share."""

from __future__ import annotations

import json
from pathlib import Path

from account_sanctions.application.cli.app import root
from click.testing import CliRunner

from tests.integration.support import (
    Answer,
    as_lines,
    assert_sound,
    cli,
    restrict,
    rows,
    tables,
)

_FAR = "2099-01-01T00:00:00Z"


def test_demo_tells_four_stories_and_writes_the_report(url: str, tmp_path: Path) -> None:
    page = tmp_path / "story.html"
    shown = cli(url, "demo", "--html", str(page))
    assert shown.status == 0, shown
    for heading in ("1. Ordered to rectify", "2. Rectified in time", "3. Banned at once", "4. Appealed and won"):
        assert heading in shown.out
    assert "second_person_required" in shown.out
    assert "gh_collectibles_daily" in page.read_text(encoding="utf-8")
    found = cli(url, "demo", "--html", str(page), "--json").document
    assert [each["state"]["standing"] for each in found] == ["banned", "clear", "banned", "clear"]


def test_sweep_records_what_fell_due_and_changes_no_answer(url: str) -> None:
    due = restrict(sanction="s-1", at="2026-01-01T00:00:00Z", for_="P1D")
    assert cli(url, "apply", "--trusted-times", "-", given=as_lines([due])).status == 0
    asked = ("state", "gh_1", "--at", "2026-01-05T00:00:00Z", "--json")
    before = cli(url, *asked).document
    assert cli(url, "sweep", "--until", "2026-01-01T23:59:59Z", "--json").document == {"accounts": 0, "events": 0}
    assert cli(url, "sweep", "--json").document == {"accounts": 1, "events": 1}
    assert cli(url, "sweep").out.startswith("events recorded: 0;")
    after = cli(url, *asked).document
    assert {**before, "version": 2, "known_at": None} == {**after, "known_at": None}
    assert_sound(url)


def test_sweep_beyond_the_clock_is_refused(url: str) -> None:
    cli(url, "sweep", "--until", _FAR).failed(1, "out_of_order")


def test_rebuild_writes_the_same_rows_again(full: str) -> None:
    before = tables(full)
    found = cli(full, "rebuild", "--json").document
    assert (found["accounts"], found["corrected"]) == (1, 0)
    assert tables(full) == before
    rows(full, "DELETE FROM sanctions_intervals")
    rows(full, "UPDATE sanctions_deadlines SET due_at = 0")
    assert cli(full, "rebuild").out == "rebuilt the view of 1 accounts; corrected: 1\n"
    assert tables(full) == before


def test_policy_list_names_the_built_in_ones(url: str) -> None:
    found = cli(url, "policy", "list", "--json").document
    assert {each["policy"].partition("@")[0] for each in found} >= {"default", "mediawiki"}
    assert "mediawiki" in cli(url, "policy", "list").out


def test_policy_show_gives_the_defaults_of_the_contract(url: str) -> None:
    found = cli(url, "policy", "show", "default", "--json").document
    assert found["appeal"]["window"] == "P6M"
    assert found["proposal_ttl"] == "P30D"
    assert found["clock"] == "acceptance_by_deadline"
    assert "mass_send" in found["functions"]
    assert "mass_send" in cli(url, "policy", "show", "default").out
    assert cli(url, "policy", "show", "mediawiki", "--json").document["second_person"] == []


def test_policy_show_of_an_unknown_name_says_which_there_are(url: str) -> None:
    shown = cli(url, "policy", "show", "nonesuch").failed(2, "unknown_policy")
    assert "default" in shown.err


def test_options_from_the_environment_are_used(full: str) -> None:
    env = {"ACCOUNT_SANCTIONS_DB": full, "ACCOUNT_SANCTIONS_POLICY": "mediawiki"}
    answer = _with_environment(env, "check", "gh_1", "edit")
    assert answer.status == 0, answer
    assert _with_environment(env, "check", "gh_1", "mass_send").status == 2


def _with_environment(env: dict[str, str], *arguments: str) -> Answer:
    result = CliRunner(env=env).invoke(root, arguments)
    return Answer(result.exit_code, result.stdout, result.stderr)


def test_json_option_before_the_command_counts_for_it(full: str) -> None:
    shown = cli(full, "--json", "state", "gh_1")
    assert json.loads(shown.out)["account"] == "gh_1"
