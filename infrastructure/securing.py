"""What keys do for a store: marks on its events, free text that is encrypted, checkpoints that are signed.

A store works without keys. Then nothing is marked or encrypted, and verifying it says that the evidence is incomplete.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from typing import TYPE_CHECKING

from msgspec import Struct
from sqlalchemy import Integer, exists, literal_column, or_, select, text

from ..domain.events import PersonalDataErased
from ..domain.record import Recorded
from .database import Cursor, Database
from .evidence.tables import account_keys, checkpoints
from .mapper import Keyed
from .tables import sanction_events

if TYPE_CHECKING:
    from .evidence.account_keys import AccountKeys
    from .evidence.keys import Keys

__all__ = ["KeyRing", "Securing", "has_been_keyed"]

_FIRST = text("LIMIT 1")


def has_been_keyed(database: Database) -> bool:
    """Whether somebody wrote here with keys: it was sealed, holds keys of accounts, or its newest entry of the log is marked.

    One statement that reads three rows at most, whatever the size; marks further back, without any of these, are not looked for.
    """
    log, events = sanction_events.log.c, sanction_events.events.c
    newest = (
        select(log.account, log.version)
        .order_by(log.partition.desc(), log.position.desc())
        .suffix_with(_FIRST)
        .subquery()
    )
    marked = exists().where(
        events.account == newest.c.account, events.version == newest.c.version, events.mark.is_not(None)
    )
    found = or_(select(checkpoints.c.size).exists(), select(account_keys.c.account).exists(), marked)
    with database.asking() as cursor:
        cursor.execute(database.prepare(select(literal_column("1", Integer)).where(found)))
        return cursor.fetchone() is not None


class KeyRing(Struct):
    """The keys of the accounts of one transaction, as far as they were found; `generations` are those in use before it."""

    generations: dict[str, int] = {}
    found: dict[tuple[str, int], bytes] = {}


class Securing:
    """Marks and encrypts what one store writes, with the keys that a host gave."""

    def __init__(self, database: Database, keys: Keys) -> None:
        from .evidence.account_keys import AccountKeys

        self.keys = keys
        self.account_keys: AccountKeys = AccountKeys(database, keys.narratives)

    def look_up(self, cursor: Cursor, ring: KeyRing, account: str, generation: int) -> None:
        """Find the key that is in use for an account, if it has one."""
        ring.generations[account] = generation
        key = self.account_keys.get(cursor, account, generation)
        if key is not None:
            ring.found[account, generation] = key

    def keyed(self, writes: Cursor, ring: KeyRing, records: Iterable[Recorded]) -> Iterator[Recorded | Keyed]:
        """The records with the keys for their free text; keys that are needed and were not found are made and kept."""
        generations: MutableMapping[str, int] = dict(ring.generations)
        made: MutableMapping[tuple[str, int], bytes] = dict(ring.found)
        for record in records:
            account, event = record.account, record.event
            if isinstance(event, PersonalDataErased):
                # Its own text is the first under the next key.
                generations[account] = generations.get(account, 0) + 1
            if event.narrative is None:
                yield record
                continue
            generation = generations.get(account, 0)
            key = made.get((account, generation))
            if key is None:
                key = self.account_keys.make(writes, account, generation)
                made[account, generation] = key
            yield Keyed(record, generation, key)
