"""Complete subtrees by their level and number, from rows of hashes of every eighth level.

Only the leaves and the nodes of the levels 8, 16, ... are looked up, 256 at a time; what lies between is worked out. So a
proof reads about a thousand rows however large the log is, and what is kept beside the log is a 256th of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from .merkle import node_hash

__all__ = ["WIDTH", "Tiles"]

WIDTH: Final = 256
_LEVELS: Final = 8
_KEPT: Final = 64

Fetch = Callable[[int, int, int], Sequence[bytes]]
"""`fetch(level, first, end)`: the hashes of the nodes `first` up to `end` of a level divisible by 8; fewer at the edge."""


class Tiles:
    """Looks up complete subtrees; an instance serves one reading of the log and keeps what it has read."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._tiles: dict[tuple[int, int], list[list[bytes]]] = {}

    def complete(self, level: int, number: int) -> bytes:
        """The hash of a complete subtree. Raises LookupError where it is not complete."""
        group, above = divmod(level, _LEVELS)
        tile, within = divmod(number, WIDTH >> above)
        rows = self._tile(group, tile)
        if above >= len(rows) or within >= len(rows[above]):
            raise LookupError(f"the subtree {number} of level {level} is not complete")
        return rows[above][within]

    def _tile(self, group: int, tile: int) -> list[list[bytes]]:
        found = self._tiles.get((group, tile))
        if found is None:
            first = tile * WIDTH
            found = [list(self._fetch(group * _LEVELS, first, first + WIDTH))]
            while len(found[-1]) > 1:
                below = found[-1]
                found.append([node_hash(below[n], below[n + 1]) for n in range(0, len(below) - 1, 2)])
            if len(self._tiles) >= _KEPT:
                self._tiles.clear()
            self._tiles[group, tile] = found
        return found
