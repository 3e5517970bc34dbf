"""Work that goes on beside a service, in a task of its own."""

from __future__ import annotations

from asyncio import CancelledError, Task, create_task, current_task, wait
from types import TracebackType
from typing import Self

from sqlalchemy.util.concurrency import greenlet_spawn

from ...infrastructure.background import Background
from .running import run, settle

__all__ = ["AsyncBackground"]


class AsyncBackground:
    """Runs in the foreground (`run`), or in a task of its own (`start` and `stop`, or `async with`)."""

    def __init__(self, work: Background) -> None:
        self._work = work
        self._task: Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """Whether its task is at work."""
        return self._task is not None and not self._task.done()

    async def run(self) -> None:
        """Work until `stop` is called or the caller is cancelled. Errors that may not pass by themselves come out."""
        await run(self._work.run)

    def start(self) -> Self:
        """Work in a task of its own until `stop`; starting twice is starting once. No error ends it: it is told."""
        if not self.is_running:
            self._task = create_task(greenlet_spawn(self._work.prepared()))
        return self

    async def stop(self) -> None:
        """End after the piece of work that is being done; what it did stays.

        Cancelled meanwhile, or where the task of `start` is, it does not wait for the end of that piece: this is rolled back.
        """
        self._work.stop()
        task = self._task
        if task is None or task is current_task():
            return
        try:
            await wait((task,))
        except CancelledError:
            await settle(task)
            raise

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Who is cancelled is in a hurry.
        if self._task is not None and isinstance(error, CancelledError):
            await settle(self._task)
        else:
            await self.stop()
