"""Followers on PostgreSQL wake by the sequencer's NOTIFY; nothing depends on it, and no writer ever gives one."""

from __future__ import annotations

from contextlib import suppress
from threading import Event
from typing import Any

import psycopg
import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.following import Batch
from account_sanctions.domain.errors import SanctionsError
from account_sanctions.infrastructure.errors import ConnectionLost, OutcomeUnknown
from account_sanctions.infrastructure.waking import CHANNEL
from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from tests.integration.following import Seen, log_of, notes, open_with_notes
from tests.integration.support import command, restrict, rows
from tests.integration.waiting import until
from tests.postgres import fresh_store

_PATIENCE = 20.0
# So long that nobody looks by himself while a test runs.
_NEVER = 3600.0
_LISTENERS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"


@pytest.fixture
def url() -> str:
    return fresh_store()


def test_follower_is_woken_by_a_sequencer_in_another_place(url: str) -> None:
    with open_with_notes(url, 1) as sanctions, Sanctions.open(url) as other:
        seen = Seen(url)
        with sanctions.follow("seen", seen, poll=_NEVER):
            until(lambda: len(seen.ids()) == 1 and rows(url, _LISTENERS))
            other.execute_many(notes(1, start=1))
            assert other.store.sequencer
            other.store.sequencer.catch_up()
            until(lambda: len(seen.ids()) == 2)
        assert rows(url, _LISTENERS) == []


def test_index_is_woken_too(url: str) -> None:
    with (
        open_with_notes(url, 1) as sanctions,
        Sanctions.open(url) as other,
        sanctions.index(follow=True, poll=_NEVER) as index,
    ):
        until(lambda: rows(url, _LISTENERS))
        other.execute(restrict("gh_1"))
        assert other.store.sequencer
        other.store.sequencer.catch_up()
        until(lambda: not index.may("gh_1", "mass_send"))


def test_one_connection_listens_for_all_who_follow_in_a_process(url: str) -> None:
    with open_with_notes(url, 1) as sanctions:
        with sanctions.follow("a", Seen(url), poll=_NEVER), sanctions.index(follow=True, poll=_NEVER):
            until(lambda: rows(url, _LISTENERS))
            with sanctions.index(follow=True, poll=_NEVER):
                assert len(rows(url, _LISTENERS)) == 1
            assert len(rows(url, _LISTENERS)) == 1
        assert rows(url, _LISTENERS) == []


def test_listener_that_was_cut_off_connects_again_and_nothing_is_missed(url: str) -> None:
    with open_with_notes(url, 1) as sanctions, Sanctions.open(url) as other:
        seen = Seen(url)
        with sanctions.follow("seen", seen, poll=_NEVER):
            until(lambda: len(seen.ids()) == 1 and rows(url, _LISTENERS))
            ((first,),) = rows(url, _LISTENERS)
            rows(url, "SELECT pg_terminate_backend(?)", first)
            other.execute_many(notes(1, start=1))
            # It looks once when it listens again, whatever it did not hear.
            until(lambda: len(seen.ids()) == 2)
            assert rows(url, _LISTENERS) != [(first,)]


def test_follower_without_a_listener_looks_by_itself(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_with_notes(url, 1) as sanctions:
        tried = Event()

        def connect() -> None:
            tried.set()
            raise OSError("no connection is left")

        monkeypatch.setattr(sanctions.store.bells, "connect", connect)
        seen = Seen(url)
        with sanctions.follow("seen", seen, poll=0.01):
            sanctions.execute_many(notes(2, start=1))
            until(lambda: seen.ids() == log_of(url) and len(seen.ids()) == 3)
        assert tried.is_set()


def test_writers_notify_nobody(url: str) -> None:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with Sanctions.open(url) as sanctions, psycopg.connect(plain, autocommit=True) as hearing:
        hearing.execute(f"LISTEN {CHANNEL}".encode())
        sanctions.execute(restrict("gh_1"))
        sanctions.execute_many([command("note", "gh_2", text="seen")])
        with sanctions.store.database.connected() as connection:
            _joined(sanctions, connection)
        assert list(hearing.notifies(timeout=0)) == []
        sanctions.store.settle_log()
        assert len(list(hearing.notifies(timeout=_PATIENCE, stop_after=1))) == 1


def _joined(sanctions: Sanctions, connection: Connection) -> None:
    with sanctions.joining(connection) as joined:
        joined.execute(restrict("gh_3"))


def test_what_works_in_the_background_outlives_connections_that_are_cut(url: str) -> None:
    told: list[Exception] = []
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with open_with_notes(url, 2) as sanctions, Sanctions.open(url) as other:
        seen = Seen(url)
        with (
            sanctions.sequencing(pause=0.01, on_error=told.append),
            sanctions.follow("seen", seen, poll=0.02, on_error=told.append),
            sanctions.index(follow=True, poll=0.02, on_error=told.append) as index,
        ):
            for number in range(4):
                rows(url, cut)
                until(lambda: _written(other, number))  # noqa: B023 - asked at once
                until(lambda: seen.ids() == log_of(url) and len(seen.ids()) == 3 + number)  # noqa: B023 - asked at once
                until(lambda: not index.may(f"gh_{number}", "mass_send"))  # noqa: B023 - asked at once
    # One that lay in the pool is seen to be dead and replaced without a word; one that was at work, or committing, is told.
    assert {getattr(error, "code", str(error)) for error in told} <= {"connection_lost", "outcome_unknown"}


def _written(sanctions: Sanctions, number: int) -> bool:
    """Whether it could be written; a service sends it again with the same id where it could not."""
    try:
        sanctions.execute(restrict(f"gh_{number}", sanction="s", command_id=f"c-{number}"))
    except (ConnectionLost, OutcomeUnknown):
        return False
    return True


def test_store_that_is_closed_meanwhile_leaves_no_connection_open(url: str) -> None:
    held: list[Any] = []
    with open_with_notes(url, 2) as sanctions:

        def closes(connection: Connection, _batch: Batch) -> None:
            held.append(connection.connection.driver_connection)
            sanctions.close()

        with suppress(SanctionsError):
            sanctions.follow("seen", closes).step()
    assert [connection.closed for connection in held] == [True]
