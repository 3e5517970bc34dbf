"""Verifying the log: every event in it once and in order, its tree built anew, and each checkpoint held against the tree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, func, select

from ...domain.instants import from_micros
from ...infrastructure.database import Cursor, Database
from ...infrastructure.evidence.checkpoints import Checkpoint, origin_of
from ...infrastructure.evidence.errors import BadNote
from ...infrastructure.evidence.frontier import Frontier
from ...infrastructure.evidence.leaves import log_leaf
from ...infrastructure.evidence.notes import NoteVerifier, open_note, split_note
from ...infrastructure.evidence.tables import checkpoints, nodes, places
from ...infrastructure.sequencing import partition_of
from ...infrastructure.tables import sanction_events
from .collecting import Findings

__all__ = ["Anchor", "LogVerifier"]

_PIECE: Final = 5_000


class Anchor(NamedTuple):
    """A checkpoint that somebody else kept, and where it came from. Its signature has been verified."""

    source: str
    checkpoint: Checkpoint


class _Seal(NamedTuple):
    size: int
    note: str
    sealed_at: datetime


class LogVerifier:
    """Verifies the log of one partition after the other, each in one consistent view of it."""

    def __init__(
        self,
        database: Database,
        store_id: str,
        partitions: int,
        logs: Sequence[NoteVerifier] | None,
        anchors: Iterable[Anchor],
        now: datetime,
    ) -> None:
        self._store_id = store_id
        self._partitions = partitions
        self._logs = logs
        self._now = now
        self._anchors: dict[str, list[Anchor]] = {}
        for anchor in anchors:
            self._anchors.setdefault(anchor.checkpoint.origin, []).append(anchor)
        log, events, seals, kept, stands = (
            sanction_events.log.c,
            sanction_events.events.c,
            checkpoints.c,
            nodes.c,
            places.c,
        )
        beside = (log.account == events.account) & (log.version == events.version)
        at_partition = seals.partition == bindparam("partition")
        prepare = database.prepare
        self._entries = prepare(
            select(log.position, log.account, log.version, events.hash, events.mark.is_not(None), stands.position)
            .select_from(
                sanction_events.log.outerjoin(sanction_events.events, beside).outerjoin(
                    places, (log.account == stands.account) & (log.version == stands.version)
                )
            )
            .where(
                log.partition == bindparam("partition"),
                log.position > bindparam("behind"),
                log.position <= bindparam("end"),
            )
            .order_by(log.position)
        )
        self._last = prepare(select(func.max(log.position)).where(log.partition == bindparam("partition")))
        self._seals = prepare(select(seals.size, seals.note, seals.sealed_at).where(at_partition).order_by(seals.size))
        self._nodes = prepare(
            select(kept.level, kept.number, kept.hash).where(kept.partition == bindparam("partition"))
        )

    def verify(
        self, cursor: Cursor, partition: int, findings: Findings, progress: Callable[[int], None] | None = None
    ) -> int:
        """Look at every entry of a partition; returns how many are under a checkpoint that was signed by a trusted key."""
        cursor.execute(self._seals, (partition,))
        seals = [_Seal(size, note, from_micros(sealed_at)) for size, note, sealed_at in cursor.fetchall()]
        origin = origin_of(self._store_id, partition)
        good = self._signed(seals, origin, partition, findings)
        cursor.execute(self._last, (partition,))
        size = cursor.fetchone()[0] or 0
        roots = _Roots(good, self._anchors.get(origin, ()))
        walk = _Walk(partition, self._partitions, roots, findings, seals, self._now, self._logs is not None)
        self._walk(cursor, partition, size, walk, progress)
        self._compare(good, walk, partition, size, findings)
        self._compare_anchors(origin, seals, walk, partition, size, findings)
        self._compare_nodes(cursor, partition, walk, findings)
        sealed = max((seal.size for seal in seals if seal.size in good), default=0)
        if sealed < size:
            findings.add(
                "unsealed_tail",
                f"{size - sealed} entries are under no checkpoint: run `seal`",
                partition=partition,
                position=sealed + 1,
            )
        return sealed

    def _signed(self, seals: Sequence[_Seal], origin: str, partition: int, findings: Findings) -> dict[int, Checkpoint]:
        good: dict[int, Checkpoint] = {}
        for seal in seals:
            try:
                text = split_note(seal.note).text if self._logs is None else open_note(seal.note, self._logs)[0]
                checkpoint = Checkpoint.parse(text)
            except BadNote as error:
                findings.add("checkpoint_forged", error.message, partition=partition, position=seal.size)
                continue
            if checkpoint.origin != origin or checkpoint.size != seal.size:
                findings.add(
                    "checkpoint_forged",
                    "it is a checkpoint of another log or size",
                    partition=partition,
                    position=seal.size,
                )
                continue
            good[seal.size] = checkpoint
        return good

    def _walk(
        self, cursor: Cursor, partition: int, size: int, walk: _Walk, progress: Callable[[int], None] | None
    ) -> None:
        behind = 0
        while behind < size:
            end = min(behind + _PIECE, size)
            cursor.execute(self._entries, (partition, behind, end))
            rows = cursor.fetchall()
            for row in rows:
                if not walk.take(*row):
                    return
            if len(rows) < end - behind:
                walk.gap(behind + len(rows) + 1)
                return
            behind = end
            if progress is not None:
                progress(len(rows))

    def _compare(
        self, good: Mapping[int, Checkpoint], walk: _Walk, partition: int, size: int, findings: Findings
    ) -> None:
        before = 0
        for at, checkpoint in sorted(good.items()):
            if at > size:
                findings.add(
                    "log_shortened",
                    f"a checkpoint covers {at} entries, and the log has {size}",
                    partition=partition,
                    position=size + 1,
                    before=self._now,
                )
                return
            if at in walk.roots.found and walk.roots.found[at] != checkpoint.root:
                findings.add(
                    "root_changed",
                    f"something among the entries {before + 1} to {at} is not what was sealed",
                    partition=partition,
                    position=before + 1,
                    after=walk.sealed_at(at),
                    before=self._now,
                )
                return
            before = at

    def _compare_anchors(
        self, origin: str, seals: Sequence[_Seal], walk: _Walk, partition: int, size: int, findings: Findings
    ) -> None:
        kept = {seal.size for seal in seals}
        for source, checkpoint in sorted(self._anchors.get(origin, ()), key=lambda anchor: anchor.checkpoint.size):
            if checkpoint.size > size:
                findings.add(
                    "anchor_beyond",
                    f"{source}: {checkpoint.size} entries were anchored, and the log has {size}",
                    partition=partition,
                    position=size + 1,
                    before=self._now,
                )
            elif checkpoint.size in walk.roots.found and walk.roots.found[checkpoint.size] != checkpoint.root:
                findings.add(
                    "anchor_contradicted",
                    f"{source}: something among the first {checkpoint.size} entries is not what was anchored",
                    partition=partition,
                    before=self._now,
                )
            elif checkpoint.size not in kept and checkpoint.size:
                findings.add(
                    "checkpoint_removed",
                    f"{source}: the checkpoint of {checkpoint.size} entries is not kept any more",
                    partition=partition,
                    position=checkpoint.size,
                )

    def _compare_nodes(self, cursor: Cursor, partition: int, walk: _Walk, findings: Findings) -> None:
        if not walk.whole:
            return
        cursor.execute(self._nodes, (partition,))
        found = {(level, number): bytes(node) for level, number, node in cursor.fetchall()}
        sealed = max(walk.roots.wanted, default=0)
        expected = {place: node for place, node in walk.nodes.items() if (place[1] + 1) << place[0] <= sealed}
        if {place: node for place, node in found.items() if place in expected} != expected or set(found) - set(
            walk.nodes
        ):
            findings.add("tree_diverging", "its nodes are not those of the log", partition=partition)


class _Roots:
    """The sizes at which a root is wanted, and the roots as they are found."""

    def __init__(self, good: Mapping[int, Checkpoint], anchors: Iterable[Anchor]) -> None:
        self.wanted = frozenset({*good, *(anchor.checkpoint.size for anchor in anchors)})
        self.found: dict[int, bytes] = {}


class _Walk:
    """Goes through the entries of a partition once, building its tree."""

    def __init__(
        self,
        partition: int,
        partitions: int,
        roots: _Roots,
        findings: Findings,
        seals: Sequence[_Seal],
        now: datetime,
        checks_marks: bool,  # noqa: FBT001 - private to this module
    ) -> None:
        self.roots = roots
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.whole = True
        self._partition = partition
        self._partitions = partitions
        self._findings = findings
        self._seals = seals
        self._now = now
        self._marked = False
        self._checks_marks = checks_marks
        self._edge = Frontier(self._keep)
        if 0 in roots.wanted:
            roots.found[0] = self._edge.root()

    def take(self, position: int, account: str, version: int, found: Any, marked: Any, stands: int | None) -> bool:
        """One entry; False where the tree cannot be built any further."""
        if position != self._edge.size + 1:
            self.gap(self._edge.size + 1)
            return False
        if found is None:
            self._findings.add(
                "event_missing",
                f"entry {position} is version {version} of this account, and there is no such event",
                account=account,
                version=version,
                partition=self._partition,
                position=position,
                after=self.sealed_at(position),
                before=self._now,
            )
            self.whole = False
            return False
        if partition_of(account, self._partitions) != self._partition:
            self._findings.add(
                "wrong_partition",
                f"it belongs into partition {partition_of(account, self._partitions)}",
                account=account,
                partition=self._partition,
                position=position,
            )
        if self._checks_marks:
            self._mark(position, account, version, marked=bool(marked))
        self._edge.add(log_leaf(self._partition, position, bytes(found)))
        size = self._edge.size
        if size in self.roots.wanted:
            self.roots.found[size] = self._edge.root()
        if self._seals and size <= self._seals[-1].size and stands != position:
            self._findings.add(
                "tree_diverging", f"its place is kept as {stands}", partition=self._partition, position=position
            )
        return True

    def gap(self, position: int) -> None:
        """An entry is missing."""
        self._findings.add(
            "log_gap",
            f"there is no entry {position}",
            partition=self._partition,
            position=position,
            after=self.sealed_at(position),
            before=self._now,
        )
        self.whole = False

    def sealed_at(self, position: int) -> datetime | None:
        """When the first checkpoint over an entry was written: until then nothing was done to it."""
        return next((seal.sealed_at for seal in self._seals if seal.size >= position), None)

    def _mark(self, position: int, account: str, version: int, *, marked: bool) -> None:
        if marked:
            self._marked = True
        elif self._marked:
            self._findings.add(
                "mark_missing",
                "it carries no writer's mark, and entries before it do",
                account=account,
                version=version,
                partition=self._partition,
                position=position,
                before=self._now,
            )

    def _keep(self, level: int, number: int, node: bytes) -> None:
        self.nodes[level, number] = node
