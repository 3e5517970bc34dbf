"""The part of the door that is about evidence: sealing the log, checkpoints for somebody else to keep, proofs, erasure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..infrastructure.clock import Clock
from ..infrastructure.database import Database
from ..infrastructure.evidence.errors import KeysMissing
from ..infrastructure.sequencing import partition_of
from ..infrastructure.store import Store

if TYPE_CHECKING:
    from ..infrastructure.evidence.keys import Keys
    from ..infrastructure.evidence.proofs import ConsistencyProof, InclusionProof
    from ..infrastructure.evidence.sealing import Sealed, Sealer

__all__ = ["Evidencing"]


class Evidencing:
    """What `Sanctions` does so that others can check it. The modules behind are imported by the first use."""

    store: Store
    clock: Clock
    _database: Database

    def seal(self, progress: Callable[[int], None] | None = None) -> list[Sealed]:
        """Sequence and seal all that is committed; returns the newest checkpoint of each partition that has one.

        `progress` is told how many entries were sealed since it was last told. Raises KeysMissing.
        """
        self.store.settle_log()
        sealer = self._sealer()
        found = [sealer.seal(partition, progress) for partition in self.store.log.partitions]
        return [sealed for sealed in found if sealed is not None]

    def checkpoints(self) -> list[Sealed]:
        """The newest checkpoint of each partition that has one, for somebody else to keep."""
        from ..infrastructure.evidence.sealing import LogReader

        reader = LogReader(self._database)
        with self._database.reading() as cursor:
            found = [reader.newest(cursor, partition) for partition in self.store.log.partitions]
        return [sealed for sealed in found if sealed is not None]

    def prove(self, account: str, version: int) -> InclusionProof:
        """That an event stands in the log under its newest checkpoint. Raises NotProvable."""
        from ..infrastructure.evidence.proving import Prover

        prover = Prover(self._database, self.store.identity.store_id)
        with self._database.reading() as cursor:
            return prover.inclusion(cursor, account, version, self._partition(account))

    def prove_growth(self, older: Sealed, newer: Sealed) -> ConsistencyProof:
        """That the log of the newer checkpoint begins with the older one's. Raises NotProvable."""
        from ..infrastructure.evidence.proving import Prover

        prover = Prover(self._database, self.store.identity.store_id)
        with self._database.reading() as cursor:
            return prover.consistency(cursor, older, newer)

    def finish_erasures(self, account: str | None = None) -> int:
        """Destroy the free text whose erasure is recorded, of one account or of all; returns how many texts.

        With keys, the erasure is sealed first. `execute` does this by itself, except inside a host's transaction.
        """
        from ..infrastructure.evidence.erasing import Eraser

        eraser = Eraser(self._database)
        names = [account]
        if account is None:
            with self._database.reading() as cursor:
                names = [*eraser.unfinished(cursor)]
        destroyed = 0
        for name in names:
            assert name is not None
            if self.store.securing is not None:
                self.store.settle_log()
                self._sealer().seal(self._partition(name))
            with self._database.writing() as cursor:
                destroyed += eraser.carry_out(cursor, name)
        return destroyed

    def _partition(self, account: str) -> int:
        return partition_of(account, self.store.identity.partitions)

    def _sealer(self) -> Sealer:
        from ..infrastructure.evidence.sealing import Sealer

        return Sealer(self._database, self.store.identity.store_id, self._keys().log, self.clock)

    def _keys(self) -> Keys:
        if self.store.securing is None:
            raise KeysMissing("sealing needs the log's key: give the folder with the keys")
        return self.store.securing.keys
