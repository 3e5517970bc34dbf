"""Renewing keys in their folder: the new ones are laid beside the old, told to the verifiers, signed over to, and then taken up.

In that order, and each step as a whole, so that a process which is killed anywhere leaves a folder that works: the trust file
knows a key before anything is signed with it, and the old key is given up only when the store has kept the note in which it
signs the new one. Whoever runs it again goes on with the keys that lie ready.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from .errors import BadKey
from .key_files import KeyFile, read_key_file, write_once, write_over
from .keys import (
    LOG_KEY,
    NARRATIVE_KEY,
    TRUST,
    WRITER_KEY,
    WriterTrust,
    log_signer,
    read_trust,
    trusted_writer,
    write_trust,
)
from .marks import WriterKind
from .notes import NoteSigner, NoteVerifier

__all__ = ["Prepared", "prepare", "renew_narratives", "take_up", "waiting"]

_NEXT: Final = ".next"


class Prepared(Struct, frozen=True):
    """Keys that lie ready: the signer of the old log's key, the log's key from now on, and a writer's where that is new too."""

    old: NoteSigner
    log: NoteVerifier
    writer: WriterTrust | None


def waiting(folder: Path) -> bool:
    """Whether a rotation was begun and not brought to its end."""
    return any((folder / f"{name}{_NEXT}").exists() for name in (LOG_KEY, WRITER_KEY))


def prepare(folder: Path, *, log: bool, writer: WriterKind | None) -> Prepared:
    """Lay new keys beside those in use, and tell the trust file of them. Raises BadKey.

    Those of a rotation that was not brought to its end are taken as they are. `writer`: its kind, None to leave it alone.
    """
    try:
        return _prepare(folder, log=log, writer=writer)
    except OSError as error:
        raise BadKey(f"{folder}: keys cannot be written here: {error.strerror or error}", folder=str(folder)) from None


def _prepare(folder: Path, *, log: bool, writer: WriterKind | None) -> Prepared:
    used, trust = read_key_file(folder / LOG_KEY), read_trust(folder / TRUST)
    # The writer's comes first and is taken up first: where the log's lies there alone, the writer's is in use already.
    if not (folder / f"{LOG_KEY}{_NEXT}").exists():
        if writer is not None:
            write_once(folder / f"{WRITER_KEY}{_NEXT}", KeyFile.new(writer, read_key_file(folder / WRITER_KEY).name))
        if log:
            write_once(folder / f"{LOG_KEY}{_NEXT}", KeyFile.new("ed25519", used.name))
    new_log, new_writer = (_ready(folder / f"{name}{_NEXT}") for name in (LOG_KEY, WRITER_KEY))
    old = log_signer(used)
    verifier = old.verifier if new_log is None else log_signer(new_log).verifier
    marks = None if new_writer is None else trusted_writer(new_writer)
    logs = (*trust.logs, verifier.vkey)
    writers = trust.writers if marks is None else (*trust.writers, marks)
    wanted = replace(trust, logs=tuple(dict.fromkeys(logs)), writers=tuple(dict.fromkeys(writers)))
    if wanted != trust:
        write_trust(folder, wanted)
    return Prepared(old, verifier, marks)


def take_up(folder: Path) -> None:
    """The keys that lie ready take the place of the old ones, whose secrets are gone with that. Raises BadKey."""
    try:
        for name in (WRITER_KEY, LOG_KEY):
            ready = folder / f"{name}{_NEXT}"
            if ready.exists():
                ready.replace(folder / name)
    except OSError as error:
        raise BadKey(f"{folder}: keys cannot be renamed: {error.strerror or error}", folder=str(folder)) from None


def renew_narratives(folder: Path) -> None:
    """A new key wraps the keys of accounts from now on; the older ones stay, for what they wrapped. Raises BadKey."""
    used = read_key_file(folder / NARRATIVE_KEY)
    new = replace(KeyFile.new("aes-256-gcm", used.name), older=(used.secret, *used.older))
    try:
        write_over(folder / NARRATIVE_KEY, new)
    except OSError as error:
        raise BadKey(f"{folder}: keys cannot be written here: {error.strerror or error}", folder=str(folder)) from None


def _ready(file: Path) -> KeyFile | None:
    return read_key_file(file) if file.exists() else None
