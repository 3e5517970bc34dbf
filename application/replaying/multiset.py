"""A digest of many things in no order: the same however they are parted, gathered and added up, in two kilobytes of memory.

The construction is LtHash (Bellare and Micciancio 1997; Lewi, Kim, Maykov and Weis, "Securing Update Propagation with
Homomorphic Hashing", 2019) with 1,024 lanes of 16 bits: each thing is hashed to 2,048 bytes, here by SHA-256 and SHAKE128,
and the lanes are added up modulo 65,536. Two different sets with one digest are as hard to find as that paper says (200
bits); a sum of plain hashes would not be.
"""

from __future__ import annotations

from hashlib import sha256, shake_128
from typing import Final

__all__ = ["MultisetHash"]

_BYTES: Final = 2048
_LANES: Final = _BYTES // 2
# Lanes lie in every other place of a number, so that what a lane carries over disturbs no other one for 65,536 additions.
_EVEN: Final = int.from_bytes(b"\xff\xff\x00\x00" * (_LANES // 2), "little")
_MANY: Final = 60_000
_FOR: Final = b"account-sanctions/states/1\0"


class MultisetHash:
    """Adds things up. Two of them can be merged, in any order."""

    def __init__(self, lanes: bytes = bytes(_BYTES)) -> None:
        whole = int.from_bytes(lanes, "little")
        self._even = whole & _EVEN
        self._odd = (whole >> 16) & _EVEN
        self._added = 0

    def add(self, content: bytes) -> None:
        """One thing more."""
        self.merge(shake_128(_FOR + sha256(content).digest()).digest(_BYTES))

    def merge(self, lanes: bytes) -> None:
        """All that another one has added, by its `lanes`."""
        if self._added >= _MANY:
            self._even &= _EVEN
            self._odd &= _EVEN
            self._added = 0
        whole = int.from_bytes(lanes, "little")
        self._even += whole & _EVEN
        self._odd += (whole >> 16) & _EVEN
        self._added += 1

    @property
    def lanes(self) -> bytes:
        """What can be merged: 2,048 bytes."""
        return ((self._even & _EVEN) | ((self._odd & _EVEN) << 16)).to_bytes(_BYTES, "little")

    def hexdigest(self) -> str:
        """The digest, 64 hexadecimal digits."""
        return sha256(_FOR + self.lanes).hexdigest()
