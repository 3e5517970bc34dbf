"""A follower is given every event once and in order; its rows and its position are one transaction."""

from __future__ import annotations

from threading import Event, Thread

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.following import Batch, HandlerCommitted, LoggedEvent
from account_sanctions.infrastructure.errors import NestedTransaction
from sqlalchemy import Connection, create_engine, text

from tests.integration.following import Broken, Seen, log_of, notes, open_with_notes
from tests.integration.support import command, rows
from tests.integration.waiting import until
from tests.postgres import fresh_store

_PATIENCE = 20.0


@pytest.mark.parametrize("partitions", [1, 4])
@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_follower_is_given_every_event_once_in_the_order_of_the_log(url: str, partitions: int, batch: int) -> None:
    with open_with_notes(url, 40, 9, partitions) as sanctions:
        seen = Seen(url)
        follower = sanctions.follow("seen", seen, batch)
        assert follower.catch_up() == 40
        assert seen.ids() == log_of(url)
        assert follower.catch_up() == follower.step() == 0
        assert follower.status().behind == 0


def test_new_follower_from_now_is_given_what_comes_later(url: str) -> None:
    with open_with_notes(url, 5) as sanctions:
        seen = Seen(url)
        follower = sanctions.follow("seen", seen, start="now")
        assert follower.catch_up() == 0
        sanctions.execute_many(notes(2))
        assert follower.catch_up() == 2
        assert seen.ids() == log_of(url)[5:]


def test_follower_goes_on_where_another_object_of_its_name_stopped(url: str) -> None:
    with open_with_notes(url, 10) as sanctions:
        seen = Seen(url)
        assert sanctions.follow("seen", seen, 4).step() == 4
    with Sanctions.open(url) as sanctions:
        assert sanctions.follow("seen", seen, 4).catch_up() == 6
        assert seen.ids() == log_of(url)
        assert [status.follower for status in sanctions.followers()] == ["seen"]


def test_handler_that_raises_leaves_neither_rows_nor_a_position(url: str) -> None:
    with open_with_notes(url, 4) as sanctions:
        seen = Seen(url, poison=[f"gh_{number}/{version}" for number in range(3) for version in (1, 2)])
        follower = sanctions.follow("seen", seen)
        assert follower.step() == 0
        assert seen.ids() == []
        assert follower.status().behind == 4


def test_handler_that_commits_is_told_so(url: str) -> None:
    def commits(connection: Connection, batch: Batch) -> None:
        connection.execute(text("SELECT 1"))
        connection.commit()
        assert batch

    with open_with_notes(url, 1) as sanctions, pytest.raises(HandlerCommitted, match="write only"):
        sanctions.follow("seen", commits).step()


def test_handler_can_carry_out_commands_in_the_same_transaction(url: str) -> None:
    with open_with_notes(url, 3) as sanctions:

        def answers(connection: Connection, batch: Batch) -> None:
            with sanctions.joining(connection) as joined:
                for event in batch:
                    if event.account != "log":
                        joined.execute(command("note", "log", text=event.id))

        follower = sanctions.follow("answers", answers)
        assert follower.catch_up() == 6
        assert sanctions.state("log").version == 3


def test_handler_on_sqlite_that_writes_past_its_transaction_is_refused_and_does_not_wait_for_itself(
    file_url: str,
) -> None:
    refused: list[Exception] = []
    with open_with_notes(file_url, 1) as sanctions:

        def outside(_connection: Connection, _batch: Batch) -> None:
            with pytest.raises(NestedTransaction) as caught:
                sanctions.execute(command("note", "log", text="seen"))
            refused.append(caught.value)

        assert sanctions.follow("outside", outside).step() == 1
    assert len(refused) == 1


def test_event_comes_without_its_narrative_until_it_is_asked_for(url: str) -> None:
    bare: list[LoggedEvent] = []
    told: list[LoggedEvent] = []
    with open_with_notes(url, 3) as sanctions:

        def reads(_connection: Connection, batch: Batch) -> None:
            bare.extend(batch)
            told.extend(batch.narrated())

        sanctions.follow("reads", reads).catch_up()
        history = sanctions.history("gh_0").events
    assert [event.event.narrative for event in bare] == [None] * 3
    assert [event.event.narrative.text for event in told if event.event.narrative] == ["seen 0", "seen 1", "seen 2"]
    assert bare[0].recorded_at == history[0].recorded_at
    assert (bare[0].id, bare[0].command_id) == ("gh_0/1", history[0].command_id)
    assert [event.position for event in bare] == [1, 2, 3]


