"""Cutting what comes in one after another into batches, whether it has to be waited for or not."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable
from itertools import islice
from typing import TypeVar

__all__ = ["batches"]

T = TypeVar("T")


async def batches(things: Iterable[T] | AsyncIterable[T], size: int) -> AsyncIterator[list[T]]:
    """Lists of `size` things, the last one perhaps shorter; nothing is taken before it is needed. Raises ValueError below 1."""
    if size < 1:
        raise ValueError("a chunk holds at least one command")
    if not isinstance(things, AsyncIterable):
        ready = iter(things)
        while batch := list(islice(ready, size)):
            yield batch
        return
    waiting: list[T] = []
    async for thing in things:
        waiting.append(thing)
        if len(waiting) == size:
            yield waiting
            waiting = []
    if waiting:
        yield waiting
