"""The policy that decided is on record, word by word, whatever was refused before it."""

from __future__ import annotations

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.domain.presets import DEFAULT

WARNING = {
    "command": "warn",
    "account": "a",
    "by": {"kind": "moderator", "id": "m"},
    "basis": {"clause": "c"},
    "for": "P1D",
}


def _kept(sanctions: Sanctions) -> list[tuple[str, object]]:
    with sanctions.store.database.reading() as cursor:
        return [(kept.digest, kept.policy) for kept in sanctions.store.kept_policies(cursor)]


def test_policy_is_kept_by_the_first_accepted_command_after_a_batch_of_refusals(url: str) -> None:
    with Sanctions.open(url) as sanctions:
        refused = [{**WARNING, "by": {"kind": "auditor", "id": "x"}}]
        assert [outcome.status for outcome in sanctions.execute_many(refused)] == ["refused"]
        sanctions.sweep()
        assert _kept(sanctions) == []
        sanctions.execute(WARNING)
        assert _kept(sanctions) == [(DEFAULT.ref.digest, DEFAULT)]


def test_second_opening_of_a_store_can_write_under_the_policy_that_is_kept_already(url: str) -> None:
    if url == "sqlite://":
        pytest.skip("what is in memory is opened once")
    for _ in range(2):
        with Sanctions.open(url) as sanctions:
            assert sanctions.execute(WARNING).status == "accepted"
    with Sanctions.open(url) as one, Sanctions.open(url) as two:
        assert [one.execute(WARNING).status, two.execute(WARNING).status] == ["accepted", "accepted"]
        assert _kept(one) == _kept(two) == [(DEFAULT.ref.digest, DEFAULT)]
