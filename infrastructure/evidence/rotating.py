"""Rotation of the log's key: a note in which the old key signs the new one. Whoever trusts the old key can follow it.

The text of the note: what it is, the store, the number of the rotation, the new verifier key, and the new writer's key where that
is public. A writer's secret (HMAC) cannot be handed over in a note: the auditor is given a new trust file.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .errors import BadKey, BadNote
from .notes import NoteVerifier, open_note

__all__ = ["follow_rotations", "rotation_text"]

_FORMAT = "account-sanctions/rotation/1"


def rotation_text(store_id: str, number: int, new: NoteVerifier) -> str:
    """What the old key signs."""
    return f"{_FORMAT}\n{store_id}\n{number}\n{new.vkey}\n"


def follow_rotations(
    given: Iterable[NoteVerifier], store_id: str, rotations: Sequence[tuple[int, str]]
) -> tuple[NoteVerifier, ...]:
    """The given keys and those they have been rotated to.

    Raises BadNote for a rotation that no key known so far has signed, or that is not the next one of this store.
    """
    known = tuple(given)
    for expected, (number, note) in enumerate(rotations, 1):
        text, _ = open_note(note, known)
        lines = text.split("\n")
        if len(lines) != 5 or lines[:2] != [_FORMAT, store_id] or not number == expected == _number(lines[2]):
            raise BadNote(f"rotation {expected} of keys is not the next one of this store")
        try:
            new = NoteVerifier.parse(lines[3])
        except BadKey as error:
            raise BadNote(f"rotation {expected} of keys: {error.message}") from None
        if new.vkey not in {one.vkey for one in known}:
            known = (*known, new)
    return known


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None
