"""Verifying that the events of one account stand in the log that was signed, without reading the rest of the log.

What is kept of the tree gives the paths; whether they lead to the signed root does not depend on whether it is right.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select

from ...infrastructure.database import Cursor, Database
from ...infrastructure.evidence.checkpoints import Checkpoint
from ...infrastructure.evidence.leaves import log_leaf
from ...infrastructure.evidence.merkle import (
    Complete,
    consistency_path,
    holds_consistency,
    holds_inclusion,
    inclusion_path,
    root,
)
from ...infrastructure.tables import pending, sanction_events
from .collecting import Findings
from .log import Extent, Seal
from .trusting import Anchor

__all__ = ["AccountInLog"]


class AccountInLog:
    """Verifies the entries of one account."""

    def __init__(self, database: Database, now: datetime) -> None:
        self._database = database
        self._now = now
        log, events, waiting = sanction_events.log.c, sanction_events.events.c, pending.c
        beside = (log.account == events.account) & (log.version == events.version)
        at_account = log.account == bindparam("account")
        prepare = database.prepare
        self._entries = prepare(
            select(log.partition, log.position, log.version, events.hash)
            .select_from(sanction_events.log.outerjoin(sanction_events.events, beside))
            .where(at_account)
            .order_by(log.partition, log.position)
        )
        self._count = prepare(select(func.count()).where(events.account == bindparam("account")))
        waiting_at = select(func.count()).where(waiting.account == bindparam("account"))
        self._waiting = prepare(waiting_at) if database.sequenced else None

    def verify(
        self,
        cursor: Cursor,
        account: str,
        partition: int,
        extent: Extent,
        seals: Sequence[Seal],
        anchors: Sequence[Anchor],
        complete: Complete,
        findings: Findings,
    ) -> int:
        """Look at each entry of the account; returns how many are under a signed checkpoint."""
        signed = [seal.checkpoint for seal in seals if seal.checkpoint is not None]
        signed += [anchor.checkpoint for anchor in anchors]
        within = [checkpoint for checkpoint in signed if checkpoint.size <= extent.last]
        if extent.entries != extent.last:
            said = f"the log has {extent.entries} entries, and the last one is {extent.last}"
            findings.add("log_gap", said, partition=partition, before=self._now)
        for seal in seals:
            if seal.checkpoint is not None and seal.size > extent.last:
                said = f"a checkpoint covers {seal.size} entries, and the log has {extent.last}"
                findings.add("log_shortened", said, partition=partition, position=extent.last + 1, before=self._now)
                break
        for anchor in anchors:
            if anchor.checkpoint.size > extent.last:
                said = f"{anchor.source}: {anchor.checkpoint.size} entries were anchored, and the log has {extent.last}"
                findings.add("anchor_beyond", said, partition=partition, position=extent.last + 1, before=self._now)
        head = max(within, key=lambda checkpoint: checkpoint.size, default=None)
        fits = head is None or _gives(head, complete)
        if head is not None and not fits:
            # Then no path leads anywhere, and what is wrong may be far from this account.
            said = f"the log does not give the root of the {head.size} entries that were signed: verify the whole log"
            findings.add("root_changed", said, partition=partition, before=self._now)
        if fits:
            self._anchored(partition, head, anchors, complete, findings)
        return self._entries_stand(cursor, account, partition, head, complete if fits else None, findings)

    def _anchored(
        self, partition: int, head: Checkpoint | None, anchors: Sequence[Anchor], complete: Complete, findings: Findings
    ) -> None:
        for source, checkpoint in anchors:
            if head is None or not 0 < checkpoint.size <= head.size:
                continue
            if not _goes_on(checkpoint, head, complete):
                said = f"{source}: the log does not go on from the {checkpoint.size} entries that were anchored"
                findings.add("anchor_contradicted", said, partition=partition, before=self._now)

    def _entries_stand(
        self,
        cursor: Cursor,
        account: str,
        partition: int,
        head: Checkpoint | None,
        complete: Complete | None,
        findings: Findings,
    ) -> int:
        cursor.execute(self._count, (account,))
        (events,) = cursor.fetchone()
        waits = 0
        if self._waiting is not None:
            cursor.execute(self._waiting, (account,))
            (waits,) = cursor.fetchone()
        cursor.execute(self._entries, (account,))
        rows = cursor.fetchall()
        for number, (stands_in, position, version, found) in enumerate(rows, 1):
            where: dict[str, Any] = {
                "account": account,
                "version": version,
                "partition": stands_in,
                "position": position,
            }
            if stands_in != partition:
                findings.add("wrong_partition", f"it belongs into partition {partition}", **where)
            elif version != number:
                findings.add("log_order", "the log has the account's events twice, or in another order", **where)
            elif found is None:
                findings.add("event_missing", "there is no such event", **where, before=self._now)
        sealed = 0
        for stands_in, position, version, found in rows:
            if head is None or position > head.size or stands_in != partition or found is None:
                continue
            sealed += 1
            if complete is not None and not _is_included(partition, position, bytes(found), head, complete):
                where = {"account": account, "version": version, "partition": partition, "position": position}
                said = f"it, or an entry beside it, is not among the {head.size} that were signed: verify the whole log"
                findings.add("not_included", said, **where, before=self._now)
        if len(rows) + waits < events:
            said = f"{events - len(rows) - waits} of its events stand in no place of the log"
            findings.add("not_in_log", said, account=account, version=len(rows) + 1)
        if sealed < events:
            said = f"{events - sealed} of its events are under no checkpoint: run `seal`"
            findings.add("unsealed_tail", said, account=account, version=sealed + 1)
        return sealed


def _gives(head: Checkpoint, complete: Complete) -> bool:
    try:
        return root(complete, head.size) == head.root
    except LookupError:
        return False


def _goes_on(older: Checkpoint, newer: Checkpoint, complete: Complete) -> bool:
    try:
        path = consistency_path(complete, older.size, newer.size)
    except LookupError:
        return False
    return holds_consistency(older.size, older.root, newer.size, newer.root, path)


def _is_included(partition: int, position: int, found: bytes, head: Checkpoint, complete: Complete) -> bool:
    try:
        path = inclusion_path(complete, position - 1, head.size)
    except (LookupError, ValueError):
        return False
    return holds_inclusion(log_leaf(partition, position, found), position - 1, head.size, path, head.root)
