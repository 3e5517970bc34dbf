"""What the store promises: commands once, versions, one transaction, durable, chained, append-only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.domain.errors import CommandIdReused, Refused, UnknownFunction, VersionConflict
from account_sanctions.infrastructure.errors import StoreError

from tests.integration.support import (
    HOLDER,
    T0,
    MovingClock,
    assert_sound,
    command,
    restrict,
    rows,
    tables,
)


def test_duplicate_command_returns_the_first_outcome_and_adds_nothing(url: str, clock: MovingClock) -> None:
    with Sanctions.open(url, clock=clock) as sanctions:
        first = sanctions.execute(restrict(command_id="c-1"))
        sanctions.execute(command("note", text="in between"))
        clock.move(days=30)
        before = tables(url)
        again = sanctions.execute(restrict(command_id="c-1"))
        assert (first.status, again.status) == ("accepted", "duplicate")
        assert (again.version, again.events, again.command_id) == (first.version, first.events, "c-1")
        assert tables(url) == before
        assert again.accepted


def test_duplicate_is_answered_before_every_other_check(url: str, clock: MovingClock) -> None:
    given = restrict(sanction="s-1", command_id="c-1", expected_version=0, at="2026-01-01T00:00:00Z")
    with Sanctions.open(url, clock=clock) as sanctions:
        sanctions.execute(given)
        sanctions.execute(command("note", text="the account has moved on"))
        clock.move(days=-5)
        assert sanctions.execute(given).status == "duplicate"


def test_same_command_id_with_other_content_is_refused(url: str, clock: MovingClock) -> None:
    with Sanctions.open(url, clock=clock) as sanctions:
        sanctions.execute(restrict(command_id="c-1"))
        before = tables(url)
        for other in (restrict(command_id="c-1", for_="P8D"), restrict(command_id="c-1", by=HOLDER)):
            with pytest.raises(CommandIdReused) as caught:
                sanctions.execute(other)
            assert caught.value.code == "command_id_reused"
        assert tables(url) == before


def test_refused_command_is_decided_anew_under_the_same_id(url: str, clock: MovingClock) -> None:
    lift = command("lift", sanction="s-1", reason="enough", command_id="c-1")
    with Sanctions.open(url, clock=clock) as sanctions:
        assert [each.status for each in sanctions.execute_many([lift])] == ["refused"]
        sanctions.execute(restrict(sanction="s-1"))
        assert sanctions.execute(lift).status == "accepted"
        assert sanctions.execute(lift).status == "duplicate"


def test_same_command_id_on_two_accounts_is_two_commands(url: str, clock: MovingClock) -> None:
    with Sanctions.open(url, clock=clock) as sanctions:
        outcomes = [sanctions.execute(restrict(name, command_id="c-1")) for name in ("gh_1", "gh_2")]
        assert [each.status for each in outcomes] == ["accepted", "accepted"]


def test_duplicates_inside_one_batch_act_once(url: str, clock: MovingClock) -> None:
    with Sanctions.open(url, clock=clock) as sanctions:
        given = [restrict(command_id="c-1"), restrict(command_id="c-1"), restrict(command_id="c-1", for_="P9D")]
        found = list(sanctions.execute_many(given))
        assert [each.status for each in found] == ["accepted", "duplicate", "refused"]
        assert found[0].events == found[1].events
    assert_sound(url)


def test_already_so_is_remembered_like_any_accepted_command(url: str, clock: MovingClock) -> None:
    until = "2027-01-01T00:00:00Z"
    same = command("change_sanction", sanction="s-1", until=until, reason="the same", command_id="c-2")
    with Sanctions.open(url, clock=clock) as sanctions:
        sanctions.execute(restrict(sanction="s-1", until=until))
        assert sanctions.execute(same).events == ()
        sanctions.execute(command("lift", sanction="s-1", reason="enough"))
        assert sanctions.execute(same).status == "duplicate"


def test_expected_version_is_compared_before_the_commands_own_due_events(url: str, clock: MovingClock) -> None:
    with Sanctions.open(url, clock=clock) as sanctions:
        sanctions.execute(restrict(for_="P1D"))
        clock.move(days=2)
        with pytest.raises(VersionConflict) as caught:
            sanctions.execute(command("note", text="late", expected_version=2))
        assert (caught.value.details["expected"], caught.value.details["found"]) == (2, 1)
        assert rows(url, "SELECT count(*) FROM sanctions_events") == [(1,)]
        assert sanctions.execute(command("note", text="in time", expected_version=1)).version == 3


def test_refusal_records_nothing_not_even_what_fell_due(url: str, clock: MovingClock) -> None:
    with Sanctions.open(url, clock=clock) as sanctions:
        sanctions.execute(restrict(sanction="s-1", for_="P1D"))
        clock.move(days=2)
        before = tables(url)
        with pytest.raises(UnknownFunction):
            sanctions.execute(restrict(functions=["fly"]))
        assert sanctions.execute_many([restrict(functions=["fly"])])[0].status == "refused"
        assert tables(url) == before


def test_batch_commits_chunk_by_chunk_as_it_is_read(url: str, clock: MovingClock) -> None:
    taken: list[int] = []

    def given() -> Any:
        for number in range(7):
            taken.append(number)
            yield restrict(f"gh_{number}")

    with Sanctions.open(url, clock=clock) as sanctions:
        outcomes = sanctions.execute_stream(given(), chunk=3)
        for expected in (3, 3, 3, 6, 6, 6, 7):
            assert next(outcomes).status == "accepted"
            assert len(taken) == expected
            assert rows(url, "SELECT count(*) FROM sanctions_events") == [(expected,)]
        assert next(outcomes, None) is None


def test_batch_sees_what_others_wrote_between_its_chunks(url: str, clock: MovingClock) -> None:
    given = [command("note", text="1"), command("lift", sanction="s-1", reason="enough"), restrict(sanction="s-1")]
    with Sanctions.open(url, clock=clock) as sanctions, Sanctions.open(url, clock=clock) as other:
        outcomes = sanctions.execute_stream(given, chunk=1)
        assert next(outcomes).version == 1
        assert other.execute(restrict(sanction="s-1")).version == 2
        assert next(outcomes).version == 3
        assert other.execute(command("note", text="2")).version == 4
        last = next(outcomes)
    assert last.status == "refused"
    assert last.error
    assert last.error.code == "id_in_use"
    assert_sound(url)


def test_batch_decides_each_command_on_what_the_ones_before_it_did(url: str, clock: MovingClock) -> None:
    given = [
        restrict(sanction="s-1"),
        command("lift", sanction="s-1", reason="enough"),
        command("lift", sanction="s-1", reason="again"),
        {"command": "note"},
        command("note", text="end", expected_version=2),
    ]
    with Sanctions.open(url, clock=clock) as sanctions:
        found = list(sanctions.execute_many(given))
    assert [each.status for each in found] == ["accepted", "accepted", "refused", "malformed", "accepted"]
    assert_sound(url)


def test_batch_that_fails_in_the_store_keeps_the_chunks_before(url: str, clock: MovingClock) -> None:
    with Sanctions.open(url, clock=clock) as sanctions:
        outcomes = sanctions.execute_stream((restrict(f"gh_{n}") for n in range(6)), chunk=3)
        assert [next(outcomes).status for _ in range(3)] == ["accepted"] * 3
        rows(url, "ALTER TABLE sanctions_narratives RENAME TO away")
        rows(url, "ALTER TABLE sanctions_intervals RENAME TO gone")
        with pytest.raises(StoreError):
            next(outcomes)
        rows(url, "ALTER TABLE gone RENAME TO sanctions_intervals")
        rows(url, "ALTER TABLE away RENAME TO sanctions_narratives")
    assert rows(url, "SELECT count(*) FROM sanctions_events") == [(3,)]
    assert_sound(url)


def test_view_and_events_are_one_transaction(url: str, clock: MovingClock) -> None:
    with Sanctions.open(url, clock=clock) as sanctions:
        sanctions.execute(restrict(sanction="s-1"))
        assert not sanctions.may("gh_1", "mass_send")
        rows(url, "ALTER TABLE sanctions_intervals RENAME TO gone")
        before = tables(url)
        with pytest.raises(StoreError):
            sanctions.execute(restrict(sanction="s-2", functions=["publish"], basis={"clause": "4", "facts": "text"}))
        assert tables(url) == before
        rows(url, "ALTER TABLE gone RENAME TO sanctions_intervals")
        assert sanctions.may("gh_1", "publish")
        assert sanctions.execute(restrict(sanction="s-2", functions=["publish"])).version == 2
        assert not sanctions.may("gh_1", "publish")
    assert_sound(url)


def test_view_answers_for_what_is_decided_for_the_future_without_a_sweep(url: str, clock: MovingClock) -> None:
    order: dict[str, Any] = {
        "basis": {"clause": "4"},
        "within": "P2D",
        "on_default": [{"restrict": ["publish"], "for": "P1D"}],
    }
    with Sanctions.open(url, clock=clock) as sanctions:
        sanctions.execute(restrict(sanction="s-1", from_="2026-01-02T00:00:00Z", for_="P1D"))
        sanctions.execute(command("order_rectification", sanction="o-1", **order))
        expected = {0: (True, True), 1: (False, True), 2: (True, False), 3: (True, True)}
        for day, (send, publish) in expected.items():
            clock.now = T0 + timedelta(days=day)
            assert (bool(sanctions.may("gh_1", "mass_send")), bool(sanctions.may("gh_1", "publish"))) == (send, publish)
        assert sanctions.may("gh_1", "publish", T0 + timedelta(days=2)).because == ("o-1/1",)
        swept = sanctions.sweep()
        assert swept.events > 0
        assert not sanctions.may("gh_1", "publish", T0 + timedelta(days=2))
    assert_sound(url)


def test_rebuild_gives_the_same_rows_and_drops_what_no_event_explains(url: str, clock: MovingClock) -> None:
    with Sanctions.open(url, clock=clock) as sanctions:
        for number in range(30):
            name = f"gh_{number}"
            sanctions.execute(restrict(name, sanction="s-1", for_="P1M"))
            sanctions.execute(command("ban", name, sanction="b-1", basis={"clause": "4"}, for_=f"P{number + 1}D"))
            if number % 3:
                sanctions.execute(command("lift", name, sanction="s-1", reason="enough"))
        before = tables(url)
        assert sanctions.rebuild().accounts == 30
        assert tables(url) == before
        rows(url, "DELETE FROM sanctions_intervals WHERE account < 'gh_2'")
        rows(url, "UPDATE sanctions_intervals SET ends = NULL")
        rows(url, "INSERT INTO sanctions_intervals VALUES ('gh_1', 'ghost', '*', 0, NULL)")
        assert sanctions.rebuild().accounts == 30
        assert tables(url) == before


def test_rebuild_drops_rows_of_an_account_without_events(url: str, clock: MovingClock) -> None:
    with Sanctions.open(url, clock=clock) as sanctions:
        sanctions.execute(restrict("gh_1"))
        before = tables(url)
        rows(url, "INSERT INTO sanctions_intervals VALUES ('never_seen', 'ghost', '*', 0, NULL)")
        rows(url, "INSERT INTO sanctions_deadlines VALUES ('never_seen', 0)")
        sanctions.rebuild()
        assert sanctions.may("never_seen", "publish")
    assert tables(url) == before


def test_writer_that_was_overtaken_decides_again_though_its_view_rows_exist_too(url: str) -> None:
    clock = MovingClock()
    with Sanctions.open(url, clock=clock) as one, Sanctions.open(url, clock=clock) as other:
        read, first = one.store.read, [True]

        def overtaken(*given: Any) -> Any:
            found = read(*given)
            if first.pop() if first else False:
                # The very same sanction: event and interval of this one are taken when it comes to write.
                other.execute(restrict(sanction="s-1", command_id="theirs"))
            return found

        one.store.__dict__["read"] = overtaken
        with pytest.raises(Refused) as refusal:
            one.execute(restrict(sanction="s-1", command_id="ours"))
        assert refusal.value.code == "id_in_use"
    assert_sound(url)
