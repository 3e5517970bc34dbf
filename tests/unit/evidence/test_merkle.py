"""The tree against known vectors, a naive definition, and another implementation; every size up to 130, every index."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from hashlib import sha256

import pytest
from account_sanctions.infrastructure.evidence.merkle import (
    EMPTY,
    consistency_path,
    holds_consistency,
    holds_inclusion,
    inclusion_path,
    leaf_hash,
    root,
    root_of,
)
from pymerkle import InmemoryTree  # type: ignore[import-untyped]  # it ships no types

_SIZES = range(131)
_LEAVES = [leaf_hash(f"entry {number}".encode()) for number in range(131)]

# Published with the reference implementation of RFC 6962.
_INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def _naive(leaves: list[bytes]) -> bytes:
    """The definition in RFC 6962, word by word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = max(2**k for k in range(8) if 2**k < len(leaves))
    return sha256(b"\x01" + _naive(leaves[:split]) + _naive(leaves[split:])).digest()


@cache
def _complete(level: int, number: int) -> bytes:
    width = 1 << level
    return _naive(_LEAVES[number * width : (number + 1) * width])


@pytest.mark.parametrize("size", range(1, 9))
def test_root_is_the_published_one(size: int) -> None:
    leaves = [leaf_hash(bytes.fromhex(text)) for text in _INPUTS[:size]]
    assert root_of(leaves).hex() == _ROOTS[size - 1]


@pytest.mark.parametrize("size", _SIZES)
def test_root_is_that_of_the_definition(size: int) -> None:
    assert root_of(_LEAVES[:size]) == root(_complete, size) == _naive(_LEAVES[:size])


def test_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert root_of([]) == root(_complete, 0) == EMPTY


@pytest.mark.parametrize("size", _SIZES[1:])
def test_inclusion_of_every_leaf_is_shown_and_of_no_other(size: int) -> None:
    top = _naive(_LEAVES[:size])
    for index in range(size):
        path = inclusion_path(_complete, index, size)
        assert holds_inclusion(_LEAVES[index], index, size, path, top)
        assert not holds_inclusion(_LEAVES[(index + 1) % 131], index, size, path, top)
        for other in (index - 1, index + 1, size, size + 1, -1):
            assert not holds_inclusion(_LEAVES[index], other, size, path, top)
        assert not holds_inclusion(_LEAVES[index], index, size, (*path, top), top)
        assert not holds_inclusion(_LEAVES[index], index, size, path[:-1], top) or not path
    with pytest.raises(ValueError, match="has no leaf"):
        inclusion_path(_complete, size, size)


@pytest.mark.parametrize("new", _SIZES)
def test_consistency_with_every_smaller_tree_is_shown(new: int) -> None:
    after = _naive(_LEAVES[:new])
    for old in range(new + 1):
        before = _naive(_LEAVES[:old])
        path = consistency_path(_complete, old, new)
        assert holds_consistency(old, before, new, after, path)
        assert not holds_consistency(old, before, new, after, (*path, after))
        if path:
            assert not holds_consistency(old, before, new, after, path[:-1])
            assert not holds_consistency(old, after, new, after, path)
            assert not holds_consistency(old, before, new, before, path)
        for other in (old + 1, new - old, new + 1):
            # The root of another size is another one: nothing may fit both.
            if other != old:
                assert not holds_consistency(other, before, new, after, path)
    with pytest.raises(ValueError, match="cannot go on"):
        consistency_path(_complete, new + 1, new)


def test_a_path_with_any_bit_flipped_is_refused() -> None:
    top, before = _naive(_LEAVES[:130]), _naive(_LEAVES[:77])
    for index in (0, 63, 64, 128, 129):
        _flip(inclusion_path(_complete, index, 130), partial(_includes, index, top))
    _flip(consistency_path(_complete, 77, 130), lambda path: holds_consistency(77, before, 130, top, path))


def _includes(index: int, top: bytes, path: tuple[bytes, ...]) -> bool:
    return holds_inclusion(_LEAVES[index], index, 130, path, top)


def _flip(path: tuple[bytes, ...], holds: Callable[[tuple[bytes, ...]], bool]) -> None:
    assert holds(path)
    for step, found in enumerate(path):
        for bit in range(256):
            wrong = bytearray(found)
            wrong[bit // 8] ^= 1 << bit % 8
            assert not holds((*path[:step], bytes(wrong), *path[step + 1 :]))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 64, 100, 129])
def test_another_implementation_makes_the_same_roots_and_paths(size: int) -> None:
    other = InmemoryTree(algorithm="sha256")
    for number in range(size):
        other.append_entry(f"entry {number}".encode())
    assert other.get_root() == root_of(_LEAVES[:size])
    for index in range(size):
        theirs = other.prove_inclusion(index + 1)
        assert [bytes.fromhex(text) for text in theirs.serialize()["path"]][1:] == list(
            inclusion_path(_complete, index, size)
        )
