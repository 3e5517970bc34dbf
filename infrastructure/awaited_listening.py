"""Listening for NOTIFY in a task of an event loop, where others have a thread for it.

Imported only where there is an event loop: it needs the package greenlet.
"""

from __future__ import annotations

from asyncio import create_task, wait
from typing import TYPE_CHECKING, Any

from sqlalchemy.util.concurrency import await_, greenlet_spawn

from .awaiting import rest
from .logs import INFO, tell
from .waking import AGAIN_SECONDS, CHANNEL

if TYPE_CHECKING:
    from .waking import Bells

__all__ = ["AwaitedListener"]


class AwaitedListener:
    """A task that rings the bells at each NOTIFY; it connects again when its connection breaks."""

    def __init__(self, bells: Bells) -> None:
        self._bells = bells
        self._task = create_task(greenlet_spawn(self._run))

    def stop(self) -> None:
        """End it, and wait until its connection is closed."""
        self._task.cancel()
        await_(wait((self._task,)))

    def _run(self) -> None:
        while True:
            try:
                self._listen()
            except Exception as error:  # noqa: BLE001 - whatever goes wrong here, followers still look after their pause
                tell(INFO, "not_listening", error=type(error).__name__)
            rest(AGAIN_SECONDS)

    def _listen(self) -> None:
        connection = self._bells.connect()
        try:
            await_(self._hear(connection))
        finally:
            await_(connection.close())

    async def _hear(self, connection: Any) -> None:
        await connection.set_autocommit(True)
        await connection.execute(f"LISTEN {CHANNEL}")
        # What came before this moment was not heard.
        self._bells.ring()
        async for _ in connection.notifies():
            self._bells.ring()
