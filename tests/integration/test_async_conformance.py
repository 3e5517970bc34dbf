"""The asynchronous door passes the tests of the synchronous one, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from account_sanctions.application import AsyncSanctions
from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tests.integration import test_joining, test_python_door, test_store
from tests.integration.awaited import AwaitedSanctions, async_url

_MODULES = (test_joining, test_python_door, test_store)
globals().update({name: test for module in _MODULES for name, test in vars(module).items() if name.startswith("test_")})


@pytest.fixture(autouse=True)
def event_loop_of_the_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[asyncio.Runner]:
    """The tests run inside a greenlet of this loop (see conftest), and `Sanctions` is the asynchronous door to them."""
    for module in _MODULES:
        monkeypatch.setattr(module, "Sanctions", AwaitedSanctions)
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def engine(url: str, event_loop_of_the_test: asyncio.Runner) -> Iterator[Engine]:
    """The host's own engine, as a host with an event loop makes it."""
    made = create_async_engine(async_url(url))

    async def with_tables() -> None:
        async with made.begin() as connection:
            await connection.run_sync(test_joining.Base.metadata.create_all)

    event_loop_of_the_test.run(with_tables())
    yield made.sync_engine
    event_loop_of_the_test.run(made.dispose())


@pytest.fixture
def sanctions(engine: Engine, event_loop_of_the_test: asyncio.Runner) -> Iterator[Any]:
    door = event_loop_of_the_test.run(AsyncSanctions.open(AsyncEngine(engine)))
    yield AwaitedSanctions(door)
    event_loop_of_the_test.run(door.close())
