"""Verifying accounts: their bytes and hashes, the marks on them, their free text, their decisions, and the rows made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ...domain.policies.policy import Policy
from ...domain.record import Recorded
from ...infrastructure.database import Cursor, Database
from ...infrastructure.evidence.marks import MarkVerifier
from ...infrastructure.mapper import SanctionMapper, UnreadableEvent
from .chains import ChainVerifier
from .collecting import Findings
from .reader import AccountReader, AccountRows
from .replaying import ReplayVerifier
from .texts import Promised, TextVerifier

__all__ = ["AccountVerifier"]


class AccountVerifier:
    """Verifies some accounts at a time, all of them in one consistent view.

    `marks`: the trusted writers' keys by their id, None without a trust file. `policies`: the texts that are kept, by digest.
    """

    def __init__(
        self,
        database: Database,
        store_id: str,
        mapper: SanctionMapper,
        marks: Mapping[bytes, MarkVerifier] | None,
        policies: Mapping[str, Policy],
        now: datetime,
    ) -> None:
        self._mapper = mapper
        self._reader = AccountReader(database)
        self._chains = ChainVerifier(store_id, mapper, marks, now)
        self._texts = TextVerifier(now)
        self._replays = ReplayVerifier(policies, now)

    def verify(self, cursor: Cursor, accounts: Sequence[str], findings: Findings) -> int:
        """Look at everything of these accounts; returns how many events they have."""
        events = 0
        for rows in self._reader.read(cursor, accounts):
            events += len(rows.events)
            self._chains.verify(rows.account, rows.events, findings)
            promised = self._decoded(rows, findings)
            self._texts.verify(rows, promised, findings)
            if promised is not None:
                self._replays.verify(rows, [record for record, _ in promised], findings)
        return events

    def _decoded(self, rows: AccountRows, findings: Findings) -> list[Promised] | None:
        account, decode = rows.account, self._mapper.decode
        decoded: list[Promised] = []
        for row in rows.events:
            try:
                envelope = decode(row.topic, row.state)
            except (UnreadableEvent, RecursionError) as error:
                findings.add("event_unreadable", str(error), account=account, version=row.version)
                return None
            record = Recorded(account, row.version, envelope.recorded_at, envelope.event, envelope.command_id)
            decoded.append((record, envelope.narrative))
        return decoded
