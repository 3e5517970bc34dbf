"""What a store takes on PostgreSQL: bytes per row of each table, per event, per command and per account.

    python -m tests.benchmarks.sizes [ACCOUNTS]

Three commands an account (20,000 accounts unless said otherwise): a violation with a description of 100 characters, a
restriction of two functions, and for every third account its lifting with a reason. Ids have the length of UUIDs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from time import perf_counter
from typing import Any
from uuid import UUID

import psycopg
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.migrations import OUR_TABLES
from sqlalchemy.engine import make_url

from tests.postgres import fresh_database

from .measuring import report

_BY = {"kind": "moderator", "id": "m-7"}


def _commands(accounts: int) -> Iterator[dict[str, Any]]:
    for number in range(accounts):
        account, sanction = f"gh_{number:012x}", f"s-{UUID(int=number)}"
        violation = f"v-{UUID(int=number)}"
        common = {"account": account, "by": _BY}
        yield {
            **common,
            "command": "record_violation",
            "command_id": f"{UUID(int=3 * number)}",
            "violation": violation,
            "clause": "4.2",
            "facts": f"{number:>100}",
        }
        yield {
            **common,
            "command": "restrict",
            "command_id": f"{UUID(int=3 * number + 1)}",
            "sanction": sanction,
            "basis": {"clause": "4.2", "violations": [violation]},
            "functions": ["mass_send", "publish"],
            "for": "P30D",
        }
        if number % 3 == 0:
            yield {
                **common,
                "command": "lift",
                "command_id": f"{UUID(int=3 * number + 2)}",
                "sanction": sanction,
                "reason": "The appeal was right.",
            }


def measuring_sizes(accounts: int = 20_000) -> None:
    """Fill a store, give every event its place, tidy up, and look."""
    url = fresh_database()
    with Sanctions.open(url) as sanctions:
        commands = sum(outcome.accepted for outcome in sanctions.execute_stream(_commands(accounts)))
        started = perf_counter()
        sanctions.store.settle_log()
        seconds = perf_counter() - started
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    total, events = 0, 0
    with psycopg.connect(plain, autocommit=True) as server:
        server.execute("VACUUM (ANALYZE)")
        for table in sorted(OUR_TABLES):
            found = server.execute(
                f"SELECT pg_total_relation_size('{table}'), count(*) FROM {table}".encode()
            ).fetchone()
            assert found is not None
            size, rows = found
            total += size
            if table == "sanctions_events":
                events = rows
            if rows > 100:
                report(f"{table}, {rows:,} rows", f"{size / rows:.0f} bytes a row", "")
    report(f"in all, {accounts:,} accounts, {commands:,} commands, {events:,} events", f"{total / 1e6:.0f} MB", "")
    report("given their place by one sequencer, in one partition", f"{events / seconds:,.0f} events/s", "")
    report(
        "per account / command / event",
        f"{total / accounts:.0f} / {total / commands:.0f} / {total / events:.0f} bytes",
        "",
    )


if __name__ == "__main__":
    measuring_sizes(*map(int, sys.argv[1:]))
