"""A server that is alive for the network and never answers: `timeout` ends the waiting, wherever it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.asynchronous import AsyncSanctions
from account_sanctions.infrastructure.errors import StoreBusy, StoreError
from sqlalchemy import create_engine, text

from tests.integration.following import Seen
from tests.integration.support import assert_sound, restrict

from .proxy import Proxy
from .server import PrivateServer

_SECONDS = 0.3
# Far above what the bound allows for two attempts and a connection, far below what the system would wait.
_PATIENCE = 20.0


def _told(work: Callable[[], Any]) -> str:
    try:
        return str(work())
    except StoreError as error:
        return error.code if error.retriable else f"{error.code}, for ever"


def _in_time(pool: ThreadPoolExecutor, work: Callable[[], Any]) -> str:
    asked: Future[str] = pool.submit(_told, work)
    return asked.result(_PATIENCE)


def _within(proxy: Proxy, pool: ThreadPoolExecutor, work: Callable[[], Any]) -> str:
    proxy.hold()
    try:
        return _in_time(pool, work)
    finally:
        proxy.release()


def test_server_that_is_alive_and_never_answers_is_given_up(private_server: PrivateServer, proxy: Proxy) -> None:
    url = private_server.fresh(proxy.port)
    with ThreadPoolExecutor(1) as pool, Sanctions.open(url, timeout=_SECONDS) as sanctions:
        sanctions.execute(restrict("gh_1", sanction="s-1"))
        follower = sanctions.follow("seen", Seen(url))
        for work in (
            lambda: sanctions.may("gh_1", "mass_send").because,
            lambda: sanctions.execute(restrict("gh_2", command_id="c-2")).status,
            lambda: sanctions.sweep().events,
            follower.step,
        ):
            assert _within(proxy, pool, work) in {"connection_lost", "server_down"}
        assert sanctions.may("gh_1", "mass_send").because == ("s-1",)
        assert sanctions.execute(restrict("gh_2", command_id="c-2")).status == "accepted"
        assert follower.catch_up() == 2
    assert_sound(url)


def test_commit_that_is_never_answered_is_unknown_and_the_same_id_tells(
    private_server: PrivateServer, proxy: Proxy
) -> None:
    url = private_server.fresh(proxy.port)
    with ThreadPoolExecutor(1) as pool, Sanctions.open(url, timeout=_SECONDS) as sanctions:
        sanctions.execute(restrict("gh_1", sanction="s-1"))

        def holds(piece: bytes) -> None:
            if b"INSERT INTO sanctions_events" in piece:
                proxy.on_request = None
                proxy.hold()  # It passes; its answer does not.

        proxy.on_request = holds
        told = _in_time(pool, lambda: sanctions.execute(restrict("gh_2", sanction="s-2", command_id="c-2")).status)
        proxy.release()
        assert told == "outcome_unknown"
        assert sanctions.execute(restrict("gh_2", sanction="s-2", command_id="c-2")).status == "duplicate"
        assert sanctions.state("gh_2").version == 1
    assert_sound(url)


def test_event_loop_gives_such_a_server_up_too_and_goes_on_meanwhile(
    private_server: PrivateServer, proxy: Proxy
) -> None:
    url = private_server.fresh(proxy.port)

    async def service() -> None:
        async with await AsyncSanctions.open(url, timeout=_SECONDS) as sanctions:
            await sanctions.execute(restrict("gh_1", sanction="s-1"))
            proxy.hold()
            asked = asyncio.create_task(sanctions.may("gh_1", "mass_send"))
            done, _ = await asyncio.wait((asked,), timeout=_PATIENCE)
            proxy.release()
            assert asked in done
            error = asked.exception()
            assert isinstance(error, StoreError)
            assert (error.code, error.retriable) in {("connection_lost", True), ("server_down", True)}
            assert (await sanctions.may("gh_1", "mass_send")).because == ("s-1",)

    asyncio.run(service())
    assert_sound(url)


def test_statement_that_takes_too_long_is_ended_by_the_server_and_the_connection_lives(
    private_server: PrivateServer,
) -> None:
    url = private_server.fresh()
    with Sanctions.open(url, timeout=_SECONDS) as sanctions:
        database = sanctions.store.database

        def pid() -> int:
            with database.asking() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                return int(cursor.fetchone()[0])

        before = pid()
        with pytest.raises(StoreBusy), database.asking() as cursor:
            cursor.execute("SELECT pg_sleep(60)")
        assert pid() == before


def test_who_listens_for_what_is_new_may_hear_nothing_for_longer(private_server: PrivateServer) -> None:
    url = private_server.fresh()

    with Sanctions.open(url, timeout=_SECONDS) as sanctions:
        listening = sanctions.store.bells.connect()
        try:
            listening.execute("SET statement_timeout = 0")
            # A bound connection breaks after 1.3 seconds of silence.
            assert listening.execute("SELECT pg_sleep(1.8), 7").fetchone()[1] == 7
        finally:
            listening.close()


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf")])
def test_timeout_that_is_none_is_refused(timeout: float) -> None:
    with pytest.raises(ValueError, match="number of seconds"):
        Sanctions.open("sqlite://", timeout=timeout)


def test_timeout_for_an_engine_is_the_hosts_to_set(private_server: PrivateServer) -> None:
    engine = create_engine(private_server.fresh().replace("postgresql://", "postgresql+psycopg://"))
    try:
        with pytest.raises(ValueError, match="host's"):
            Sanctions.open(engine, timeout=1)
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT 1")) == 1
    finally:
        engine.dispose()
