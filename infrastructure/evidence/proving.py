"""Making proofs from a store, inside the caller's reading transaction."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable

from sqlalchemy import BindParameter, bindparam, select

from ..chain import event_hash, genesis
from ..database import Cursor, Database
from ..tables import sanction_events
from .errors import BadNote, NotProvable
from .leaves import log_leaf
from .merkle import Complete, Path, consistency_path, holds_consistency, holds_inclusion, inclusion_path
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
        topic, state = event[0], bytes(event[1])
        path = self._path(cursor, partition, lambda found: inclusion_path(found, place[0] - 1, sealed.size))
        leaf = log_leaf(partition, place[0], event_hash(previous, account, version, topic, state))
        if not holds_inclusion(leaf, place[0] - 1, sealed.size, path, _root(sealed)):
            raise _touched("the event, or the log, is", account=account, version=version)
        return InclusionProof(
            format="account-sanctions/inclusion-proof/1",
            event=ProvenEvent(account, version, topic, _text(state), _text(previous)),
            partition=partition,
            position=place[0],
            path=encoded(path),
            checkpoint=sealed.note,
        )

    def consistency(self, cursor: Cursor, older: Sealed, newer: Sealed) -> ConsistencyProof:
        """That the newer checkpoint's log begins with the older one's. Raises NotProvable where it does not."""
        if older.partition != newer.partition or older.size > newer.size:
            raise NotProvable("the two checkpoints are not of one log, or in the wrong order")
        if not older.size:
            raise NotProvable("every log goes on from an empty one: there is nothing to prove")
        path = self._path(cursor, older.partition, lambda found: consistency_path(found, older.size, newer.size))
        if not holds_consistency(older.size, _root(older), newer.size, _root(newer), path):
            raise _touched("the log is", older=older.size, newer=newer.size)
        return ConsistencyProof(
            format="account-sanctions/consistency-proof/1",
            older=older.note,
            newer=newer.note,
            path=encoded(path),
        )

    def _path(self, cursor: Cursor, partition: int, make: Callable[[Complete], Path]) -> Path:
        try:
            return make(self.reader.tiles(cursor, partition).complete)
        except LookupError:
            raise _touched("entries of the log are missing: it is", partition=partition) from None


def _root(sealed: Sealed) -> bytes:
    try:
        return sealed.checkpoint.root
    except BadNote as error:
        raise NotProvable(f"the checkpoint is damaged: {error.message}") from None


def _touched(what: str, **details: object) -> NotProvable:
    return NotProvable(f"{what} not what the checkpoint was made of: run `verify`", **details)


def _text(raw: bytes) -> str:
    return b64encode(bytes(raw)).decode()
