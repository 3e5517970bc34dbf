"""Inside the host's own transaction: commit and roll back together, conflicts that leave it alive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.domain.errors import SanctionsError
from account_sanctions.infrastructure.errors import HostMustRestart
from sqlalchemy import Column, Engine, MetaData, Table, Text, create_engine, func, insert, select
from sqlalchemy.orm import Session

from tests.integration.support import assert_sound, command, restrict, rows

_HOST = MetaData()
_ORDERS = Table("orders", _HOST, Column("name", Text, primary_key=True))


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """The host's own engine, as a host makes it."""
    made = create_engine(url.replace("postgresql+psycopg", "postgresql+psycopg"))
    _HOST.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def sanctions(engine: Engine) -> Iterator[Sanctions]:
    with Sanctions.open(engine) as opened:
        yield opened


def _orders(url: str) -> list[str]:
    return [name for (name,) in rows(url, "SELECT name FROM orders ORDER BY name")]


def _order(name: str) -> Any:
    return insert(_ORDERS).values(name=name)


def test_both_are_there_after_the_commit(url: str, engine: Engine, sanctions: Sanctions) -> None:
    with engine.begin() as connection, sanctions.joining(connection) as joined:
        connection.execute(_order("one"))
        assert joined.execute(restrict(sanction="s-1")).status == "accepted"
        assert not joined.may("gh_1", "mass_send")
        assert joined.state("gh_1").standing == "restricted"
        assert [entry.type for entry in joined.history("gh_1").events] == ["FunctionsRestricted"]
    assert _orders(url) == ["one"]
    assert not sanctions.may("gh_1", "mass_send")
    assert_sound(url)


def test_neither_is_there_after_a_rollback(url: str, engine: Engine, sanctions: Sanctions) -> None:
    with Session(engine) as session:
        session.execute(_order("one"))
        with sanctions.joining(session) as joined:
            joined.execute(restrict())
        session.rollback()
    assert _orders(url) == []
    assert sanctions.state("gh_1").version == 0
    sanctions.execute(restrict())
    assert_sound(url)


def test_nothing_is_seen_outside_before_the_commit(engine: Engine, sanctions: Sanctions) -> None:
    with Session(engine) as session:
        with sanctions.joining(session) as joined:
            joined.execute(restrict())
        assert sanctions.may("gh_1", "mass_send")
        session.commit()
    assert not sanctions.may("gh_1", "mass_send")


def test_refusal_leaves_the_transaction_alive(url: str, engine: Engine, sanctions: Sanctions) -> None:
    with engine.begin() as connection, sanctions.joining(connection) as joined:
        connection.execute(_order("one"))
        with pytest.raises(SanctionsError):
            joined.execute(command("lift", sanction="nothing", reason="no"))
        outcomes = joined.execute_many([restrict(functions=["nonesuch"]), restrict(sanction="s-2")])
        assert [outcome.status for outcome in outcomes] == ["refused", "accepted"]
        connection.execute(_order("two"))
    assert _orders(url) == ["one", "two"]
    assert sanctions.state("gh_1").version == 1


def test_joining_first_thing_does_not_commit_by_itself(url: str, engine: Engine, sanctions: Sanctions) -> None:
    with engine.connect() as connection:
        with sanctions.joining(connection) as joined:
            joined.execute(restrict())
        connection.rollback()
    assert sanctions.state("gh_1").version == 0
    assert rows(url, "SELECT count(*) FROM sanctions_events") == [(0,)]


def test_conflict_inside_is_decided_again_on_read_committed(url: str, engine: Engine, sanctions: Sanctions) -> None:
    if not url.startswith("postgresql"):
        pytest.skip("SQLite has one writer at a time: nobody else can write meanwhile")
    with engine.begin() as connection, sanctions.joining(connection) as joined:
        connection.execute(_order("one"))
        _read_then_written_outside(joined, sanctions)
        connection.execute(_order("two"))
    assert _orders(url) == ["one", "two"]
    assert sanctions.state("gh_1").version == 2
    assert_sound(url)


def test_conflict_under_a_kept_snapshot_asks_for_a_new_transaction(
    url: str, engine: Engine, sanctions: Sanctions
) -> None:
    if not url.startswith("postgresql"):
        pytest.skip("SQLite has one writer at a time: nobody else can write meanwhile")
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        with sanctions.joining(connection) as joined:
            joined.state("gh_1")
            with pytest.raises(HostMustRestart) as caught:
                _read_then_written_outside(joined, sanctions)
        assert caught.value.retriable
        connection.execute(select(func.count()).select_from(_ORDERS))  # still alive
        connection.rollback()
    assert sanctions.state("gh_1").version == 1


def _read_then_written_outside(joined: Sanctions, sanctions: Sanctions) -> None:
    """Let somebody else write the account between the reading and the writing of a command."""
    read, first = joined.store.read, [True]

    def interrupted(*given: Any) -> Any:
        found = read(*given)
        if first:
            first.clear()
            sanctions.execute(restrict(sanction="theirs"))
        return found

    joined.store.__dict__["read"] = interrupted
    joined.execute(restrict(sanction="ours"))
