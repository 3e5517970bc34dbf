"""The in-process index keeps itself current, says how old it is, forgets what has ended, and fails as the host chose."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import psycopg
import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.indexing import IndexStale
from account_sanctions.domain.errors import Malformed, UnknownFunction
from account_sanctions.infrastructure.sequencing import Sequencer

from tests.integration.support import MODERATOR, T0, MovingClock, command, for_libpq, restrict, rows, tables
from tests.integration.waiting import until
from tests.postgres import fresh_store

_PATIENCE = 20.0
_ABSENT = "ALTER TABLE sanctions_log RENAME TO mislaid"
_BACK = "ALTER TABLE mislaid RENAME TO sanctions_log"


class Seconds:
    """A clock of seconds that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def _ban(account: str, **fields: Any) -> dict[str, Any]:
    return command("ban", account, MODERATOR, **{"sanction": "b-1", "basis": {"clause": "c"}, "for": "P1D", **fields})


def test_index_that_follows_learns_of_what_other_processes_record(url: str) -> None:
    with Sanctions.open(url) as sanctions, Sanctions.open(url) as other:
        with sanctions.index(follow=True, poll=0.01) as index:
            assert index.is_running
            other.execute(restrict("gh_1", sanction="s-1"))
            until(lambda: not index.may("gh_1", "mass_send"))
            other.execute(command("lift", "gh_1", sanction="s-1", reason="seen"))
            until(lambda: index.may("gh_1", "mass_send"))
        assert not index.is_running


def test_staleness_is_the_time_since_it_knew_that_it_was_current(url: str) -> None:
    seconds = Seconds()
    with Sanctions.open(url) as sanctions:
        index = sanctions.index(monotonic=seconds)
        assert index.staleness == 0
        seconds.now = 7.5
        assert index.staleness == 7.5
        index.refresh()
        assert index.staleness == 0
        rows(url, _ABSENT)
        seconds.now = 10
        with pytest.raises(Exception, match="sanctions_log"):
            index.refresh()
        assert index.staleness == 2.5, "a refresh that failed taught it nothing"
        rows(url, _BACK)


@pytest.mark.parametrize(("choice", "allowed"), [("deny", False), ("allow", True)])
def test_index_that_is_too_old_answers_as_the_host_chose(url: str, choice: Any, allowed: bool) -> None:
    seconds = Seconds()
    with Sanctions.open(url) as sanctions:
        sanctions.execute(_ban("gh_1"))
        index = sanctions.index(max_staleness=5, when_stale=choice, monotonic=seconds)
        seconds.now = 5
        assert (index.may("gh_1", "publish").allowed, index.may("gh_1", "publish").failure) == (False, None)
        assert index.may("gh_2", "publish").failure is None
        seconds.now = 5.5
        for verdict in (index.may("gh_1", "publish"), *index.may_many([("gh_1", "publish"), ("gh_2", "publish")])):
            assert (verdict.allowed, verdict.failure, verdict.because) == (allowed, "index_stale", ())
        index.refresh()
        assert index.may("gh_1", "publish").because == ("b-1",)


def test_index_that_is_too_old_raises_where_the_host_chose_that(url: str) -> None:
    seconds = Seconds()
    with Sanctions.open(url) as sanctions:
        index = sanctions.index(max_staleness=5, when_stale="raise", monotonic=seconds)
        seconds.now = 6
        with pytest.raises(IndexStale, match="more than 5") as caught:
            index.may("gh_1", "publish")
        assert (caught.value.retriable, caught.value.details) == (True, {"seconds": 6, "allowed": 5})
        with pytest.raises(IndexStale):
            index.may_many([("gh_1", "publish")])


@pytest.mark.parametrize(
    "settings", [{"max_staleness": 5.0}, {"when_stale": "deny"}, {"max_staleness": 5.0, "when_stale": "close"}]
)
def test_there_is_no_default_for_what_an_old_index_answers(url: str, settings: dict[str, Any]) -> None:
    with Sanctions.open(url) as sanctions, pytest.raises(ValueError, match=r"together|choose"):
        sanctions.index(**settings)


def test_thread_outlives_errors_and_tells_them(url: str) -> None:
    told: list[Exception] = []
    failed = Event()

    def tell(error: Exception) -> None:
        told.append(error)
        failed.set()

    with Sanctions.open(url) as sanctions, sanctions.index(follow=True, poll=0.01, on_error=tell) as index:
        rows(url, _ABSENT)
        assert failed.wait(_PATIENCE)
        rows(url, _BACK)
        sanctions.execute(_ban("gh_1"))
        until(lambda: not index.may("gh_1", "publish"))
        before = index.staleness
        until(lambda: index.staleness < before)
    assert "sanctions_log" in str(told[0])


