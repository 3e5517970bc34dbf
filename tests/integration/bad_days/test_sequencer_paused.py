"""A sequencer is stopped (SIGSTOP) inside its transaction, as a machine that is paused for a minute would be."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.errors import StoreBusy
from sqlalchemy.engine import make_url

from tests.integration.support import assert_sound, command, restrict, rows
from tests.postgres import fresh_store

pytestmark = pytest.mark.skipif(not hasattr(os, "waitid"), reason="this system does not tell when a process stops")

# It stops itself where it holds its lock and has moved nothing yet; later it says what it got, and tries again.
_PAUSING = """
import os, signal, sys
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.errors import StoreError

def pause(frame, event, subject):
    given = frame.f_locals.get("query", "") if event == "call" and frame.f_code.co_name == "execute" else ""
    if "DELETE FROM" in str(given) and "sanctions_pending" in given:
        sys.setprofile(None)
        os.kill(os.getpid(), signal.SIGSTOP)

with Sanctions.open(sys.argv[1]) as sanctions:
    sequencer = sanctions.store.sequencer
    sequencer.__dict__["_patience"] = sys.argv[2]
    sys.setprofile(pause)
    try:
        print("moved", sequencer.catch_up())
    except StoreError as error:
        print(error.code, error.retriable)
    print("moved", sequencer.catch_up())
"""


@contextmanager
def _paused_sequencer(url: str, *, after: str) -> Iterator[subprocess.Popen[bytes]]:
    """A sequencer that has stopped inside its transaction, on a server that gives up an idle one after a time."""
    arguments = [sys.executable, "-c", _PAUSING, _with(url, f"-c idle_in_transaction_session_timeout={after}"), after]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        try:
            found = os.waitid(os.P_PID, running.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
            assert found is not None
            assert found.si_status == signal.SIGSTOP, running.communicate()
            yield running
        finally:
            running.kill()


def _with(url: str, options: str) -> str:
    return make_url(url).update_query_dict({"options": options}).render_as_string(hide_password=False)


@pytest.fixture
def url() -> str:
    url = fresh_store()
    with Sanctions.open(url) as sanctions:
        for number in range(20):
            sanctions.execute(command("note", f"gh_{number % 3}", text="seen"))
    return url


def test_another_one_takes_over_and_the_paused_one_does_nothing_twice(url: str) -> None:
    with _paused_sequencer(url, after="300ms") as paused, Sanctions.open(url) as sanctions:
        assert rows(url, "SELECT count(*) FROM sanctions_log") == [(0,)]
        assert sanctions.execute(restrict("gh_1", sanction="s-1")).status == "accepted", "writers do not wait for it"
        assert sanctions.may("gh_1", "mass_send").because == ("s-1",), "and answers do not"
        sanctions.store.settle_log()
        assert rows(url, "SELECT count(*) FROM sanctions_log") == [(21,)]
        os.kill(paused.pid, signal.SIGCONT)
        out, error = paused.communicate(timeout=60)
        assert (out.decode().splitlines(), error.decode()) == (["connection_lost True", "moved 0"], "")
    assert_sound(url)


def test_who_waits_for_a_paused_one_is_told_in_time_and_can_try_again(url: str) -> None:
    with (
        _paused_sequencer(url, after="1min") as paused,
        Sanctions.open(_with(url, "-c lock_timeout=50ms")) as sanctions,
    ):
        with pytest.raises(StoreBusy) as caught:
            sanctions.store.settle_log()
        assert caught.value.retriable
        assert sanctions.execute(restrict("gh_1")).status == "accepted"
        os.kill(paused.pid, signal.SIGCONT)
        out, error = paused.communicate(timeout=60)
        assert (out.decode().splitlines()[0], error.decode()) == ("moved 21", "")
        sanctions.store.settle_log()
    assert_sound(url)
