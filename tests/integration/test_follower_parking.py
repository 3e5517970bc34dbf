"""An event that a handler cannot take in is found, parked and told; its account waits behind it, all others go on."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.following import NotParked, TryLater, UnknownFollower
from account_sanctions.domain.errors import SanctionsError, VersionConflict
from account_sanctions.infrastructure.errors import StoreBusy
from account_sanctions.projections.parked import Parked
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from tests.integration.following import Broken, Seen, log_of, notes, open_with_notes
from tests.integration.support import rows
from tests.postgres import fresh_store


def _nothing(_seconds: float) -> None:
    """Waiting is over at once."""


def _of(ids: list[str], account: str) -> list[str]:
    return [name for name in ids if name.startswith(f"{account}/")]


@pytest.mark.parametrize("batch", [1, 8, 1000])
def test_poisoned_event_is_parked_and_later_ones_of_its_account_behind_it(url: str, batch: int) -> None:
    told: list[Parked] = []
    with open_with_notes(url, 30) as sanctions:
        seen = Seen(url, poison=["gh_1/4"])
        follower = sanctions.follow("seen", seen, batch, wait=_nothing, on_parked=told.append)
        assert follower.catch_up() == 30
        assert seen.ids() == [name for name in log_of(url) if name not in _of(log_of(url), "gh_1")[3:]]
        parked = follower.parked()
        assert [event.id for event in parked] == _of(log_of(url), "gh_1")[3:]
        assert [event.attempts for event in parked] == [3, *[0] * 6]
        assert parked[0].error == "Broken: gh_1/4"
        assert told == parked[:1]
        status = follower.status()
        assert (status.behind, status.parked, status.parked_accounts) == (0, 7, 1)
        sanctions.execute_many(notes(3, start=30))
        follower.catch_up()
        assert len(follower.parked()) == 8, "what comes later waits too"


def test_poisoned_event_in_a_large_batch_is_found_by_halving_it(url: str) -> None:
    with open_with_notes(url, 256, 256) as sanctions:
        seen = Seen(url, poison=["gh_200/1"])
        sanctions.follow("seen", seen, 256, wait=_nothing, attempts=1).catch_up()
        assert len(seen.ids()) == 255
        # Eight halvings, each of which is one more piece that succeeds or fails, and the rest in one.
        assert seen.calls <= 2 * 8 + 2


def test_several_poisoned_events_are_each_found(url: str) -> None:
    with open_with_notes(url, 60, 30) as sanctions:
        poison = ["gh_3/1", "gh_4/2", "gh_29/1", "gh_0/1"]
        follower = sanctions.follow("seen", Seen(url, poison), 60, wait=_nothing)
        follower.catch_up()
        assert {event.id for event in follower.parked() if event.attempts} == set(poison)


def test_event_is_tried_again_after_longer_and_longer_waits_before_it_is_parked(url: str) -> None:
    waits: list[float] = []
    with open_with_notes(url, 1) as sanctions:
        seen = Seen(url, poison=["gh_0/1"])
        follower = sanctions.follow("seen", seen, attempts=5, wait=waits.append)
        follower.catch_up()
        assert waits == [0.1, 0.2, 0.4, 0.8]
        assert (seen.calls, follower.parked()[0].attempts) == (5, 5)


def test_event_that_fails_once_is_not_parked(url: str) -> None:
    with open_with_notes(url, 5) as sanctions:
        seen = Seen(url, poison=["gh_0/1"])
        follower = sanctions.follow("seen", seen, wait=lambda _: seen.poison.clear())
        follower.catch_up()
        assert follower.parked() == []
        assert seen.ids() == log_of(url)


def test_retry_hands_over_what_is_parked_in_order_and_the_account_goes_on(url: str) -> None:
    with open_with_notes(url, 30) as sanctions:
        seen = Seen(url, poison=["gh_1/4", "gh_2/9"])
        follower = sanctions.follow("seen", seen, wait=_nothing)
        follower.catch_up()
        seen.poison = {"gh_1/6"}
        found = follower.retry_parked()
        assert (found.handed_over, found.still_parked) == (2 + 2, 5)
        assert [event.id for event in follower.parked()] == _of(log_of(url), "gh_1")[5:]
        assert (follower.parked()[0].attempts, follower.parked()[0].error) == (1, "Broken: gh_1/6")
        assert follower.retry_parked("gh_0").still_parked == 0
        seen.poison.clear()
        assert follower.retry_parked("gh_1").handed_over == 5
        sanctions.execute_many(notes(3, start=30))
        follower.catch_up()
        for account in ("gh_0", "gh_1", "gh_2"):
            assert _of(seen.ids(), account) == _of(log_of(url), account)
        assert follower.status().parked == 0


def test_dropping_is_of_one_event_and_what_waits_behind_it_keeps_its_order(url: str) -> None:
    with open_with_notes(url, 12) as sanctions:
        seen = Seen(url, poison=["gh_1/2"])
        follower = sanctions.follow("seen", seen, wait=_nothing)
        follower.catch_up()
        with pytest.raises(NotParked):
            follower.drop_parked("gh_1", 1)
        assert sanctions.drop_parked("seen", "gh_1", 2).error == "Broken: gh_1/2"
        assert [event.id for event in sanctions.parked("seen")] == ["gh_1/3", "gh_1/4"]
        assert follower.retry_parked().handed_over == 2
        assert _of(seen.ids(), "gh_1") == ["gh_1/1", "gh_1/3", "gh_1/4"]
        with pytest.raises(UnknownFollower):
            sanctions.parked("sene")


def test_event_that_cannot_be_read_is_parked_like_one_that_cannot_be_handled(url: str) -> None:
    told: list[Parked] = []
    with open_with_notes(url, 9) as sanctions:
        guards = ("sanctions_events_no_update",)
        _spoil(url, guards)
        seen = Seen(url)
        follower = sanctions.follow("seen", seen, on_parked=told.append)
        follower.catch_up()
        assert [event.id for event in follower.parked()] == ["gh_1/2", "gh_1/3"]
        assert told[0].error.startswith("UnreadableEvent: ")
        assert seen.ids() == [name for name in log_of(url) if name not in ("gh_1/2", "gh_1/3")]
        assert follower.retry_parked().still_parked == 2


def _spoil(url: str, guards: tuple[str, ...]) -> None:
    sqlite = url.startswith("sqlite")
    for guard in guards:
        rows(url, f"DROP TRIGGER {guard}" if sqlite else f"DROP TRIGGER {guard} ON sanctions_events")
    rows(
        url, "UPDATE sanctions_events SET topic = 'account_sanctions.Unheard.v9' WHERE account = 'gh_1' AND version = 2"
    )


def _locked() -> sqlite3.OperationalError:
    """As SQLite raises it: the name of the error tells, not the message."""
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorname = "SQLITE_BUSY"
    return error


@pytest.mark.parametrize(
    "error",
    [
        TryLater("the service that is told does not answer"),
        StoreBusy("another process holds the database"),
        VersionConflict("others kept writing this account"),
        OperationalError("SELECT 1", {}, _locked()),
    ],
    ids=lambda error: type(error).__name__,
)
def test_error_that_is_no_fault_of_the_event_parks_nothing(file_url: str, error: Exception) -> None:
    with open_with_notes(file_url, 6) as sanctions:
        seen = Seen(file_url)

        def fails(connection: Any, batch: Any) -> None:
            seen(connection, batch)
            if failing:
                raise error

        failing = True
        follower = sanctions.follow("seen", fails)
        for _ in range(5):
            with pytest.raises(SanctionsError) as caught:
                follower.step()
            assert caught.value.retriable
        failing = False
        assert follower.catch_up() == 6
        assert (seen.ids(), follower.parked()) == (log_of(file_url), [])


def test_breach_of_the_hosts_own_constraint_is_a_fault_of_the_event(url: str) -> None:
    with open_with_notes(url, 6) as sanctions:
        rows(url, "CREATE TABLE once (account TEXT PRIMARY KEY)")

        def inserts(connection: Any, batch: Any) -> None:
            for event in batch:
                connection.execute(text("INSERT INTO once VALUES (:account)"), {"account": event.account})

        follower = sanctions.follow("once", inserts, wait=_nothing)
        follower.catch_up()
        assert [event.id for event in follower.parked()] == ["gh_0/2", "gh_1/2", "gh_2/2"]
        assert "IntegrityError" in follower.parked()[0].error


def test_constraint_that_is_checked_at_the_commit_is_a_fault_of_the_event() -> None:
    url = fresh_store()
    with open_with_notes(url, 3) as sanctions:
        rows(url, "CREATE TABLE known (account TEXT PRIMARY KEY)")
        rows(url, "CREATE TABLE late (account TEXT REFERENCES known DEFERRABLE INITIALLY DEFERRED)")
        rows(url, "INSERT INTO known VALUES ('gh_1')")

        def inserts(connection: Any, batch: Any) -> None:
            for event in batch:
                connection.execute(text("INSERT INTO late VALUES (:account)"), {"account": event.account})

        follower = sanctions.follow("late", inserts, wait=_nothing)
        follower.catch_up()
        assert [event.id for event in follower.parked()] == ["gh_0/1", "gh_2/1"]
        assert rows(url, "SELECT account FROM late") == [("gh_1",)]


Steps = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(0, 3), st.integers(1, 6)),
        st.tuples(st.just("poison"), st.integers(0, 3), st.integers(1, 9)),
        st.tuples(st.just("cure"), st.integers(0, 3), st.integers(1, 9)),
        st.tuples(st.sampled_from(["follow", "retry", "reopen"]), st.just(0), st.just(0)),
    ),
    max_size=25,
)


@given(Steps, st.integers(1, 9))
@settings(max_examples=30)
def test_whatever_is_poisoned_and_cured_each_account_is_handed_over_once_and_in_order(
    steps: list[tuple[str, int, int]], batch: int
) -> None:
    handed: list[str] = []
    poison: set[str] = set()

    def handler(_connection: Any, given: Any) -> None:
        for event in given:
            if event.id in poison:
                raise Broken(event.id)
        handed.extend(event.id for event in given)

    with Sanctions.open("sqlite://") as sanctions:
        follower = sanctions.follow("seen", handler, batch, wait=_nothing, attempts=2)
        for what, account, number in [*steps, ("follow", 0, 0)]:
            if what == "write":
                sanctions.execute_many(_more(account, number))
            elif what == "poison":
                poison.add(f"gh_{account}/{number}")
            elif what == "cure":
                poison.discard(f"gh_{account}/{number}")
            elif what == "retry":
                follower.retry_parked()
            elif what == "reopen":
                follower = sanctions.follow("seen", handler, batch, wait=_nothing, attempts=2)
            else:
                follower.catch_up()
            for name in {event.partition("/")[0] for event in handed}:
                versions = [int(event.partition("/")[2]) for event in handed if event.startswith(f"{name}/")]
                assert versions == list(range(1, len(versions) + 1))
        poison.clear()
        follower.retry_parked()
        assert sorted(handed) == sorted(
            f"{name}/{version}"
            for name in sanctions.accounts()
            for version in range(1, sanctions.state(name).version + 1)
        )


def _more(account: int, count: int) -> list[dict[str, Any]]:
    return [{**each, "account": f"gh_{account}"} for each in notes(count)]