def _put_back(url: str, backup: dict[str, list[tuple[Any, ...]]]) -> None:
    """Make the rows of all tables those of a backup, as restoring one does; triggers keep others from doing that."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            triggers = file.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for name, _ in triggers:
                file.execute(f"DROP TRIGGER {name}")
            for table, kept in backup.items():
                file.execute(f"DELETE FROM {table}")  # noqa: S608 - names of tables
                for row in kept:
                    file.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608 - the same
            for _, sql in triggers:
                file.execute(sql)
            file.commit()
        return
    with psycopg.connect(for_libpq(url)) as server:
        for table, kept in backup.items():
            server.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
            server.execute(f"DELETE FROM {table}".encode())  # noqa: S608 - names of tables
            for row in kept:
                values = ", ".join(["%s"] * len(row))
                server.execute(f"INSERT INTO {table} VALUES ({values})".encode(), row)  # noqa: S608 - the same
            server.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER".encode())


@pytest.mark.parametrize("later", [0, 1, 2, 3], ids=lambda later: f"{later} later")
def test_backup_that_is_restored_is_loaded_anew_however_far_its_log_has_grown_since(url: str, later: int) -> None:
    with Sanctions.open(url) as sanctions, Sanctions.open(url) as other:
        sanctions.execute_many([_ban("gh_1"), _ban("gh_2")])
        sanctions.store.settle_log()
        backup = tables(url)
        sanctions.execute_many([_ban("gh_3"), command("lift", "gh_2", sanction="b-1", reason="seen")])
        index = sanctions.index()
        may_at = index.may_at
        assert [index.may(f"gh_{number}", "publish").allowed for number in (1, 2, 3)] == [False, True, False]
        _put_back(url, backup)
        for number in range(4, 4 + later):
            other.execute(_ban(f"gh_{number}"))
        index.refresh()
        banned = {1, 2, *range(4, 4 + later)}
        for number in range(1, 8):
            assert index.may(f"gh_{number}", "publish").allowed == (number not in banned)
            assert may_at(f"gh_{number}", "publish", datetime.now(UTC)).allowed == (number not in banned)
        other.execute(_ban("gh_9"))
        assert index.refresh() == 1, "only once"
        assert not index.may("gh_9", "publish")


def test_event_that_a_server_lost_before_it_had_a_place_in_the_log_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A server that fails over to one that lags behind loses what came last, of which the log says nothing."""
    url = fresh_store()
    with Sanctions.open(url) as sanctions:
        sanctions.execute(_ban("gh_1"))
        sanctions.store.settle_log()
        backup = tables(url)
        monkeypatch.setattr(Sequencer, "turn", lambda _self: 0)
        refreshed = sanctions.index()
        sanctions.execute(_ban("gh_2"))
        refreshed.refresh()
        loaded = sanctions.index()
        _put_back(url, backup)
        for index in (refreshed, loaded):
            assert not index.may("gh_2", "publish")
            index.refresh()
            assert index.may("gh_2", "publish")


def test_names_of_functions_are_checked_where_that_is_asked_for(url: str) -> None:
    with Sanctions.open(url) as sanctions:
        assert sanctions.index().may("gh_1", "flying")
        index = sanctions.index(check_functions=True)
        assert index.may("gh_1", "publish")
        with pytest.raises(UnknownFunction):
            index.may("gh_1", "flying")
        with pytest.raises(UnknownFunction):
            index.may_many([("gh_1", "publish"), ("gh_1", "flying")])


def test_naive_time_is_refused(url: str) -> None:
    with Sanctions.open(url) as sanctions, pytest.raises(Malformed):
        sanctions.index().may("gh_1", "publish", T0.replace(tzinfo=None))


def test_what_has_ended_is_forgotten_but_not_at_once(url: str, clock: MovingClock) -> None:
    with Sanctions.open(url, clock=clock) as sanctions:
        sanctions.execute(_ban("gh_1"))
        sanctions.execute(restrict("gh_2", for_="P60D", sanction="s-1"))
        sanctions.execute(restrict("gh_2", for_="P1D", sanction="s-2", functions=["publish"]))
        index = sanctions.index()
        assert len(index) == 2
        clock.move(days=1, hours=1)
        index.refresh()
        assert index.may("gh_1", "publish")
        clock.now = T0 + timedelta(hours=12)
        assert not index.may("gh_1", "publish"), "a clock that is set back finds the ban still there"
        clock.now = T0 + timedelta(days=3)
        index.refresh()
        assert len(index) == 1
        assert len(sanctions.index()) == 1
        assert not index.may("gh_2", "mass_send")
        assert index.may("gh_2", "publish")
        clock.move(days=70)
        index.refresh()
        assert len(index) == 0


def test_many_answers_are_those_of_one_by_one(url: str, clock: MovingClock) -> None:
    with Sanctions.open(url, clock=clock) as sanctions:
        sanctions.execute(_ban("gh_1"))
        sanctions.execute(restrict("gh_2"))
        index = sanctions.index()
        asked = [(account, name) for account in ("gh_1", "gh_2", "gh_3") for name in ("mass_send", "publish")]
        for at in (None, T0 + timedelta(days=2)):
            assert index.may_many(asked, at) == [index.may(*pair, at) for pair in asked]
        assert index.may_many([]) == []


def test_end_of_a_linked_sanction_reaches_the_index_by_the_follower(url: str, clock: MovingClock) -> None:
    with Sanctions.open(url, clock=clock) as sanctions:
        sanctions.execute(_ban("main"))
        sanctions.execute(_ban("second", because_of_account="main", **{"for": "P90D"}))
        sanctions.follow_links().catch_up()
        index = sanctions.index()
        sanctions.execute(command("lift", "main", sanction="b-1", reason="seen"))
        index.refresh()
        assert sanctions.may("second", "publish")
        assert not index.may("second", "publish"), "the index knows the rows only"
        assert sanctions.links_behind() == 1
        sanctions.follow_links().catch_up()
        index.refresh()
        assert index.may("second", "publish")
        assert sanctions.links_behind() == 0
