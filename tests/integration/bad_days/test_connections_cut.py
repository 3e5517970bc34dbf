"""Connections that break: while they lie in the pool, within an answer, before a commit, and behind one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.following import Batch
from account_sanctions.infrastructure.errors import ConnectionLost, OutcomeUnknown
from account_sanctions.infrastructure.postgres import PostgresDatabase
from sqlalchemy import Column, Connection, MetaData, Table, Text, create_engine, insert, text
from sqlalchemy.exc import SQLAlchemyError

from tests.integration.following import Seen, log_of, open_with_notes
from tests.integration.support import MODERATOR, assert_sound, command, restrict, rows

from .proxy import Proxy
from .server import PrivateServer

_HOST = MetaData()
_ORDERS = Table("orders", _HOST, Column("name", Text, primary_key=True))


@pytest.fixture
def url(private_server: PrivateServer, proxy: Proxy) -> str:
    return private_server.fresh(proxy.port)


@pytest.fixture
def sanctions(url: str) -> Iterator[Sanctions]:
    with Sanctions.open(url) as opened:
        opened.execute(restrict("gh_1", sanction="s-1"))
        yield opened


def _recorded(url: str) -> int:
    ((events,),) = rows(url, "SELECT count(*) FROM sanctions_events")
    return int(events)


@pytest.mark.parametrize("how", ["server", "reset"])
def test_next_call_works_after_all_idle_connections_were_cut(
    private_server: PrivateServer, proxy: Proxy, how: str
) -> None:
    def cut() -> None:
        if how == "reset":
            proxy.cut()
        else:
            assert private_server.cut_all() > 0

    url = private_server.fresh(proxy.port if how == "reset" else None)
    with Sanctions.open(url) as sanctions:
        sanctions.execute(restrict("gh_1", sanction="s-1"))
        with ThreadPoolExecutor(4) as pool:  # let the pool hold several connections
            assert not any(pool.map(lambda _: sanctions.may("gh_1", "mass_send"), range(16)))
        cut()
        assert not sanctions.may("gh_1", "mass_send")
        cut()
        assert sanctions.execute(restrict("gh_2", sanction="s-2")).status == "accepted"
        cut()
        assert [one.status for one in sanctions.execute_many([restrict("gh_2"), restrict("gh_3")])] == ["accepted"] * 2
        cut()
        assert sanctions.state("gh_2").version == 2
        cut()
        assert len(sanctions.history("gh_2").events) == 2
        cut()
        assert sanctions.sweep().events == 0
        cut()
        assert sanctions.rebuild().accounts == 3
    assert_sound(url)


def test_one_connection_that_breaks_when_it_is_used_makes_all_that_are_as_old_suspect(
    url: str, sanctions: Sanctions, proxy: Proxy
) -> None:
    """A firewall that has forgotten the connections says so only to whoever sends something."""
    calls: tuple[Callable[[], bool], ...] = (
        lambda: sanctions.may("gh_1", "mass_send").because == ("s-1",),
        lambda: sanctions.execute_many([restrict("gh_2")])[0].accepted,
        lambda: sanctions.sweep().events == 0,
    )
    for call in calls:
        barrier = Barrier(4)
        with ThreadPoolExecutor(4) as pool:  # four connections at once
            list(pool.map(lambda _: _hold_one(sanctions, barrier), range(4)))  # noqa: B023 - done with in this turn
        proxy.doom()
        assert call()
    assert_sound(url)


def _hold_one(sanctions: Sanctions, barrier: Barrier) -> None:
    with sanctions.store.database.asking():
        barrier.wait(timeout=60)


def test_looking_for_dead_connections_costs_no_round_trip(
    sanctions: Sanctions, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def requests() -> int:
        before = proxy.requests
        for _ in range(20):
            sanctions.may("gh_1", "mass_send")
        return proxy.requests - before

    requests()  # statements become prepared ones
    looking = requests()
    monkeypatch.setattr(PostgresDatabase, "hung_up", lambda *_: False)
    assert looking == requests()


@pytest.mark.parametrize("passing", [0, 3, 40])
def test_question_whose_answer_is_cut_is_asked_again(sanctions: Sanctions, proxy: Proxy, passing: int) -> None:
    for ask, expected in (
        (lambda: sanctions.may("gh_1", "mass_send").because, ("s-1",)),
        (lambda: sanctions.state("gh_1").version, 1),
        (lambda: sanctions.history("gh_1").events[0].type, "FunctionsRestricted"),
        (lambda: sanctions.explain_account("gh_1").account, "gh_1"),
        (lambda: list(sanctions.accounts()), ["gh_1"]),
    ):
        proxy.fired.clear()
        signs = (b"s-1", b"FunctionsRestricted", b"gh_1")
        proxy.on_answer = lambda piece: passing if any(sign in piece for sign in signs) else None  # noqa: B023
        assert ask() == expected
        assert proxy.fired.is_set()


def test_command_whose_connection_breaks_before_the_commit_is_carried_out_once(
    url: str, sanctions: Sanctions, proxy: Proxy
) -> None:
    proxy.on_answer = lambda piece: 0 if b"sanctions_events" in piece or b"INSERT 0 1\0" in piece else None
    assert sanctions.execute_many([restrict("gh_2", command_id="c-2")])[0].status == "accepted"
    assert proxy.fired.is_set()
    assert _recorded(url) == 2
    assert_sound(url)


def test_second_loss_in_one_command_is_told(url: str, sanctions: Sanctions, proxy: Proxy) -> None:
    cuts: list[int] = []

    def always(piece: bytes) -> int | None:
        # A rule is done with when it has cut; this one comes back.
        if b"INSERT INTO" not in piece:
            return None
        cuts.append(1)
        return 0

    original = proxy.decide

    def decide(piece: bytes, *, answer: bool) -> int | None:
        proxy.on_request = always if len(cuts) < 2 else None
        return original(piece, answer=answer)

    proxy.__dict__["decide"] = decide
    with pytest.raises(ConnectionLost) as caught:
        sanctions.execute_many([restrict("gh_2", command_id="c-2")])
    assert caught.value.retriable
    assert len(cuts) == 2
    assert _recorded(url) == 1
    assert sanctions.execute(restrict("gh_2", command_id="c-2")).status == "accepted"


@pytest.mark.parametrize("passing", [0, 5], ids=["no answer", "half an answer"])
def test_commit_without_an_answer_is_unknown_and_the_same_id_tells(
    url: str, sanctions: Sanctions, proxy: Proxy, passing: int
) -> None:
    given = restrict("gh_2", command_id="c-2")
    proxy.swallow_the_commit(passing)
    with pytest.raises(OutcomeUnknown) as caught:
        sanctions.execute(given)
    assert (caught.value.code, caught.value.retriable) == ("outcome_unknown", True)
    assert caught.value.details["commands"] == [["gh_2", "c-2"]]
    assert _recorded(url) == 2, "it was committed, and nobody was told"
    again = sanctions.execute(given)
    assert (again.status, again.version) == ("duplicate", 1)
    assert _recorded(url) == 2
    assert_sound(url)


def test_commit_that_never_arrived_is_unknown_as_well_and_is_decided_when_sent_again(
    url: str, sanctions: Sanctions, proxy: Proxy
) -> None:
    given = [restrict("gh_2", command_id="c-2"), restrict("gh_3", command_id="c-3")]
    proxy.stop_the_commit()
    with pytest.raises(OutcomeUnknown) as caught:
        sanctions.execute_many(given)
    assert caught.value.details["commands"] == [["gh_2", "c-2"], ["gh_3", "c-3"]]
    assert _recorded(url) == 1, "it was not committed, and nobody was told"
    assert [outcome.status for outcome in sanctions.execute_many(given)] == ["accepted", "accepted"]
    assert_sound(url)


def test_command_without_an_id_can_be_sent_again_with_the_one_that_the_error_names(
    url: str, sanctions: Sanctions, proxy: Proxy
) -> None:
    note = command("note", "gh_2", MODERATOR, text="seen")
    proxy.swallow_the_commit()
    with pytest.raises(OutcomeUnknown) as caught:
        sanctions.execute(note)
    ((account, name),) = caught.value.details["commands"]
    assert account == "gh_2"
    assert sanctions.execute({**note, "command_id": name}).status == "duplicate"
    assert _recorded(url) == 2


def test_sweep_that_loses_its_answer_can_be_swept_again(url: str, sanctions: Sanctions, proxy: Proxy) -> None:
    sanctions.execute(
        command("warn", "gh_2", basis={"clause": "4"}, until="2020-01-01T00:00:01Z", at="2020-01-01T00:00:00Z"),
        trusted_times=True,
    )
    proxy.swallow_the_commit()
    with pytest.raises(OutcomeUnknown) as caught:
        sanctions.sweep()
    assert caught.value.details["commands"] == []
    assert sanctions.sweep().events == 0, "it was kept"
    assert_sound(url)


@pytest.mark.parametrize("isolation", ["READ COMMITTED", "AUTOCOMMIT"])
@pytest.mark.parametrize("kept", [True, False], ids=["kept", "never arrived"])
def test_commit_of_a_follower_without_an_answer_is_unknown_and_nothing_is_handed_over_twice(
    url: str, proxy: Proxy, *, kept: bool, isolation: str
) -> None:
    open_with_notes(url, 6).close()
    engine = create_engine(url, isolation_level=isolation)
    with Sanctions.open(engine) as sanctions:
        seen = Seen(url)
        follower = sanctions.follow("seen", seen, 2)
        assert follower.step() == 2
        proxy.swallow_the_commit() if kept else proxy.stop_the_commit()
        with pytest.raises(OutcomeUnknown) as caught:
            follower.step()
        assert (caught.value.code, caught.value.retriable) == ("outcome_unknown", True)
        assert proxy.fired.is_set()
        assert seen.ids() == log_of(url)[: 4 if kept else 2]
        assert follower.catch_up() == (2 if kept else 4)
        assert (seen.ids(), follower.parked()) == (log_of(url), [])
        proxy.swallow_the_commit()
        with pytest.raises(OutcomeUnknown):
            follower.begin_again(lambda connection: connection.execute(text("DELETE FROM seen")))
        assert follower.catch_up() == 6
        assert seen.ids() == log_of(url)
    engine.dispose()


@pytest.mark.parametrize("kept", [True, False])
def test_exchange_of_a_rebuild_without_an_answer_is_looked_up_and_done_once(
    url: str, proxy: Proxy, *, kept: bool
) -> None:
    swaps: list[int] = []

    def prepare(connection: Connection) -> None:
        connection.execute(text("DROP TABLE IF EXISTS seen_new"))
        connection.execute(text("CREATE TABLE seen_new (LIKE seen)"))

    def swap(connection: Connection) -> None:
        swaps.append(1)
        connection.execute(text("DROP TABLE seen"))
        connection.execute(text("ALTER TABLE seen_new RENAME TO seen"))
        if len(swaps) == 1:
            proxy.swallow_the_commit() if kept else proxy.stop_the_commit()

    def build(connection: Connection, batch: Batch) -> None:
        rows = [{"part": e.partition, "at": e.position, "account": e.account, "version": e.version} for e in batch]
        connection.execute(text("INSERT INTO seen_new VALUES (:part, :at, :account, :version)"), rows)

    with open_with_notes(url, 6) as sanctions:
        seen = Seen(url)
        follower = sanctions.follow("seen", seen, 2)
        follower.catch_up()
        follower.rebuild(build, swap, prepare=prepare)
        assert proxy.fired.is_set()
        assert len(swaps) == (1 if kept else 2)
        assert (seen.ids(), follower.parked()) == (log_of(url), [])
        assert [status.follower for status in sanctions.followers()] == ["seen"]
        follower.rebuild(build, swap, prepare=prepare)
        assert (seen.ids(), follower.parked()) == (log_of(url), [])


def test_connection_of_a_host_that_breaks_takes_the_whole_transaction_and_nothing_else(
    url: str, private_server: PrivateServer
) -> None:
    engine = create_engine(url)
    _HOST.create_all(engine)

    def work(connection: Any, sanctions: Sanctions, *, cut: bool) -> None:
        connection.execute(insert(_ORDERS).values(name="one"))
        with sanctions.joining(connection) as joined:
            joined.execute(restrict("gh_1", sanction="s-1"))
            if cut:
                private_server.cut_all()
            # Asked again elsewhere, the answer would be one without the host's own rows.
            assert not joined.may("gh_1", "mass_send")
            joined.execute(restrict("gh_2", sanction="s-2"))

    with Sanctions.open(engine) as sanctions:
        with engine.connect() as connection:
            with pytest.raises(ConnectionLost) as caught:
                work(connection, sanctions, cut=True)
            assert caught.value.retriable
            with pytest.raises(SQLAlchemyError):
                connection.execute(insert(_ORDERS).values(name="two"))
            connection.rollback()
            work(connection, sanctions, cut=False)
            connection.commit()
        assert sanctions.state("gh_2").version == 1
    engine.dispose()
    assert rows(url, "SELECT name FROM orders") == [("one",)]
    assert_sound(url)


def test_answer_that_is_held_up_is_late_and_right(sanctions: Sanctions, proxy: Proxy) -> None:
    proxy.hold()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(sanctions.may, "gh_1", "mass_send")
        assert not asked.done()
        proxy.release()
        assert asked.result(timeout=60).because == ("s-1",)
