"""Reports: of an account with a long history, and of a store with many accounts (`REPORT_ACCOUNTS`, default 20,000)."""

from __future__ import annotations

import os
import resource
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import process_time
from typing import Any

from account_sanctions.application import Sanctions
from account_sanctions.application.reporting import account_report, store_report
from account_sanctions.application.reports.overview_page import overview_page
from account_sanctions.application.reports.report_page import report_page

BY = {"kind": "moderator", "id": "m-7"}
ACCOUNTS = int(os.environ.get("REPORT_ACCOUNTS", "20000"))
START = datetime(2024, 1, 1, tzinfo=UTC)


def _restricted(account: str, number: int, at: datetime) -> Iterator[dict[str, Any]]:
    common = {"account": account, "by": BY, "at": at.isoformat()}
    name, basis = f"v-{number}", {"clause": f"c-{number % 4}", "violations": [f"v-{number}"]}
    yield {"command": "record_violation", "violation": name, "clause": f"c-{number % 4}", "facts": "seen", **common}
    terms = {"functions": ["publish"], "for": "P60D"}
    yield {"command": "restrict", "sanction": f"s-{number}", "basis": basis, **terms, **common}


def _long() -> Iterator[dict[str, Any]]:
    for number in range(1, 1_700):
        yield from _restricted("long", number, START + timedelta(hours=9 * number))


def _many() -> Iterator[dict[str, Any]]:
    for number in range(ACCOUNTS):
        yield from _restricted(f"acct_{number:07d}", 1, START + timedelta(minutes=8 * number))


def reporting() -> None:
    """Processor time of both, and the most memory that the process held."""
    with tempfile.TemporaryDirectory() as folder:
        for name, commands in (("long", _long()), ("many", _many())):
            with Sanctions.open(f"sqlite:///{folder}/{name}.db") as sanctions:
                for _ in sanctions.execute_stream(commands, trusted_times=True, chunk=2_000):
                    pass
        with Sanctions.open(f"sqlite:///{folder}/many.db") as sanctions:
            begun = process_time()
            found = store_report(sanctions)
            size, spent = len(overview_page(found)), process_time() - begun
            held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        counted = f"{found.overview.accounts:,} accounts, {found.overview.events:,} events"
        print(f"report of a store, {counted}: {spent:.1f} s, {held:.0f} MB, page of {size:,} bytes")
        with Sanctions.open(f"sqlite:///{folder}/long.db") as sanctions:
            begun = process_time()
            page, events = report_page(account_report(sanctions, "long")), sanctions.state("long").version
            print(
                f"report of an account, {events:,} events: {process_time() - begun:.2f} s, page of {len(page):,} bytes"
            )


if __name__ == "__main__":
    reporting()
