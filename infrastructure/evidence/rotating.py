"""Rotation of keys: a note in which the old key of the log signs the new keys. Whoever trusts the old key can follow it.

The text of the note: what it is, the store, the number of the rotation, the log's verifier key from then on, and where the
writer's key is new too, that one: its public half (Ed25519), or only the id of a secret (HMAC), which cannot be handed over
in a note: that auditor is given the new trust file.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from .errors import BadKey, BadNote
from .keys import Trust, WriterTrust
from .notes import NoteVerifier, open_note, split_note

__all__ = ["Followed", "Rotation", "follow", "followed", "rotation_text", "says"]

_FORMAT: Final = "account-sanctions/rotation/1"
_WRITER: Final = "writer"


class Rotation(Struct, frozen=True):
    """What a rotation says: the keys from then on. `writer`: absent where it stays as it was."""

    store_id: str
    number: int
    log: NoteVerifier
    writer: str | None = None

    @classmethod
    def parse(cls, text: str) -> Rotation:
        """Read the text of a note. Raises BadNote for what is no rotation."""
        lines = text.split("\n")
        if not 5 <= len(lines) <= 6 or lines[0] != _FORMAT or lines[-1] or not lines[2].isdecimal():
            raise BadNote("this is no rotation of keys")
        try:
            log = NoteVerifier.parse(lines[3])
        except BadKey as error:
            raise BadNote(f"rotation {lines[2]} of keys: {error.message}") from None
        return cls(lines[1], int(lines[2]), log, lines[4] if len(lines) == 6 else None)

    @property
    def trusted_writer(self) -> WriterTrust | None:
        """The new writer's key, where whoever may check its marks may know it. Raises BadNote for one that cannot be read."""
        if self.writer is None:
            return None
        word, _, rest = self.writer.partition(" ")
        kind, _, key = rest.partition(" ")
        if word != _WRITER or kind not in ("ed25519", "hmac-sha256"):
            raise BadNote(f"rotation {self.number} of keys: the writer's key cannot be read")
        if kind == "hmac-sha256":
            return None
        found = WriterTrust("ed25519", key)
        try:
            b64decode(key, validate=True)
            found.verifier()
        except (BadKey, ValueError) as error:
            raise BadNote(f"rotation {self.number} of keys: the writer's key cannot be read: {error}") from None
        return found


class Followed(Struct, frozen=True):
    """The keys that may be believed: those given, and those that one of them has signed over to."""

    logs: tuple[NoteVerifier, ...]
    writers: tuple[WriterTrust, ...]


def rotation_text(store_id: str, number: int, new: NoteVerifier, writer: WriterTrust | None = None) -> str:
    """What the old key signs. `new`: the log's key from then on, the old one where only the writer's is new."""
    return f"{_FORMAT}\n{store_id}\n{number}\n{new.vkey}\n" + ("" if writer is None else f"{_named(writer)}\n")


def _named(writer: WriterTrust) -> str:
    if writer.kind == "ed25519":
        return f"{_WRITER} {writer.kind} {writer.key}"
    return f"{_WRITER} {writer.kind} {b64encode(writer.verifier().key_id).decode()}"


def follow(given: Iterable[NoteVerifier], store_id: str, rotations: Sequence[tuple[int, str]]) -> Followed:
    """The given keys and those they have been rotated to; `rotations` as the store keeps them, the first one first.

    Raises BadNote for a rotation that no key known so far has signed, or that is not the next one of this store.
    """
    known, writers = tuple(given), tuple[WriterTrust, ...]()
    for expected, (number, note) in enumerate(rotations, 1):
        found = Rotation.parse(open_note(note, known)[0])
        if found.store_id != store_id or not number == expected == found.number:
            raise BadNote(f"rotation {expected} of keys is not the next one of this store")
        if found.log.vkey not in {one.vkey for one in known}:
            known = (*known, found.log)
        writer = found.trusted_writer
        if writer is not None:
            writers = (*writers, writer)
    return Followed(known, writers)


def followed(trust: Trust, store_id: str, rotations: Sequence[tuple[int, str]]) -> Trust:
    """What is trusted, with the keys that it was rotated to: those of the log, and of writers where they are public.

    Raises BadNote as `follow` does.
    """
    found = follow(trust.log_verifiers(), store_id, rotations)
    writers = tuple(dict.fromkeys((*trust.writers, *found.writers)))
    return replace(trust, logs=tuple(one.vkey for one in found.logs), writers=writers)


def says(note: str, rotation: str) -> bool:
    """Whether a kept rotation says all that this one does, its number aside. Raises BadNote for a damaged note."""
    kept, wanted = Rotation.parse(split_note(note).text), Rotation.parse(rotation)
    same = (kept.store_id, kept.log.vkey) == (wanted.store_id, wanted.log.vkey)
    return same and wanted.writer in (None, kept.writer)
