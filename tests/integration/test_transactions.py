"""What must not go wrong around a transaction: nesting, forks, threads, views that do not fit, tables of somebody else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.errors import (
    ForeignDatabase,
    NestedTransaction,
    StoreClosed,
    StoreUnreachable,
    ViewOutOfStep,
)
from sqlalchemy import create_engine, text
from sqlalchemy.pool import StaticPool

from tests.postgres import fresh_store

from .support import MovingClock, database, restrict, rows

MANY = 1100


@pytest.fixture(params=["memory", "file", "postgres"])
def sanctions(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sanctions]:
    url = {"memory": "sqlite://", "file": database(tmp_path)}.get(request.param) or fresh_store()
    with Sanctions.open(url, clock=MovingClock()) as opened:
        yield opened


def test_accounts_can_be_asked_and_written_while_they_are_listed(sanctions: Sanctions) -> None:
    sanctions.execute_many(restrict(f"gh_{number:04d}") for number in range(MANY))
    seen = []
    for account in sanctions.accounts():
        seen.append(account)
        if len(seen) % 400 == 1:
            assert sanctions.state(account).standing == "restricted"
            sanctions.execute(restrict(account))
    assert len(seen) == MANY
    assert seen == sorted(seen)
    assert sanctions.rebuild().accounts == MANY


def test_listing_that_is_left_alone_holds_nobody_up(sanctions: Sanctions) -> None:
    sanctions.execute_many(restrict(f"gh_{number:04d}") for number in range(3))
    left_alone = sanctions.accounts()
    assert next(left_alone) == "gh_0000"
    answered: list[bool] = []
    thread = Thread(target=lambda: answered.append(sanctions.may("gh_0000", "publish").allowed), daemon=True)
    thread.start()
    thread.join(timeout=20)
    assert answered == [True]


@pytest.mark.parametrize("sanctions", ["memory", "file"], indirect=True)
def test_transaction_inside_another_of_the_same_thread_is_refused_and_the_outer_one_lives(sanctions: Sanctions) -> None:
    """On SQLite it would wait for itself; on a server it is simply another one."""
    database_ = sanctions.store.database
    with database_.writing() as cursor:
        cursor.execute("INSERT INTO sanctions_meta VALUES ('test', 'outer')")
        with pytest.raises(NestedTransaction), database_.writing():
            pass
    with database_.reading() as cursor:
        cursor.execute("SELECT value FROM sanctions_meta WHERE key = 'test'")
        assert cursor.fetchall() == [("outer",)]


def test_question_asked_while_a_batch_is_decided_does_not_undo_it(sanctions: Sanctions) -> None:
    asked = []
    given = [restrict("gh_1"), restrict("gh_2")]
    for outcome in sanctions.execute_stream(
        given, before=lambda c, _: asked.append(sanctions.may(c.account, "payment"))
    ):
        assert outcome.accepted
    assert len(asked) == 2
    assert [sanctions.state(name).version for name in ("gh_1", "gh_2")] == [1, 1]


def test_closed_store_says_so(sanctions: Sanctions) -> None:
    sanctions.close()
    with pytest.raises(StoreClosed):
        sanctions.execute(restrict("gh_1"))
    with pytest.raises(StoreClosed):
        sanctions.may("gh_1", "publish")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_child_of_a_fork_loses_nothing_when_its_parent_closes_the_store(tmp_path: Path) -> None:
    url = database(tmp_path)
    opened = Sanctions.open(url)
    opened.execute(restrict("before"))
    go_on, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.read(go_on, 1)
        accepted = [opened.execute(restrict(f"gh_{number}")).accepted for number in range(5)]
        os._exit(0 if all(accepted) else 1)
    opened.close()
    os.write(tell, b"x")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert rows(url, "SELECT count(*) FROM sanctions_events") == [(6,)]


def test_sweep_ends_and_mends_a_due_time_that_the_events_do_not_know(tmp_path: Path) -> None:
    url = database(tmp_path)
    with Sanctions.open(url) as opened:
        opened.execute(restrict("gh_1", **{"for": "P9D"}))
        expected = rows(url, "SELECT due_at FROM sanctions_deadlines")
        rows(url, "UPDATE sanctions_deadlines SET due_at = 0")
        rows(url, "INSERT INTO sanctions_deadlines VALUES ('ghost', 0)")
        assert opened.sweep().events == 0
    assert rows(url, "SELECT due_at FROM sanctions_deadlines") == expected


def test_view_that_does_not_fit_asks_for_a_rebuild_and_a_rebuild_mends_it(tmp_path: Path) -> None:
    url = database(tmp_path)
    with Sanctions.open(url) as opened:
        rows(url, "INSERT INTO sanctions_intervals VALUES ('gh_2', 's-2', 'publish', 1767225600000000, NULL)")
        command = restrict("gh_2", sanction="s-2", permanent=True, at="2026-01-01T00:00:00Z", functions=["publish"])
        with pytest.raises(ViewOutOfStep):
            opened.execute(command)
        opened.rebuild()
        assert opened.execute(command).accepted


def test_table_of_a_host_that_has_one_of_our_names_is_not_taken_over(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'host.db'}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE sanctions_policies (mine TEXT)"))
    with pytest.raises(ForeignDatabase, match="sanctions_policies"):
        Sanctions.open(engine)
    with engine.begin() as connection:
        names = {row[0] for row in connection.execute(text("SELECT name FROM sqlite_master"))}
    assert names == {"sanctions_policies"}
    engine.dispose()


def test_engine_in_memory_is_taken_when_its_threads_share_it_and_refused_when_not() -> None:
    with pytest.raises(StoreUnreachable, match="StaticPool"):
        Sanctions.open(create_engine("sqlite://"))
    shared = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    with Sanctions.open(shared) as opened:
        assert opened.execute(restrict("gh_1")).accepted
    shared.dispose()


@pytest.mark.parametrize(
    "url", ["sqlite+aiosqlite:///x.db", "sqlite:///x.db?timeout=abc", "postgresql://u:s@h:bad/d", "x"]
)
def test_url_that_cannot_be_used_is_one_kind_of_error_and_shows_no_password(url: str) -> None:
    with pytest.raises(StoreUnreachable) as refused:
        Sanctions.open(url)
    assert "u:s@" not in str(refused.value)
