"""The policy that decided is on record, word by word, whatever was refused before it."""

from __future__ import annotations

from pathlib import Path

from account_sanctions.application import Sanctions
from account_sanctions.domain.policies.policy import policy_from_bytes
from account_sanctions.domain.presets import DEFAULT
from sqlalchemy import create_engine, text

WARNING = {
    "command": "warn",
    "account": "a",
    "by": {"kind": "moderator", "id": "m"},
    "basis": {"clause": "c"},
    "for": "P1D",
}


def test_policy_is_kept_by_the_first_accepted_command_after_a_batch_of_refusals(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    with Sanctions.open(url) as sanctions:
        refused = [{**WARNING, "by": {"kind": "auditor", "id": "x"}}]
        assert [outcome.status for outcome in sanctions.execute_many(refused)] == ["refused"]
        sanctions.sweep()
        sanctions.execute(WARNING)
    with create_engine(url).connect() as connection:
        rows = connection.execute(text("SELECT digest, body FROM sanctions_policies")).all()
    assert [(digest, policy_from_bytes(body)) for digest, body in rows] == [(DEFAULT.ref.digest, DEFAULT)]


def test_second_opening_of_a_store_can_write_under_the_policy_that_is_kept_already(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    for _ in range(2):
        with Sanctions.open(url) as sanctions:
            assert sanctions.execute(WARNING).status == "accepted"
    with Sanctions.open(url) as one, Sanctions.open(url) as two:
        assert [one.execute(WARNING).status, two.execute(WARNING).status] == ["accepted", "accepted"]
