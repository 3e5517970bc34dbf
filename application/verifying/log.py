"""Verifying the log of a partition: its tree built anew from the entries, and every signed root held against it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from msgspec import Struct
from sqlalchemy import bindparam, func, select

from ...domain.instants import from_micros
from ...infrastructure.database import Cursor, Database
from ...infrastructure.evidence.checkpoints import Checkpoint, origin_of
from ...infrastructure.evidence.errors import BadNote
from ...infrastructure.evidence.frontier import Frontier
from ...infrastructure.evidence.merkle import Complete
from ...infrastructure.evidence.notes import NoteVerifier, open_note, split_note
from ...infrastructure.evidence.tables import checkpoints, nodes
from ...infrastructure.tables import sanction_events
from .collecting import Findings
from .pieces import LEAF_BYTES, Piece, PieceTask, sealed_at
from .trusting import Anchor

__all__ = ["Extent", "Log", "LogReader", "Seal", "Start"]

_PIECE: Final = 20_000


class Seal(Struct, frozen=True):
    """A checkpoint as the store keeps it; `checkpoint` is what it says, where a trusted key signed that."""

    size: int
    sealed_at: datetime
    checkpoint: Checkpoint | None


class Extent(NamedTuple):
    """How many entries a partition has, and the position of the last one."""

    entries: int
    last: int


class Start(NamedTuple):
    """A tree that grows, and the nodes that it has come by."""

    edge: Frontier
    nodes: dict[tuple[int, int], bytes]

    @classmethod
    def empty(cls) -> Start:
        """The tree of nothing."""
        nodes: dict[tuple[int, int], bytes] = {}
        return cls(Frontier(_keeping(nodes)), nodes)

    @classmethod
    def at(cls, checkpoint: Checkpoint, complete: Complete) -> Start | None:
        """The tree under a checkpoint, put together from what is kept of it; None where that has not the root that was signed."""
        nodes: dict[tuple[int, int], bytes] = {}
        try:
            edge = Frontier.at(checkpoint.size, complete, _keeping(nodes))
        except LookupError:
            return None
        return cls(edge, nodes) if edge.root() == checkpoint.root else None


def _keeping(nodes: dict[tuple[int, int], bytes]) -> Callable[[int, int, bytes], None]:
    return lambda level, number, node: nodes.update({(level, number): node})


class Log:
    """The log of one partition as it stood at one instant, being verified: what is in it by then is not to change any more.

    `extent`: how many entries it has and the position of the last one, which differ where something is wrong. `start`: the
    tree of the entries that need not be read again, because an older checkpoint covers them.
    """

    def __init__(
        self,
        partition: int,
        extent: Extent,
        seals: Sequence[Seal],
        anchors: Iterable[Anchor],
        now: datetime,
        start: Start | None = None,
        *,
        checks_marks: bool,
    ) -> None:
        self.partition = partition
        # Where the last position says more than there is, the first gap lies within the count: nobody is led far away.
        self.size, self._last = extent
        self.seals = seals
        self.behind = 0 if start is None else start.edge.size
        self._anchors = sorted(anchors, key=lambda anchor: anchor.checkpoint.size)
        self._now = now
        self._checks_marks = checks_marks
        self._good: Mapping[int, Checkpoint] = {
            seal.size: seal.checkpoint for seal in seals if seal.checkpoint is not None
        }
        self._wanted = sorted({*self._good, *(anchor.checkpoint.size for anchor in self._anchors)})
        self._roots: dict[int, bytes] = {}
        self._edge, self._nodes = Start.empty() if start is None else start
        self._whole = True
        self._marked = False

    @property
    def sealed(self) -> int:
        """How many entries are under a checkpoint that a trusted key signed."""
        return max(self._good, default=0)

    def tasks(self) -> Iterator[PieceTask]:
        """The pieces to be read, in order."""
        seals = tuple((seal.size, seal.sealed_at) for seal in self.seals)
        sealed = max((seal.size for seal in self.seals), default=0)
        for behind in range(self.behind, self.size, _PIECE):
            yield PieceTask(self.partition, behind, min(behind + _PIECE, self.size), sealed, seals)

    def take(self, task: PieceTask, piece: Piece, findings: Findings) -> None:
        """Go on with the next piece."""
        if self._checks_marks:
            found = piece.unmarked if self._marked else piece.stripped
            if found is not None:
                findings.add(
                    "mark_missing",
                    "it carries no writer's mark, and entries before it do",
                    account=found.account,
                    version=found.version,
                    partition=self.partition,
                    position=found.position,
                    before=self._now,
                )
            self._marked = self._marked or piece.marked
        if not self._whole:
            return
        self._note_root()
        wanted = {size for size in self._wanted if task.behind < size <= task.end}
        for at in range(0, len(piece.leaves), LEAF_BYTES):
            self._edge.add(piece.leaves[at : at + LEAF_BYTES])
            if self._edge.size in wanted:
                self._roots[self._edge.size] = self._edge.root()
        self._whole = self._edge.size == task.end

    def compare(self, cursor: Cursor, reader: LogReader, findings: Findings) -> None:
        """Hold the tree against what was signed and against what is kept of it."""
        self._note_root()
        self._compare_seals(findings)
        self._compare_anchors(findings)
        if self._whole:
            # The log may have grown since it was read, and the tree with it.
            last = reader.extent(cursor, self.partition).last
            self._compare_nodes(reader.nodes(cursor, self.partition), last, findings)
        if self.sealed < self.size:
            findings.add(
                "unsealed_tail",
                f"{self.size - self.sealed} entries are under no checkpoint: run `seal`",
                partition=self.partition,
                position=self.sealed + 1,
            )

    def _note_root(self) -> None:
        if self._edge.size in (0, self.behind):
            self._roots[self._edge.size] = self._edge.root()

    def _compare_seals(self, findings: Findings) -> None:
        before = self.behind
        for size, checkpoint in sorted(self._good.items()):
            if size > self._last:
                findings.add(
                    "log_shortened",
                    f"a checkpoint covers {size} entries, and the log has {self.size}",
                    partition=self.partition,
                    position=self.size + 1,
                    after=self._sealed_at(size),
                    before=self._now,
                )
                return
            if size in self._roots and self._roots[size] != checkpoint.root:
                # What a later checkpoint signs as it stands now was done before that one.
                again = next((at for at in sorted(self._good) if at > size and self._agrees(at)), None)
                findings.add(
                    "root_changed",
                    f"something among the entries {before + 1} to {size} is not what was sealed",
                    partition=self.partition,
                    position=before + 1,
                    after=self._sealed_at(size),
                    before=self._now if again is None else self._sealed_at(again),
                )
                return
            before = max(before, size)

    def _agrees(self, size: int) -> bool:
        return self._roots.get(size) == self._good[size].root

    def _sealed_at(self, size: int) -> datetime | None:
        return sealed_at([(seal.size, seal.sealed_at) for seal in self.seals], size)

    def _compare_anchors(self, findings: Findings) -> None:
        kept = {seal.size for seal in self.seals}
        for source, checkpoint in self._anchors:
            if checkpoint.size > self._last:
                findings.add(
                    "anchor_beyond",
                    f"{source}: {checkpoint.size} entries were anchored, and the log has {self.size}",
                    partition=self.partition,
                    position=self.size + 1,
                    before=self._now,
                )
            elif checkpoint.size in self._roots and self._roots[checkpoint.size] != checkpoint.root:
                findings.add(
                    "anchor_contradicted",
                    f"{source}: something among the first {checkpoint.size} entries is not what was anchored",
                    partition=self.partition,
                    after=self._sealed_at(checkpoint.size),
                    before=self._now,
                )
            elif checkpoint.size not in kept and checkpoint.size:
                findings.add(
                    "checkpoint_removed",
                    f"{source}: the checkpoint of {checkpoint.size} entries is not kept any more",
                    partition=self.partition,
                    position=checkpoint.size,
                )

    def _compare_nodes(self, found: Mapping[tuple[int, int], bytes], last: int, findings: Findings) -> None:
        sealed = max((seal.size for seal in self.seals), default=0)
        for (level, number), node in sorted(self._nodes.items()):
            if (number + 1) << level <= sealed and found.get((level, number)) != node:
                said = f"the node {number} of level {level} is not the one that the entries give"
                findings.add("tree_diverging", said, partition=self.partition, position=(number << level) + 1)
                return
        extra = [(level, number) for level, number in found if (number + 1) << level > last or level % 8]
        if extra:
            said = f"a node {extra[0][1]} of level {extra[0][0]} is kept, and the log does not reach so far"
            findings.add("tree_diverging", said, partition=self.partition)


class LogReader:
    """Reads what is kept beside the log of a partition."""

    def __init__(self, database: Database, store_id: str, logs: Sequence[NoteVerifier] | None) -> None:
        self._store_id = store_id
        self._logs = logs
        log, seals, kept = sanction_events.log.c, checkpoints.c, nodes.c
        prepare = database.prepare
        self._extent = prepare(
            select(func.count(), func.max(log.position)).where(log.partition == bindparam("partition"))
        )
        self._seals = prepare(
            select(seals.size, seals.note, seals.sealed_at)
            .where(seals.partition == bindparam("partition"))
            .order_by(seals.size)
        )
        self._nodes = prepare(
            select(kept.level, kept.number, kept.hash).where(kept.partition == bindparam("partition"))
        )

    def extent(self, cursor: Cursor, partition: int) -> Extent:
        """How many entries the partition has."""
        cursor.execute(self._extent, (partition,))
        count, last = cursor.fetchone()
        return Extent(count, last or 0)

    def seals(self, cursor: Cursor, partition: int, findings: Findings) -> list[Seal]:
        """The checkpoints of the partition, each opened with the trusted keys."""
        cursor.execute(self._seals, (partition,))
        return [self._seal(partition, size, note, at, findings) for size, note, at in cursor.fetchall()]

    def nodes(self, cursor: Cursor, partition: int) -> dict[tuple[int, int], bytes]:
        """The nodes of the tree that are kept."""
        cursor.execute(self._nodes, (partition,))
        return {(level, number): bytes(node) for level, number, node in cursor.fetchall()}

    def _seal(self, partition: int, size: int, note: str, sealed_at: int, findings: Findings) -> Seal:
        checkpoint = None
        try:
            text = split_note(note).text if self._logs is None else open_note(note, self._logs)[0]
            checkpoint = Checkpoint.parse(text)
            if checkpoint.origin != origin_of(self._store_id, partition) or checkpoint.size != size:
                raise BadNote(f"it is a checkpoint of {checkpoint.size} entries of {checkpoint.origin}")
        except BadNote as error:
            checkpoint = None
            findings.add("checkpoint_forged", error.message, partition=partition, position=size)
        try:
            at = from_micros(sealed_at)
        except (OverflowError, ValueError):
            at = from_micros(0)
            said = "it says that it was sealed at no time of the calendar"
            findings.add("checkpoint_forged", said, partition=partition, position=size)
        return Seal(size, at, checkpoint)
