"""Reading a piece of the log: every entry with the hash of its event, in order, as leaves for the tree.

Entries are only ever added, so each piece may be read in a view of its own while writers go on; what a piece cannot know
(what came before it) it hands on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import bindparam, select

from ...infrastructure.database import Cursor, Database
from ...infrastructure.evidence.leaves import log_leaf
from ...infrastructure.evidence.tables import places
from ...infrastructure.sequencing import partition_of
from ...infrastructure.tables import sanction_events
from .collecting import Findings

__all__ = ["Entry", "Piece", "PieceReader", "PieceTask"]

LEAF_BYTES: Final = 32


class PieceTask(Struct, frozen=True):
    """Which entries to read: those of `partition` behind `behind`, up to `end`. `sealed`: how far places must be kept.

    `seals`: sizes and times of the checkpoints, to say between which instants something was done.
    """

    partition: int
    behind: int
    end: int
    sealed: int
    seals: tuple[tuple[int, datetime], ...]


class Entry(Struct, frozen=True):
    """Where something stands."""

    position: int
    account: str
    version: int


class Piece(Struct, frozen=True):
    """The leaves of a piece one behind the other; fewer than were asked for where something is missing.

    `marked`: whether an entry carries a mark. `unmarked`: the first that carries none, `stripped`: the first of those that
    stand behind a marked one.
    """

    leaves: bytes
    marked: bool
    unmarked: Entry | None
    stripped: Entry | None


class PieceReader:
    """Reads pieces of the log of a store."""

    def __init__(self, database: Database, partitions: int, now: datetime) -> None:
        self._partitions = partitions
        self._now = now
        log, events, stands = sanction_events.log.c, sanction_events.events.c, places.c
        beside = (log.account == events.account) & (log.version == events.version)
        self._entries = database.prepare(
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
        self._database = database

    def read(self, cursor: Cursor, task: PieceTask, findings: Findings) -> Piece:
        """Look at every entry of a piece."""
        rows = self._database.rows(cursor, self._entries, (task.partition, task.behind, task.end))
        leaves = bytearray()
        marked, unmarked, stripped = False, None, None
        whole = True
        expected = task.behind
        for position, account, version, found, has_mark, stands in rows:
            expected += 1
            if position != expected:
                _gap(task, expected, findings, self._now)
                whole, expected = False, position
            if not self._stands_right(task, position, account, version, found, findings):
                whole = False
            if whole:
                leaves += log_leaf(task.partition, position, bytes(found))
            if has_mark or found is None:
                marked = marked or bool(has_mark)
            elif unmarked is None or (marked and stripped is None):
                entry = Entry(position, account, version)
                unmarked = unmarked or entry
                stripped = entry if marked and stripped is None else stripped
            if position <= task.sealed and stands != position:
                said = f"the place of version {version} of {account!r} is kept as {stands}"
                findings.add("tree_diverging", said, partition=task.partition, position=position)
        if expected < task.end:
            _gap(task, expected + 1, findings, self._now)
        return Piece(bytes(leaves), marked, unmarked, stripped)

    def _stands_right(
        self, task: PieceTask, position: int, account: str, version: int, found: Any, findings: Findings
    ) -> bool:
        if found is None:
            findings.add(
                "event_missing",
                f"entry {position} is version {version} of this account, and there is no such event",
                account=account,
                version=version,
                partition=task.partition,
                position=position,
                after=sealed_at(task.seals, position),
                before=self._now,
            )
            return False
        if partition_of(account, self._partitions) != task.partition:
            findings.add(
                "wrong_partition",
                f"it belongs into partition {partition_of(account, self._partitions)}",
                account=account,
                version=version,
                partition=task.partition,
                position=position,
            )
        return True


def sealed_at(seals: Sequence[tuple[int, datetime]], position: int) -> datetime | None:
    """When the first checkpoint over an entry was written: until then nothing was done to it."""
    return next((at for size, at in seals if size >= position), None)


def _gap(task: PieceTask, position: int, findings: Findings, now: datetime) -> None:
    findings.add(
        "log_gap",
        f"there is no entry {position}",
        partition=task.partition,
        position=position,
        after=sealed_at(task.seals, position),
        before=now,
    )
