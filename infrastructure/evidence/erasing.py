"""Destroying free text whose erasure is recorded: the ciphertext, the salt, the key, and what a command was compared by.

It comes after the erasure's event was committed and sealed, in a transaction of its own; a process that dies in between leaves
work that the next one finishes. What is destroyed is gone from this database; backups go with their own retention.
"""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import bindparam, delete, exists, func, select, update

from ..database import Cursor, Database
from ..tables import commands, narratives
from .tables import account_keys, erasures

__all__ = ["Eraser"]


class _Reached(Struct):
    """The part of a remembered outcome that is needed here: the account's version after the command, and whether it moved it."""

    version: int
    events: tuple[msgspec.Raw, ...] = ()

    def stands_before(self, erasure: int) -> bool:
        """Whether the command came before the erasure of this version, or is it; a later one that changed nothing is not."""
        return self.version < erasure or (self.version == erasure and bool(self.events))


_OUTCOMES: Final = msgspec.json.Decoder(_Reached)


class Eraser:
    """Finds recorded erasures that are not carried out, and carries them out."""

    def __init__(self, database: Database) -> None:
        self._database = database
        prepare = database.prepare
        recorded, texts, keys, used = erasures.c, narratives.c, account_keys.c, commands.c
        at_account = recorded.account == bindparam("account")
        before = texts.version < recorded.version
        self._unfinished = prepare(
            select(recorded.account)
            .where(exists().where(texts.account == recorded.account, before))
            .distinct()
            .order_by(recorded.account)
        )
        self._recorded = prepare(select(func.max(recorded.version), func.count()).where(at_account))
        self._destroy_texts = prepare(
            delete(narratives).where(texts.account == bindparam("account"), texts.version < bindparam("before"))
        )
        self._destroy_keys = prepare(
            delete(account_keys).where(keys.account == bindparam("account"), keys.generation < bindparam("before"))
        )
        self._comparable = prepare(
            select(used.command_id, used.outcome).where(
                used.account == bindparam("account"), used.digest != bindparam("nothing")
            )
        )
        self._forget = prepare(
            update(commands)
            .where(used.account == bindparam("account_is"), used.command_id == bindparam("command_is"))
            .values(digest=bindparam("digest"))
        )

    def unfinished(self, cursor: Cursor) -> list[str]:
        """The accounts whose erasure is recorded and whose text is still there."""
        cursor.execute(self._unfinished)
        return [row[0] for row in cursor.fetchall()]

    def carry_out(self, cursor: Cursor, account: str) -> int:
        """Destroy what stands before the account's newest erasure; returns how many texts were destroyed."""
        cursor.execute(self._recorded, (account,))
        version, count = cursor.fetchone()
        if version is None:
            return 0
        self._database.overwrite_deleted(cursor)
        cursor.execute(self._destroy_texts, (account, version))
        destroyed = cursor.rowcount
        cursor.execute(self._destroy_keys, (account, count))
        self._forget_before(cursor, account, version)
        return destroyed

    def _forget_before(self, cursor: Cursor, account: str, version: int) -> None:
        # What came after the erasure is compared still, however often the erasure is carried out.
        cursor.execute(self._comparable, (account, b""))
        earlier = [
            (b"", account, name)
            for name, outcome in cursor.fetchall()
            if _OUTCOMES.decode(bytes(outcome)).stands_before(version)
        ]
        if earlier:
            cursor.executemany(self._forget, earlier)
