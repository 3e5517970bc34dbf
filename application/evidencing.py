"""The part of the door that is about evidence: sealing the log, checkpoints for somebody else to keep, proofs, erasure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..infrastructure.clock import Clock
from ..infrastructure.database import Database
from ..infrastructure.errors import StoreUnreachable
from ..infrastructure.evidence.errors import KeysMissing, NotProvable
from ..infrastructure.opening import is_there
from ..infrastructure.sequencing import partition_of
from ..infrastructure.store import Store

if TYPE_CHECKING:
    from ..infrastructure.evidence.keeping_up import KeepingUp
    from ..infrastructure.evidence.keys import Keys, Trust
    from ..infrastructure.evidence.marks import WriterKind
    from ..infrastructure.evidence.proofs import ConsistencyProof, InclusionProof
    from ..infrastructure.evidence.proving import Prover
    from ..infrastructure.evidence.sealing import Sealed, Sealer
    from .verifying import Verification

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
        reader = self._prover.reader
        with self._database.reading() as cursor:
            found = [reader.newest(cursor, partition) for partition in self.store.log.partitions]
        return [sealed for sealed in found if sealed is not None]

    def sealing(self) -> KeepingUp:
        """Seals what is due each time it is called: every second, or every thousand entries. Raises KeysMissing.

        `sequencing` calls it in the background.
        """
        from ..infrastructure.evidence.keeping_up import KeepingUp

        return KeepingUp(self._database, self._sealer(), self.store.log.partitions)

    def prove(self, account: str, version: int, under: Sealed | None = None) -> InclusionProof:
        """That an event stands in the log under its newest checkpoint, or under the one that is given.

        Raises NotProvable where there is no such event, it is not sealed yet, or the log is not the one that was sealed.
        """
        with self._database.reading() as cursor:
            return self._prover.inclusion(cursor, account, version, self.partition_of(account), under)

    def prove_growth(self, older: Sealed, newer: Sealed) -> ConsistencyProof:
        """That the log of the newer checkpoint begins with the older one's. Raises NotProvable."""
        with self._database.reading() as cursor:
            return self._prover.consistency(cursor, older, newer)

    def checkpoint_of_size(self, partition: int, size: int) -> Sealed:
        """The checkpoint that covers so many entries of a partition. Raises NotProvable where none of that size is kept."""
        with self._database.reading() as cursor:
            kept = self._prover.reader.checkpoints(cursor, partition)
        found = next((one for one in kept if one.size == size), None)
        if found is None:
            raise NotProvable(
                f"no checkpoint of partition {partition} covers exactly {size} entries", partition=partition, size=size
            )
        return found

    def rotate_keys(self, folder: Path, *, log: bool = True, writer: WriterKind | None = None) -> int:
        """Put new keys in the place of those in a folder; returns the number of the rotation in this store.

        `log`: the log's key; `writer`: the writer's, of this kind. The old key of the log signs the new ones in a note that the
        store keeps, and `trust.json` knows all of them, so what was signed and marked before still verifies. A rotation that was
        not brought to its end is brought to it, whatever is asked for. Processes take up the new keys when they are opened again.
        Raises BadKey.
        """
        from ..infrastructure.evidence.key_events import KeyEvents
        from ..infrastructure.evidence.renewing import prepare, take_up

        ready = prepare(folder, log=log, writer=writer)
        events = KeyEvents(self._database, self.store.identity.store_id)
        with self._database.writing() as cursor:
            number = events.record(cursor, ready.old, ready.log, ready.writer, self.clock())
        take_up(folder)
        return number

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
                self._sealer().seal(self.partition_of(name))
            with self._database.writing() as cursor:
                destroyed += eraser.carry_out(cursor, name)
            if self.store.securing is not None:
                self.store.securing.account_keys.forget(name)
        if names:
            self._database.forget_deleted()
        return destroyed

    def verify(
        self,
        *,
        trust: str | Path | Trust | None = None,
        anchors: Iterable[str | Path] = (),
        since: Iterable[str | Path] = (),
        exports: Iterable[str | Path] = (),
        account: str | None = None,
        max_findings: int = 100,
        jobs: int = 1,
    ) -> Verification:
        """Verify this store with what lies in files; see `verify_store`. It is opened once more for that, to read only.

        Raises StoreUnreachable for a database that cannot be opened a second time (SQLite in memory).
        """
        from .verifying.files import verify_store

        url = self._database.engine.url.render_as_string(hide_password=False)
        if not is_there(url):
            raise StoreUnreachable("a database in memory cannot be opened a second time: verify one in a file")
        return verify_store(
            url,
            trust=trust,
            anchors=anchors,
            since=since,
            exports=exports,
            account=account,
            max_findings=max_findings,
            jobs=jobs,
            clock=self.clock,
        )

    def partition_of(self, account: str) -> int:
        """In which partition of the log the account's events stand."""
        return partition_of(account, self.store.identity.partitions)

    @cached_property
    def _prover(self) -> Prover:
        # Its statements are put together once: that takes longer than a proof.
        from ..infrastructure.evidence.proving import Prover

        return Prover(self._database, self.store.identity.store_id)

    def _sealer(self) -> Sealer:
        from ..infrastructure.evidence.sealing import Sealer

        return Sealer(self._database, self.store.identity.store_id, self._keys().log, self.clock)

    def _keys(self) -> Keys:
        if self.store.securing is None:
            raise KeysMissing(
                "sealing needs the log's key: give the folder of keys (`keys=`, `--keys`, ACCOUNT_SANCTIONS_KEYS)"
            )
        return self.store.securing.keys
