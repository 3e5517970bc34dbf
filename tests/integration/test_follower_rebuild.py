"""A follower's work done anew: in its place, or beside what is there and then exchanged, while everybody goes on."""

from __future__ import annotations

from threading import Event, Thread
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.following import Batch, FollowerStatus
from sqlalchemy import Connection, text

from tests.integration.following import Broken, Seen, log_of, notes, open_with_notes
from tests.integration.support import rows

_PATIENCE = 20.0
_BESIDE = "CREATE TABLE seen_new (part INTEGER, at INTEGER, account TEXT, version INTEGER)"


class Beside:
    """The handler that builds anew, in a table beside."""

    def __init__(self, url: str, *, make: bool = True) -> None:
        self.poison: set[str] = set()
        if make:
            rows(url, _BESIDE)

    def __call__(self, connection: Connection, batch: Batch) -> None:
        if found := self.poison & {event.id for event in batch}:
            raise Broken(*found)
        connection.execute(
            text("INSERT INTO seen_new VALUES (:part, :at, :account, :version)"),
            [{"part": e.partition, "at": e.position, "account": e.account, "version": e.version} for e in batch],
        )


def _swap(connection: Connection) -> None:
    connection.execute(text("DROP TABLE seen"))
    connection.execute(text("ALTER TABLE seen_new RENAME TO seen"))


def _nothing(_seconds: float) -> None:
    """Waiting is over at once."""


@pytest.mark.parametrize("partitions", [1, 4])
def test_what_is_built_beside_takes_the_place_of_what_was_there_and_the_follower_goes_on(
    url: str, partitions: int
) -> None:
    told: list[FollowerStatus] = []
    with open_with_notes(url, 30, 9, partitions) as sanctions:
        seen = Seen(url)
        follower = sanctions.follow("seen", seen, 4)
        follower.catch_up()
        rows(url, "DELETE FROM seen WHERE at < 4")
        sanctions.execute_many(notes(5, 9, start=30))
        follower.rebuild(Beside(url), _swap, progress=told.append)
        assert seen.ids() == log_of(url)
        assert [status.follower for status in sanctions.followers()] == ["seen"]
        assert follower.status().behind == 0
        assert [status.behind for status in told] == sorted((status.behind for status in told), reverse=True)
        sanctions.execute_many(notes(2, 9, start=35))
        assert follower.catch_up() == 2
        assert seen.ids() == log_of(url)


def test_follower_and_writers_go_on_while_it_is_built_beside(url: str) -> None:
    with open_with_notes(url, 30) as sanctions, Sanctions.open(url) as other:
        seen = Seen(url)
        follower = sanctions.follow("seen", seen, 4)
        beside, lives = Beside(url), other.follow("seen", seen)
        written = [0]

        def meanwhile(status: FollowerStatus) -> None:
            if written[0] < 5:
                written[0] += 1
                other.execute_many(notes(2, start=100 + written[0]))
                lives.catch_up()
                assert seen.ids() == log_of(url)
            assert status.behind < 40

        follower.rebuild(beside, _swap, progress=meanwhile)
        assert written[0] == 5
        assert seen.ids() == log_of(url)
        assert len(seen.ids()) == 40
        # What another process has prepared finds the table that took the place of the one it knew.
        other.execute_many(notes(7, start=200))
        assert lives.catch_up() == 7
        assert seen.ids() == log_of(url)


def test_exchange_waits_for_a_follower_that_is_handing_over(url: str) -> None:
    with open_with_notes(url, 6) as sanctions, Sanctions.open(url) as other:
        seen = Seen(url)
        inside, go_on, built = Event(), Event(), Event()

        def held(connection: Connection, batch: Batch) -> None:
            seen(connection, batch)
            inside.set()
            assert go_on.wait(_PATIENCE)

        class Told(Beside):
            def __call__(self, connection: Connection, batch: Batch) -> None:
                super().__call__(connection, batch)
                built.set()

        beside = Told(url)
        if url.startswith("sqlite"):
            # Everybody who writes there waits for the one that is at work anyway.
            go_on.set()
        working = Thread(target=sanctions.follow("seen", held).step)
        working.start()
        assert inside.wait(_PATIENCE)
        rebuilding = Thread(target=other.follow("seen", seen).rebuild, args=(beside, _swap))
        rebuilding.start()
        assert built.wait(_PATIENCE)
        go_on.set()
        working.join()
        rebuilding.join()
        assert seen.ids() == log_of(url)
        assert other.follow("seen", seen).catch_up() == 0


def test_building_beside_that_was_stopped_goes_on_where_it_was(url: str) -> None:
    with open_with_notes(url, 20) as sanctions:
        seen = Seen(url)
        sanctions.follow("seen", seen).catch_up()

        def stop(status: FollowerStatus) -> None:
            if status.behind < 10:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            sanctions.follow("seen", seen, 4).rebuild(Beside(url), _swap, progress=stop)
        assert [status.follower for status in sanctions.followers()] == ["seen", "seen (rebuild)"]
        assert seen.ids() == log_of(url), "the live one is as it was"
    with Sanctions.open(url) as sanctions:
        handed: list[str] = []
        beside = Beside(url, make=False)

        def handler(connection: Connection, batch: Batch) -> None:
            handed.extend(event.id for event in batch)
            beside(connection, batch)

        sanctions.follow("seen", seen, 4).rebuild(handler, _swap)
        assert handed == log_of(url)[12:]
        assert seen.ids() == log_of(url)


