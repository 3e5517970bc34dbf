"""Keys in a folder outside the database, and the trust file that a verifier is given.

`keys init` writes three private files (mode 0600) and `trust.json`: the log's key signs checkpoints, the writer's key marks
events, the narratives' key wraps the keys by which free text is encrypted. A verifier needs `trust.json` alone. With HMAC
marks it holds the writer's secret, and is as secret as that; with Ed25519 it holds public keys only.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from .envelopes import FileKeyProvider, KeyProvider
from .errors import BadKey
from .key_files import SECRET_BYTES, KeyFile, read_key_file, write_once, write_over
from .marks import Marker, MarkVerifier, SigningKey, WriterKind, marker, verifier
from .notes import NoteSigner, NoteVerifier

__all__ = [
    "LOG_KEY",
    "NARRATIVE_KEY",
    "TRUST",
    "WRITER_KEY",
    "Keys",
    "Trust",
    "WriterTrust",
    "log_signer",
    "make_keys",
    "read_keys",
    "read_trust",
    "trusted_writer",
    "write_trust",
]

LOG_KEY: Final = "log.key"
WRITER_KEY: Final = "writer.key"
NARRATIVE_KEY: Final = "narratives.key"
TRUST: Final = "trust.json"
_FORMAT: Final = "account-sanctions/trust/1"


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

    @property
    def trust_of_writer(self) -> WriterTrust:
        """The writer's key as the trust file holds it. Raises BadKey where it is not in there."""
        for one in self.trust.writers:
            if one.verifier().key_id == self.writer.key_id:
                return one
        raise BadKey("the trust file does not hold the writer's key: was it taken from another folder?")


def make_keys(folder: Path, *, name: str = "account-sanctions", writer: WriterKind = "hmac-sha256") -> Keys:
    """Make keys in a folder. Raises BadKey where there are some already: they are never written over.

    What a run that was killed has left (keys, and no trust file yet) is finished with the keys that are there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not any(folder.iterdir()):
            folder.chmod(0o700)
        if (folder / TRUST).exists():
            raise BadKey(f"there are keys in {folder} already: they are not written over", folder=str(folder))
        wanted = {
            LOG_KEY: KeyFile.new("ed25519", name),
            WRITER_KEY: KeyFile.new(writer, name),
            NARRATIVE_KEY: KeyFile.new("aes-256-gcm", name),
        }
        for file, content in wanted.items():
            write_once(folder / file, content)
        log, writers, _ = _private(folder)
        write_once(folder / TRUST, Trust(_FORMAT, (log_signer(log).verifier.vkey,), (trusted_writer(writers),)))
    except OSError as error:
        raise BadKey(f"{folder}: keys cannot be written here: {error.strerror or error}", folder=str(folder)) from None
    return read_keys(folder)


def read_keys(folder: Path) -> Keys:
    """The keys in a folder. Raises BadKey, naming the file."""
    log, writer, narratives = _private(folder)
    return Keys(log_signer(log), _marker(writer), _provider(folder, narratives), read_trust(folder / TRUST))


def _private(folder: Path) -> tuple[KeyFile, KeyFile, KeyFile]:
    log, writer, narratives = (read_key_file(folder / file) for file in (LOG_KEY, WRITER_KEY, NARRATIVE_KEY))
    if writer.kind == "aes-256-gcm" or log.kind != "ed25519" or narratives.kind != "aes-256-gcm":
        raise BadKey(f"the keys in {folder} are not of the kinds that their names say")
    return log, writer, narratives


def log_signer(file: KeyFile) -> NoteSigner:
    """What signs with a log's key. Raises BadKey."""
    return NoteSigner(file.name, _decoded(file.secret))


def _marker(file: KeyFile) -> Marker:
    assert file.kind != "aes-256-gcm"
    return marker(file.kind, _decoded(file.secret))


def _provider(folder: Path, file: KeyFile) -> KeyProvider:
    secrets = [_decoded(one) for one in (file.secret, *file.older)]
    if any(len(secret) != SECRET_BYTES for secret in secrets):
        raise BadKey(f"{folder / NARRATIVE_KEY}: a key for AES-256 has 32 bytes")
    return FileKeyProvider(*secrets)


def trusted_writer(file: KeyFile) -> WriterTrust:
    """A writer's key as the trust file holds it. Raises BadKey."""
    found = _marker(file)
    public = found.public if isinstance(found, SigningKey) else _decoded(file.secret)
    return WriterTrust("ed25519" if isinstance(found, SigningKey) else "hmac-sha256", _encoded(public))


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
    write_over(folder / TRUST, trust)


def _encoded(raw: bytes) -> str:
    return b64encode(raw).decode()


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (ValueError, NotBase64) as error:
        raise BadKey(f"a key cannot be read: {error}") from None
