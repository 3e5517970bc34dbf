"""Many reports at once: `apply` decides them under a policy, line by line, and goes on where it was stopped."""

from __future__ import annotations

import json
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.integration.support import as_lines, assert_sound, assert_view_is_the_fold, cli, command, rows, spawn

_RULES = {"kind": "system", "id": "rules"}
_POLICY = """
id = "house"
version = "1"
functions = ["post"]

[clauses.spam]
ladder = "spam"

[[ladders.spam.steps]]
impose = [{ warn = { permanent = true } }]

[[ladders.spam.steps]]
impose = [{ restrict = ["post"], for = "P7D" }]
"""


@pytest.fixture
def policy(tmp_path: Path) -> str:
    """A policy file: a warning, then a restriction."""
    file = tmp_path / "house.toml"
    file.write_text(_POLICY, encoding="utf-8")
    return str(file)


def _report(account: str = "gh_1", **fields: Any) -> dict[str, Any]:
    return command("report_violation", account, _RULES, **{"clause": "spam", **fields})


def _types(outcome: dict[str, Any]) -> list[str]:
    return [event["type"] for event in outcome["events"]]


def test_reports_climb_the_ladder_of_the_file(url: str, policy: str) -> None:
    outcomes = cli(url, "--policy", policy, "apply", "-", given=as_lines([_report(), _report()])).documents
    assert _types(outcomes[0]) == ["ViolationRecorded", "WarningIssued"]
    assert _types(outcomes[1]) == ["ViolationRecorded", "FunctionsRestricted"]
    state = cli(url, "state", "gh_1", "--json").document
    assert (state["standing"], state["strikes"]) == ("restricted", {"active": 2, "total": 2})
    assert {each["policy"] for each in state["sanctions"]} == {"house@1"}


def test_line_the_policy_refuses_does_not_touch_the_others(url: str, policy: str) -> None:
    given = [_report(), _report(clause="nonesuch"), _report(account="gh_2"), _report(severity=7), _report()]
    answer = cli(url, "--policy", policy, "apply", "-", given=as_lines(given))
    assert answer.status == 1
    assert [each["status"] for each in answer.documents] == ["accepted", "refused", "accepted", "malformed", "accepted"]
    assert answer.documents[1]["error"]["code"] == "unknown_clause"
    assert _types(answer.documents[4]) == ["ViolationRecorded", "FunctionsRestricted"]


def test_named_run_is_given_again_without_effect(url: str, policy: str) -> None:
    given = as_lines([_report(), _report(), _report(account="gh_2", command_id="own")])
    for status in ("accepted", "duplicate"):
        answer = cli(url, "--policy", policy, "apply", "--resume", "night", "-", given=given)
        assert {each["status"] for each in answer.documents} == {status}
    assert rows(url, "SELECT count(*) FROM sanctions_events WHERE account = 'gh_1'") == [(4,)]


def test_named_run_goes_by_what_the_lines_say_and_not_by_where_they_stand(url: str, policy: str) -> None:
    """Lines are put before, taken out and reordered; of equal ones each counts once; the spelling of the JSON is no matter."""
    one, other = _report(), _report(account="gh_2")
    cli(url, "--policy", policy, "apply", "--resume", "night", "-", given=as_lines([one, other, one]))
    edited = [_report(account="gh_3"), dict(reversed(list(one.items()))), one, other, one, _report(facts="more")]
    answer = cli(url, "--policy", policy, "apply", "--resume", "night", "-", given=as_lines(edited))
    statuses = ["accepted", "duplicate", "duplicate", "duplicate", "accepted", "accepted"]
    assert [each["status"] for each in answer.documents] == statuses
    again = cli(url, "--policy", policy, "apply", "--resume", "night", "-", given=as_lines(edited[:1:-1]))
    assert {each["status"] for each in again.documents} == {"duplicate"}
    other_run = cli(url, "--policy", policy, "apply", "--resume", "day", "-", given=as_lines([one]))
    assert other_run.document["status"] == "accepted"


def test_killed_run_goes_on_where_it_was_stopped(tmp_path: Path, url: str, policy: str) -> None:
    file = tmp_path / "reports.jsonl"
    accounts = [f"gh_{number % 97}" for number in range(4000)]
    file.write_bytes(as_lines([_report(account=name) for name in accounts]))
    arguments = ("--policy", policy, "apply", "--resume", "night", str(file))
    with spawn(url, *arguments) as running:
        assert running.stdout is not None
        first = json.loads(running.stdout.readline())
        running.send_signal(signal.SIGKILL)
    assert first["status"] == "accepted"
    ((before,),) = rows(url, "SELECT count(*) FROM sanctions_events WHERE topic LIKE '%ViolationRecorded%'")
    answer = cli(url, *arguments)
    found = Counter(each["status"] for each in answer.documents)
    assert found == {"duplicate": before, "accepted": 4000 - before}
    recorded = dict(
        rows(
            url,
            "SELECT account, count(*) FROM sanctions_events WHERE topic LIKE '%ViolationRecorded%' GROUP BY account",
        )
    )
    assert recorded == Counter(accounts)
    assert_sound(url)
    assert_view_is_the_fold(url)