def test_two_followers_of_one_name_share_the_work_and_hand_nothing_over_twice(url: str) -> None:
    with open_with_notes(url, 60, 20, 4) as sanctions, Sanctions.open(url) as other:
        seen = Seen(url)
        inside, go_on = Event(), Event()

        def held(connection: Connection, batch: Batch) -> None:
            seen(connection, batch)
            inside.set()
            assert go_on.wait(_PATIENCE)

        holding = Thread(target=sanctions.follow("seen", held, 1000).step)
        holding.start()
        try:
            assert inside.wait(_PATIENCE)
            if not url.startswith("sqlite"):
                # The partition that the first one has is left to it; the others are not.
                assert 0 < other.follow("seen", seen, 1000).catch_up() < 60
        finally:
            go_on.set()
            holding.join()
        other.follow("seen", seen, 1000).catch_up()
        assert seen.ids() == log_of(url)


def test_thread_takes_in_what_comes_until_it_is_stopped(url: str) -> None:
    with open_with_notes(url, 3) as sanctions:
        seen = Seen(url)
        handed = Event()

        def notices(connection: Connection, batch: Batch) -> None:
            seen(connection, batch)
            if batch[-1].position == 5:
                handed.set()

        with sanctions.follow("seen", notices, poll=0.01) as follower:
            running = follower.is_running
            sanctions.execute_many(notes(2, start=3))
            assert handed.wait(_PATIENCE)
        assert (running, follower.is_running) == (True, False)
        assert seen.ids() == log_of(url)
        assert follower.status().per_second


def test_foreground_run_ends_when_it_is_stopped(url: str) -> None:
    with open_with_notes(url, 3) as sanctions:
        seen = Seen(url)

        def last(connection: Connection, batch: Batch) -> None:
            seen(connection, batch)
            follower.stop()

        follower = sanctions.follow("seen", last)
        follower.run()
        assert seen.ids() == log_of(url)


def test_errors_of_the_store_are_told_and_waited_out(url: str) -> None:
    waits: list[float] = []
    told: list[Exception] = []
    with open_with_notes(url, 2) as sanctions:
        seen = Seen(url)
        rows(url, "ALTER TABLE sanctions_followers RENAME TO mislaid")

        def wait(seconds: float) -> None:
            waits.append(seconds)
            if len(waits) == 4:
                rows(url, "ALTER TABLE mislaid RENAME TO sanctions_followers")

        def last(connection: Connection, batch: Batch) -> None:
            seen(connection, batch)
            follower.stop()

        follower = sanctions.follow("seen", last, wait=wait, on_error=told.append)
        follower.run()
        assert seen.ids() == log_of(url)
    assert waits == [0.1, 0.2, 0.4, 0.8]
    assert {getattr(error, "code", "") for error in told} == {"store_replaced"}


def test_thread_can_be_stopped_by_its_own_handler(url: str) -> None:
    with open_with_notes(url, 3) as sanctions:
        seen = Seen(url)

        def last(connection: Connection, batch: Batch) -> None:
            seen(connection, batch)
            follower.stop()

        # Its name has to be there before the thread calls it.
        follower = sanctions.follow("seen", last, poll=3600)
        follower.start()
        until(lambda: not follower.is_running)
        assert seen.ids() == log_of(url)


def test_closing_the_door_ends_what_works_behind_it(url: str) -> None:
    sanctions = open_with_notes(url, 1)
    running = [sanctions.follow("seen", Seen(url), poll=3600).start(), sanctions.index(follow=True, poll=3600)]
    if not url.startswith("sqlite"):
        running.append(sanctions.sequencing(pause=0.01).start())
    sanctions.close()
    for each in running:
        thread = each._thread
        assert thread is not None
        thread.join(_PATIENCE)
        assert not each.is_running


def test_hosts_engine_that_commits_by_itself_does_not_do_so_here() -> None:
    url = fresh_store()
    open_with_notes(url, 4).close()
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with Sanctions.open(engine) as sanctions:
        seen = Seen(url, poison=["gh_0/2"])
        sanctions.follow("seen", seen).step()
        assert seen.ids() == []
        seen.poison.clear()
        sanctions.follow("seen", seen).catch_up()
        assert seen.ids() == log_of(url)
    engine.dispose()


def test_error_that_is_not_the_stores_ends_a_run_in_the_foreground(url: str) -> None:
    with open_with_notes(url, 1) as sanctions:

        def told(_parked: object) -> None:
            raise Broken("from the host's own callback")

        seen = Seen(url, poison=["gh_0/1"])
        with pytest.raises(Broken):
            sanctions.follow("seen", seen, attempts=1, on_parked=told).run()
