"""Many questions at once have the answers of one by one; and what is answered when nobody can know is the host's choice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.domain.errors import Malformed, UnknownFunction
from account_sanctions.infrastructure.errors import StoreError

from tests.integration.support import MODERATOR, T0, MovingClock, command, restrict, rows

_FUNCTIONS = ("mass_send", "publish")
_ACCOUNTS = ("banned", "restricted", "freed", "linked", "scheduled", "nobody")


@pytest.fixture
def sanctions(url: str, clock: MovingClock) -> Iterator[Sanctions]:
    with Sanctions.open(url, clock=clock) as opened:
        ban = {"basis": {"clause": "c"}, "for": "P30D"}
        opened.execute(command("ban", "banned", MODERATOR, sanction="b", **ban))
        opened.execute(restrict("restricted"))
        opened.execute(command("ban", "freed", MODERATOR, sanction="b", **ban))
        opened.execute(command("ban", "linked", MODERATOR, sanction="b", because_of_account="freed", **ban))
        opened.execute(restrict("scheduled", from_=(T0 + timedelta(days=3)).isoformat()))
        clock.move(days=1)
        opened.execute(command("lift", "freed", MODERATOR, sanction="b", reason="seen"))
        yield opened


@pytest.mark.parametrize("days", [None, 0, 0.5, 1, 2, 4, 20, 40])
def test_many_answers_are_those_of_one_by_one(sanctions: Sanctions, days: float | None) -> None:
    at = None if days is None else T0 + timedelta(days=days)
    asked = list(product(_ACCOUNTS, _FUNCTIONS))
    assert sanctions.may_many(asked, at) == [sanctions.may(*pair, at) for pair in asked]


def test_more_accounts_than_are_read_at_once(sanctions: Sanctions) -> None:
    asked = [(f"gh_{number}", "mass_send") for number in range(2500)] + [("restricted", "mass_send")]
    found = sanctions.may_many(asked)
    assert all(found[:-1])
    assert not found[-1]
    assert sanctions.may_many([]) == []


def test_question_that_cannot_be_asked_is_refused_whatever_the_host_chose(sanctions: Sanctions) -> None:
    with pytest.raises(UnknownFunction):
        sanctions.may_many([("banned", "publish"), ("banned", "flying")], on_error="allow")
    with pytest.raises(Malformed):
        sanctions.may_many([("", "publish")], on_error="allow")
    with pytest.raises(Malformed):
        sanctions.may("banned", "publish", T0.replace(tzinfo=None), on_error="allow")
    with pytest.raises(ValueError, match="choose one of"):
        sanctions.may("banned", "publish", on_error="open")  # type: ignore[arg-type]


@pytest.mark.parametrize(("choice", "allowed"), [("deny", False), ("allow", True)])
def test_answer_is_the_hosts_choice_where_the_store_does_not_give_one(
    sanctions: Sanctions, url: str, choice: Any, allowed: bool
) -> None:
    assert sanctions.may("nobody", "publish", on_error=choice).failure is None
    rows(url, "ALTER TABLE sanctions_intervals RENAME TO mislaid")
    verdict = sanctions.may("nobody", "publish", on_error=choice)
    assert (verdict.allowed, bool(verdict), verdict.failure) == (allowed, allowed, "store_replaced")
    assert sanctions.may_many([("banned", "publish")] * 2, on_error=choice) == [verdict] * 2
    for ask in (lambda: sanctions.may("nobody", "publish"), lambda: sanctions.may_many([("nobody", "publish")])):
        with pytest.raises(StoreError):
            ask()
