"""The Merkle tree of RFC 6962 and RFC 9162 over SHA-256: roots, inclusion proofs, consistency proofs.

Leaves and nodes are hashed apart (0x00 and 0x01 before them), so that no node can be shown as a leaf. A tree of `size` leaves
splits at the largest power of two below `size`; a subtree is named by the half-open range of its leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final

__all__ = [
    "EMPTY",
    "Complete",
    "consistency_path",
    "holds_consistency",
    "holds_inclusion",
    "inclusion_path",
    "leaf_hash",
    "node_hash",
    "root",
    "root_of",
    "subtree",
]

EMPTY: Final = sha256(b"").digest()
"""The root of a tree without leaves."""

Complete = Callable[[int, int], bytes]
"""`complete(level, number)`: the hash over the leaves from `number * 2**level` on, `2**level` of them; 0 is a leaf's own."""

Path = tuple[bytes, ...]


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf's bytes."""
    return sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return sha256(b"\1" + left + right).digest()


def subtree(complete: Complete, first: int, end: int) -> bytes:
    """The hash over the leaves from `first` up to `end`, put together from complete subtrees."""
    width = end - first
    level = width.bit_length() - 1
    if width == 1 << level and first % width == 0:
        return complete(level, first >> level)
    middle = first + _split(width)
    return node_hash(subtree(complete, first, middle), subtree(complete, middle, end))


def root(complete: Complete, size: int) -> bytes:
    """The root of the tree of the first `size` leaves."""
    return subtree(complete, 0, size) if size else EMPTY


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over hashes of leaves that are all at hand."""
    level = list(leaves)
    if not level:
        return EMPTY
    while len(level) > 1:
        pairs = [node_hash(level[n], level[n + 1]) for n in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0]


def inclusion_path(complete: Complete, index: int, size: int) -> Path:
    """The hashes beside the way from leaf `index` to the root of the tree of `size` leaves, nearest first.

    Raises ValueError where there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    path: list[bytes] = []
    first, end = 0, size
    while end - first > 1:
        middle = first + _split(end - first)
        if index < middle:
            path.append(subtree(complete, middle, end))
            end = middle
        else:
            path.append(subtree(complete, first, middle))
            first = middle
    return tuple(reversed(path))


def consistency_path(complete: Complete, old: int, new: int) -> Path:
    """The hashes that show that the tree of `new` leaves begins with the tree of `old` leaves.

    Empty where there is nothing to show (the trees are equal, or the old one is empty). Raises ValueError when `old` is larger.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves cannot go on from one of {old}")
    if old in (0, new):
        return ()
    path: list[bytes] = []
    first, end, known = 0, new, True
    while old != end:
        middle = first + _split(end - first)
        if old <= middle:
            path.append(subtree(complete, middle, end))
            end = middle
        else:
            path.append(subtree(complete, first, middle))
            first, known = middle, False
    if not known:
        path.append(subtree(complete, first, end))
    return tuple(reversed(path))


def holds_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], expected: bytes) -> bool:
    """Whether the path leads from the leaf's hash to the root: RFC 9162, 2.1.3.2. A path too long or too short does not."""
    if not 0 <= index < size:
        return False
    number, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if number & 1 or number == last:
            found = node_hash(sibling, found)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        number, last = number >> 1, last >> 1
    return last == 0 and found == expected


def holds_consistency(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path shows that the new tree begins with the old one: RFC 9162, 2.1.4.2."""
    if old == new:
        return not path and old_root == new_root
    if old == 0:
        return new > 0 and not path and old_root == EMPTY
    if not 0 < old < new or not path:
        return False
    # Where the old tree is complete its own root is the first hash, and is left out of the path.
    hashes = path if old & (old - 1) else (old_root, *path)
    number, last = old - 1, new - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    before = after = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        number, last = number >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def _split(width: int) -> int:
    """The largest power of two below `width`."""
    return 1 << (width - 1).bit_length() - 1
