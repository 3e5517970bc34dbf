"""A tree that grows: only the complete subtrees at its right edge are kept, so that any number of leaves fits into memory."""

from __future__ import annotations

from collections.abc import Callable

from .merkle import EMPTY, Complete, node_hash

__all__ = ["Frontier"]


class Frontier:
    """The right edge of a tree; `on_node(level, number, hash)` is told of each subtree of 256, 65,536, ... leaves."""

    __slots__ = ("_on_node", "_peaks", "size")

    def __init__(self, on_node: Callable[[int, int, bytes], None] | None = None) -> None:
        self.size = 0
        self._peaks: list[bytes] = []
        self._on_node = on_node

    @classmethod
    def at(cls, size: int, complete: Complete, on_node: Callable[[int, int, bytes], None] | None = None) -> Frontier:
        """The edge of a tree of `size` leaves whose complete subtrees can be looked up."""
        edge = cls(on_node)
        first = 0
        for level in range(size.bit_length() - 1, -1, -1):
            if size >> level & 1:
                edge._peaks.append(complete(level, first >> level))
                first += 1 << level
        edge.size = size
        return edge

    def add(self, leaf: bytes) -> None:
        """One more leaf, by its hash."""
        number, level, found, peaks = self.size, 0, leaf, self._peaks
        while number & 1:
            found = node_hash(peaks.pop(), found)
            number >>= 1
            level += 1
            if not level & 7 and self._on_node is not None:
                self._on_node(level, number, found)
        peaks.append(found)
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self._peaks:
            return EMPTY
        found = self._peaks[-1]
        for peak in self._peaks[-2::-1]:
            found = node_hash(peak, found)
        return found
