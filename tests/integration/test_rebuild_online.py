"""A rebuild beside writers and readers: no newer row is overwritten, nobody reads something half done, it can be stopped."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from random import Random
from threading import Event
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.rebuilding import Rebuilt
from account_sanctions.infrastructure.errors import StoreBusy
from account_sanctions.infrastructure.folding import Folding

from tests.depth import depth
from tests.integration.processes import line, tell, worker
from tests.integration.support import MODERATOR, assert_sound, assert_view_is_the_fold, command, restrict, rows
from tests.postgres import fresh_store

_ROUNDS = depth(3, 60)
_EACH = depth(25, 300)
_DAMAGE = (
    "DELETE FROM sanctions_intervals",
    "DELETE FROM sanctions_deadlines",
    "DELETE FROM sanctions_links",
    "UPDATE sanctions_intervals SET ends = 1",
    "INSERT INTO sanctions_intervals (account, sanction, function, starts, ends) VALUES ('gh_0', 'x', 'publish', 0, NULL)",
    "INSERT INTO sanctions_intervals (account, sanction, function, starts, ends) VALUES ('zz', 'x', 'publish', 0, NULL)",
    "INSERT INTO sanctions_intervals (account, sanction, function, starts, ends) VALUES ('A', 'x', 'publish', 0, NULL)",
    "INSERT INTO sanctions_deadlines (account, due_at) VALUES ('', 5)",
)


def _ban(account: str, **fields: Any) -> dict[str, Any]:
    return command("ban", account, MODERATOR, **{"sanction": "b", "basis": {"clause": "c"}, "for": "P30D", **fields})


def _filled(url: str, accounts: int = 12) -> Sanctions:
    sanctions = Sanctions.open(url)
    sanctions.execute_many(restrict(f"gh_{number}", sanction="s") for number in range(accounts))
    sanctions.execute(_ban("linked", because_of_account="gh_1"))
    return sanctions


def _paged(sanctions: Sanctions, events: int) -> None:
    """Let the pages of a rebuild be small."""
    store = sanctions.store
    store.__dict__["folding"] = Folding(store.database, store._mapper, events)


@pytest.mark.parametrize("damage", _DAMAGE)
@pytest.mark.parametrize("events", [1, 4, 5000])
def test_rebuild_mends_what_is_wrong_and_only_that(url: str, damage: str, events: int) -> None:
    with _filled(url) as sanctions:
        _paged(sanctions, events)
        assert sanctions.rebuild() == Rebuilt(accounts=13, events=13, corrected=0, of_events=13)
        rows(url, damage)
        assert sanctions.rebuild().corrected == (1 if "INSERT" in damage or "links" in damage else 13)
        assert_view_is_the_fold(url)
        assert rows(url, "SELECT account, because_account FROM sanctions_links") == [("linked", "gh_1")]
        assert sanctions.rebuild().corrected == 0


def test_account_of_more_events_than_a_page_is_folded_whole(url: str) -> None:
    with _filled(url, 2) as sanctions:
        for number in range(20):
            sanctions.execute(restrict("gh_1", sanction=f"more-{number}"))
        _paged(sanctions, 3)
        rows(url, _DAMAGE[0])
        assert sanctions.rebuild() == Rebuilt(accounts=3, events=23, corrected=3, of_events=23)
        assert_view_is_the_fold(url)


@pytest.mark.parametrize("what", ["ban", "lift", "nothing"])
def test_what_is_recorded_between_reading_and_writing_is_not_overwritten(
    url: str, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    with _filled(url) as sanctions, Sanctions.open(url) as other:
        correct: Callable[..., None] = sanctions._correct

        def late(wrong: Any) -> None:
            if what == "ban":
                other.execute(_ban("gh_3"))
                other.execute(_ban("brand new"))
            elif what == "lift":
                other.execute(command("lift", "gh_3", sanction="s", reason="seen"))
            correct(wrong)

        rows(url, "UPDATE sanctions_intervals SET ends = 9000000000000000" if what == "ban" else "SELECT 1")
        if what != "ban":
            rows(url, "DELETE FROM sanctions_deadlines")
        monkeypatch.setattr(sanctions, "_correct", late)
        sanctions.rebuild()
        assert_view_is_the_fold(url)
        assert bool(sanctions.may("gh_3", "mass_send")) == (what == "lift")


def test_rebuild_beside_writers_and_readers_leaves_the_view_right_and_every_answer_too(url: str) -> None:
    with _filled(url) as sanctions, Sanctions.open(url) as other:
        _paged(sanctions, 5)
        sanctions.execute(_ban("banned"))
        done = Event()
        asked = [0]

        def write(writer: int) -> None:
            random = Random(writer)  # noqa: S311 - what happens when
            for number in range(_EACH):
                account = f"gh_{random.randrange(12)}"
                other.execute(restrict(account, sanction=f"s-{writer}-{number}"))
                if number % 2:
                    other.execute(command("lift", account, sanction=f"s-{writer}-{number}", reason="seen"))

        def ask() -> None:
            while not done.is_set():
                assert other.may("banned", "publish").because == ("b",)
                asked[0] += 1

        def damage() -> None:
            random = Random(99)  # noqa: S311 - what is damaged
            for _ in range(_ROUNDS):
                sanctions.rebuild()
                account = f"gh_{random.randrange(12)}"
                rows(url, "DELETE FROM sanctions_deadlines WHERE account = ?", account)
            sanctions.rebuild()

        with ThreadPoolExecutor(6) as pool:
            asking = pool.submit(ask)
            try:
                for task in [pool.submit(write, number) for number in range(3)] + [pool.submit(damage)]:
                    task.result()
            finally:
                done.set()
            asking.result()
        assert asked[0]
    assert_sound(url)


def test_host_whose_snapshot_is_older_than_a_rebuild_finds_the_account_banned() -> None:
    url = fresh_store()
    with _filled(url) as sanctions:
        sanctions.execute(_ban("banned"))
        with sanctions.store.database.engine.connect() as host:
            connection = host.execution_options(isolation_level="REPEATABLE READ")
            connection.exec_driver_sql("SELECT 1")
            rows(url, "DELETE FROM sanctions_deadlines")
            assert sanctions.rebuild().corrected == 14
            with sanctions.joining(connection) as joined:
                assert joined.may("banned", "publish").because == ("b",)


def test_rebuild_that_was_stopped_goes_on_where_it_was(url: str) -> None:
    with _filled(url) as sanctions:
        _paged(sanctions, 4)
        rows(url, _DAMAGE[0])
        told: list[Rebuilt] = []

        def stop(done: Rebuilt) -> None:
            told.append(done)
            if done.accounts >= 8:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            sanctions.rebuild(stop)
    with Sanctions.open(url) as sanctions:
        _paged(sanctions, 4)
        told.clear()
        found = sanctions.rebuild(told.append)
        assert found == Rebuilt(accounts=13, events=13, corrected=13, of_events=13, resumed=True)
        assert [done.accounts for done in told] == [12, 13]
        assert_view_is_the_fold(url)
        assert sanctions.rebuild().resumed is False, "a run that was finished leaves nothing behind"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_rebuild_that_is_killed_again_and_again_comes_to_its_end(url: str) -> None:
    with _filled(url, 60):
        rows(url, _DAMAGE[0])
    kills = 0
    with worker("follower_worker.py") as zygote:
        assert line(zygote) == "ready"
        while not kills or rows(url, "SELECT reached FROM sanctions_unfinished WHERE work = 'rebuild'"):
            tell(zygote, f"{url} rebuild")
            victim = int(line(zygote).removeprefix("pid "))
            # It says a page after the other, then that it is done, and then that it has ended.
            said = [line(zygote) for _ in range(2)]
            with suppress(ProcessLookupError):  # It may have ended by itself.
                os.kill(victim, signal.SIGKILL)
            while not said[-1].startswith("ended"):
                said.append(line(zygote))
            kills += 1
            assert kills <= 16, "each run goes on where the one before it was: sixteen pages are done in as many runs"
    assert kills > 1
    assert_view_is_the_fold(url)


def test_rebuild_afresh_begins_anew(url: str) -> None:
    with _filled(url) as sanctions:
        _paged(sanctions, 4)
        rows(url, _DAMAGE[0])

        def stop(done: Rebuilt) -> None:
            if done.accounts >= 8:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            sanctions.rebuild(stop)
        found = sanctions.rebuild(afresh=True)
        assert (found.accounts, found.resumed) == (13, False)
        assert_view_is_the_fold(url)


def test_writers_do_not_queue_up_behind_a_rebuild_that_waits_for_one_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    url = fresh_store()
    with _filled(url) as sanctions, Sanctions.open(url) as other:
        rows(url, "DELETE FROM sanctions_deadlines")
        host = sanctions.store.database.engine.connect()
        with sanctions.joining(host) as joined:
            joined.execute(_ban("held"))
        rests: list[float] = []

        def rest(seconds: float) -> None:
            rests.append(seconds)
            # The rebuild has given way: somebody else can write.
            assert other.execute(_ban(f"free-{len(rests)}")).accepted
            if len(rests) == 2:
                host.commit()

        monkeypatch.setattr(sanctions, "_rest", rest)
        assert sanctions.rebuild().corrected == 13
        assert rests == [0.1, 0.2]
        host.close()
        assert_view_is_the_fold(url)
        assert not sanctions.may("held", "publish")


def test_writer_who_removed_a_missing_row_does_not_find_it_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    url = fresh_store()
    with _filled(url) as sanctions:
        sanctions.execute(restrict("later", sanction="s", from_="2099-01-01T00:00:00Z"))
        rows(url, "DELETE FROM sanctions_intervals")
        rows(url, "DELETE FROM sanctions_deadlines")
        host = sanctions.store.database.engine.connect()
        with sanctions.joining(host) as joined:
            # It has removed what is not there; nobody but it knows that yet.
            joined.execute(command("lift", "later", sanction="s", reason="seen"))
        monkeypatch.setattr(sanctions, "_rest", lambda _: host.commit())
        sanctions.rebuild()
        host.commit()
        host.close()
        assert_view_is_the_fold(url)
        assert rows(url, "SELECT * FROM sanctions_intervals WHERE account = 'later'") == []


def test_rebuild_gives_up_in_the_end_where_nobody_lets_it_write(monkeypatch: pytest.MonkeyPatch) -> None:
    url = fresh_store()
    with _filled(url) as sanctions:
        rows(url, "DELETE FROM sanctions_deadlines")
        rests: list[float] = []
        monkeypatch.setattr(sanctions, "_rest", rests.append)
        monkeypatch.setattr(sanctions.store.database, "keep_writers_out", _busy)
        with pytest.raises(StoreBusy):
            sanctions.rebuild()
        assert (len(rests), max(rests)) == (99, 2.0)


def _busy(_cursor: Any, _tables: Any) -> None:
    raise StoreBusy("somebody holds a row")
