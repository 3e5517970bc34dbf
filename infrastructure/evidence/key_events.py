"""The rotations of keys that a store keeps: read in their order, and one added, once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert, select

from ...domain.instants import to_micros
from ..database import Cursor, Database
from .keys import WriterTrust
from .notes import NoteSigner, NoteVerifier
from .rotating import rotation_text, says
from .tables import key_events

__all__ = ["KeyEvents"]


class KeyEvents:
    """Reads and adds rotations inside the caller's transaction."""

    def __init__(self, database: Database, store_id: str) -> None:
        self._store_id = store_id
        self._all = database.prepare(select(key_events.c.number, key_events.c.note).order_by(key_events.c.number))
        self._add = database.prepare(insert(key_events))

    def all(self, cursor: Cursor) -> list[tuple[int, str]]:
        """Every rotation: its number and its note, the first one first."""
        cursor.execute(self._all)
        return [(number, note) for number, note in cursor.fetchall()]

    def record(
        self, cursor: Cursor, old: NoteSigner, log: NoteVerifier, writer: WriterTrust | None, at: datetime
    ) -> int:
        """Add the note in which `old` signs the new keys, unless it is the last one already; returns its number.

        Raises Conflict where somebody else rotates keys at once, and BadNote where what is kept is damaged.
        """
        kept = self.all(cursor)
        number = len(kept) + 1
        text = rotation_text(self._store_id, number, log, writer)
        if kept and says(kept[-1][1], text):
            return kept[-1][0]
        cursor.execute(self._add, (number, old.sign(text), to_micros(at)))
        return number
