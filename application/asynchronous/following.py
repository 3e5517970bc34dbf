"""The part of `AsyncSanctions` that follows the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...projections.parked import Parked
from ..following import FollowerStatus, LogStatus
from ..sanctions import Sanctions
from .background import AsyncBackground
from .follower import AsyncFollower, AsyncSettings, settled
from .handlers import Elsewhere, Handler, acting_elsewhere, writing
from .running import run, waited_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Unpack

__all__ = ["AsyncFollowing"]


class AsyncFollowing:
    """What `AsyncSanctions` offers to those who follow the log."""

    door: Sanctions

    def follow(
        self, name: str, handler: Handler, batch: int = 1000, *, hold: float = 60.0, **settings: Unpack[AsyncSettings]
    ) -> AsyncFollower:
        """A follower whose handler writes to this database: each event once, whatever dies or is cancelled when.

        `await handler(connection, batch)` writes through SQLAlchemy's AsyncConnection and does not commit: its rows and the
        position are one transaction. What `Sanctions.follow` says holds.
        """
        return AsyncFollower(self.door.follow(name, writing(handler), batch, hold=hold, **settled(**settings)))

    def follow_elsewhere(
        self, name: str, handler: Elsewhere, batch: int = 1000, *, hold: float = 60.0, **settings: Unpack[AsyncSettings]
    ) -> AsyncFollower:
        """A follower whose handler acts elsewhere (another database, a queue, a service): each event at least once.

        `await handler(batch)` runs outside any transaction. What `Sanctions.follow_elsewhere` says holds.
        """
        handed = acting_elsewhere(handler)
        return AsyncFollower(self.door.follow_elsewhere(name, handed, batch, hold=hold, **settled(**settings)))

    def follow_links(self, **settings: Unpack[AsyncSettings]) -> AsyncFollower:
        """The follower that ends what exists because of another account's sanction that has ended; `sweep` runs it."""
        return AsyncFollower(self.door.follow_links(**settled(**settings)))

    def sequencing(
        self, *, pause: float = 0.05, on_error: Callable[[Exception], object] | None = None
    ) -> AsyncBackground:
        """Gives what is committed its place in the log, in a task: `async with sanctions.sequencing(): ...`.

        On SQLite there is nothing to do. What `Sanctions.sequencing` says holds.
        """
        told = None if on_error is None else waited_for(on_error)
        return AsyncBackground(self.door.sequencing(pause=pause, on_error=told))

    async def log_status(self) -> tuple[LogStatus, ...]:
        """How far the log goes, and what waits for its place in it, by partition."""
        return await run(self.door.log_status)

    async def followers(self) -> list[FollowerStatus]:
        """How far every follower has come that ever began, in whichever process."""
        return await run(self.door.followers)

    async def parked(self, follower: str) -> list[Parked]:
        """What a follower has parked, in the order of the log. Raises UnknownFollower."""
        return await run(self.door.parked, follower)

    async def drop_parked(self, follower: str, account: str, version: int) -> Parked:
        """Give up an event that a follower has parked, for good: that is for a person to decide. Raises NotParked."""
        return await run(self.door.drop_parked, follower, account, version)
