"""A reader of the log beside eight processes that write in every way there is: nothing is missed, nothing is reordered.

Two other processes give places in the log at the same time, and are killed while they do. `ACCOUNT_SANCTIONS_TEST_EVENTS` says
how many events.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from account_sanctions.application import Sanctions

from tests.integration.support import assert_sound, database, rows
from tests.integration.workers import worker
from tests.postgres import fresh_database

from .counts import EVENTS

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
_WRITERS = 8
_READ = (
    "SELECT position, account, version FROM sanctions_log WHERE partition = {0} AND position > {0} ORDER BY position"
)


@pytest.mark.parametrize(("kind", "partitions"), [("sqlite", 1), ("postgres", 1), ("postgres", 4)])
def test_reader_beside_eight_processes_misses_and_reorders_nothing(tmp_path: Path, kind: str, partitions: int) -> None:
    url = database(tmp_path) if kind == "sqlite" else fresh_database()
    each = EVENTS // _WRITERS
    with Sanctions.open(url, partitions=partitions) as sanctions, ExitStack() as stack:
        reader = _Reader(sanctions, partitions)
        for _ in range(0 if kind == "sqlite" else 2):
            stack.enter_context(worker("sequence", url))
        names = [f"w{number}" for number in range(_WRITERS)]
        writing = stack.enter_context(worker("together", "mix", url, str(each), *names))
        while writing.poll() is None:
            reader.read()
        assert (writing.returncode, writing.stderr.read() if writing.stderr else b"") == (0, b"")
        stack.close()
        reader.read()
    assert len(reader.seen) == len(set(reader.seen)) == each * _WRITERS
    assert sorted(reader.seen) == rows(url, "SELECT account, version FROM sanctions_events ORDER BY account, version")
    assert_sound(url)


class _Reader:
    """Follows every partition from where it was, and looks at what it reads at once."""

    def __init__(self, sanctions: Sanctions, partitions: int) -> None:
        self._sanctions = sanctions
        self._positions = dict.fromkeys(range(partitions), 0)
        self._versions: dict[str, int] = {}
        self._sql = _READ.format(sanctions.store.database.mark)
        self.seen: list[tuple[str, int]] = []

    def read(self) -> None:
        self._sanctions.store.settle_log()
        for partition in self._positions:
            with self._sanctions.store.database.reading() as cursor:
                cursor.execute(self._sql, (partition, self._positions[partition]))
                found: list[Any] = cursor.fetchall()
            for position, account, version in found:
                assert position == self._positions[partition] + 1, "a gap in the log"
                assert version == self._versions.get(account, 0) + 1, "an account out of order"
                self._positions[partition], self._versions[account] = position, version
                self.seen.append((account, version))
