"""Free text is encrypted with a key of its account, and that key is wrapped by one that is not in the database.

So one account's text can be destroyed by destroying one small row, in every backup that is made from then on; and whoever has
the database alone reads no text. AES-256-GCM throughout; what is encrypted is bound to its account and version.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import sha256
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .errors import BadKey

__all__ = ["FileKeyProvider", "KeyProvider", "decrypted", "encrypted", "new_key"]

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class KeyProvider(Protocol):
    """Wraps and unwraps the keys of accounts; the key that it does this with never leaves it (a file, an HSM, a service)."""

    @property
    def name(self) -> str:
        """Which key wraps now; stored beside what it wrapped."""
        ...

    def wrap(self, account: str, key: bytes) -> bytes:
        """The account's key as it may be stored."""
        ...

    def unwrap(self, account: str, name: str, wrapped: bytes) -> bytes:
        """The account's key again. Raises BadKey where the key of this name is not here or does not fit."""
        ...


class FileKeyProvider:
    """Wraps with a secret from a file; older secrets unwrap what they wrapped."""

    def __init__(self, secret: bytes, *older: bytes) -> None:
        self._keys: Mapping[str, AESGCM] = {_name(one): AESGCM(one) for one in (*older, secret)}
        self.name = _name(secret)

    def wrap(self, account: str, key: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._keys[self.name].encrypt(nonce, key, _bound("key", account, 0))

    def unwrap(self, account: str, name: str, wrapped: bytes) -> bytes:
        key = self._keys.get(name)
        if key is None:
            raise BadKey(f"the key {name} that wraps the free text of accounts is not among those given", key=name)
        return _opened(key, wrapped, _bound("key", account, 0), f"the wrapped key of {account!r}")


def new_key() -> bytes:
    """A key for the text of one account."""
    return os.urandom(_KEY_BYTES)


def encrypted(key: bytes, account: str, version: int, text: bytes) -> bytes:
    """The text of one event, for the store."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, text, _bound("text", account, version))


def decrypted(key: bytes, account: str, version: int, body: bytes) -> bytes:
    """The text again. Raises BadKey where it is damaged, or of another event."""
    return _opened(AESGCM(key), body, _bound("text", account, version), f"the text of {account!r}, version {version}")


def _opened(key: AESGCM, body: bytes, bound: bytes, what: str) -> bytes:
    try:
        return key.decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], bound)
    except (InvalidTag, ValueError):
        raise BadKey(f"{what} cannot be decrypted: it is damaged, or of another key") from None


def _bound(what: str, account: str, version: int) -> bytes:
    return f"account-sanctions/{what}/1\0{version}\0{account}".encode()


def _name(secret: bytes) -> str:
    return sha256(b"account-sanctions/provider/1\0" + secret).hexdigest()[:16]
