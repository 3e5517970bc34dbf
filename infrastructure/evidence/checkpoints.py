"""Checkpoints in the form of c2sp.org/tlog-checkpoint: which log, how many entries, and the root over them.

A checkpoint has no time of its own: when it was seen is for him to say who kept it.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64

from msgspec import Struct

from .errors import BadNote

__all__ = ["Checkpoint", "origin_of", "partition_of_origin"]


class Checkpoint(Struct, frozen=True, order=True):
    """The first `size` entries of a log have this root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the text of a note. Raises BadNote for what is no checkpoint."""
        lines = text.split("\n")
        if len(lines) < 4 or not lines[0] or lines[-1]:
            raise BadNote("a checkpoint has three lines: the log, its size, its root")
        try:
            size, root = int(lines[1]), b64decode(lines[2], validate=True)
        except (ValueError, NotBase64):
            raise BadNote("the size or the root of a checkpoint cannot be read") from None
        if str(size) != lines[1] or size < 0 or len(root) != 32:
            raise BadNote("the size or the root of a checkpoint cannot be read")
        return cls(lines[0], size, root)


def partition_of_origin(origin: str, store_id: str) -> int:
    """Of which partition of the store a log's name is. Raises BadNote for the name of another log."""
    store, _, partition = origin.rpartition("/")
    if (
        store != f"account-sanctions/{store_id}"
        or not partition.isdecimal()
        or origin_of(store_id, int(partition)) != origin
    ):
        raise BadNote(f"this checkpoint is of another log: {origin}")
    return int(partition)


def origin_of(store_id: str, partition: int) -> str:
    """The name of one partition's log."""
    return f"account-sanctions/{store_id}/{partition}"
