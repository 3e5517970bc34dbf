"""A bound on silence: a server that is alive for the network and never answers is given up.

The system gives up a peer that is gone (`tcp_user_timeout`), and a server ends what takes too long (`statement_timeout`). A
server that is paused does neither: its machine goes on confirming what arrives. Only the driver's own waiting can end that.
"""

from __future__ import annotations

from collections.abc import Generator
from math import ceil
from time import monotonic
from typing import Any, Final

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.pq.abc import PGconn
from sqlalchemy import Engine, event

__all__ = ["bounded", "bounded_awaited", "give_up_silence", "settings", "unbounded"]

# How much longer than the server itself somebody waits for it: what it ends by itself leaves the connection alive.
_GRACE: Final = 1.0
# As long as nobody says otherwise, and at most.
_LOCKS: Final = 30.0
_CONNECTING: Final = 10
# Below that libpq waits so long anyway.
_LEAST_CONNECTING: Final = 2
_IDLE: Final = "-c idle_in_transaction_session_timeout=5min"


def settings(timeout: float | None) -> dict[str, Any]:
    """What libpq and the server are told, so that nobody waits longer than `timeout` seconds, or for a lock for ever."""
    if timeout is None:
        return {"connect_timeout": _CONNECTING, "options": f"-c lock_timeout={round(_LOCKS)}s {_IDLE}"}
    locks, all_of_it = round(min(_LOCKS, timeout) * 1000), round(timeout * 1000)
    return {
        "connect_timeout": min(_CONNECTING, max(_LEAST_CONNECTING, ceil(timeout))),
        "options": f"-c lock_timeout={locks} -c statement_timeout={all_of_it} {_IDLE}",
    }


class _Bounded(psycopg.Connection[Any]):
    silence: float | None

    def wait(self, gen: PQGen[RV], *args: Any, **named: Any) -> RV:
        return super().wait(_listening(gen, self.pgconn, self.silence), *args, **named)


class _AwaitedBounded(psycopg.AsyncConnection[Any]):
    silence: float | None

    async def wait(self, gen: PQGen[RV], *args: Any, **named: Any) -> RV:
        return await super().wait(_listening(gen, self.pgconn, self.silence), *args, **named)


def bounded(timeout: float) -> type[psycopg.Connection[Any]]:
    """The driver's connection, which breaks where the server says nothing for a second longer than `timeout`."""
    return type("BoundedConnection", (_Bounded,), {"silence": timeout + _GRACE})


def bounded_awaited(timeout: float) -> type[psycopg.AsyncConnection[Any]]:
    """The same for event loops."""
    return type("BoundedAsyncConnection", (_AwaitedBounded,), {"silence": timeout + _GRACE})


def give_up_silence(engine: Engine, timeout: float) -> None:
    """Have an engine make such connections from now on."""
    kind = bounded(timeout)

    def connect(dialect: object, record: object, args: Any, named: Any) -> Any:  # noqa: ARG001 - as SQLAlchemy calls it
        return kind.connect(*args, **named)

    event.listen(engine, "do_connect", connect)


def unbounded(connection: Any) -> None:
    """A connection that is for listening: its server has nothing to say for as long as nothing happens."""
    if isinstance(connection, _Bounded | _AwaitedBounded):
        connection.silence = None


def _listening(gen: PQGen[RV], server: PGconn, seconds: float | None) -> Generator[Any, Any, RV]:
    """The same work, given up where nothing comes for so long. The driver looks up every tenth of a second."""
    try:
        wanted = next(gen)
        heard = monotonic()
        while True:
            ready = yield wanted
            if ready:
                heard = monotonic()
            elif seconds is not None and monotonic() - heard > seconds:
                gen.close()
                # Whatever it says later belongs to a question that nobody asks any more.
                server.finish()
                raise psycopg.OperationalError(f"the server is connected and said nothing for {seconds:g} seconds")
            wanted = gen.send(ready)
    except StopIteration as end:
        value: RV = end.value
        return value
