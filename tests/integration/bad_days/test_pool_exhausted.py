"""Every connection of the pool is in use: whoever wants one is told in time, and nobody wants a second one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from time import monotonic

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.errors import StoreBusy
from sqlalchemy import Engine, create_engine

from tests.integration.support import T0, MovingClock, assert_sound, command, database, restrict, rows
from tests.postgres import fresh_store

_PATIENCE = 0.05


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return database(tmp_path) if request.param == "sqlite" else fresh_store()


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """A host's engine that has one connection."""
    made = create_engine(url, pool_size=1, max_overflow=0, pool_timeout=_PATIENCE)
    yield made
    made.dispose()


def test_call_without_a_free_connection_ends_with_the_pools_timeout_and_is_retriable(engine: Engine) -> None:
    with Sanctions.open(engine) as sanctions:
        sanctions.execute(restrict("gh_1", sanction="s-1"))
        with engine.connect():
            for call in (
                lambda: sanctions.may("gh_1", "mass_send"),
                lambda: sanctions.execute(restrict("gh_2", sanction="s-2")),
                lambda: sanctions.state("gh_1"),
                sanctions.sweep,
            ):
                begun = monotonic()
                with pytest.raises(StoreBusy) as caught:
                    call()
                assert _PATIENCE <= monotonic() - begun < 10, "not at once, and not never"
                assert caught.value.retriable
        assert not sanctions.may("gh_1", "mass_send")
        assert sanctions.execute(restrict("gh_2", sanction="s-2")).status == "accepted"


def test_hosts_only_connection_is_enough_to_write_the_first_command_of_a_store(url: str, engine: Engine) -> None:
    """On a server the text of the policy is kept on a connection of its own, if there is one."""
    with Sanctions.open(engine) as sanctions:
        with engine.begin() as connection, sanctions.joining(connection) as joined:
            joined.execute(restrict("gh_1", sanction="s-1"))
        assert sanctions.may("gh_1", "mass_send").because == ("s-1",)
    assert rows(url, "SELECT count(*) FROM sanctions_policies") == [(1,)]
    assert_sound(url)


def test_one_connection_is_enough_for_everything(url: str, engine: Engine) -> None:
    clock = MovingClock()
    with Sanctions.open(engine, clock=clock) as sanctions:
        sanctions.execute(restrict("gh_1", sanction="s-1", for_="P1D"))
        sanctions.execute(
            command(
                "order_rectification",
                "gh_2",
                basis={"clause": "4"},
                within="P1D",
                on_default=[{"warn": {"for": "P1D"}}],
            )
        )
        sanctions.execute_many([restrict("gh_2"), restrict("gh_3"), command("note", "gh_1", text="seen")])
        clock.move(days=2)
        assert sanctions.may("gh_1", "mass_send")
        assert sanctions.may("gh_1", "mass_send", T0 + timedelta(hours=1)).because == ("s-1",)
        assert sanctions.sweep().events > 0
        assert sanctions.links_behind() == 0
        assert sanctions.state("gh_1", valid_at=T0, known_at=T0).version == 2
        assert len(sanctions.history("gh_1").events) == 3
        sanctions.explain("gh_1", "s-1")
        sanctions.explain_account("gh_1")
        sanctions.statistics()
        assert list(sanctions.accounts()) == ["gh_1", "gh_2", "gh_3"]
        assert sanctions.rebuild().accounts == 3
        assert len(sanctions.index()) > 0
        with engine.begin() as connection, sanctions.joining(connection) as joined:
            joined.execute(restrict("gh_1"))
            assert not joined.may("gh_1", "mass_send")
    assert_sound(url)
