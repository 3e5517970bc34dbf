"""The server is stopped and started while processes write: in order, and as if the machine had crashed."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Event
from typing import Literal

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.errors import (
    ConnectionLost,
    OutcomeUnknown,
    ServerDown,
    StoreError,
    StoreUnreachable,
)

from tests.depth import depth
from tests.integration.support import assert_sound, restrict, rows
from tests.integration.workers import Victim, line, recorded_ids, worker

from .server import PrivateServer

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
Mode = Literal["fast", "immediate"]
_WRITERS = 3


@pytest.fixture
def url(private_server: PrivateServer) -> str:
    return private_server.fresh()


def _remembered(url: str, number: int) -> int:
    ((commands,),) = rows(url, "SELECT count(*) FROM sanctions_commands WHERE command_id LIKE ?", f"w{number}-%")
    return int(commands)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_writers_lose_nothing_while_the_server_is_restarted_under_them(
    url: str, private_server: PrivateServer, mode: Mode
) -> None:
    acknowledged: set[str] = set()
    with ExitStack() as stack:
        victims = []
        for number in range(_WRITERS):
            zygote = stack.enter_context(worker("zygote"))
            assert line(zygote) == "ready"
            victims.append(Victim(zygote, f"until {url} w{number}"))
        for _ in range(depth(1, 4)):
            for victim in victims:  # each has something acknowledged since the server came back
                assert victim.hear()
            private_server.stop(mode)
            private_server.start()
        before = [_remembered(url, number) for number in range(_WRITERS)]
        for number, victim in enumerate(victims):
            while _remembered(url, number) <= before[number]:
                assert victim.hear()
            victim.kill()
            victim.bury()
            acknowledged |= victim.acknowledged
    recorded = recorded_ids(url)
    assert acknowledged <= recorded.keys()
    assert set(recorded.values()) == {1}
    assert_sound(url)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_host_gets_retriable_errors_only_and_answers_that_are_right(
    url: str, private_server: PrivateServer, mode: Mode
) -> None:
    stop, failed = Event(), Event()
    errors: list[StoreError] = []
    with Sanctions.open(url) as sanctions, ThreadPoolExecutor(3) as pool:
        sanctions.execute(restrict("gh_0", sanction="s-0"))

        def ask() -> int:
            answered = 0
            while not stop.is_set():
                try:
                    assert sanctions.may("gh_0", "mass_send").because == ("s-0",)
                    answered += 1
                except StoreError as error:
                    errors.append(error)
                    failed.set()
            return answered

        def write(name: str) -> int:
            number = 0
            while not stop.is_set():
                try:
                    sanctions.execute(restrict("gh_1", command_id=f"{name}-{number}"))
                    number += 1
                except StoreError as error:
                    errors.append(error)
                    failed.set()
            return number

        asked, written = pool.submit(ask), [pool.submit(write, name) for name in "ab"]
        try:
            for _ in range(depth(1, 4)):
                failed.clear()
                private_server.stop(mode)
                assert failed.wait(60)
                with pytest.raises(ServerDown):
                    sanctions.may("gh_0", "mass_send")
                private_server.start()
                sanctions.execute(restrict("gh_2"))
        finally:
            stop.set()
        assert asked.result(timeout=60) > 0
        accepted = sum(one.result(timeout=60) for one in written)
    assert {type(error) for error in errors} <= {ServerDown, ConnectionLost, OutcomeUnknown}
    assert all(error.retriable for error in errors)
    assert rows(url, "SELECT count(*) FROM sanctions_commands WHERE account = 'gh_1'") == [(accepted,)]
    assert_sound(url)


def test_server_that_is_down_when_the_store_is_opened_is_told_and_retriable(private_server: PrivateServer) -> None:
    url = private_server.fresh()
    private_server.stop("fast")
    try:
        with pytest.raises(ServerDown) as caught:
            Sanctions.open(url)
    finally:
        private_server.start()
    assert caught.value.retriable
    Sanctions.open(url).close()


@pytest.mark.parametrize(
    ("part", "named"),
    [
        ({"database": "nonesuch"}, "nonesuch"),
        ({"username": "nobody"}, "nobody"),
        ({"host": "no.such.host.invalid"}, "host"),
    ],
    ids=["database", "role", "host"],
)
def test_url_that_can_never_work_is_not_retriable(
    private_server: PrivateServer, part: dict[str, str], named: str
) -> None:
    from sqlalchemy.engine import make_url

    given = make_url(private_server.url())
    url = given.set(query={}, **part) if "host" in part else given.set(**part)  # type: ignore[arg-type]
    with pytest.raises(StoreUnreachable, match=named) as caught:
        Sanctions.open(url.render_as_string(hide_password=False))
    assert (type(caught.value), caught.value.retriable) == (StoreUnreachable, False)
