"""Waking what follows the log: by the sequencer's NOTIFY where there is one; who hears nothing looks again after a pause.

One connection of a process (of an event loop) listens for all that follow in it. Nothing is lost when it breaks: a bell is only
ever early.
"""

from __future__ import annotations

import selectors
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from socket import socketpair
from threading import Event, Lock, Thread
from typing import Any, Final, Protocol

from .database import Database, Flag
from .logs import INFO, tell

__all__ = ["AGAIN_SECONDS", "CHANNEL", "Bell", "Bells"]

CHANNEL: Final = "sanctions_log"
"""What the sequencer says something on, once for each piece that it gave places to."""
AGAIN_SECONDS: Final = 1.0
"""After how long a listener whose connection broke connects again."""


class Bell:
    """Rings once for whatever came while nobody waited."""

    def __init__(self, make_event: Callable[[], Flag] = Event) -> None:
        self._rung = make_event()

    def ring(self) -> None:
        """Wake who waits, or will."""
        self._rung.set()

    def wait(self, seconds: float) -> bool:
        """Wait until it rings, that long at most; whether it rang."""
        rung = self._rung.wait(seconds)
        self._rung.clear()
        return rung


class Listener(Protocol):
    """Rings the bells at each NOTIFY until it is stopped."""

    def stop(self) -> None: ...


class Bells:
    """The bells of one process at one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._bells: set[Bell] = set()
        self._listener: Listener | None = None
        self._changing = Lock()

    @contextmanager
    def listening(self) -> Generator[Bell, None, None]:
        """A bell that rings when something new is in the log, as long as the context lasts."""
        bell = Bell(self._database.make_event)
        with self._changing:
            self._bells.add(bell)
            if self._listener is None and self._database.sequenced:
                self._listener = self._listen()
        try:
            yield bell
        finally:
            with self._changing:
                self._bells.discard(bell)
                ended = self._listener if not self._bells else None
                if ended is not None:
                    self._listener = None
            if ended is not None:
                ended.stop()

    def ring(self) -> None:
        """Ring all of them."""
        with self._changing:
            for bell in self._bells:
                bell.ring()

    def _listen(self) -> Listener:
        if not self._database.awaited:
            return _Listener(self)
        from .awaited_listening import AwaitedListener

        return AwaitedListener(self)

    def connect(self) -> Any:
        """A connection of the driver's for listening alone: taken out of the pool."""
        from .patience import unbounded

        pooled = self._database.engine.raw_connection()
        driver = pooled.driver_connection
        pooled.detach()
        unbounded(driver)
        return driver


class _Listener:
    """A thread that rings the bells at each NOTIFY; it connects again when its connection breaks."""

    def __init__(self, bells: Bells) -> None:
        self._bells = bells
        self._stopping = Event()
        self._waking, self._woken = socketpair()
        self._thread = Thread(target=self._run, name="sanctions-listener", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._waking.send(b"\0")
        self._thread.join()
        self._waking.close()
        self._woken.close()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except Exception as error:  # noqa: BLE001 - whatever goes wrong here, followers still look after their pause
                tell(INFO, "not_listening", error=type(error).__name__)
                self._stopping.wait(AGAIN_SECONDS)

    def _listen(self) -> None:
        with closing(self._bells.connect()) as connection, selectors.DefaultSelector() as either:
            connection.autocommit = True
            connection.execute(f"LISTEN {CHANNEL}")
            # What came before this moment was not heard.
            self._bells.ring()
            either.register(connection.fileno(), selectors.EVENT_READ)
            either.register(self._woken, selectors.EVENT_READ)
            while not self._stopping.is_set():
                either.select()
                connection.pgconn.consume_input()
                if _notified(connection.pgconn):
                    self._bells.ring()


def _notified(server: Any) -> bool:
    notified = False
    while server.notifies() is not None:
        notified = True
    return notified
