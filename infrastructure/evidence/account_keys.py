"""The keys of accounts as the store keeps them: wrapped, by generation; an erasure begins a new one and destroys the older.

The generation of an account is the number of its erasures, so whoever writes knows from the state which key is in use, and who
decided before an erasure meets a conflict. A key of a generation never changes; it is made with the first text that needs it.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, insert, select

from ..database import Cursor, Database
from .envelopes import KeyProvider, new_key
from .tables import account_keys

__all__ = ["AccountKeys"]

# Unwrapping costs microseconds with a file and a round trip with a service; this is how many keys one process remembers.
_REMEMBERED: Final = 10_000


class AccountKeys:
    """Reads and makes the keys of accounts, through the provider that wraps them."""

    def __init__(self, database: Database, provider: KeyProvider) -> None:
        self._provider = provider
        rows = account_keys.c
        at_account = rows.account == bindparam("account")
        self._read = database.prepare(
            select(rows.generation, rows.provider, rows.wrapped).where(at_account).order_by(rows.generation)
        )
        self._add = database.prepare(insert(account_keys))
        self._known: dict[tuple[str, int], bytes] = {}

    def get(self, cursor: Cursor, account: str, generation: int) -> bytes | None:
        """The key of a generation, None where there is none yet. Raises BadKey where it cannot be unwrapped."""
        known = self._known.get((account, generation))
        return self.all(cursor, account).get(generation) if known is None else known

    def all(self, cursor: Cursor, account: str) -> dict[int, bytes]:
        """The account's keys by generation. Raises BadKey where one cannot be unwrapped."""
        cursor.execute(self._read, (account,))
        found = {
            generation: self._provider.unwrap(account, provider, bytes(wrapped))
            for generation, provider, wrapped in cursor.fetchall()
        }
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known.update({(account, generation): key for generation, key in found.items()})
        return found

    def make(self, writes: Cursor, account: str, generation: int) -> bytes:
        """A new key, kept in this transaction."""
        key = new_key()
        writes.execute(self._add, (account, generation, self._provider.name, self._provider.wrap(account, key)))
        return key

    def forget(self, account: str) -> None:
        """Remember none of the account's keys: some have been destroyed."""
        for known in [known for known in self._known if known[0] == account]:
            self._known.pop(known, None)
