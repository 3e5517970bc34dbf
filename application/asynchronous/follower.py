"""A follower for the tasks of one event loop. What it does is done by `Follower`; here is only the waiting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypedDict, Unpack

from ...projections.parked import Parked
from ..following import Follower, FollowerStatus
from ..following.parking import Retried
from ..following.settings import Settings, check
from .background import AsyncBackground
from .handlers import Clear, Handler, clearing, writing
from .running import run, waited_for

__all__ = ["AsyncFollower", "AsyncSettings", "settled"]


class AsyncSettings(TypedDict, total=False):
    """What may be said about any follower: the settings of `Follower`. What is told may be told by coroutines."""

    start: Literal["beginning", "now"]
    attempts: int
    poll: float
    on_parked: Callable[[Parked], object]
    on_error: Callable[[Exception], object]
    wait: Callable[[float], object]


def settled(**given: Unpack[AsyncSettings]) -> Settings:
    """The same for a synchronous follower."""
    check(1, given)
    settings: Settings = {}
    if "start" in given:
        settings["start"] = given["start"]
    if "attempts" in given:
        settings["attempts"] = given["attempts"]
    if "poll" in given:
        settings["poll"] = given["poll"]
    if "on_parked" in given:
        settings["on_parked"] = waited_for(given["on_parked"])
    if "on_error" in given:
        settings["on_error"] = waited_for(given["on_error"])
    if "wait" in given:
        settings["wait"] = waited_for(given["wait"])
    return settings


class AsyncFollower(AsyncBackground):
    """Hands recorded events to a handler: each of an account after the one before it, none left out.

    Every method means what the method of `Follower` means and raises what that raises. Cancelled anywhere, the rows of the
    handler and the position are there together or not at all, and the same events come again. Made by `AsyncSanctions.follow`.
    """

    def __init__(self, follower: Follower) -> None:
        super().__init__(follower)
        self._follower = follower

    @property
    def name(self) -> str:
        """Under which its positions are kept."""
        return self._follower.name

    async def step(self) -> int:
        """Take in at most one batch of each partition; returns how many events were dealt with, handed over or parked."""
        return await run(self._follower.step)

    async def catch_up(self) -> int:
        """Take in all that is in the log, and try again what fails; returns how many events were dealt with."""
        return await run(self._follower.catch_up)

    async def release(self) -> None:
        """Let other processes go on at once, where this one has a partition to itself for a time; `stop` does it too."""
        await run(self._follower.release)

    async def status(self) -> FollowerStatus:
        """How far it has come, over all processes, and how quick it is in this one."""
        return await run(self._follower.status)

    async def parked(self) -> list[Parked]:
        """Every event that is parked, in the order of the log; those with `attempts` 0 wait behind another of their account."""
        return await run(self._follower.parked)

    async def retry_parked(self, account: str | None = None) -> Retried:
        """Hand parked events over again, of one account or of all, the oldest of each first."""
        return await run(self._follower.retry_parked, account)

    async def drop_parked(self, account: str, version: int) -> Parked:
        """Give a parked event up, for good: that is for a person to decide. Raises NotParked."""
        return await run(self._follower.drop_parked, account, version)

    async def begin_again(self, clear: Clear) -> None:
        """Go back to the beginning of the log, in one transaction with `clear(connection)`, which empties what was built."""
        await run(self._follower.begin_again, clearing(clear))

    async def rebuild(
        self,
        handler: Handler,
        swap: Clear,
        *,
        prepare: Clear | None = None,
        progress: Callable[[FollowerStatus], object] | None = None,
        afresh: bool = False,
    ) -> None:
        """Build from the whole log beside what is there, and exchange both when the log has been caught up with.

        See `Follower.rebuild`: `handler(connection, batch)` fills tables of its own, `swap(connection)` puts them in the place of
        the live ones, `prepare(connection)` makes them where a run begins. A run that was stopped or cancelled goes on where it
        was. Raises TypeError where a follower acts elsewhere.
        """
        told = None if progress is None else waited_for(progress)
        made = None if prepare is None else clearing(prepare)
        await run(self._follower.rebuild, writing(handler), clearing(swap), prepare=made, progress=told, afresh=afresh)
