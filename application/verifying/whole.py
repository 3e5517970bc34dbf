"""Verifying what belongs to no account: guards, texts of policies, events without a place, rows that belong to nothing."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from msgspec import DecodeError
from sqlalchemy import ColumnElement, Select, Table, and_, func, literal_column, select, text

from ...domain.policies.policy import policy_from_bytes
from ...infrastructure.database import Cursor, Database
from ...infrastructure.evidence.tables import account_keys, checkpoints, erasures, places
from ...infrastructure.guards import GUARDS
from ...infrastructure.sequencing import partition_of
from ...infrastructure.tables import narratives, pending, policies, sanction_events, snapshots
from ...projections.current import deadlines, restricted
from ...projections.links import linked
from ...projections.tables import followers, parked
from .collecting import Findings

__all__ = ["WholeVerifier"]

_LIMIT: Final = text("LIMIT 20")


class WholeVerifier:
    """Looks for what no account and no piece of the log would miss."""

    def __init__(self, database: Database, partitions: int) -> None:
        self._database = database
        self._partitions = partitions
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
        number = func.row_number().over(partition_by=log.c.account, order_by=(log.c.partition, log.c.position))
        numbered = select(
            log.c.partition, log.c.position, log.c.account, log.c.version, number.label("number")
        ).subquery()
        self._disordered = prepare(
            select(numbered.c.partition, numbered.c.position, numbered.c.account, numbered.c.version)
            .where(numbered.c.version != numbered.c.number)
            .order_by(numbered.c.partition, numbered.c.position)
            .suffix_with(_LIMIT)
        )
        known = self._partitions
        self._beyond = [
            (table.name, prepare(select(func.count()).where(~table.c.partition.between(0, known - 1))), (0, known - 1))
            for table in (log, checkpoints)
        ]
        self._orphans = [
            (table.name, prepare(_of_nothing(table, "account").distinct()))
            for table in (restricted, deadlines, linked, snapshots, account_keys)
        ]
        self._texts = [
            (code, said, prepare(_of_nothing(table, "account", "version")))
            for table, code, said in (
                (narratives, "narrative_orphan", "there is free text beside no event"),
                (erasures, "erasure_forged", "an erasure is noted for which there is no event"),
                (places, "tree_diverging", "it has a place in the log and is not there"),
                (parked, "parked_wrong", "a follower has parked it and it is not there"),
            )
        ]
        sizes = select(func.max(checkpoints.c.size).label("size")).group_by(checkpoints.c.partition).subquery()
        sealed = select(func.coalesce(func.sum(sizes.c.size), literal_column("0"))).scalar_subquery()
        self._places = prepare(select(select(func.count()).select_from(places).scalar_subquery(), sealed))
        last = select(func.max(log.c.position)).where(log.c.partition == followers.c.partition).scalar_subquery()
        self._ahead = prepare(
            select(followers.c.follower, followers.c.partition, followers.c.position).where(
                followers.c.position > func.coalesce(last, literal_column("0"))
            )
        )
        waits = (events.c.account == pending.c.account) & (events.c.version == pending.c.version)
        self._waiting = prepare(
            select(pending.c.partition, pending.c.account, pending.c.version, events.c.account)
            .join_from(pending, events, waits, isouter=True)
            .order_by(pending.c.partition, pending.c.seq)
        )
        both = select(pending.c.account, pending.c.version).intersect(select(log.c.account, log.c.version)).subquery()
        self._waiting_placed = prepare(select(both).suffix_with(_LIMIT))

    def verify(self, cursor: Cursor, findings: Findings) -> None:
        """Look at it all, in the caller's view of the database."""
        self._guards(cursor, findings)
        self._check_policies(cursor, findings)
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
        for name, sql, given in self._beyond:
            cursor.execute(sql, given)
            (rows,) = cursor.fetchone()
            if rows:
                said = f"{name} has {rows} rows of partitions beyond the {self._partitions} that the store says it has"
                findings.add("store_changed", said)
        if self._database.sequenced:
            self._check_pending(cursor, findings)
        self._rows_of_nothing(cursor, findings)

    def _guards(self, cursor: Cursor, findings: Findings) -> None:
        missing = [one for guard in GUARDS for one in self._database.unguarded(cursor, guard)]
        if missing:
            said = "; ".join(f"{one.table} against {one.against}: {one.found}" for one in missing[:5])
            more = f"; and {len(missing) - 5} more" if len(missing) > 5 else ""
            findings.add("guard_missing", said + more)

    def _check_policies(self, cursor: Cursor, findings: Findings) -> None:
        cursor.execute(self._policies)
        for digest, name, version, raw in cursor.fetchall():
            body = bytes(raw)
            if sha256(body).hexdigest() != digest:
                said = f"the text kept as {name}@{version} is not the one of its digest"
                findings.add("policy_changed", said)
                continue
            try:
                policy = policy_from_bytes(body)
            except (DecodeError, ValueError, RecursionError) as error:
                findings.add("policy_changed", f"the text kept as {name}@{version} cannot be read: {error}")
                continue
            if (policy.id, policy.version) != (name, version):
                findings.add("policy_changed", f"the text kept as {name}@{version} is {policy.id}@{policy.version}")

    def _check_pending(self, cursor: Cursor, findings: Findings) -> None:
        cursor.execute(self._waiting)
        for partition, account, version, found in cursor.fetchall():
            if found is None:
                said = "it waits for a place in the log, and there is no such event"
            elif partition_of(account, self._partitions) != partition:
                said = f"it waits in partition {partition}, which is not its account's"
            else:
                continue
            findings.add("pending_wrong", said, account=account, version=version)
        cursor.execute(self._waiting_placed)
        for account, version in cursor.fetchall():
            said = "it waits for a place in the log, and has one"
            findings.add("pending_wrong", said, account=account, version=version)

    def _rows_of_nothing(self, cursor: Cursor, findings: Findings) -> None:
        for table, sql in self._orphans:
            cursor.execute(sql)
            for (account,) in cursor.fetchall():
                findings.add("view_orphan", f"{table} has rows of it, and nothing is recorded", account=account)
        for code, said, sql in self._texts:
            cursor.execute(sql)
            for account, version in cursor.fetchall():
                findings.add(code, said, account=account, version=version)
        cursor.execute(self._places)
        kept, sealed = cursor.fetchone()
        if kept != sealed:
            findings.add("tree_diverging", f"{kept} places are kept of {sealed} entries that are sealed")
        cursor.execute(self._ahead)
        for follower, partition, position in cursor.fetchall():
            said = f"{follower!r} says that it has read up to {position}, where the log has no entry"
            findings.add("follower_ahead", said, partition=partition, position=position)


def _of_nothing(table: Table, *columns: str) -> Select[tuple[str, int]]:
    events = sanction_events.events
    return select(*(table.c[name] for name in columns)).where(~_exists(events, table, *columns)).suffix_with(_LIMIT)


def _exists(one: Table, other: Table, *columns: str) -> ColumnElement[bool]:
    same = and_(*(one.c[name] == other.c[name] for name in columns))
    return select(one.c[columns[0]]).where(same).correlate(other).exists()
