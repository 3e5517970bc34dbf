"""One sequencer at work at each partition; when it dies, or is paused within its transaction, another one goes on."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import ExitStack
from random import Random

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.sequencing import Sequencer

from tests.depth import depth
from tests.integration.following import notes
from tests.integration.processes import line, tell, worker
from tests.integration.support import assert_sound, command, rows
from tests.integration.waiting import until
from tests.postgres import fresh_database

_PATIENCE = 30.0
_CYCLES = depth(3, 200)


@pytest.fixture
def url() -> str:
    return fresh_database()


def _holding(url: str, running: subprocess.Popen[bytes], sanctions: Sanctions) -> None:
    """Let the process move something, and meet it within its transaction."""
    assert line(running) == "ready"
    sanctions.execute_many(notes(5))
    assert line(running) == "holding"
    assert rows(url, "SELECT count(*) FROM sanctions_log") == [(0,)]


def _sequencer(sanctions: Sanctions) -> Sequencer:
    assert sanctions.store.sequencer is not None
    return sanctions.store.sequencer


def test_sequencer_that_is_killed_within_its_transaction_leaves_the_work_to_another(url: str) -> None:
    with Sanctions.open(url) as sanctions, worker("sequencer_worker.py", url, "60", "hold") as first:
        _holding(url, first, sanctions)
        with worker("sequencer_worker.py", url, "60") as second:
            assert line(second) == "ready"
            assert _sequencer(sanctions).turn() == 0, "one is at work, and nobody waits for it"
            os.kill(first.pid, signal.SIGKILL)
            until(lambda: rows(url, "SELECT count(*) FROM sanctions_log") == [(5,)])
            assert sanctions.log_status()[0].unsequenced == 0
    assert_sound(url)


def test_sequencer_that_is_paused_within_its_transaction_holds_up_no_writer_and_loses_its_place(url: str) -> None:
    with Sanctions.open(url) as sanctions, worker("sequencer_worker.py", url, "0.5", "hold") as first:
        _holding(url, first, sanctions)
        os.kill(first.pid, signal.SIGSTOP)
        try:
            for number in range(5, 10):
                assert sanctions.execute(command("note", f"gh_{number}", text="meanwhile")).accepted
            status = sanctions.log_status()[0]
            assert (status.position, status.unsequenced) == (0, 10)
            assert status.unsequenced_seconds is not None
            # The index needs no place in the log: it reads what waits from where it lies.
            sanctions.execute({**command("ban", "gh_1", sanction="b-1", basis={"clause": "c"}), "for": "P1D"})
            index = sanctions.index()
            sanctions.execute({**command("ban", "gh_2", sanction="b-1", basis={"clause": "c"}), "for": "P1D"})
            index.refresh()
            assert not index.may("gh_1", "publish")
            assert not index.may("gh_2", "publish")
            assert index.staleness < _PATIENCE
            # The server takes the transaction, and with it the lock, from one that does nothing for so long.
            assert _sequencer(sanctions).catch_up() == 12
        finally:
            os.kill(first.pid, signal.SIGCONT)
        tell(first, "go on")
        assert line(first) == "error connection_lost", "it finds its transaction gone"
        sanctions.execute_many(notes(3, start=20))
        assert line(first) == "holding", "and goes on with the next piece"
        tell(first, "go on")
        until(lambda: rows(url, "SELECT count(*) FROM sanctions_log") == [(15,)])
    assert_sound(url)


@pytest.mark.parametrize("partitions", [1, 4])
def test_sequencers_that_are_killed_again_and_again_lose_and_repeat_nothing(url: str, partitions: int) -> None:
    random = Random(partitions)  # noqa: S311 - which one is killed
    written = 0
    with Sanctions.open(url, partitions=partitions) as sanctions, ExitStack() as stack:
        running = [stack.enter_context(worker("sequencer_worker.py", url, "60")) for _ in range(2)]
        for one in running:
            assert line(one) == "ready"
        for _ in range(_CYCLES):
            sanctions.execute_many(notes(40, accounts=8, start=written))
            written += 40
            victim = random.randrange(2)
            os.kill(running[victim].pid, signal.SIGKILL)
            running[victim] = stack.enter_context(worker("sequencer_worker.py", url, "60"))
        until(lambda: rows(url, "SELECT count(*) FROM sanctions_log") == [(written,)])
    places = rows(url, "SELECT partition, position, account, version FROM sanctions_log ORDER BY partition, position")
    assert len({(account, version) for _, _, account, version in places}) == written
    for partition in range(partitions):
        own = [place for place in places if place[0] == partition]
        assert [position for _, position, _, _ in own] == list(range(1, len(own) + 1))
        for account in {place[2] for place in own}:
            versions = [version for _, _, name, version in own if name == account]
            assert versions == list(range(1, len(versions) + 1))
