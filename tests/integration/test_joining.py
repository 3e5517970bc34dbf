"""Inside the host's own transaction: commit and roll back together, conflicts that leave it alive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.domain.errors import SanctionsError
from account_sanctions.infrastructure.errors import StoreClosed, ViewOutOfStep
from sqlalchemy import Engine, create_engine, func, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tests.integration.support import assert_sound, command, restrict, rows


class Base(DeclarativeBase):
    """The host's own tables."""


class Ordered(Base):
    __tablename__ = "orders"

    name: Mapped[str] = mapped_column(primary_key=True)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    """The host's own engine, as a host makes it."""
    made = create_engine(url)
    Base.metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def sanctions(engine: Engine) -> Iterator[Sanctions]:
    with Sanctions.open(engine) as opened:
        yield opened


def _orders(url: str) -> list[str]:
    return [name for (name,) in rows(url, "SELECT name FROM orders ORDER BY name")]


def _order(name: str) -> Any:
    return insert(Ordered).values(name=name)


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


def test_joining_twice_in_one_transaction_sees_the_first_and_goes_with_it(
    url: str, engine: Engine, sanctions: Sanctions
) -> None:
    with engine.connect() as connection:
        with sanctions.joining(connection) as first, sanctions.joining(connection) as second:
            first.execute(restrict(sanction="s-1"))
            assert second.execute(restrict(sanction="s-2")).version == 2
        with sanctions.joining(connection) as third:
            assert third.state("gh_1").version == 2
        connection.rollback()
    assert sanctions.state("gh_1").version == 0
    with engine.begin() as connection:
        for name in ("s-1", "s-2"):
            with sanctions.joining(connection) as joined:
                joined.execute(restrict(sanction=name))
    assert sanctions.state("gh_1").version == 2
    assert_sound(url)


def test_savepoint_of_the_host_takes_back_what_was_done_since_and_nothing_else(
    url: str, engine: Engine, sanctions: Sanctions
) -> None:
    with engine.begin() as connection, sanctions.joining(connection) as joined:
        connection.execute(_order("one"))
        with connection.begin_nested() as inner:
            connection.execute(_order("two"))
            assert joined.execute(restrict(sanction="undone")).version == 1
            inner.rollback()
        assert joined.may("gh_1", "mass_send")
        assert joined.execute(restrict(sanction="kept")).version == 1
    assert _orders(url) == ["one"]
    assert [sanction.id for sanction in sanctions.state("gh_1").sanctions] == ["kept"]
    # What was learned before the savepoint was rolled back is not believed after it: the policy was written again.
    assert rows(url, "SELECT count(*) FROM sanctions_policies") == [(1,)]
    assert_sound(url)


def test_batch_whose_first_chunk_the_host_takes_back_leaves_no_gap(
    url: str, engine: Engine, sanctions: Sanctions
) -> None:
    with engine.begin() as connection, sanctions.joining(connection) as joined:
        outcomes = joined.execute_stream([restrict(sanction="undone"), restrict(sanction="kept")], chunk=1)
        with connection.begin_nested() as inner:
            assert next(outcomes).version == 1
            inner.rollback()
        assert next(outcomes).version == 1
    assert_sound(url)


def test_pending_rows_of_a_session_go_with_the_command(url: str, engine: Engine, sanctions: Sanctions) -> None:
    for keep in (False, True):
        with Session(engine) as session:
            session.add(Ordered(name="before"))
            with sanctions.joining(session) as joined:
                session.add(Ordered(name="between"))
                joined.execute(restrict())
                # Autoflush: the host's question writes the host's row, and ours is there beside it.
                assert session.scalar(select(func.count()).select_from(Ordered)) == 2
                assert not joined.may("gh_1", "mass_send")
            if keep:
                session.commit()
            else:
                session.rollback()
    assert _orders(url) == ["before", "between"]
    assert sanctions.state("gh_1").version == 1
    assert_sound(url)


def test_session_that_commits_and_goes_on_is_joined_in_its_next_transaction(
    url: str, engine: Engine, sanctions: Sanctions
) -> None:
    with Session(engine) as session, sanctions.joining(session) as joined:
        joined.execute(restrict(sanction="s-1"))
        session.commit()
        assert joined.execute(restrict(sanction="s-2")).version == 2
        session.rollback()
        assert joined.state("gh_1").version == 1
    assert sanctions.state("gh_1").version == 1
    assert_sound(url)


def test_connection_that_commits_and_goes_on_is_joined_in_its_next_transaction(
    url: str, engine: Engine, sanctions: Sanctions
) -> None:
    with engine.connect() as connection, sanctions.joining(connection) as joined:
        joined.execute(restrict(sanction="s-1"))
        connection.commit()
        joined.execute(restrict(sanction="s-2"))
        connection.rollback()
        joined.execute(restrict(sanction="s-3"))
        connection.commit()
    assert [sanction.id for sanction in sanctions.state("gh_1").sanctions] == ["s-1", "s-3"]
    assert_sound(url)


def test_door_of_a_transaction_is_closed_after_its_block_and_the_other_is_not(
    engine: Engine, sanctions: Sanctions
) -> None:
    with engine.begin() as connection:
        with sanctions.joining(connection) as joined, joined:
            joined.execute(restrict())
        with pytest.raises(StoreClosed):
            joined.execute(restrict())
        with pytest.raises(StoreClosed):
            joined.may("gh_1", "mass_send")
    assert sanctions.execute(restrict()).version == 2


def test_failure_of_the_store_inside_leaves_the_transaction_alive(
    url: str, engine: Engine, sanctions: Sanctions
) -> None:
    rows(url, "INSERT INTO sanctions_intervals VALUES ('gh_2', 's-2', 'publish', 1767225600000000, NULL)")
    given = restrict("gh_2", sanction="s-2", permanent=True, at="2026-01-01T00:00:00Z", functions=["publish"])
    with engine.begin() as connection, sanctions.joining(connection) as joined:
        connection.execute(_order("one"))
        with pytest.raises(ViewOutOfStep):
            joined.execute(given)
        connection.execute(_order("two"))
        joined.execute(restrict("gh_1"))
    assert _orders(url) == ["one", "two"]
    assert [sanctions.state(name).version for name in ("gh_1", "gh_2")] == [1, 0]
