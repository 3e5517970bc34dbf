"""Work that goes on beside a service: turned by hand, run in the foreground, or in a thread of its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from math import inf
from threading import Event, Lock, Thread, current_thread
from types import TracebackType
from typing import Final, Self

from ..domain.errors import SanctionsError
from .database import Flag
from .errors import StoreClosed, StoreError
from .logs import WARNING, tell
from .waking import Bell, Bells

__all__ = ["Background", "ErrorTold", "backoff", "tell_failure"]

ErrorTold = Callable[[Exception], None]
"""Is told of an error that did not end the work."""

_FIRST: Final = 0.1
_MOST: Final = 30.0


def backoff(failures: int) -> float:
    """How many seconds to wait after so many failures in a row: 0.1, twice as long each time, 30 at most."""
    return min(_MOST, _FIRST * 2.0 ** min(failures - 1, 30))


def tell_failure(work: str, error: Exception) -> None:
    """Say in the host's log that something in the background failed, and goes on."""
    code = error.code if isinstance(error, SanctionsError) else type(error).__name__
    tell(WARNING, "background_failed", work=work, code=code, retriable=getattr(error, "retriable", False))


class Background(ABC):
    """A loop that errors of the store do not end: it tells them, waits, longer each time, and goes on.

    `bells`: where it is woken when something is new in the log. `pause`: after how many seconds it looks when nothing wakes it.
    `on_error` is told of each error (without it they are logged); `wait` takes the place of waiting for so many seconds after
    an error. `make_event`: how those wait who use the same database, see `Database.make_event`.
    """

    def __init__(
        self,
        name: str,
        bells: Bells | None,
        *,
        pause: float,
        on_error: ErrorTold | None = None,
        wait: Callable[[float], object] | None = None,
        make_event: Callable[[], Flag] = Event,
    ) -> None:
        if not 0 < pause < inf:
            raise ValueError(f"it looks again after a number of seconds above 0, not {pause}")
        self._name = name
        self._bells = bells
        self._pause = pause
        self._on_error = on_error
        self._make_event = make_event
        self._stopping = make_event()
        self._wait = self._stopping.wait if wait is None else wait
        self._bell: Bell | None = None
        self._thread: Thread | None = None
        self._starting = Lock()

    @abstractmethod
    def _turn(self) -> float | None:
        """Do a piece of the work. After how many seconds to go on; None: when there is something new."""

    def _ended(self) -> None:  # noqa: B027 - most have nothing to do then
        """It was stopped; called in the thread that did the work."""

    def _survives(self, error: Exception) -> bool:
        """Whether work in the foreground goes on after this error."""
        return isinstance(error, StoreError) or (isinstance(error, SanctionsError) and error.retriable)

    @property
    def is_running(self) -> bool:
        """Whether its thread is at work."""
        thread = self._thread
        return thread is not None and thread.is_alive()

    def run(self) -> None:
        """Work in this thread until `stop` is called. Errors that may not pass by themselves come out."""
        self._loop(self._survives)

    def start(self) -> Self:
        """Work in a thread of its own until `stop`; starting twice is starting once."""
        with self._starting:
            if not self.is_running:
                self._thread = Thread(target=self.prepared(), name=self._name, daemon=True)
                self._thread.start()
        return self

    def prepared(self) -> Callable[[], None]:
        """The work as `start` does it, to be called by whoever has a place to run it: until `stop`, and no error ends it."""
        self._stopping.clear()
        return partial(self._loop, _always)

    def stop(self) -> None:
        """End after the piece of work that is being done; what it did stays."""
        self._stopping.set()
        bell = self._bell
        if bell is not None:
            bell.ring()
        with self._starting:
            if self._thread is not None and self._thread is not current_thread():
                self._thread.join()
                self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _loop(self, survives: Callable[[Exception], bool]) -> None:
        with nullcontext(Bell(self._make_event)) if self._bells is None else self._bells.listening() as bell:
            self._bell = bell
            try:
                self._turns(bell, survives)
            except StoreClosed:
                return
            finally:
                self._ended()

    def _turns(self, bell: Bell, survives: Callable[[Exception], bool]) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                rest = self._turn()
                failures = 0
            except StoreClosed:
                raise
            except Exception as error:
                if not survives(error):
                    raise
                failures += 1
                self._tell(error)
                rest = backoff(failures)
            if rest is None:
                bell.wait(self._pause)
            elif rest:
                self._wait(rest)

    def _tell(self, error: Exception) -> None:
        if self._on_error is None:
            tell_failure(self._name, error)
            return
        try:
            self._on_error(error)
        except Exception as failed:  # noqa: BLE001 - an alarm that fails must not end what it watches
            tell_failure(self._name, error)
            tell_failure(self._name, failed)


def _always(_error: Exception) -> bool:
    """A thread that ends unseen is worse than one that fails again and says so each time."""
    return True
