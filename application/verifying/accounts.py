"""Verifying one account: its bytes and hashes, the marks on them, its free text, its decisions, and the rows made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, func, select

from ...domain.auditing import judge
from ...domain.events import PersonalDataErased
from ...domain.policies.policy import Policy
from ...domain.record import Recorded
from ...domain.state import State
from ...infrastructure.chain import commitment, event_hash, genesis
from ...infrastructure.database import Cursor, Database
from ...infrastructure.evidence.marks import ID_BYTES, MarkVerifier
from ...infrastructure.evidence.tables import erasures
from ...infrastructure.mapper import SanctionMapper, UnreadableEvent
from ...infrastructure.snapshots import shape, thaw
from ...infrastructure.tables import commands, narratives, sanction_events, snapshots
from ...projections.comparison import Comparison, ViewRows, expected_rows
from .collecting import Findings

__all__ = ["AccountVerifier", "Trusted"]

# Clocks of several machines differ; more than this is no difference of clocks.
_AHEAD: Final = timedelta(days=1)


class Trusted(NamedTuple):
    """What the verifier was given from outside: checks of marks by the id of their key, None without a trust file."""

    marks: Mapping[bytes, MarkVerifier] | None


class _Row(NamedTuple):
    version: int
    topic: str
    state: bytes
    hash: bytes
    mark: bytes | None
    salt: bytes | None
    body: bytes | None


class AccountVerifier:
    """Verifies accounts one after the other, each on one consistent view of it."""

    def __init__(
        self,
        database: Database,
        store_id: str,
        mapper: SanctionMapper,
        view: Comparison,
        trusted: Trusted,
        policies: Mapping[str, Policy],
        now: datetime,
    ) -> None:
        self._store_id = store_id
        self._mapper = mapper
        self._view = view
        self._trusted = trusted
        self._policies = policies
        self._now = now
        events, texts, kept, used = sanction_events.events.c, narratives.c, snapshots.c, commands.c
        account = bindparam("account", type_=events.account.type)
        prepare = database.prepare
        beside = (events.account == texts.account) & (events.version == texts.version)
        self._events = prepare(
            select(events.version, events.topic, events.state, events.hash, events.mark, texts.salt, texts.body)
            .join_from(sanction_events.events, narratives, beside, isouter=True)
            .where(events.account == account)
            .order_by(events.version)
        )
        self._erasures = prepare(select(erasures.c.version).where(erasures.c.account == account))
        self._snapshot = prepare(select(kept.version, kept.shape, kept.body).where(kept.account == account))
        self._commands = prepare(select(used.command_id).where(used.account == account))
        self._texts = prepare(select(func.count()).select_from(narratives).where(texts.account == account))

    def verify(self, cursor: Cursor, account: str, findings: Findings) -> int:
        """Look at everything of an account; returns how many events it has."""
        cursor.execute(self._events, (account,))
        rows = [_Row(*row) for row in cursor.fetchall()]
        self._content(account, rows, findings)
        self._marks(account, rows, findings)
        records = self._decoded(account, rows, findings)
        self._narratives(cursor, account, rows, records, findings)
        if records is not None:
            self._replay(cursor, account, records, findings)
        return len(rows)

    def _content(self, account: str, rows: Sequence[_Row], findings: Findings) -> None:
        previous = genesis(self._store_id, account)
        for number, row in enumerate(rows, 1):
            if row.version != number:
                findings.add(
                    "version_gap",
                    f"version {number} is missing, {row.version} is there",
                    account=account,
                    version=number,
                )
                return
            found = bytes(row.hash) if row.hash is not None else b""
            expected = event_hash(previous, account, row.version, row.topic, bytes(row.state))
            if found != expected:
                # Where the next event goes on from what is recomputed, the hash was changed; else the bytes were.
                after = rows[number] if number < len(rows) else None
                code = "event_changed"
                if after is not None and _goes_on(expected, account, after):
                    code = "chain_broken"
                findings.add(
                    code,
                    "its bytes, topic or place are not those that its hash covers"
                    if code == "event_changed"
                    else "its hash was written over; the event after it still goes on from the true one",
                    account=account,
                    version=row.version,
                    after=self._known(row),
                    before=self._now,
                )
                return
            previous = found

    def _known(self, row: _Row) -> datetime | None:
        """When the event says that it became known: nothing was done to it before."""
        try:
            return self._mapper.decode(row.topic, bytes(row.state)).recorded_at
        except UnreadableEvent:
            return None

    def _marks(self, account: str, rows: Sequence[_Row], findings: Findings) -> None:
        trusted = self._trusted.marks
        if trusted is None:
            return
        marked = False
        for row in rows:
            if row.mark is None:
                if marked:
                    findings.add(
                        "mark_missing",
                        "it carries no writer's mark, and events before it do",
                        account=account,
                        version=row.version,
                        before=self._now,
                    )
                    return
                findings.codes.add("no_marks")
                continue
            marked, mark = True, bytes(row.mark)
            checker = trusted.get(mark[:ID_BYTES])
            if checker is None:
                findings.add("key_unknown", f"the key {mark[:ID_BYTES].hex()} is not trusted", partition=None)
            elif not checker.holds(bytes(row.hash or b""), mark):
                findings.add(
                    "mark_wrong",
                    "the mark on it was not made by the key that it names",
                    account=account,
                    version=row.version,
                    before=self._now,
                )
                return

    def _decoded(
        self, account: str, rows: Sequence[_Row], findings: Findings
    ) -> list[tuple[Recorded, str | None]] | None:
        decoded: list[tuple[Recorded, str | None]] = []
        for row in rows:
            try:
                envelope = self._mapper.decode(row.topic, bytes(row.state))
            except UnreadableEvent as error:
                findings.add("event_unreadable", error.message, account=account, version=row.version)
                return None
            record = Recorded(account, row.version, envelope.recorded_at, envelope.event, envelope.command_id)
            decoded.append((record, envelope.narrative))
        return decoded

    def _narratives(
        self,
        cursor: Cursor,
        account: str,
        rows: Sequence[_Row],
        records: Sequence[tuple[Recorded, str | None]] | None,
        findings: Findings,
    ) -> None:
        cursor.execute(self._texts, (account,))
        texts = cursor.fetchone()[0]
        cursor.execute(self._erasures, (account,))
        noted = {version for (version,) in cursor.fetchall()}
        if sum(row.body is not None for row in rows) != texts:
            findings.add("narrative_orphan", "there is free text beside no event of it", account=account)
        if records is None:
            return
        erased = {record.version for record, _ in records if isinstance(record.event, PersonalDataErased)}
        if noted - erased:
            findings.add(
                "erasure_forged",
                "an erasure is noted for which there is no event",
                account=account,
                version=min(noted - erased),
            )
        last = max(erased, default=0)
        for row, (record, promise) in zip(rows, records, strict=True):
            if promise is None and row.body is not None:
                findings.add(
                    "narrative_orphan",
                    "it has no free text, and some stands beside it",
                    account=account,
                    version=row.version,
                )
            elif promise is not None and row.body is None and row.version >= last:
                findings.add(
                    "narrative_missing",
                    "its free text is gone, and no erasure is recorded after it",
                    account=account,
                    version=row.version,
                )
            elif promise is not None and row.body is not None:
                if commitment(bytes(row.salt or b""), bytes(row.body)).hex() != promise:
                    findings.add(
                        "narrative_changed",
                        "its free text is another one",
                        account=account,
                        version=row.version,
                        after=record.recorded_at,
                        before=self._now,
                    )
                elif row.version < last:
                    findings.add(
                        "erasure_unfinished",
                        "its free text was to be destroyed: run `sweep`",
                        account=account,
                        version=row.version,
                    )

    def _replay(
        self, cursor: Cursor, account: str, records: Sequence[tuple[Recorded, str | None]], findings: Findings
    ) -> None:
        history = [record for record, _ in records]
        state, wrong = judge(history, self._policies.get)
        if wrong is not None:
            findings.add(wrong.code, wrong.message, account=account, version=wrong.version)
        for record in history:
            if record.recorded_at > self._now + _AHEAD:
                findings.add(
                    "recorded_in_future",
                    f"it became known at {record.recorded_at}",
                    account=account,
                    version=record.version,
                )
                break
        if state is not None:
            self._view_fits(cursor, account, state, findings)
            self._snapshot_fits(cursor, account, history, state, findings)
        cursor.execute(self._commands, (account,))
        remembered = {name for (name,) in cursor.fetchall()}
        for record in history:
            if record.command_id is not None and record.command_id not in remembered:
                findings.add(
                    "command_missing",
                    f"the command {record.command_id!r} is not remembered",
                    account=account,
                    version=record.version,
                )
                break

    def _view_fits(self, cursor: Cursor, account: str, state: State, findings: Findings) -> None:
        found = self._view.of_accounts(cursor, [account]).get(account) or ViewRows()
        for what, wrong in found.differences(expected_rows(state, ())):
            findings.add("view_diverging", f"{what}: {wrong}", account=account)
            return

    def _snapshot_fits(
        self, cursor: Cursor, account: str, history: Sequence[Recorded], state: State, findings: Findings
    ) -> None:
        cursor.execute(self._snapshot, (account,))
        row: Any = cursor.fetchone()
        if row is None or row[1] != shape():
            return  # Of another version of the library: it is left aside when the account is loaded, too.
        kept = thaw(account, bytes(row[2]))
        expected: State | None = state
        if row[0] != state.version:
            expected, _ = judge(history[: row[0]], self._policies.get) if 0 < row[0] < len(history) else (None, None)
        if kept is None or expected is None or kept.state != expected:
            findings.add(
                "snapshot_diverging",
                "its snapshot is not the state that its events give",
                account=account,
                version=row[0],
            )


def _goes_on(previous: bytes, account: str, row: _Row) -> bool:
    return event_hash(previous, account, row.version, row.topic, bytes(row.state)) == bytes(row.hash or b"")
