"""Proofs as small files that a third party checks offline: that an event is in the log, that one log goes on from another.

The document carries everything but the trusted key: the event's stored bytes and what is hashed with them, the path, and the
signed checkpoint. `check_proof.py` beside this module checks it with the standard library and the signature alone.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Literal

import msgspec
from msgspec import Struct

from .errors import BadProof

__all__ = ["CONSISTENCY", "INCLUSION", "ConsistencyProof", "InclusionProof", "ProvenEvent", "proof_bytes", "read_proof"]

INCLUSION = "account-sanctions/inclusion-proof/1"
CONSISTENCY = "account-sanctions/consistency-proof/1"
_LARGEST = 4_000_000


class ProvenEvent(Struct, frozen=True, forbid_unknown_fields=True):
    """An event as it is stored: `state` are its bytes and `previous` the hash of the event before it, both in base 64."""

    account: str
    version: int
    topic: str
    state: str
    previous: str


class InclusionProof(Struct, frozen=True, forbid_unknown_fields=True):
    """The event stands at `position` (from 1) of the partition, in the log of which `checkpoint` signs the root."""

    format: Literal["account-sanctions/inclusion-proof/1"]
    event: ProvenEvent
    partition: int
    position: int
    path: tuple[str, ...]
    checkpoint: str


class ConsistencyProof(Struct, frozen=True, forbid_unknown_fields=True):
    """The log of the newer checkpoint begins with the whole log of the older one."""

    format: Literal["account-sanctions/consistency-proof/1"]
    older: str
    newer: str
    path: tuple[str, ...]


def encoded(hashes: tuple[bytes, ...]) -> tuple[str, ...]:
    """Hashes as a proof writes them."""
    return tuple(b64encode(one).decode() for one in hashes)


def proof_bytes(proof: InclusionProof | ConsistencyProof) -> bytes:
    """The file of a proof."""
    return msgspec.json.format(msgspec.json.encode(proof), indent=1) + b"\n"


def read_proof(content: bytes) -> InclusionProof | ConsistencyProof:
    """Read a proof's file; nothing of it is checked. Raises BadProof for what is none."""
    if len(content) > _LARGEST:
        raise BadProof("a proof of more than four megabytes is refused")
    try:
        kind = msgspec.json.decode(content, type=_Kind)
        if kind.format == INCLUSION:
            return msgspec.json.decode(content, type=InclusionProof)
        return msgspec.json.decode(content, type=ConsistencyProof)
    except (ValueError, RecursionError) as error:
        # Bytes that are no UTF-8, and fields nested without end, have errors of their own.
        raise BadProof(f"this is no proof: {error}") from None


class _Kind(Struct, frozen=True):
    format: str
