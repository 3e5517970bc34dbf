"""What hosts add: watching the door with OpenTelemetry and logs, and asking it from an event loop."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Callable
from itertools import count
from typing import Any

from account_sanctions.application import AsyncSanctions, Sanctions
from account_sanctions.application.observing import observed
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider

from tests.postgres import fresh_database

from .measuring import Rounds, cpu, ratio, report, wall

_BY = {"kind": "moderator", "id": "m"}
_TASKS = 50


def observing() -> None:
    """The door as it is, observed by nobody, observed with the SDK, and with a log that takes everything."""
    with Sanctions.open("sqlite://") as plain:
        unseen = observed(plain)
        seen = observed(plain, tracer_provider=TracerProvider(), meter_provider=MeterProvider([InMemoryMetricReader()]))
        doors = {"plain": plain, "without the SDK": unseen, "with the SDK": seen}
        asked = {name: (_ask(door), 300) for name, door in doors.items()}
        _compare("may() from the database", cpu(asked))
        executed = {name: (_execute(door), 60) for name, door in doors.items()}
        _compare("one command, SQLite in memory", cpu({**executed, "with a log": (_logged(_execute(plain)), 60)}))


def _compare(what: str, found: dict[str, Rounds]) -> None:
    plain = found.pop("plain")
    report(f"{what}, not observed", _micros(plain), "")
    for name, rounds in found.items():
        report(f"{what}, {name}", f"{_micros(rounds)}, {ratio(rounds, plain):.2f} x", "")


def _ask(door: Sanctions) -> Callable[[], object]:
    return lambda: door.may("a7", "publish")


def _execute(door: Sanctions) -> Callable[[], object]:
    return lambda: door.execute(_warning())


def _logged(work: Callable[[], object]) -> Callable[[], object]:
    """With a handler that writes nothing: what making the records costs."""
    logger, handler = logging.getLogger("account_sanctions"), logging.StreamHandler(_Nowhere())

    def logged() -> None:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
        work()
        logger.setLevel(logging.NOTSET)
        logger.removeHandler(handler)

    return logged


class _Nowhere:
    def write(self, _: str) -> None: ...
    def flush(self) -> None: ...


_NUMBERS = count()


def _warning() -> dict[str, Any]:
    return {"command": "warn", "account": f"w{next(_NUMBERS)}", "by": _BY, "basis": {"clause": "c"}, "for": "P1D"}


def awaiting() -> None:
    """The asynchronous door against the synchronous one, call by call, and with fifty tasks at once."""
    with tempfile.TemporaryDirectory() as folder:
        for name, url in (("PostgreSQL", fresh_database()), ("SQLite file", f"sqlite:///{folder}/store.db")):
            with asyncio.Runner() as runner, Sanctions.open(url) as door:
                other = runner.run(AsyncSanctions.open(url))
                _door_by_door(name, door, other, runner.run)
                runner.run(other.close())


def _door_by_door(name: str, door: Sanctions, other: AsyncSanctions, run: Callable[[Any], object]) -> None:
    async def many(work: Callable[[], Any]) -> None:
        for _ in range(_TASKS):
            await work()

    async def at_once() -> None:
        await asyncio.gather(*(other.execute(_warning()) for _ in range(_TASKS)))

    def synchronous(work: Callable[[], object]) -> Callable[[], object]:
        return lambda: [work() for _ in range(_TASKS)]

    asked = wall(
        {
            "sync": (synchronous(lambda: door.may("a7", "publish")), 1),
            "async": (lambda: run(many(lambda: other.may("a7", "publish"))), 1),
        }
    )
    done = wall(
        {
            "sync": (synchronous(lambda: door.execute(_warning())), 1),
            "async": (lambda: run(many(lambda: other.execute(_warning()))), 1),
            "tasks": (lambda: run(at_once()), 1),
        }
    )
    for what, found in (("may()", asked), ("one command", done)):
        each = Rounds()
        each.seconds = [seconds / _TASKS for seconds in found["async"].seconds]
        value = f"{_micros(each)}, {ratio(found['async'], found['sync']):.2f} x"
        report(f"{what} through the asynchronous door, {name}", value, "")
    report(
        f"commands of {_TASKS} tasks at once, {name}",
        f"{_TASKS / done['tasks'].median:,.0f} /s, {ratio(done['async'], done['tasks']):.2f} x one by one",
        "",
    )


def _micros(found: Rounds) -> str:
    return f"{found.least * 1e6:.0f} us ({found.median * 1e6:.0f})"
