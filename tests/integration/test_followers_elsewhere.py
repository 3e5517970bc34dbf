"""A handler that acts elsewhere: its position is written when it has returned, and one process at a time has a partition."""

from __future__ import annotations

from threading import Event, Thread

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.following import Batch, Follower, TryLater
from account_sanctions.infrastructure.errors import StoreBusy

from tests.integration.following import Broken, log_of, notes, open_with_notes
from tests.integration.support import rows
from tests.integration.waiting import until

_PATIENCE = 20.0


class Told:
    """What somebody elsewhere was told."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.poison: set[str] = set()

    def __call__(self, batch: Batch) -> None:
        if found := self.poison & {event.id for event in batch}:
            raise Broken(*found)
        self.ids += [event.id for event in batch]


def _nothing(_seconds: float) -> None:
    """Waiting is over at once."""


@pytest.mark.parametrize("partitions", [1, 4])
def test_handler_elsewhere_is_given_every_event_in_order(url: str, partitions: int) -> None:
    with open_with_notes(url, 30, 5, partitions) as sanctions:
        told = Told()
        follower = sanctions.follow_elsewhere("told", told, 8)
        assert follower.catch_up() == 30
        assert told.ids == log_of(url) if partitions == 1 else sorted(told.ids) == sorted(log_of(url))
        for account in {name.partition("/")[0] for name in told.ids}:
            versions = [int(name.partition("/")[2]) for name in told.ids if name.startswith(f"{account}/")]
            assert versions == list(range(1, len(versions) + 1))
        assert (follower.catch_up(), follower.status().behind) == (0, 0)


def test_handler_runs_outside_any_transaction_and_can_write_to_the_store(url: str) -> None:
    with open_with_notes(url, 3) as sanctions:

        def answers(batch: Batch) -> None:
            sanctions.execute_many({**note, "account": "log"} for note in notes(sum(e.account != "log" for e in batch)))

        sanctions.follow_elsewhere("answers", answers).catch_up()
        assert sanctions.state("log").version == 3


def test_position_is_not_written_when_the_handler_fails(url: str) -> None:
    with open_with_notes(url, 6) as sanctions:

        def fails(_batch: Batch) -> None:
            raise TryLater("nobody answers")

        follower = sanctions.follow_elsewhere("told", fails)
        with pytest.raises(TryLater):
            follower.step()
        assert follower.status().behind == 6


def test_poison_is_parked_retried_and_dropped_as_for_any_follower(url: str) -> None:
    with open_with_notes(url, 12) as sanctions:
        told = Told()
        told.poison = {"gh_1/2", "gh_2/3"}
        follower = sanctions.follow_elsewhere("told", told, wait=_nothing)
        follower.catch_up()
        assert [event.id for event in follower.parked()] == ["gh_1/2", "gh_1/3", "gh_2/3", "gh_1/4", "gh_2/4"]
        told.poison = {"gh_2/3"}
        assert follower.retry_parked().handed_over == 3
        follower.drop_parked("gh_2", 3)
        follower.retry_parked()
        assert sorted(told.ids) == sorted(set(log_of(url)) - {"gh_2/3"})


def test_second_process_waits_until_the_first_lets_go(url: str) -> None:
    with open_with_notes(url, 6) as sanctions, Sanctions.open(url) as other:
        told = Told()
        first, second = (each.follow_elsewhere("told", told, 2) for each in (sanctions, other))
        assert first.step() == 2
        assert second.step() == second.catch_up() == 0
        assert first.status().partitions[0].holder
        with pytest.raises(StoreBusy, match="another process"):
            _parked(first, second, told)
        first.release()
        assert second.retry_parked().still_parked == 0
        assert sorted(told.ids) == sorted(log_of(url))


def _parked(first: Follower, second: Follower, told: Told) -> None:
    """The first one parks something, and the second one tries to hand it over."""
    told.poison = {"gh_2/1"}
    until(lambda: first.step() + first.status().behind == 0)
    told.poison.clear()
    second.retry_parked()


def test_second_process_goes_on_when_the_first_one_died_and_its_time_is_over(url: str) -> None:
    with open_with_notes(url, 6) as sanctions, Sanctions.open(url) as other:
        told = Told()
        # The first one takes a piece and never comes back.
        assert sanctions.follow_elsewhere("told", told, 2, hold=0.2).step() == 2
        second = other.follow_elsewhere("told", told, 2)
        until(second.step)
        assert second.catch_up() == 2
        assert told.ids == log_of(url)


def test_one_that_was_overtaken_does_not_move_the_position_back(url: str) -> None:
    with open_with_notes(url, 6) as sanctions, Sanctions.open(url) as other:
        slow, quick = Told(), Told()
        inside, go_on = Event(), Event()

        def held(batch: Batch) -> None:
            slow(batch)
            inside.set()
            assert go_on.wait(_PATIENCE)

        first = sanctions.follow_elsewhere("told", held, 2, hold=0.001)
        working = Thread(target=first.step)
        working.start()
        try:
            assert inside.wait(_PATIENCE)
            second = other.follow_elsewhere("told", quick, 4)
            until(second.step)
        finally:
            go_on.set()
            working.join()
        assert (slow.ids, quick.ids) == (log_of(url)[:2], log_of(url)[:4]), "handed over twice, and nothing left out"
        assert rows(url, "SELECT position FROM sanctions_followers") == [(4,)]


def test_stopping_lets_the_next_process_go_on_at_once(url: str) -> None:
    with open_with_notes(url, 3) as sanctions, Sanctions.open(url) as other:
        told = Told()
        with sanctions.follow_elsewhere("told", told, poll=0.01):
            until(lambda: len(told.ids) == 3)
        sanctions.execute_many(notes(2, start=3))
        assert other.follow_elsewhere("told", told).catch_up() == 2
        assert told.ids == log_of(url)
