"""Verifying what belongs to no account: guards, texts of policies, rows that belong to nothing, rotations of keys."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from sqlalchemy import ColumnElement, Table, and_, func, select, text

from ...infrastructure.database import Cursor, Database
from ...infrastructure.evidence.errors import BadNote
from ...infrastructure.evidence.notes import NoteVerifier
from ...infrastructure.evidence.rotating import follow_rotations
from ...infrastructure.evidence.tables import key_events
from ...infrastructure.tables import narratives, pending, policies, sanction_events
from ...projections.current import deadlines, restricted
from ...projections.links import linked
from .collecting import Findings

__all__ = ["WholeVerifier", "trusted_logs"]

_LIMIT: Final = text("LIMIT 20")


class WholeVerifier:
    """Looks for what no account and no partition would miss."""

    def __init__(self, database: Database) -> None:
        self._database = database
        events, log = sanction_events.events, sanction_events.log
        prepare = database.prepare
        self._policies = prepare(select(policies.c.digest, policies.c.id, policies.c.version, policies.c.body))
        # As sets: the log has no index by account, which its writers would pay for.
        placed = [log, pending] if database.sequenced else [log]
        homeless = (
            select(events.c.account, events.c.version)
            .except_(*(select(table.c.account, table.c.version) for table in placed))
            .subquery()
        )
        self._not_in_log = prepare(
            select(homeless.c.account, homeless.c.version)
            .order_by(homeless.c.account, homeless.c.version)
            .suffix_with(_LIMIT)
        )
        numbered = select(
            log.c.partition,
            log.c.position,
            log.c.account,
            log.c.version,
            func.row_number()
            .over(partition_by=log.c.account, order_by=(log.c.partition, log.c.position))
            .label("number"),
        ).subquery()
        self._disordered = prepare(
            select(numbered.c.partition, numbered.c.position, numbered.c.account, numbered.c.version)
            .where(numbered.c.version != numbered.c.number)
            .order_by(numbered.c.partition, numbered.c.position)
            .suffix_with(_LIMIT)
        )
        self._orphans = [
            (
                table.name,
                prepare(
                    select(table.c.account).where(~_exists(events, table, "account")).distinct().suffix_with(_LIMIT)
                ),
            )
            for table in (restricted, deadlines, linked)
        ]
        self._texts = prepare(
            select(narratives.c.account, narratives.c.version)
            .where(~_exists(events, narratives, "account", "version"))
            .suffix_with(_LIMIT)
        )

    def verify(self, cursor: Cursor, findings: Findings) -> None:
        """Look at it all, in the caller's view of the database."""
        cursor.execute(self._policies)
        for digest, name, version, body in cursor.fetchall():
            if sha256(bytes(body)).hexdigest() != digest:
                findings.add(
                    "policy_changed", f"the text kept as {name}@{version} is not the one of its digest", partition=None
                )
        cursor.execute(self._not_in_log)
        for account, version in cursor.fetchall():
            findings.add("not_in_log", "it stands in no place of the log", account=account, version=version)
        cursor.execute(self._disordered)
        for partition, position, account, version in cursor.fetchall():
            findings.add(
                "log_order",
                "the log has the account's events twice, or in another order",
                account=account,
                version=version,
                partition=partition,
                position=position,
            )
        for table, sql in self._orphans:
            cursor.execute(sql)
            for (account,) in cursor.fetchall():
                findings.add("view_orphan", f"{table} has rows of it, and nothing is recorded", account=account)
        cursor.execute(self._texts)
        for account, version in cursor.fetchall():
            findings.add("narrative_orphan", "there is free text beside no event", account=account, version=version)


def trusted_logs(
    database: Database, cursor: Cursor, given: tuple[NoteVerifier, ...], store_id: str, findings: Findings
) -> tuple[NoteVerifier, ...]:
    """The keys that may sign checkpoints: those given, and those that one of them has signed over to."""
    cursor.execute(database.prepare(select(key_events.c.number, key_events.c.note).order_by(key_events.c.number)))
    rows = cursor.fetchall()
    try:
        return follow_rotations(given, store_id, [(number, note) for number, note in rows])
    except BadNote as error:
        findings.add("key_event_forged", error.message)
        return given


def _exists(one: Table, other: Table, *columns: str) -> ColumnElement[bool]:
    same = and_(*(one.c[name] == other.c[name] for name in columns))
    return select(one.c[columns[0]]).where(same).correlate(other).exists()
