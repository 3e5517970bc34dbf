"""The asynchronous door among many tasks: what only an event loop can get wrong."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import pytest
from account_sanctions.application import AsyncSanctions, Sanctions
from account_sanctions.infrastructure.errors import (
    CannotJoin,
    NestedTransaction,
    StoreClosed,
    StoreUnreachable,
)
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    async_scoped_session,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.util.concurrency import await_, greenlet_spawn

from tests.integration.awaited import async_url
from tests.integration.support import MovingClock, assert_sound, command, database, restrict, rows
from tests.unmeasured import unmeasured

TASKS = 50
IN_MEMORY = "sqlite://"


@pytest.mark.parametrize("accounts", [1, TASKS])
def test_tasks_on_one_account_and_on_many_are_all_recorded_once(url: str, accounts: int) -> None:
    asyncio.run(_from_tasks(url, accounts))
    assert_sound(url)


@pytest.mark.parametrize("accounts", [1, TASKS])
def test_tasks_share_a_database_in_memory(accounts: int) -> None:
    asyncio.run(_from_tasks(IN_MEMORY, accounts))


async def _from_tasks(url: str, accounts: int) -> None:
    async with await AsyncSanctions.open(url) as sanctions:
        attempts = _counted(sanctions.door)

        async def work(number: int) -> int:
            name = f"gh_{number % accounts}"
            outcome = await sanctions.execute(restrict(name, sanction=f"s-{number}", command_id=f"c-{number}"))
            assert not await sanctions.may(name, "mass_send")
            assert isinstance(outcome.version, int)
            assert (await sanctions.state(name)).version >= outcome.version
            return outcome.version

        versions = await asyncio.gather(*(work(number) for number in range(TASKS)))
        each = TASKS // accounts
        assert sorted(versions) == sorted([*range(1, each + 1)] * accounts)
        assert [account async for account in sanctions.accounts()] == sorted(f"gh_{n}" for n in range(accounts))
        # Who meets others on an account takes turns with them: some two attempts each, not fifty.
        assert len(attempts) <= 4 * TASKS


def _counted(door: Sanctions) -> list[str]:
    """The accounts that are loaded to decide, one entry for each attempt."""
    loaded: list[str] = []
    load = door.store.read

    def counted(cursor: Any, account: str, *known: Any) -> Any:
        loaded.append(account)
        return load(cursor, account, *known)

    door.store.__dict__["read"] = counted
    loaded.clear()
    return loaded


def test_task_does_not_see_the_transaction_of_another_in_the_same_thread() -> None:
    """In memory all share one connection; only a task inside a transaction reads what that has not committed."""

    async def both() -> None:
        async with await AsyncSanctions.open(IN_MEMORY) as sanctions:
            db, order = sanctions.door.store.database, list[str]()
            inside, asked = asyncio.Event(), asyncio.Event()

            def write() -> None:
                with db.writing() as cursor:
                    cursor.execute("INSERT INTO sanctions_meta VALUES ('test', 'unsaid')")
                    inside.set()
                    await_(asked.wait())
                    with db.reading() as own:
                        own.execute("SELECT count(*) FROM sanctions_meta WHERE key = 'test'")
                        assert own.fetchone()[0] == 1
                    order.append("written")

            def read() -> None:
                with db.reading() as cursor:
                    order.append("read")
                    cursor.execute("SELECT count(*) FROM sanctions_meta WHERE key = 'test'")
                    assert cursor.fetchone()[0] == 1

            async def ask() -> None:
                await inside.wait()
                reading = asyncio.create_task(greenlet_spawn(read))
                await asyncio.sleep(0)
                asked.set()
                await reading

            await asyncio.gather(greenlet_spawn(write), ask())
            assert order == ["written", "read"]

    asyncio.run(both())


def test_task_that_is_made_inside_a_transaction_is_not_inside_it(tmp_path: Path) -> None:
    """It inherits the context of its maker, but not the transaction of its maker once that has ended."""

    async def made_inside() -> None:
        async with await AsyncSanctions.open(database(tmp_path)) as sanctions:
            db, go_on = sanctions.door.store.database, asyncio.Event()

            async def later() -> None:
                await go_on.wait()
                await sanctions.execute(restrict("gh_1"))

            def write() -> asyncio.Task[None]:
                with db.writing():
                    task = asyncio.get_running_loop().create_task(later())
                    with pytest.raises(NestedTransaction), db.writing():
                        pass
                return task

            task = await greenlet_spawn(write)
            go_on.set()
            await task
            assert (await sanctions.state("gh_1")).version == 1

    asyncio.run(made_inside())


def test_batch_takes_commands_that_have_to_be_waited_for_and_gives_its_chunks_as_they_are_committed(url: str) -> None:
    taken: list[int] = []

    async def given() -> AsyncIterator[dict[str, Any]]:
        for number in range(5):
            await asyncio.sleep(0)
            taken.append(number)
            yield restrict(f"gh_{number}")

    async def in_chunks() -> None:
        async with await AsyncSanctions.open(async_url(url)) as sanctions, await AsyncSanctions.open(url) as other:
            outcomes = sanctions.execute_stream(given(), chunk=2)
            for expected in (2, 2, 4, 4, 5):
                assert (await anext(outcomes)).status == "accepted"
                assert len(taken) == expected
                assert len([name async for name in other.accounts()]) == expected
            assert await anext(outcomes, None) is None
            with pytest.raises(ValueError, match="at least one"):
                await anext(sanctions.execute_stream([], chunk=0))

    asyncio.run(in_chunks())
    assert_sound(url)


def test_index_is_kept_current_by_a_task_that_outlives_errors(url: str, clock: MovingClock) -> None:
    told: list[Exception] = []

    async def followed() -> None:
        async with await AsyncSanctions.open(url, clock=clock) as sanctions:
            index = await sanctions.index(poll=0.01, on_error=told.append, max_staleness=60, when_stale="deny")
            async with index.following(), asyncio.timeout(20):
                await sanctions.execute(restrict("gh_1"))
                while index.may("gh_1", "mass_send"):
                    await asyncio.sleep(0.01)
                # Apart from the loop: the task may be between two statements of a transaction, which the renaming waits for.
                await asyncio.to_thread(rows, url, "ALTER TABLE sanctions_log RENAME TO mislaid")
                while not told:
                    await asyncio.sleep(0.01)
                await asyncio.to_thread(rows, url, "ALTER TABLE mislaid RENAME TO sanctions_log")
                await sanctions.execute(restrict("gh_2"))
                while index.may("gh_2", "mass_send"):
                    await asyncio.sleep(0.01)
            assert index.staleness < 60
            await sanctions.execute(restrict("gh_3"))
            asked = [("gh_2", "mass_send"), ("gh_3", "mass_send")]
            assert [bool(found) for found in index.may_many(asked)] == [False, True], "nobody follows any more"
            assert [bool(found) for found in await sanctions.may_many(asked)] == [False, False]

    asyncio.run(followed())
    assert "sanctions_log" in str(told[0])


def test_links_are_followed_and_the_log_is_told_of(url: str, clock: MovingClock) -> None:
    async def linked() -> None:
        async with await AsyncSanctions.open(url, clock=clock) as sanctions:
            await sanctions.execute(restrict("gh_1", sanction="s"))
            await sanctions.execute(restrict("gh_2", because_of_account="gh_1", for_="P9D"))
            clock.move(hours=1)
            await sanctions.execute(command("lift", "gh_1", sanction="s", reason="seen"))
            delay = await sanctions.links_delay()
            assert (delay.behind, delay.seconds) == (3, 3600.0)
            # The clock does not stand still for what is to be ended now.
            assert (await sanctions.sweep()).events == 1
            (followed,) = await sanctions.followers()
            assert (followed.follower, followed.parked) == ("links", 0)
            (partition,) = await sanctions.log_status()
            assert partition.position + partition.unsequenced == 4

    asyncio.run(linked())
    assert_sound(url)


def test_question_about_everything_is_answered_as_by_the_other_door(url: str, clock: MovingClock) -> None:
    async def asked() -> list[Any]:
        async with await AsyncSanctions.open(url, clock=clock) as sanctions:
            await sanctions.execute_many([restrict("gh_1", sanction="s-1"), command("note", "gh_2", text="seen")])
            index = await sanctions.index()
            assert (len(index), index.may("gh_1", "mass_send").allowed) == (1, False)
            await sanctions.execute(restrict("gh_3"))
            assert sorted(await asyncio.gather(index.refresh(), index.refresh())) == [0, 1]
            assert not index.may("gh_3", "mass_send")
            assert index.position == 3
            assert not index.may_at("gh_1", "mass_send", clock())
            # No links are there, and all of the log was taken in.
            await sanctions.sweep()
            assert await sanctions.links_behind() == 0
            assert (await sanctions.rebuild()).accounts == 3
            return [
                (await sanctions.history("gh_1")).document(),
                await sanctions.explain("gh_1", "s-1"),
                await sanctions.explain_account("gh_1", "mass_send"),
                await sanctions.statistics(),
            ]

    found = asyncio.run(asked())
    with Sanctions.open(url, clock=clock) as sanctions:
        assert found == [
            sanctions.history("gh_1").document(),
            sanctions.explain("gh_1", "s-1"),
            sanctions.explain_account("gh_1", "mass_send"),
            sanctions.statistics(),
        ]


def test_host_session_and_command_commit_together(url: str) -> None:
    async def joined() -> None:
        engine = create_async_engine(async_url(url))
        sessions = async_sessionmaker(engine)
        async with engine.begin() as connection:
            await connection.execute(text("CREATE TABLE orders (name VARCHAR(20))"))
        async with await AsyncSanctions.open(engine) as sanctions:
            for keep in (False, True):
                async with sessions() as session, sanctions.joining(session) as inside:
                    await session.execute(text("INSERT INTO orders VALUES ('one')"))
                    assert (await inside.execute(restrict("gh_1"))).version == 1
                    assert not await inside.may("gh_1", "mass_send")
                    await (session.commit() if keep else session.rollback())
                async with sessions() as session:
                    assert await session.scalar(text("SELECT count(*) FROM orders")) == keep
                assert (await sanctions.state("gh_1")).version == keep
                with pytest.raises(StoreClosed):
                    await inside.may("gh_1", "mass_send")
            await _joins_scoped(sanctions, engine)
        await engine.dispose()

    asyncio.run(joined())
    assert_sound(url)


async def _joins_scoped(sanctions: AsyncSanctions, engine: AsyncEngine) -> None:
    scoped = async_scoped_session(async_sessionmaker(engine), scopefunc=asyncio.current_task)
    async with sanctions.joining(scoped) as inside:
        assert (await inside.execute(restrict("gh_1"))).version == 2
    await scoped.commit()
    await scoped.remove()


def test_what_cannot_be_joined_is_refused(tmp_path: Path) -> None:
    async def refused() -> None:
        url = database(tmp_path)
        blocking, elsewhere = create_engine(url), create_async_engine(async_url(database(tmp_path, "other.db")))
        async with await AsyncSanctions.open(url) as sanctions:
            host: Any
            with blocking.connect() as host, pytest.raises(CannotJoin, match="hand in an AsyncSession"):
                await sanctions.joining(host).__aenter__()
            with pytest.raises(CannotJoin, match="has not been started"):
                await sanctions.joining(elsewhere.connect()).__aenter__()
            async with elsewhere.connect() as connection:
                with pytest.raises(CannotJoin, match="without this store"):
                    await sanctions.joining(connection).__aenter__()
        blocking.dispose()
        await elsewhere.dispose()

    asyncio.run(refused())


@pytest.mark.parametrize(
    "target",
    ["sqlite+pysqlite://", "postgresql+psycopg2://u:s@h/d", "postgresql+asyncpg://u:s@h/d", "mysql://h/d", "x"],
)
def test_url_that_cannot_be_used_says_so(target: str) -> None:
    with pytest.raises(StoreUnreachable) as refused:
        asyncio.run(AsyncSanctions.open(target))
    assert "u:s@" not in str(refused.value)


@pytest.mark.parametrize(
    ("target", "module", "extra"), [("sqlite://", "aiosqlite", "async"), ("postgresql://h/d", "psycopg", "postgres")]
)
def test_driver_that_is_not_installed_is_named_with_what_brings_it(
    monkeypatch: pytest.MonkeyPatch, target: str, module: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(StoreUnreachable, match=rf"account-sanctions\[{extra}\]"):
        asyncio.run(AsyncSanctions.open(target))


def test_engine_of_the_other_kind_is_refused_by_either_door() -> None:
    blocking, awaited = create_engine(IN_MEMORY), create_async_engine("sqlite+aiosqlite://")
    other: Any = blocking
    with pytest.raises(StoreUnreachable):
        asyncio.run(AsyncSanctions.open(other))
    with pytest.raises(StoreUnreachable, match="AsyncSanctions"):
        Sanctions.open(awaited.sync_engine)


def test_closed_store_says_so_and_may_be_closed_again(url: str) -> None:
    async def closed() -> None:
        sanctions = await AsyncSanctions.open(url)
        await sanctions.close()
        await sanctions.close()
        with pytest.raises(StoreClosed):
            await sanctions.may("gh_1", "publish")
        with pytest.raises(StoreClosed):
            await sanctions.execute(restrict())

    asyncio.run(closed())


def test_values_of_the_callers_context_are_seen_by_what_is_called() -> None:
    asked_by: ContextVar[str] = ContextVar("asked_by")

    async def called() -> None:
        seen: list[str] = []
        async with await AsyncSanctions.open(IN_MEMORY) as sanctions:
            await sanctions.execute(restrict("gh_1"))
            asked_by.set("m-7")
            await sanctions.rebuild(lambda _: seen.append(asked_by.get()))
        assert seen == ["m-7"]

    asyncio.run(called())


def test_package_is_imported_without_what_only_an_event_loop_needs() -> None:
    program = (
        "import sys, account_sanctions.application as found\n"
        "needed = 'greenlet', 'aiosqlite', 'sqlalchemy.ext.asyncio'\n"
        "print([name for name in needed if name in sys.modules])\n"
        "found.AsyncSanctions\n"
        "print('sqlalchemy.ext.asyncio' in sys.modules, hasattr(found, 'nothing'))\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=unmeasured())
    assert done.stdout.splitlines() == ["[]", "True False"]
