"""The commands for the log and its followers: sequence, follow-status, follow-drop."""

from __future__ import annotations

import signal

import pytest
from account_sanctions.application import Sanctions

from tests.integration.following import Seen, notes, open_with_notes
from tests.integration.support import cli, rows, spawn
from tests.integration.waiting import until
from tests.postgres import fresh_store

_PATIENCE = 30.0


def _with_parked(url: str) -> Seen:
    """A store with a follower that has parked two events of gh_1 and has two others before it."""
    with open_with_notes(url, 9) as sanctions:
        seen = Seen(url, poison=["gh_1/2"])
        sanctions.follow("mails", seen, wait=lambda _: None, on_parked=lambda _: None).catch_up()
        sanctions.execute_many(notes(2, start=9))
        sanctions.store.settle_log()
    return seen


def test_status_of_the_log_and_its_followers(url: str) -> None:
    _with_parked(url)
    found = cli(url, "follow-status", "--json").document
    assert found["log"] == [{"partition": 0, "position": 11, "unsequenced": 0, "unsequenced_seconds": None}]
    (follower,) = found["followers"]
    assert {**follower, "seconds": None, "partitions": []} == {
        "follower": "mails",
        "behind": 2,
        "seconds": None,
        "parked": 2,
        "parked_accounts": 1,
        "partitions": [],
        "per_second": None,
    }
    assert 0 <= follower["seconds"] < _PATIENCE
    (partition,) = follower["partitions"]
    assert (partition["position"], partition["behind"], partition["parked"]) == (9, 2, 2)


def test_status_lists_what_is_parked(url: str) -> None:
    _with_parked(url)
    found = cli(url, "follow-status", "--parked", "--json").document["parked"]
    assert [(each["account"], each["version"], each["attempts"]) for each in found] == [("gh_1", 2, 3), ("gh_1", 3, 0)]
    shown = cli(url, "follow-status", "--parked")
    assert shown.status == 0
    for text in ("mails", "Broken: gh_1/2", "waits behind", "without a place yet"):
        assert text in shown.out


def test_status_of_an_empty_store(url: str) -> None:
    found = cli(url, "follow-status", "--json").document
    assert found == {
        "log": [{"partition": 0, "position": 0, "unsequenced": 0, "unsequenced_seconds": None}],
        "followers": [],
    }
    assert cli(url, "follow-status").status == 0


def test_dropping_a_parked_event(url: str) -> None:
    seen = _with_parked(url)
    cli(url, "follow-drop", "mails", "gh_1", "7").failed(1, "not_parked")
    assert cli(url, "follow-drop", "mails", "gh_1", "2").out == "dropped version 2 of gh_1: Broken: gh_1/2\n"
    assert cli(url, "follow-drop", "mails", "gh_1", "3", "--json").document["dropped"]["error"] == ""
    seen.poison.clear()
    with Sanctions.open(url) as sanctions:
        sanctions.follow("mails", seen).catch_up()
    assert [name for name in seen.ids() if name.startswith("gh_1")] == ["gh_1/1", "gh_1/4"]


def test_sequencing_once_says_how_many_events_were_given_a_place(url: str) -> None:
    with Sanctions.open(url) as sanctions:
        sanctions.execute_many(notes(5))
    expected = 0 if url.startswith("sqlite") else 5
    assert cli(url, "sequence", "--json").document == {"events": expected}
    assert cli(url, "sequence").out == "events sequenced: 0\n"
    assert rows(url, "SELECT count(*) FROM sanctions_log") == [(5,)]


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_sequencing_for_ever_ends_politely(ending: signal.Signals) -> None:
    url = fresh_store()
    with Sanctions.open(url) as sanctions, spawn(url, "sequence", "--forever") as running:
        try:
            for number in range(2):
                sanctions.execute_many(notes(2, start=2 * number))
                written = 2 * number + 2
                until(lambda: rows(url, "SELECT count(*) FROM sanctions_log") == [(written,)])  # noqa: B023 - asked at once
            running.send_signal(ending)
            out, error = running.communicate(timeout=_PATIENCE)
        finally:
            running.kill()
    assert (running.returncode, out, error) == (0, b"", b"")
