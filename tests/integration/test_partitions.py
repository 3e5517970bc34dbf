"""A log in several partitions: each has positions of its own without gaps, and an account is always in the same one."""

from __future__ import annotations

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.infrastructure.sequencing import partition_of

from tests.integration.support import MovingClock, assert_sound, command, restrict, rows

_ACCOUNTS = [f"gh_{number}" for number in range(12)]


@pytest.mark.parametrize("partitions", [1, 4])
def test_positions_run_without_gaps_in_each_partition(url: str, partitions: int) -> None:
    with Sanctions.open(url, partitions=partitions) as sanctions:
        for account in _ACCOUNTS:
            sanctions.execute(restrict(account))
        done = sanctions.execute_many(command("note", account, text="seen") for account in _ACCOUNTS * 2)
        assert all(outcome.accepted for outcome in done)
        sanctions.store.settle_log()
        with sanctions.store.database.reading() as cursor:
            last = sanctions.store.last_positions(cursor)
    log = rows(url, "SELECT partition, position, account, version FROM sanctions_log ORDER BY partition, position")
    assert {row[0] for row in log} == {partition_of(account, partitions) for account in _ACCOUNTS}
    for partition in range(partitions):
        found = [row for row in log if row[0] == partition]
        assert [row[1] for row in found] == list(range(1, len(found) + 1))
        assert last[partition] == len(found)
        for account in _ACCOUNTS:
            versions = [row[3] for row in found if row[2] == account]
            assert versions == ([1, 2, 3] if partition_of(account, partitions) == partition else [])
    assert_sound(url)


@pytest.mark.parametrize("partitions", [1, 4])
def test_sweep_ends_what_hangs_on_another_account_in_any_partition(
    url: str, clock: MovingClock, partitions: int
) -> None:
    with Sanctions.open(url, clock=clock, partitions=partitions) as sanctions:
        for account in _ACCOUNTS[1:]:
            sanctions.execute(restrict(_ACCOUNTS[0], sanction=f"for-{account}"))
            sanctions.execute(restrict(account, because_of_account=_ACCOUNTS[0], because_of_sanction=f"for-{account}"))
        for account in _ACCOUNTS[1:]:
            sanctions.execute(command("lift", _ACCOUNTS[0], sanction=f"for-{account}", reason="settled"))
        assert sanctions.links_behind() > 0
        assert sanctions.sweep().events == len(_ACCOUNTS) - 1
        assert sanctions.sweep().events == 0
        assert sanctions.links_behind() == 0
    assert_sound(url)
