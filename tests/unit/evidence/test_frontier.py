"""A growing tree has the root of the whole at every size, and its complete subtrees can be looked up again."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from account_sanctions.infrastructure.evidence.frontier import Frontier
from account_sanctions.infrastructure.evidence.merkle import (
    consistency_path,
    holds_consistency,
    holds_inclusion,
    inclusion_path,
    leaf_hash,
    root,
    root_of,
)
from account_sanctions.infrastructure.evidence.tiles import Tiles

_LEAVES = [leaf_hash(str(number).encode()) for number in range(256 * 256 + 700)]


class Kept:
    """The rows that are kept beside a log: leaves, and the nodes of every eighth level."""

    def __init__(self) -> None:
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.size = 0
        self.asked = 0

    def keep(self, level: int, number: int, found: bytes) -> None:
        assert (level, number) not in self.nodes
        self.nodes[level, number] = found

    def fetch(self, level: int, first: int, end: int) -> Sequence[bytes]:
        self.asked += 1
        if level == 0:
            return _LEAVES[first : min(end, self.size)]
        return [self.nodes[level, n] for n in range(first, end) if (level, n) in self.nodes]


def _grown(*sizes: int) -> tuple[Kept, Frontier]:
    """A tree that grew to these sizes, its edge looked up anew before each step."""
    kept, edge = Kept(), Frontier()
    for size in sizes:
        edge = Frontier.at(kept.size, Tiles(kept.fetch).complete, kept.keep)
        for leaf in _LEAVES[kept.size : size]:
            edge.add(leaf)
        kept.size = size
    return kept, edge


def test_edge_has_the_root_of_the_whole_at_every_size() -> None:
    edge = Frontier()
    assert edge.root() == root_of([])
    for size in range(1, 300):
        edge.add(_LEAVES[size - 1])
        assert (edge.size, edge.root()) == (size, root_of(_LEAVES[:size]))


@pytest.mark.parametrize(
    "steps",
    [(1,), (255, 256, 257), (3, 3, 700), (256, 512, 513), (65_535, 65_536, 65_537), (66_000,), (1, 65_900)],
    ids=str,
)
def test_tree_that_grew_in_steps_is_the_tree(steps: tuple[int, ...]) -> None:
    kept, edge = _grown(*steps)
    assert edge.root() == root_of(_LEAVES[: steps[-1]]) == root(Tiles(kept.fetch).complete, steps[-1])


def test_proofs_read_few_rows_and_hold() -> None:
    size, old = 256 * 256 + 613, 300
    kept, edge = _grown(old, size)
    for index in (0, 255, 256, 40_000, 65_535, 65_536, size - 1):
        tiles = Tiles(kept.fetch)
        kept.asked = 0
        path = inclusion_path(tiles.complete, index, size)
        assert holds_inclusion(_LEAVES[index], index, size, path, edge.root())
        assert kept.asked <= 6
    path = consistency_path(Tiles(kept.fetch).complete, old, size)
    assert holds_consistency(old, root_of(_LEAVES[:old]), size, edge.root(), path)


def test_subtree_that_is_not_complete_is_not_made_up() -> None:
    kept, _ = _grown(300)
    tiles = Tiles(kept.fetch)
    assert tiles.complete(8, 0) == root_of(_LEAVES[:256])
    for level, number in ((0, 300), (8, 1), (9, 0), (16, 0), (6, 4)):
        with pytest.raises(LookupError):
            tiles.complete(level, number)
