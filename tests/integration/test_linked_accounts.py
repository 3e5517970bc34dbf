"""Sanctions that exist because of another account's: they end with it, at the next read, without any job."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.domain.errors import SanctionsError

from tests.integration.support import (
    MODERATOR,
    T0,
    MovingClock,
    assert_sound,
    assert_view_is_the_fold,
    command,
    database,
)
from tests.integration.waiting import until

_BASIS = {"clause": "evasion"}


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def sanctions(tmp_path: Path, clock: MovingClock) -> Iterator[Sanctions]:
    with Sanctions.open(database(tmp_path), clock=clock) as opened:
        yield opened


def _ban(account: str, sanction: str, **fields: Any) -> dict[str, Any]:
    return command("ban", account, MODERATOR, **{"sanction": sanction, "basis": _BASIS, "for": "P30D", **fields})


def _linked(sanctions: Sanctions, **fields: Any) -> None:
    sanctions.execute(_ban("main", "b"))
    sanctions.execute(_ban("second", "d", **{"for": "P90D", "because_of_account": "main", **fields}))


def _refused(sanctions: Sanctions, given: dict[str, Any]) -> str:
    with pytest.raises(SanctionsError) as caught:
        sanctions.execute(given)
    return caught.value.code


@pytest.mark.parametrize("ending", ["lift", "overturn"])
def test_dependent_ends_with_its_cause_at_the_next_read(sanctions: Sanctions, clock: MovingClock, ending: str) -> None:
    _linked(sanctions)
    clock.move(days=3)
    assert not sanctions.may("second", "publish")
    sanctions.execute(command(ending, "main", MODERATOR, sanction="b", reason="seen"))
    assert sanctions.may("second", "publish")
    found = sanctions.state("second")
    assert (found.standing, found.sanctions[0].status, found.version) == ("clear", "lifted", 1)
    assert found.sanctions[0].ended_at == clock()


def test_dependent_ends_when_the_time_of_its_cause_runs_out(sanctions: Sanctions, clock: MovingClock) -> None:
    _linked(sanctions)
    clock.move(days=30, microseconds=-1)
    assert not sanctions.may("second", "publish")
    clock.move(microseconds=1)
    assert sanctions.may("second", "publish")


def test_past_and_knowledge_are_kept_apart(sanctions: Sanctions, clock: MovingClock) -> None:
    _linked(sanctions)
    clock.move(days=3)
    sanctions.execute(command("lift", "main", MODERATOR, sanction="b", reason="seen"))
    lifted = clock()
    clock.move(days=3)
    assert sanctions.state("second", valid_at=T0).standing == "banned"
    assert sanctions.state("second", valid_at=lifted).standing == "clear"
    assert sanctions.state("second", known_at=T0).standing == "banned"
    assert not sanctions.may("second", "publish", T0)
    assert sanctions.may("second", "publish", lifted)


@pytest.mark.parametrize("swept", [False, True])
def test_event_on_the_dependent_changes_no_answer(sanctions: Sanctions, clock: MovingClock, swept: bool) -> None:
    _linked(sanctions)
    clock.move(days=3)
    sanctions.execute(command("lift", "main", MODERATOR, sanction="b", reason="seen"))
    lifted = clock()
    clock.move(days=1)
    if swept:
        assert sanctions.sweep().events == 1
        assert sanctions.sweep().events == 0
        last = sanctions.history("second").events[-1]
        assert (last.type, last.at, last.fields["because"]) == ("SanctionLifted", lifted, "linked_ended")
    found = sanctions.state("second")
    assert (found.standing, found.sanctions[0].ended_at) == ("clear", lifted)
    assert sanctions.may("second", "publish")


def test_command_on_the_dependent_finds_it_ended(sanctions: Sanctions, clock: MovingClock) -> None:
    _linked(sanctions)
    clock.move(days=31)
    assert _refused(sanctions, command("lift", "second", MODERATOR, sanction="d", reason="seen")) == "already_ended"
    outcome = sanctions.execute(command("note", "second", MODERATOR, text="seen"))
    assert [event.type for event in outcome.due] == ["SanctionLifted"]  # type: ignore[union-attr]


def test_batch_sees_what_an_earlier_line_ended(sanctions: Sanctions) -> None:
    _linked(sanctions)
    outcomes = sanctions.execute_many(
        [
            command("lift", "main", MODERATOR, sanction="b", reason="seen"),
            command("change_sanction", "second", MODERATOR, **{"sanction": "d", "for": "P1D", "reason": "seen"}),
        ]
    )
    assert outcomes[0].status == "accepted"
    assert outcomes[1].error
    assert outcomes[1].error.code == "already_ended"


def test_chain_of_accounts_ends_from_its_beginning(sanctions: Sanctions, clock: MovingClock) -> None:
    _linked(sanctions)
    sanctions.execute(_ban("third", "e", because_of_account="second", because_of_sanction="d", **{"for": "P300D"}))
    clock.move(days=30)
    assert sanctions.state("third").standing == "clear"
    sanctions.sweep()
    assert sanctions.history("third").events[-1].type == "SanctionLifted"


def test_order_that_ended_with_its_cause_does_not_default(sanctions: Sanctions, clock: MovingClock) -> None:
    sanctions.execute(_ban("main", "b"))
    order = {"within": "P40D", "on_default": [{"ban": {"for": "P9D"}}], "because_of_account": "main", "basis": _BASIS}
    sanctions.execute(command("order_rectification", "second", MODERATOR, sanction="o", **order))
    clock.move(days=45)
    assert sanctions.state("second").standing == "clear"
    assert sanctions.may("second", "publish")


def test_gravest_sanction_in_force_is_the_cause_where_none_is_named(sanctions: Sanctions) -> None:
    sanctions.execute(command("warn", "main", MODERATOR, sanction="w", basis=_BASIS, permanent=True))
    sanctions.execute(_ban("main", "short", **{"for": "P1D"}))
    sanctions.execute(_ban("main", "long", **{"for": "P9D"}))
    sanctions.execute(_ban("second", "d", because_of_account="main"))
    link = sanctions.state("second").sanctions[0].because_of
    assert link is not None
    assert (link.account, link.sanction) == ("main", "long")


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ({"because_of_account": "nobody"}, "unknown_account"),
        ({"because_of_account": "main", "because_of_sanction": "x"}, "unknown_sanction"),
        ({"because_of_account": "main", "because_of_sanction": "gone"}, "already_ended"),
        ({"because_of_account": "main"}, "not_in_force"),
        ({"because_of_account": "second"}, "malformed"),
        ({"because_of_sanction": "gone"}, "malformed"),
    ],
)
def test_cause_that_cannot_be_one_is_refused(sanctions: Sanctions, named: dict[str, str], code: str) -> None:
    sanctions.execute(_ban("main", "gone"))
    sanctions.execute(command("lift", "main", MODERATOR, sanction="gone", reason="seen"))
    assert _refused(sanctions, _ban("second", "d", **named)) == code
    assert sanctions.state("second").version == 0


def test_command_sent_twice_is_a_duplicate_although_its_cause_has_ended(sanctions: Sanctions) -> None:
    sanctions.execute(_ban("main", "b"))
    given = _ban("second", "d", because_of_account="main", command_id="c-1")
    sanctions.execute(given)
    sanctions.execute(command("lift", "main", MODERATOR, sanction="b", reason="seen"))
    assert sanctions.execute(given).status == "duplicate"


def test_follower_goes_through_a_long_log_in_pieces(sanctions: Sanctions, tmp_path: Path) -> None:
    sanctions.execute(_ban("main", "b"))
    dependents = [f"d-{number}" for number in range(30)]
    sanctions.execute_many(_ban(name, "d", because_of_account="main", **{"for": "P90D"}) for name in dependents)
    sanctions.execute_many(command("note", f"n-{number % 7}", MODERATOR, text="seen") for number in range(1200))
    sanctions.execute(command("lift", "main", MODERATOR, sanction="b", reason="seen"))
    assert sanctions.sweep().accounts == 30
    assert {sanctions.state(name).standing for name in dependents} == {"clear"}
    assert {sanctions.state(name).version for name in dependents} == {2}
    assert_sound(database(tmp_path))
    assert_view_is_the_fold(database(tmp_path))


def test_sweep_that_stops_earlier_leaves_the_ends_of_linked_ones_to_the_next(
    sanctions: Sanctions, clock: MovingClock
) -> None:
    _linked(sanctions)
    clock.move(days=3)
    sanctions.execute(command("lift", "main", MODERATOR, sanction="b", reason="seen"))
    index = sanctions.index()
    assert sanctions.sweep(T0 + timedelta(days=1)).events == 0
    assert sanctions.sweep().events == 1
    index.refresh()
    assert index.may("second", "publish")


def test_ends_of_linked_ones_are_recorded_in_the_background_without_a_sweep(
    sanctions: Sanctions, clock: MovingClock
) -> None:
    _linked(sanctions)
    clock.move(days=3)
    with sanctions.index(follow=True, poll=0.01) as index, sanctions.follow_links(poll=0.01):
        sanctions.execute(command("lift", "main", MODERATOR, sanction="b", reason="seen"))
        until(lambda: index.may("second", "publish"))
    assert sanctions.state("second").version == 2
