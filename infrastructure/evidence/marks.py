"""The mark of the writer on an event: whoever can write the tables but has no key cannot make one.

HMAC-SHA-256 where the auditor may hold the writer's key; Ed25519 where he must be able to check without being able to forge.
A mark covers the hash of the event, which covers everything else.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Final, Literal, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from .errors import BadKey

__all__ = ["ID_BYTES", "MarkVerifier", "Marker", "WriterKind", "marker", "verifier"]

WriterKind = Literal["hmac-sha256", "ed25519"]

ID_BYTES: Final = 8
_FOR: Final = b"account-sanctions/mark/1\0"


class Marker(Protocol):
    """Makes marks with one key."""

    @property
    def key_id(self) -> bytes: ...
    def mark(self, event_hash: bytes) -> bytes: ...


class MarkVerifier(Protocol):
    """Checks marks of one key."""

    @property
    def key_id(self) -> bytes: ...
    def holds(self, event_hash: bytes, mark: bytes) -> bool: ...


def key_id_of(kind: WriterKind, public: bytes) -> bytes:
    """What a mark begins with: which key made it. Of a secret key, a hash from which the key does not follow."""
    return sha256(b"account-sanctions/writer/1\0" + kind.encode() + b"\0" + public).digest()[:ID_BYTES]


class HmacKey:
    """A secret shared by the writers and the auditor: makes and checks marks."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != 32:
            raise BadKey("a key for HMAC-SHA-256 has 32 bytes")
        self.key_id = key_id_of("hmac-sha256", secret)
        self._base = hmac.new(secret, _FOR, sha256)

    def mark(self, event_hash: bytes) -> bytes:
        """The id of the key and the mark."""
        working = self._base.copy()
        working.update(event_hash)
        return self.key_id + working.digest()

    def holds(self, event_hash: bytes, mark: bytes) -> bool:
        """Whether this key made the mark for this event."""
        return hmac.compare_digest(self.mark(event_hash), mark)


class SigningKey:
    """A private key that only the writers hold."""

    def __init__(self, private: bytes) -> None:
        try:
            self._key = Ed25519PrivateKey.from_private_bytes(private)
        except ValueError as error:
            raise BadKey(f"this is no Ed25519 key: {error}") from None
        self.public = self._key.public_key().public_bytes_raw()
        self.key_id = key_id_of("ed25519", self.public)

    def mark(self, event_hash: bytes) -> bytes:
        """The id of the key and the signature."""
        return self.key_id + self._key.sign(_FOR + event_hash)


class CheckingKey:
    """The public half of it: checks marks and cannot make them."""

    def __init__(self, public: bytes) -> None:
        try:
            self._key = Ed25519PublicKey.from_public_bytes(public)
        except ValueError as error:
            raise BadKey(f"this is no Ed25519 key: {error}") from None
        self.key_id = key_id_of("ed25519", public)

    def holds(self, event_hash: bytes, mark: bytes) -> bool:
        """Whether the private half made the mark for this event."""
        if mark[:ID_BYTES] != self.key_id:
            return False
        try:
            self._key.verify(mark[ID_BYTES:], _FOR + event_hash)
        except InvalidSignature:
            return False
        return True


def marker(kind: WriterKind, secret: bytes) -> Marker:
    """A maker of marks from its secret. Raises BadKey."""
    return HmacKey(secret) if kind == "hmac-sha256" else SigningKey(secret)


def verifier(kind: WriterKind, key: bytes) -> MarkVerifier:
    """A checker of marks from what a trust file holds. Raises BadKey."""
    return HmacKey(key) if kind == "hmac-sha256" else CheckingKey(key)
