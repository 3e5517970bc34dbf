"""Two trackers of one position: exactly one wins, whether they are threads or processes, and whatever hangs on it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from account_sanctions.infrastructure.factory import SQLAlchemyFactory
from eventsourcing.persistence import IntegrityError, StoredEvent, Tracking

from tests.integration.workers import together

_TRACKERS = 4
_POSITIONS = 25


@pytest.fixture
def factory(url: str) -> Iterator[SQLAlchemyFactory]:
    made = SQLAlchemyFactory({"ACCOUNT_SANCTIONS_DB": url, "ORIGINATOR_ID_TYPE": "uuid"})
    yield made
    made.close()


def _winners(attempt: Callable[[int, int], object]) -> Counter[int]:
    """Let threads attempt each position at the same moment; how often each was won."""
    barrier, won = Barrier(_TRACKERS), Counter[int]()

    def work(thread: int) -> list[int]:
        mine = []
        for position in range(1, _POSITIONS + 1):
            barrier.wait(timeout=60)
            try:
                attempt(thread, position)
            except IntegrityError:
                continue
            mine.append(position)
        return mine

    with ThreadPoolExecutor(_TRACKERS) as pool:
        for mine in pool.map(work, range(_TRACKERS)):
            won.update(mine)
    return won


def test_one_of_the_threads_that_track_a_position_wins(factory: SQLAlchemyFactory) -> None:
    recorder = factory.tracking_recorder()
    won = _winners(lambda _, position: recorder.insert_tracking(Tracking("upstream", position)))
    assert won == dict.fromkeys(range(1, _POSITIONS + 1), 1)
    assert recorder.max_tracking_id("upstream") == _POSITIONS


def test_events_that_come_with_a_position_are_there_once_for_each(factory: SQLAlchemyFactory) -> None:
    recorder = factory.process_recorder()
    streams = [uuid4() for _ in range(_TRACKERS)]
    versions = [0] * _TRACKERS

    def process(thread: int, position: int) -> None:
        event = StoredEvent(streams[thread], versions[thread] + 1, "topic", str(position).encode())
        recorder.insert_events([event], tracking=Tracking("upstream", position))
        versions[thread] += 1

    assert _winners(process) == dict.fromkeys(range(1, _POSITIONS + 1), 1)
    positions = [int(note.state) for note in recorder.select_notifications(1, 1000)]
    assert positions == list(range(1, _POSITIONS + 1)), "in their order, and those that lost left nothing"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_one_of_the_processes_that_track_a_position_wins(url: str) -> None:
    if url == "sqlite://":
        pytest.skip("processes have no memory in common")
    said = together("track", url, 100, [f"t{number}" for number in range(_TRACKERS)])
    assert sorted(int(line.split()[1]) for line in said) == list(range(1, 101))
