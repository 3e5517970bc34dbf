"""Making proofs from a store, inside the caller's reading transaction."""

from __future__ import annotations

from base64 import b64encode

from sqlalchemy import BindParameter, bindparam, select

from ..chain import genesis
from ..database import Cursor, Database
from ..tables import sanction_events
from .errors import NotProvable
from .merkle import consistency_path, inclusion_path
from .proofs import ConsistencyProof, InclusionProof, ProvenEvent, encoded
from .sealing import LogReader, Sealed
from .tables import places

__all__ = ["Prover"]


class Prover:
    """Proves that events are in the log, and that the log only grew."""

    def __init__(self, database: Database, store_id: str) -> None:
        self._store_id = store_id
        self.reader = LogReader(database)
        events = sanction_events.events.c
        account: BindParameter[str] = bindparam("account")
        self._event = database.prepare(
            select(events.topic, events.state).where(events.account == account, events.version == bindparam("version"))
        )
        self._hash = database.prepare(
            select(events.hash).where(events.account == account, events.version == bindparam("version"))
        )
        self._place = database.prepare(
            select(places.c.position).where(places.c.account == account, places.c.version == bindparam("version"))
        )

    def inclusion(
        self, cursor: Cursor, account: str, version: int, partition: int, under: Sealed | None = None
    ) -> InclusionProof:
        """That an event stands in the log that a checkpoint signs: the newest one unless another is given.

        Raises NotProvable where there is no such event, or it is not sealed yet.
        """
        cursor.execute(self._event, (account, version))
        event = cursor.fetchone()
        if event is None:
            raise NotProvable(f"{account!r} has no event of version {version}", account=account, version=version)
        sealed = under or self.reader.newest(cursor, partition)
        cursor.execute(self._place, (account, version))
        place = cursor.fetchone()
        if sealed is None or place is None or place[0] > sealed.size:
            raise NotProvable(
                f"version {version} of {account!r} is not under a checkpoint yet: run `seal` first",
                account=account,
                version=version,
            )
        cursor.execute(self._hash, (account, version - 1))
        before = cursor.fetchone()
        previous = genesis(self._store_id, account) if before is None else bytes(before[0])
        tiles = self.reader.tiles(cursor, partition)
        return InclusionProof(
            format="account-sanctions/inclusion-proof/1",
            event=ProvenEvent(account, version, event[0], _text(event[1]), _text(previous)),
            partition=partition,
            position=place[0],
            path=encoded(inclusion_path(tiles.complete, place[0] - 1, sealed.size)),
            checkpoint=sealed.note,
        )

    def consistency(self, cursor: Cursor, older: Sealed, newer: Sealed) -> ConsistencyProof:
        """That the newer checkpoint's log begins with the older one's. Raises NotProvable for the wrong order."""
        if older.partition != newer.partition or older.size > newer.size:
            raise NotProvable("the two checkpoints are not of one log, or in the wrong order")
        tiles = self.reader.tiles(cursor, older.partition)
        return ConsistencyProof(
            format="account-sanctions/consistency-proof/1",
            older=older.note,
            newer=newer.note,
            path=encoded(consistency_path(tiles.complete, older.size, newer.size)),
        )


def _text(raw: bytes) -> str:
    return b64encode(bytes(raw)).decode()
