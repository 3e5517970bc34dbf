"""Hashes: each event's covers its bytes, its place, and the event before it in the same account.

Every hash begins with what it is for, and every variable part with its length, so that no two different inputs look alike.
"""

from __future__ import annotations

from hashlib import sha256

__all__ = ["commitment", "event_hash", "genesis", "snapshot_digest"]


def genesis(store_id: str, account: str) -> bytes:
    """What the first event of an account points back to: it belongs to this account of this store."""
    return sha256(b"account-sanctions/genesis/1\0" + _parts(store_id.encode(), account.encode())).digest()


def event_hash(previous: bytes, account: str, version: int, topic: str, state: bytes) -> bytes:
    """The hash of an event; `state` are its stored bytes."""
    head = _parts(account.encode(), topic.encode(), state)
    return sha256(b"account-sanctions/event/1\0" + previous + version.to_bytes(8) + head).digest()


def commitment(salt: bytes, body: bytes) -> bytes:
    """What an event says of its narrative: the text can be destroyed, and guessing does not bring it back."""
    return sha256(b"account-sanctions/narrative/1\0" + _parts(salt, body)).digest()


def snapshot_digest(account: str, shape: str, data: bytes) -> bytes:
    """What tells a snapshot that was damaged, or belongs to another account, from a good one. No proof of anything."""
    return sha256(b"account-sanctions/snapshot/1\0" + _parts(account.encode(), shape.encode(), data)).digest()


def _parts(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(8) + part for part in parts)
