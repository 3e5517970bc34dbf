"""What an entry of the log is as a leaf of the tree: its place and the hash of its event.

Account and version are in the event's hash already; the partition and the position bind the order.
"""

from __future__ import annotations

from .merkle import leaf_hash

__all__ = ["leaf_data", "log_leaf"]


def leaf_data(partition: int, position: int, event_hash: bytes) -> bytes:
    """The bytes of a leaf; `position` counts from 1."""
    return b"account-sanctions/leaf/1\0" + partition.to_bytes(8) + position.to_bytes(8) + event_hash


def log_leaf(partition: int, position: int, event_hash: bytes) -> bytes:
    """The hash of a leaf."""
    return leaf_hash(leaf_data(partition, position, event_hash))
