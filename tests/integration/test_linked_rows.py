"""What readers of rows alone know of linked sanctions: ends that are decided without a job, others with a known delay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from account_sanctions.application import Sanctions

from tests.integration.support import MODERATOR, T0, MovingClock, assert_sound, cli, command, rows

_BASIS = {"clause": "evasion"}
_DAY = timedelta(days=1)


@pytest.fixture
def sanctions(url: str, clock: MovingClock) -> Iterator[Sanctions]:
    with Sanctions.open(url, clock=clock) as opened:
        yield opened


def _ban(account: str, sanction: str, **fields: Any) -> dict[str, Any]:
    return command("ban", account, MODERATOR, **{"sanction": sanction, "basis": _BASIS, "for": "P30D", **fields})


def _linked(sanctions: Sanctions, **fields: Any) -> None:
    sanctions.execute(_ban("main", "b"))
    sanctions.execute(_ban("second", "d", **{"for": "P90D", "because_of_account": "main", **fields}))


def _change(account: str, sanction: str, **fields: Any) -> dict[str, Any]:
    return command("change_sanction", account, MODERATOR, sanction=sanction, reason="seen", **fields)


def test_answer_says_the_end_that_is_decided_for_the_cause(sanctions: Sanctions) -> None:
    _linked(sanctions)
    end = T0 + 30 * _DAY
    assert sanctions.may("second", "publish").until == end
    assert sanctions.may("second", "publish", T0 + 3 * _DAY).until == end
    assert [one.until for one in sanctions.state("second").restrictions] == [end]
    assert [one.until for one in sanctions.state("second", known_at=T0).restrictions] == [end]
    assert [one.until for one in sanctions.state("second").sanctions] == [T0 + 90 * _DAY]
    explained = sanctions.explain_account("second", "publish")
    assert (explained.until, [one.until for one in explained.restrictions]) == (end, [end])
    assert sanctions.index().may("second", "publish").until == end


def test_own_end_that_comes_before_that_of_the_cause_is_said(sanctions: Sanctions) -> None:
    _linked(sanctions, **{"for": "P3D"})
    assert sanctions.may("second", "publish").until == T0 + 3 * _DAY
    assert sanctions.index().may("second", "publish").until == T0 + 3 * _DAY


def test_index_knows_the_end_of_the_cause_without_any_job(sanctions: Sanctions, clock: MovingClock, url: str) -> None:
    index = sanctions.index()
    _linked(sanctions)
    sanctions.execute(_ban("third", "e", because_of_account="second", **{"for": "P300D"}))
    index.refresh()
    for opened in (index, sanctions.index()):
        for account in ("second", "third"):
            assert not opened.may(account, "publish", T0 + 30 * _DAY - timedelta(microseconds=1))
            assert opened.may(account, "publish", T0 + 30 * _DAY)
    clock.move(days=60)
    assert sanctions.sweep().accounts == 3
    assert_sound(url)


def test_index_learns_of_another_end_of_the_cause_with_the_follower(sanctions: Sanctions, clock: MovingClock) -> None:
    _linked(sanctions)
    sanctions.execute(_ban("third", "e", because_of_account="second", **{"for": "P300D"}))
    sanctions.sweep()
    index = sanctions.index()
    sanctions.execute(_change("main", "b", **{"for": "P60D"}))
    # The state knows at once, the rows and what is read from them do not.
    assert sanctions.may("third", "publish").until == T0 + 60 * _DAY
    index.refresh()
    assert index.may("third", "publish").until == T0 + 30 * _DAY
    clock.move(days=31)
    assert not sanctions.may("third", "publish")
    assert (sanctions.sweep().events, sanctions.links_behind()) == (0, 0)
    index.refresh()
    for opened in (index, sanctions.index()):
        assert opened.may("third", "publish").until == T0 + 60 * _DAY
        assert opened.may("second", "publish").until == T0 + 60 * _DAY


def test_index_made_while_the_follower_is_behind_learns_of_the_end_later(
    sanctions: Sanctions, clock: MovingClock
) -> None:
    _linked(sanctions)
    sanctions.execute(_change("main", "b", **{"for": "P60D"}))
    index = sanctions.index()
    assert index.may("second", "publish").until == T0 + 30 * _DAY
    sanctions.sweep()
    index.refresh()
    assert index.may("second", "publish").until == T0 + 60 * _DAY
    clock.move(days=1)
    sanctions.execute(command("lift", "main", MODERATOR, sanction="b", reason="seen"))
    sanctions.sweep()
    index.refresh()
    assert index.may("second", "publish")


def test_announced_consequence_that_the_cause_forestalls_is_not_in_the_index(
    sanctions: Sanctions, clock: MovingClock
) -> None:
    sanctions.execute(_ban("main", "b"))
    for account, within in (("before", "P20D"), ("after", "P40D")):
        order = {"within": within, "on_default": [{"ban": {"for": "P90D"}}], "basis": _BASIS}
        order |= {"because_of_account": "main", "sanction": "o"}
        sanctions.execute(command("order_rectification", account, MODERATOR, **order))
    index = sanctions.index()
    assert not index.may("before", "publish", T0 + 50 * _DAY)
    assert index.may("after", "publish", T0 + 50 * _DAY)
    deadline = (T0 + 35 * _DAY).isoformat()
    sanctions.execute(command("extend_rectification", "before", MODERATOR, sanction="o", deadline=deadline))
    index.refresh()
    assert index.may("before", "publish", T0 + 50 * _DAY)
    clock.move(days=50)
    assert sanctions.may("before", "publish")
    assert sanctions.may("after", "publish")


def test_consequence_that_has_begun_goes_on_after_the_cause(sanctions: Sanctions, clock: MovingClock) -> None:
    sanctions.execute(_ban("main", "b"))
    order = {"within": "P20D", "on_default": [{"ban": {"for": "P90D"}}], "because_of_account": "main", "sanction": "o"}
    sanctions.execute(command("order_rectification", "second", MODERATOR, basis=_BASIS, **order))
    clock.move(days=50)
    assert not sanctions.may("second", "publish")
    assert not sanctions.index().may("second", "publish")
    fourth = _ban("fourth", "f", because_of_account="second", because_of_sanction="o/1", **{"for": "P900D"})
    sanctions.execute(fourth)
    assert sanctions.may("fourth", "publish").until == T0 + 110 * _DAY


def test_delay_is_a_figure_in_seconds(sanctions: Sanctions, clock: MovingClock, url: str) -> None:
    assert sanctions.links_delay().seconds is None
    _linked(sanctions)
    clock.move(seconds=90)
    delay = sanctions.links_delay()
    assert (delay.behind, delay.seconds) == (2, 90.0)
    shown = cli(url, "links", "--json").document
    assert shown["behind"] == 2
    assert cli(url, "links").out.startswith("events not taken in: 2; the oldest was recorded ")
    sanctions.sweep()
    assert (sanctions.links_behind(), sanctions.links_delay().seconds) == (0, None)
    assert cli(url, "links").out == "everything that was recorded has been taken in\n"
    assert cli(url, "links", "--json").document == {"behind": 0, "seconds": None}


def test_rebuilt_rows_know_the_ends(sanctions: Sanctions, url: str) -> None:
    _linked(sanctions)
    sanctions.execute(_ban("third", "e", because_of_account="second", **{"for": "P300D"}))
    sql = "SELECT account, sanction, because_account, because_sanction, ends FROM sanctions_links ORDER BY account"
    written = rows(url, sql)
    assert [row[4] for row in written] == [int((T0 + 30 * _DAY).timestamp()) * 1_000_000] * 2
    rows(url, "DELETE FROM sanctions_links")
    sanctions.rebuild()
    assert rows(url, sql) == written


@pytest.mark.parametrize("end", [None, 1, 4102444800000000])
def test_rebuild_brings_ends_up_to_date_and_does_not_call_them_wrong(
    sanctions: Sanctions, url: str, end: int | None
) -> None:
    _linked(sanctions)
    sanctions.execute(_ban("third", "e", because_of_account="second", **{"for": "P300D"}))
    sql = "SELECT account, sanction, because_account, because_sanction, ends FROM sanctions_links ORDER BY account"
    written = rows(url, sql)
    rows(url, "UPDATE sanctions_links SET ends = ?", end)
    assert sanctions.rebuild().corrected == 0
    assert rows(url, sql) == written


def test_sweep_into_the_past_leaves_the_links_to_the_next_one(sanctions: Sanctions, clock: MovingClock) -> None:
    _linked(sanctions)
    clock.move(days=10)
    sanctions.execute(command("lift", "main", MODERATOR, sanction="b", reason="seen"))
    assert sanctions.sweep(T0 + _DAY).events == 0
    assert sanctions.sweep().events == 1
    assert sanctions.history("second").events[-1].at == T0 + 10 * _DAY
