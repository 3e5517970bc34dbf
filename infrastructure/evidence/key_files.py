"""Private files of keys: made once as a whole, never written over by accident, readable by their owner alone."""

from __future__ import annotations

import os
from base64 import b64encode
from contextlib import suppress
from pathlib import Path
from secrets import token_bytes
from tempfile import mkstemp
from typing import Final, Literal

import msgspec
from msgspec import Struct

from .errors import BadKey

__all__ = ["SECRET_BYTES", "KeyFile", "read_key_file", "write_once", "write_over"]

SECRET_BYTES: Final = 32


class KeyFile(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A private key as its file holds it, in base 64; `older` are those whose work has still to be read (narratives)."""

    kind: Literal["hmac-sha256", "ed25519", "aes-256-gcm"]
    name: str
    secret: str
    older: tuple[str, ...] = ()

    @classmethod
    def new(cls, kind: Literal["hmac-sha256", "ed25519", "aes-256-gcm"], name: str) -> KeyFile:
        """A new secret."""
        return cls(kind, name, b64encode(token_bytes(SECRET_BYTES)).decode())


def write_once(file: Path, content: Struct) -> None:
    """Write a private file as a whole; what is there already stays."""
    beside = _written_beside(file, content)
    try:
        with suppress(FileExistsError):
            os.link(beside, file)
    finally:
        beside.unlink()
    _settle(file.parent)


def write_over(file: Path, content: Struct) -> None:
    """Write a private file as a whole in the place of what is there."""
    _written_beside(file, content).replace(file)
    _settle(file.parent)


def read_key_file(file: Path) -> KeyFile:
    """A private key. Raises BadKey, naming the file."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=KeyFile)
    except (OSError, msgspec.DecodeError) as error:
        raise BadKey(f"{file}: this key file cannot be read: {error}", file=str(file)) from None


def _written_beside(file: Path, content: Struct) -> Path:
    # A name of its own, so that two processes do not write one file; made as 0600 by mkstemp.
    handle, name = mkstemp(prefix=f".{file.name}.", dir=file.parent)
    with os.fdopen(handle, "wb") as opened:
        opened.write(msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")
        opened.flush()
        os.fsync(handle)
    return Path(name)


def _settle(folder: Path) -> None:
    """A name is on the disk only when its folder is."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
