"""Verifying the bytes of one account: each event hashed again and chained to the one before it, each writer's mark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ...infrastructure.chain import event_hash, genesis
from ...infrastructure.evidence.marks import ID_BYTES, MarkVerifier
from ...infrastructure.mapper import SanctionMapper, UnreadableEvent
from .collecting import Findings
from .reader import EventRow

__all__ = ["ChainVerifier"]


class ChainVerifier:
    """Verifies chains and marks. `marks`: the trusted writers' keys by their id, None without a trust file."""

    def __init__(
        self, store_id: str, mapper: SanctionMapper, marks: Mapping[bytes, MarkVerifier] | None, now: datetime
    ) -> None:
        self._store_id = store_id
        self._mapper = mapper
        self._marks = marks
        self._now = now

    def verify(self, account: str, rows: Sequence[EventRow], findings: Findings) -> None:
        """Look at the chain and the marks of an account."""
        self._chain(account, rows, findings)
        if self._marks is not None:
            self._check_marks(account, rows, self._marks, findings)

    def _chain(self, account: str, rows: Sequence[EventRow], findings: Findings) -> None:
        previous = genesis(self._store_id, account)
        for number, row in enumerate(rows, 1):
            if row.version != number:
                said = f"version {number} is missing, {row.version} is there"
                findings.add("version_gap", said, account=account, version=number, before=self._now)
                return
            expected = event_hash(previous, account, number, row.topic, row.state)
            if row.hash != expected:
                self._broken(account, rows, number, expected, findings)
                return
            previous = expected

    def _broken(self, account: str, rows: Sequence[EventRow], number: int, expected: bytes, findings: Findings) -> None:
        row = rows[number - 1]
        # Where the next event goes on from what is recomputed, the hash was written over; else the bytes were.
        after = rows[number] if number < len(rows) else None
        goes_on = after is not None and after.hash == event_hash(
            expected, account, number + 1, after.topic, after.state
        )
        findings.add(
            "chain_broken" if goes_on else "event_changed",
            "its hash was written over; the event after it still goes on from the true one"
            if goes_on
            else "its bytes, topic or place are not those that its hash covers",
            account=account,
            version=row.version,
            after=self._known(row),
            before=self._now,
        )

    def _known(self, row: EventRow) -> datetime | None:
        """When the event says that it became known: nothing was done to it before."""
        try:
            return self._mapper.decode(row.topic, row.state).recorded_at
        except (UnreadableEvent, RecursionError):
            return None

    def _check_marks(
        self, account: str, rows: Sequence[EventRow], trusted: Mapping[bytes, MarkVerifier], findings: Findings
    ) -> None:
        marked = False
        for row in rows:
            if row.mark is None:
                if marked:
                    said = "it carries no writer's mark, and events before it do"
                    findings.add("mark_missing", said, account=account, version=row.version, before=self._now)
                    return
                findings.add("no_marks", f"among them version {row.version} of {account!r}")
                continue
            marked, key = True, row.mark[:ID_BYTES]
            checker = trusted.get(key)
            if checker is None:
                said = f"the key {key.hex()} is not trusted; it marked version {row.version} of {account!r}"
                findings.add("key_unknown", said)
            elif not checker.holds(row.hash or b"", row.mark):
                said = "the mark on it was not made by the key that it names"
                findings.add("mark_wrong", said, account=account, version=row.version, before=self._now)
                return