def test_building_afresh_hands_everything_over_again(url: str) -> None:
    with open_with_notes(url, 8) as sanctions:
        seen = Seen(url)
        follower = sanctions.follow("seen", seen, 4)

        def stop(_status: FollowerStatus) -> None:
            raise KeyboardInterrupt

        beside = Beside(url)
        with pytest.raises(KeyboardInterrupt):
            follower.rebuild(beside, _swap, progress=stop)
        rows(url, "DELETE FROM seen_new")
        follower.rebuild(beside, _swap, afresh=True)
        assert seen.ids() == log_of(url)


def test_what_the_new_handler_cannot_take_in_is_parked_by_the_follower_afterwards(url: str) -> None:
    with open_with_notes(url, 9) as sanctions:
        seen = Seen(url)
        follower = sanctions.follow("seen", seen, 4, wait=_nothing, on_parked=lambda _: None)
        beside = Beside(url)
        beside.poison = {"gh_1/3"}
        follower.rebuild(beside, _swap)
        assert [event.id for event in follower.parked()] == ["gh_1/3"]
        assert follower.retry_parked().still_parked == 0
        assert sorted(seen.ids()) == sorted(log_of(url))


def test_rebuild_that_is_asked_for_again_after_its_exchange_begins_with_empty_tables(url: str) -> None:
    """A process that died right behind the exchange, or an operator, does it again: what was exchanged lies in the way."""
    prepared: list[int] = []

    def prepare(connection: Connection) -> None:
        prepared.append(1)
        connection.execute(text("DROP TABLE IF EXISTS seen_new"))
        connection.execute(text(_BESIDE))

    def keep_the_old_one(connection: Connection) -> None:
        connection.execute(text("ALTER TABLE seen RENAME TO seen_old"))
        connection.execute(text("ALTER TABLE seen_new RENAME TO seen"))
        connection.execute(text("ALTER TABLE seen_old RENAME TO seen_new"))

    def stop(_status: FollowerStatus) -> None:
        raise Broken("stopped")

    with open_with_notes(url, 9, 3, 4) as sanctions:
        seen = Seen(url)
        follower = sanctions.follow("seen", seen, 4)
        follower.catch_up()
        beside = Beside(url, make=False)
        with pytest.raises(Broken):
            follower.rebuild(beside, keep_the_old_one, prepare=prepare, progress=stop)
        for done in (1, 2, 3):
            follower.rebuild(beside, keep_the_old_one, prepare=prepare)
            assert len(prepared) == done, "the first of these went on where the one that was stopped had been"
            assert seen.ids() == log_of(url)
        follower.rebuild(beside, keep_the_old_one, prepare=prepare, afresh=True)
        assert seen.ids() == log_of(url)


def test_exchange_that_fails_leaves_everything_as_it_was(url: str) -> None:
    with open_with_notes(url, 6) as sanctions:
        seen = Seen(url)
        follower = sanctions.follow("seen", seen)
        follower.catch_up()

        def fails(connection: Connection) -> None:
            connection.execute(text("DELETE FROM seen"))
            raise Broken("no")

        beside = Beside(url)
        with pytest.raises(Broken):
            follower.rebuild(beside, fails)
        assert seen.ids() == log_of(url)
        follower.rebuild(beside, _swap)
        assert seen.ids() == log_of(url)


def test_second_process_that_rebuilds_the_same_exchanges_nothing_again(url: str) -> None:
    swaps: list[int] = []
    with open_with_notes(url, 6) as sanctions, Sanctions.open(url) as other:
        seen = Seen(url)
        first, second = (each.follow("seen", seen, 2) for each in (sanctions, other))
        beside = Beside(url)

        def swap(connection: Connection) -> None:
            swaps.append(1)
            _swap(connection)

        def meanwhile(_status: FollowerStatus) -> None:
            if not swaps:
                second.rebuild(beside, swap)

        first.rebuild(beside, swap, progress=meanwhile)
        assert len(swaps) == 1
        assert seen.ids() == log_of(url)


def test_beginning_again_empties_what_was_built_and_hands_everything_over_once_more(url: str) -> None:
    with open_with_notes(url, 9, 3, 4) as sanctions:
        seen = Seen(url, poison=["gh_1/2"])
        follower = sanctions.follow("seen", seen, wait=_nothing, on_parked=lambda _: None)
        follower.catch_up()
        seen.poison.clear()
        follower.begin_again(lambda connection: connection.execute(text("DELETE FROM seen")))
        assert (seen.ids(), follower.parked(), follower.status().behind) == ([], [], 9)
        assert follower.catch_up() == 9
        assert seen.ids() == log_of(url)


def test_follower_elsewhere_begins_again_and_has_nothing_to_exchange(url: str) -> None:
    handed: list[Any] = []
    with open_with_notes(url, 4) as sanctions:
        follower = sanctions.follow_elsewhere("told", handed.extend)
        follower.catch_up()
        with pytest.raises(TypeError, match="begin again"):
            follower.rebuild(lambda _connection, _batch: None, _swap)
        follower.begin_again(lambda _connection: None)
        assert follower.catch_up() == 4
        assert len(handed) == 8
