"""Sealing beside a service on both databases: when, by whom, and what is left by one that dies or stops in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.errors import StoreError, StoreReadOnly
from account_sanctions.infrastructure.evidence.keeping_up import KeepingUp
from account_sanctions.infrastructure.evidence.keys import make_keys
from account_sanctions.infrastructure.evidence.sealing import Sealer
from account_sanctions.infrastructure.sequencing import SequencerService

from tests.depth import depth
from tests.integration.following import notes
from tests.integration.processes import line, tell, worker
from tests.integration.support import command, rows, spawn
from tests.integration.waiting import until

_CYCLES = depth(3, 100)
_WORKER = "sealer_worker.py"


class Seconds:
    """A count of seconds that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_keys(tmp_path / "keys")
    return tmp_path / "keys"


@pytest.fixture
def sanctions(url: str, folder: Path) -> Iterator[Sanctions]:
    with Sanctions.open(url, keys=folder) as opened:
        yield opened


def _write(sanctions: Sanctions, count: int) -> None:
    assert all(outcome.accepted for outcome in sanctions.execute_many(notes(count)))
    sanctions.store.settle_log()


def _sizes(url: str) -> list[int]:
    return [size for (size,) in rows(url, "SELECT size FROM sanctions_checkpoints ORDER BY size")]


def _keeping_up(sanctions: Sanctions, now: Seconds) -> KeepingUp:
    store, securing = sanctions.store, sanctions.store.securing
    assert securing is not None
    sealer = Sealer(store.database, store.identity.store_id, securing.keys.log, sanctions.clock)
    return KeepingUp(store.database, sealer, store.log.partitions, now=now)


def test_sealed_after_a_second_or_a_thousand_entries(url: str, sanctions: Sanctions) -> None:
    now = Seconds()
    seal = _keeping_up(sanctions, now)
    assert seal() == 0
    _write(sanctions, 3)
    assert seal() == 0
    now.now = 0.9
    assert seal() == 0
    now.now = 1.0
    assert seal() == 3
    assert seal() == 0
    _write(sanctions, 999)
    assert seal() == 0
    _write(sanctions, 1)
    assert seal() == 1000, "a thousand do not wait for the second"
    assert _sizes(url) == [3, 1003]


def test_service_seals_what_others_write(url: str, sanctions: Sanctions) -> None:
    with sanctions.sequencing(pause=0.01) as service, Sanctions.open(url) as writer:
        writer.execute(command("note", text="seen"))
        until(lambda: _sizes(url) == [1])
        assert service.is_running
        writer.execute_many(notes(1500))
        until(lambda: _sizes(url)[-1:] == [1501])


def test_without_keys_the_service_seals_nothing(url: str) -> None:
    with Sanctions.open(url) as sanctions:
        service = sanctions.sequencing()
        _write(sanctions, 1)
        assert service._seal is None
        assert service._turn() is None
    assert _sizes(url) == []


def test_sealing_that_fails_does_not_hold_up_the_sequencing() -> None:
    failures: list[Exception] = []
    tries: list[int] = []

    def seal() -> None:
        tries.append(1)
        raise StoreReadOnly("only a reader")

    service = SequencerService(None, on_error=failures.append, seal=seal)
    for _ in range(5):
        assert service._turn() is None
    assert (len(tries), [type(error) for error in failures]) == (1, [StoreReadOnly])

    def broken() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        SequencerService(None, on_error=failures.append, seal=broken)._turn()
    assert issubclass(StoreReadOnly, StoreError)


def test_sealer_that_is_killed_within_its_transaction_leaves_nothing_and_another_takes_over(
    url: str, folder: Path, sanctions: Sanctions
) -> None:
    with worker(_WORKER, url, str(folder), "60", "hold") as first:
        assert line(first) == "ready"
        _write(sanctions, 5)
        assert line(first) == "holding"
        assert _sizes(url) == []
        if url.startswith("postgresql"):
            assert _keeping_up(sanctions, Seconds())() == 0, "one is at work, and nobody waits for it"
            assert sanctions.execute(command("note", "gh_9", text="meanwhile")).accepted, "no writer waits for it"
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    with worker(_WORKER, url, str(folder), "60") as second:
        assert line(second) == "ready"
        until(lambda: _sizes(url) != [])
    for table in ("sanctions_places", "sanctions_log"):
        assert rows(url, f"SELECT count(*) FROM {table}") == [(_sizes(url)[-1],)]  # noqa: S608


def test_sealer_that_is_stopped_within_its_transaction_loses_its_place(
    url: str, folder: Path, sanctions: Sanctions
) -> None:
    if not url.startswith("postgresql"):
        # SQLite has one lock for all writers, which only the end of the process takes from who holds it.
        assert sanctions.store.sequencer is None
        return
    with worker(_WORKER, url, str(folder), "0.5", "hold") as first:
        assert line(first) == "ready"
        _write(sanctions, 5)
        assert line(first) == "holding"
        os.kill(first.pid, signal.SIGSTOP)
        try:
            (sealed,) = sanctions.seal()
            assert sealed.size == 5
        finally:
            os.kill(first.pid, signal.SIGCONT)
        tell(first, "go on")
        assert line(first) == "error connection_lost", "it finds its transaction gone"
    assert _sizes(url) == [5]


def test_sealers_that_are_killed_again_and_again_leave_one_row_of_checkpoints(
    url: str, folder: Path, sanctions: Sanctions, tmp_path: Path
) -> None:
    random = Random(7)  # noqa: S311 - which moment
    written = 0
    for _ in range(_CYCLES):
        with worker(_WORKER, url, str(folder), "60") as one, worker(_WORKER, url, str(folder), "60") as other:
            assert [line(one), line(other)] == ["ready", "ready"]
            for _ in range(random.randrange(1, 20)):
                _write(sanctions, 7)
                written += 7
            victims: list[subprocess.Popen[bytes]] = [one, other]
            for victim in random.sample(victims, random.randrange(1, 3)):
                os.kill(victim.pid, signal.SIGKILL)
    (sealed,) = sanctions.seal()
    assert sealed.size == written
    (tmp_path / "anchor").write_text(sealed.note)
    found = sanctions.verify(trust=folder / "trust.json", anchors=[tmp_path / "anchor"])
    assert (found.verdict, found.sealed) == ("verified", written)


def test_command_that_sequences_for_ever_seals_with_keys(url: str, folder: Path) -> None:
    with spawn(url, "--keys", str(folder), "sequence", "--forever") as running:
        try:
            with Sanctions.open(url, keys=folder) as sanctions:
                until(lambda: sanctions.execute(command("note", text="seen")).accepted)
            until(lambda: _sizes(url) != [])
            running.send_signal(signal.SIGTERM)
            assert running.wait(60) == 0
        finally:
            running.kill()
