"""Keys in a folder outside the database, and the trust file that a verifier is given.

`keys init` writes three private files (mode 0600) and `trust.json`: the log's key signs checkpoints, the writer's key marks
events, the narratives' key wraps the keys by which free text is encrypted. A verifier needs `trust.json` alone. With HMAC
marks it holds the writer's secret, and is as secret as that; with Ed25519 it holds public keys only.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from pathlib import Path
from secrets import token_bytes
from typing import Final, Literal

import msgspec
from msgspec import Struct

from .envelopes import FileKeyProvider, KeyProvider
from .errors import BadKey
from .marks import Marker, MarkVerifier, SigningKey, WriterKind, marker, verifier
from .notes import NoteSigner, NoteVerifier

__all__ = ["Keys", "Trust", "WriterTrust", "make_keys", "read_keys", "read_trust"]

LOG_KEY: Final = "log.key"
WRITER_KEY: Final = "writer.key"
NARRATIVE_KEY: Final = "narratives.key"
TRUST: Final = "trust.json"
_FORMAT: Final = "account-sanctions/trust/1"
_SECRET_BYTES: Final = 32


class _KeyFile(Struct, frozen=True, forbid_unknown_fields=True):
    kind: Literal["hmac-sha256", "ed25519", "aes-256-gcm"]
    name: str
    secret: str


class WriterTrust(Struct, frozen=True, forbid_unknown_fields=True):
    """A writer's key as a verifier needs it, in base 64: the secret of HMAC, the public half of Ed25519."""

    kind: WriterKind
    key: str

    def verifier(self) -> MarkVerifier:
        """Checks marks. Raises BadKey."""
        return verifier(self.kind, _decoded(self.key))


class Trust(Struct, frozen=True, forbid_unknown_fields=True):
    """What a verifier believes before he looks at a database: the keys of its log (C2SP verifier keys) and of its writers."""

    format: str
    logs: tuple[str, ...]
    writers: tuple[WriterTrust, ...]

    def log_verifiers(self) -> tuple[NoteVerifier, ...]:
        """Check checkpoints. Raises BadKey."""
        return tuple(NoteVerifier.parse(vkey) for vkey in self.logs)

    def mark_verifiers(self) -> dict[bytes, MarkVerifier]:
        """Check marks, by the id of their key. Raises BadKey."""
        found = [writer.verifier() for writer in self.writers]
        return {one.key_id: one for one in found}


class Keys(Struct, frozen=True):
    """The private keys of a writer and of a log."""

    log: NoteSigner
    writer: Marker
    narratives: KeyProvider
    trust: Trust


def make_keys(folder: Path, *, name: str = "account-sanctions", writer: WriterKind = "hmac-sha256") -> Keys:
    """Make keys in a folder. Raises BadKey where there are some already: they are never written over."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for file in (LOG_KEY, WRITER_KEY, NARRATIVE_KEY, TRUST):
        if (folder / file).exists():
            raise BadKey(f"there is a {file} in {folder} already: keys are not written over", file=file)
    secrets = {each: token_bytes(_SECRET_BYTES) for each in (LOG_KEY, WRITER_KEY, NARRATIVE_KEY)}
    log = NoteSigner(name, secrets[LOG_KEY])
    _write(folder / LOG_KEY, _KeyFile("ed25519", name, _encoded(secrets[LOG_KEY])))
    _write(folder / WRITER_KEY, _KeyFile(writer, name, _encoded(secrets[WRITER_KEY])))
    _write(folder / NARRATIVE_KEY, _KeyFile("aes-256-gcm", name, _encoded(secrets[NARRATIVE_KEY])))
    public = SigningKey(secrets[WRITER_KEY]).public if writer == "ed25519" else secrets[WRITER_KEY]
    trust = Trust(_FORMAT, (log.verifier.vkey,), (WriterTrust(writer, _encoded(public)),))
    write_trust(folder, trust)
    return read_keys(folder)


def read_keys(folder: Path) -> Keys:
    """The keys in a folder. Raises BadKey, naming the file."""
    log, writer, narratives = (_read(folder / file) for file in (LOG_KEY, WRITER_KEY, NARRATIVE_KEY))
    if writer.kind == "aes-256-gcm" or log.kind != "ed25519" or narratives.kind != "aes-256-gcm":
        raise BadKey(f"the keys in {folder} are not of the kinds that their names say")
    secret = _decoded(narratives.secret)
    if len(secret) != _SECRET_BYTES:
        raise BadKey(f"{folder / NARRATIVE_KEY}: a key for AES-256 has 32 bytes")
    return Keys(
        NoteSigner(log.name, _decoded(log.secret)),
        marker(writer.kind, _decoded(writer.secret)),
        FileKeyProvider(secret),
        read_trust(folder / TRUST),
    )


def read_trust(file: Path) -> Trust:
    """The trust file. Raises BadKey."""
    try:
        trust = msgspec.json.decode(file.read_bytes(), type=Trust)
    except (OSError, msgspec.DecodeError) as error:
        raise BadKey(f"{file}: this trust file cannot be read: {error}", file=str(file)) from None
    if trust.format != _FORMAT:
        raise BadKey(f"{file}: this is not a trust file of the form {_FORMAT}", file=str(file))
    trust.log_verifiers()
    trust.mark_verifiers()
    return trust


def write_trust(folder: Path, trust: Trust) -> None:
    """Write the trust file as a whole, so that nobody reads half of it."""
    _write(folder / TRUST, trust)


def _write(file: Path, content: Struct) -> None:
    beside = file.with_name(f".{file.name}.new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)
    beside.replace(file)


def _read(file: Path) -> _KeyFile:
    try:
        return msgspec.json.decode(file.read_bytes(), type=_KeyFile)
    except (OSError, msgspec.DecodeError) as error:
        raise BadKey(f"{file}: this key file cannot be read: {error}", file=str(file)) from None


def _encoded(raw: bytes) -> str:
    return b64encode(raw).decode()


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (ValueError, NotBase64) as error:
        raise BadKey(f"a key cannot be read: {error}") from None
