"""Taking turns inside one process: those who meet on one account line up, instead of spoiling each other's next attempt."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from threading import Lock
from typing import Any

__all__ = ["Turns"]


class Turns:
    """A lock for each name that somebody holds or waits for; `make_lock` says what waiting means here."""

    def __init__(self, make_lock: Callable[[], AbstractContextManager[Any]]) -> None:
        self._make_lock = make_lock
        self._held: dict[str, tuple[AbstractContextManager[Any], int]] = {}
        self._table = Lock()

    @property
    def waiting(self) -> int:
        """How many names somebody holds or waits for."""
        return len(self._held)

    @contextmanager
    def of(self, name: str) -> Generator[None, None, None]:
        """Have the turn of this name during the block; whoever else asks for it waits."""
        lock = self._join(name)
        try:
            with lock:
                yield
        finally:
            self._leave(name)

    def _join(self, name: str) -> AbstractContextManager[Any]:
        with self._table:
            lock, count = self._held.get(name) or (self._make_lock(), 0)
            self._held[name] = lock, count + 1
            return lock

    def _leave(self, name: str) -> None:
        with self._table:
            lock, count = self._held.pop(name)
            if count > 1:
                self._held[name] = lock, count - 1
