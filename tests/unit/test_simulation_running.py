"""A whole store replayed: every account once, whatever the chunk, and as it stands in the end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.application.simulating import simulate
from account_sanctions.application.simulating.tallying import Compared
from account_sanctions.domain.errors import UnknownAccount
from account_sanctions.domain.policies.book import PolicyBook

from .scenario import T0, t
from .simulated import BAN, DAY, policy

RECORDED = policy(DAY, BAN)
OTHER = PolicyBook.of(policy(BAN, DAY))
ENGINE = {"kind": "system", "id": "engine"}


@pytest.fixture
def sanctions() -> Iterator[Sanctions]:
    with Sanctions.open("sqlite://", policy=RECORDED, clock=lambda: T0) as opened:
        yield opened


def report(account: str, at: str = "+0d", violation: str = "v1") -> dict[str, Any]:
    fields = {"command": "report_violation", "account": account, "by": ENGINE, "clause": "spam"}
    return {**fields, "violation": violation, "at": t(at).isoformat()}


def carry_out(sanctions: Sanctions, *commands: dict[str, Any]) -> None:
    outcomes = sanctions.execute_many(commands, trusted_times=True)
    assert all(outcome.accepted for outcome in outcomes), outcomes


def test_every_account_is_read_once_however_many_there_are(sanctions: Sanctions) -> None:
    names = [f"gh_{number}" for number in range(1003)]
    carry_out(sanctions, *map(report, names))
    told: list[int] = []
    seen: list[Compared] = []
    found = simulate(sanctions.store, OTHER, now=T0, each=seen.append, progress=told.append, examples=0)
    assert sum(told) == found.accounts_read == found.accounts == found.violations == 1003
    assert sorted(one.account for one in seen) == sorted(names)
    assert not found.examples
    assert not found.account_examples
    assert found.banned.only_other == 1003


def test_accounts_without_reports_are_read_and_not_counted(sanctions: Sanctions) -> None:
    carry_out(sanctions, report("gh_1"), {"command": "note", "account": "gh_2", "by": ENGINE, "text": "-"})
    found = simulate(sanctions.store, OTHER, now=T0)
    assert (found.accounts_read, found.accounts) == (2, 1)


@pytest.mark.parametrize(
    ("now", "until", "end"),
    [("+12h", None, "suspended"), ("+40d", None, "clear"), ("+40d", "+12h", "suspended"), ("-9d", None, "suspended")],
    ids=["now", "later", "at the end of the range", "history ahead of the clock"],
)
def test_accounts_are_compared_at_one_instant(sanctions: Sanctions, now: str, until: str | None, end: str) -> None:
    carry_out(sanctions, report("gh_1"))
    limit: datetime | None = None if until is None else t(until)
    (ending,) = simulate(sanctions.store, OTHER, now=t(now), until=limit).endings
    assert ending.other == end


def test_violations_outside_the_range_make_no_account_count(sanctions: Sanctions) -> None:
    carry_out(sanctions, report("gh_1"), report("gh_2", "+2d"))
    found = simulate(sanctions.store, OTHER, now=t("+3d"), start=t("+1d"))
    assert (found.accounts_read, found.accounts, found.violations) == (2, 1, 1)
    assert sum(one.accounts for one in found.endings) == 1


def test_account_of_which_nothing_is_recorded_is_refused(sanctions: Sanctions) -> None:
    with pytest.raises(UnknownAccount):
        simulate(sanctions.store, OTHER, now=T0, accounts=["gh_9"])


def test_policy_of_several_versions_is_named_by_each(sanctions: Sanctions) -> None:
    carry_out(sanctions, report("gh_1"), report("gh_1", "+2d", "v2"))
    early = policy(BAN, DAY, effective_until=t("+1d").isoformat())
    late = policy(DAY, BAN, version="2", effective_from=t("+1d").isoformat())
    found = simulate(sanctions.store, PolicyBook((early, late)), now=t("+3d"))
    assert [one.policy for one in found.against] == ["p@1", "p@2"]
    assert found.differences == {"other_kinds": 1}
    assert found.same == 1
