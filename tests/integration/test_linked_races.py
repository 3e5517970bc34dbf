"""Linked sanctions that come into being while, or after, their cause ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.domain.errors import SanctionsError
from sqlalchemy import create_engine

from tests.integration.support import MODERATOR, T0, MovingClock, assert_sound, command
from tests.postgres import fresh_store

_BASIS = {"clause": "evasion"}
_SECOND = {"kind": "moderator", "id": "m-8"}


@pytest.fixture
def sanctions(url: str, clock: MovingClock) -> Iterator[Sanctions]:
    with Sanctions.open(url, clock=clock) as opened:
        yield opened


def _ban(account: str, sanction: str, **fields: Any) -> dict[str, Any]:
    return command("ban", account, MODERATOR, **{"sanction": sanction, "basis": _BASIS, "for": "P30D", **fields})


def _lift(account: str, sanction: str) -> dict[str, Any]:
    return command("lift", account, MODERATOR, sanction=sanction, reason="seen")


def _proposed(sanctions: Sanctions) -> None:
    sanctions.execute(_ban("main", "b"))
    inner = {"command": "ban", "sanction": "d", "basis": _BASIS, "for": "P90D", "because_of_account": "main"}
    sanctions.execute(command("propose", "second", MODERATOR, proposal="p", sanction=inner))


def _approve(sanctions: Sanctions, by: dict[str, str] = _SECOND) -> str:
    try:
        return sanctions.execute(command("approve", "second", by, proposal="p")).status
    except SanctionsError as error:
        return error.code


@pytest.mark.parametrize("how", ["lift", "overturn"])
def test_proposal_whose_cause_has_ended_cannot_be_approved(sanctions: Sanctions, how: str) -> None:
    _proposed(sanctions)
    sanctions.execute(command(how, "main", MODERATOR, sanction="b", reason="seen"))
    assert _approve(sanctions, MODERATOR) == "same_person"
    assert _approve(sanctions) == "already_ended"
    assert sanctions.state("second").version == 1
    sanctions.execute(command("dismiss", "second", _SECOND, proposal="p"))
    assert sanctions.index().may("second", "publish")


def test_index_learns_of_the_end_of_a_dependent_that_committed_after_its_cause_was_followed(clock: MovingClock) -> None:
    url = fresh_store()
    engine = create_engine(url)
    with Sanctions.open(url, clock=clock) as sanctions, Sanctions.open(engine, clock=clock) as embedded:
        sanctions.execute(_ban("main", "b"))
        sanctions.sweep()
        index = sanctions.index()
        with engine.begin() as host, embedded.joining(host) as joined:
            joined.execute(_ban("second", "d", because_of_account="main", **{"for": "P90D"}))
            sanctions.execute(
                command("change_sanction", "main", MODERATOR, sanction="b", reason="seen", **{"for": "P60D"})
            )
            sanctions.sweep()
        index.refresh()
        assert index.may("second", "publish").until == T0 + timedelta(days=30)
        assert sanctions.sweep().events == 0
        index.refresh()
        assert index.may("second", "publish").until == T0 + timedelta(days=60)
    engine.dispose()


@pytest.mark.parametrize("late", [False, True])
def test_proposal_is_approved_until_its_cause_runs_out(sanctions: Sanctions, clock: MovingClock, late: bool) -> None:
    _proposed(sanctions)
    sanctions.execute(command("change_sanction", "main", MODERATOR, sanction="b", reason="seen", **{"for": "P3D"}))
    if late:
        clock.move(days=3)
        assert _approve(sanctions) == "already_ended"
        return
    clock.move(days=3, microseconds=-1)
    early = sanctions.execute_many([command("approve", "second", _SECOND, proposal="p", command_id="c")])
    assert early[0].status == "accepted"
    assert sanctions.may("second", "publish").until == T0.replace(day=4)
    clock.move(microseconds=1)
    assert sanctions.may("second", "publish")
    assert sanctions.index().may("second", "publish")


def test_batch_refuses_the_approval_after_the_line_that_ended_the_cause(sanctions: Sanctions) -> None:
    _proposed(sanctions)
    outcomes = sanctions.execute_many([_lift("main", "b"), command("approve", "second", _SECOND, proposal="p")])
    assert outcomes[1].error
    assert outcomes[1].error.code == "already_ended"


def test_dependent_that_commits_after_its_cause_was_followed_is_ended(clock: MovingClock) -> None:
    url = fresh_store()
    engine = create_engine(url)
    with Sanctions.open(url, clock=clock) as sanctions, Sanctions.open(engine, clock=clock) as embedded:
        sanctions.execute(_ban("main", "b"))
        with engine.begin() as host, embedded.joining(host) as joined:
            joined.execute(_ban("second", "d", because_of_account="main", **{"for": "P90D"}))
            # Nobody outside sees the dependent yet: the follower goes past the end of its cause.
            sanctions.execute(_lift("main", "b"))
            sanctions.sweep()
            assert sanctions.links_behind() == 0
        assert sanctions.may("second", "publish")
        assert not sanctions.index().may("second", "publish")
        assert sanctions.links_behind() == 1
        assert sanctions.sweep().events == 1
        assert sanctions.index().may("second", "publish")
    engine.dispose()
    assert_sound(url)
