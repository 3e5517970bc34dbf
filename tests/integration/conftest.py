"""Fixtures of the integration tests: a database in a file, one with something of everything, a clock to move."""

from __future__ import annotations

from asyncio import Runner
from collections.abc import Iterator
from functools import partial
from inspect import signature
from pathlib import Path

import pytest
from sqlalchemy.util.concurrency import greenlet_spawn

from tests.integration.support import HOLDER, SYSTEM, MovingClock, as_lines, cli, command, database, restrict
from tests.postgres import dropped_afterwards, fresh_database, fresh_store

_FAR = "2099-01-01T00:00:00Z"


# What people type and see is the same on any database; these modules are about what the database does.
_ON_BOTH = frozenset(
    {
        "test_apply_reports",
        "test_async_cancelled",
        "test_async_conformance",
        "test_async_door",
        "test_async_follower_cancelled",
        "test_async_follower_conformance",
        "test_async_followers",
        "test_async_evidence",
        "test_command_follow",
        "test_erasing",
        "test_exporting",
        "test_follower_input",
        "test_follower_parking",
        "test_follower_processes",
        "test_follower_rebuild",
        "test_followers",
        "test_followers_elsewhere",
        "test_guards",
        "test_host_alembic",
        "test_index_following",
        "test_joining",
        "test_joining_hosts",
        "test_linked_accounts",
        "test_linked_entangled",
        "test_linked_races",
        "test_linked_rows",
        "test_may_many",
        "test_migrations",
        "test_observing",
        "test_partitions",
        "test_processes",
        "test_proofs",
        "test_python_door",
        "test_rotating_keys",
        "test_sealing_in_background",
        "test_rebuild_online",
        "test_sealing",
        "test_sharding",
        "test_snapshots",
        "test_store",
        "test_store_record",
        "test_two_times",
    }
)


# These look at how a store comes to be, or want one of several partitions: they begin with nothing at all.
_FROM_NOTHING = frozenset(
    {
        "test_async_follower_conformance",
        "test_exporting",
        "test_follower_processes",
        "test_follower_rebuild",
        "test_followers",
        "test_followers_elsewhere",
        "test_guards",
        "test_host_alembic",
        "test_migrations",
        "test_observing",
        "test_partitions",
        "test_processes",
        "test_two_times",
    }
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give the tests that are about the store a database of each kind, the others a SQLite file."""
    own = any("url" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
    if "url" in metafunc.fixturenames and not own and not hasattr(metafunc.module, "url"):
        both = metafunc.module.__name__.rpartition(".")[2] in _ON_BOTH
        metafunc.parametrize("url", ["sqlite", "postgres"] if both else ["sqlite"], indirect=True)


def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Tests of a module with an event loop run inside SQLAlchemy's greenlet, where what looks synchronous is awaited."""
    runner = pyfuncitem.funcargs.get("event_loop_of_the_test")
    if not isinstance(runner, Runner):
        return None
    given = {name: pyfuncitem.funcargs[name] for name in signature(pyfuncitem.obj).parameters}
    runner.run(greenlet_spawn(partial(pyfuncitem.obj, **given)))
    return True


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database in which nothing is recorded; the tables of a server are there already, where the test is not about them."""
    if request.param == "sqlite":
        yield database(tmp_path)
        return
    from_nothing = request.module.__name__.rpartition(".")[2] in _FROM_NOTHING
    with dropped_afterwards(fresh_database() if from_nothing else fresh_store()) as made:
        yield made


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    """An empty SQLite file, for what only a file does."""
    return database(tmp_path)


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def full(url: str) -> str:
    """A database with one account that has something of everything."""
    basis = {"clause": "4.2", "violations": ["v-1"], "facts": "seen"}
    order = {"command": "order_rectification", "basis": basis, "within": "P7D", "on_default": []}
    done = cli(
        url,
        "apply",
        "--trusted-times",
        "-",
        given=as_lines(
            [
                command("record_violation", by=SYSTEM, violation="v-1", clause="4.2", at="2026-01-01T00:00:00Z"),
                restrict(sanction="s-3", basis=basis, at="2026-01-02T00:00:00Z", until=_FAR),
                restrict(sanction="s-4", at="2026-01-03T00:00:00Z", for_="P1D", functions=["publish"]),
                command(
                    "order_rectification",
                    sanction="s-2",
                    basis=basis,
                    deadline=_FAR,
                    on_default=[{"restrict": ["publish"], "for": "P1M"}],
                    at="2026-01-04T00:00:00Z",
                ),
                command("appeal", by=HOLDER, appeal="a-1", sanction="s-3", statement="no", at="2026-01-05T00:00:00Z"),
                command("propose", proposal="p-1", sanction={**order, "sanction": "s-9"}, at="2026-01-06T00:00:00Z"),
            ]
        ),
    )
    assert done.status == 0, done
    return url
