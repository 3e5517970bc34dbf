"""The laws hold on any event store: what `Sanctions` answers, `EventStoreSanctions` answers."""

from __future__ import annotations

from datetime import datetime

from account_sanctions.application.elsewhere import EventStoreSanctions
from account_sanctions.domain.errors import Refused
from hypothesis import given
from hypothesis import strategies as st

from .running import grid_of
from .strategies import ACCOUNT, FUNCTIONS, SMALL, Json, effort, histories, instant
from .test_store import Hands, in_memory, named, send


@effort(1)
@given(histories(min_size=3), st.sampled_from([0, 1]))
def test_any_history_is_the_same_on_an_event_store_without_views(commands: list[Json], cached: int) -> None:
    found: str
    hands = Hands()
    memory = {"PERSISTENCE_MODULE": "eventsourcing.popo"}
    with (
        in_memory() as (sanctions, ours),
        EventStoreSanctions.open(memory, policy=SMALL, clock=hands, cached=cached) as elsewhere,
    ):
        for command in [*named(commands), *named(commands)[:2]]:
            hands.at_least(datetime.fromisoformat(command["at"]))
            try:
                found = elsewhere.execute(command).status
            except Refused as refusal:
                found = refusal.code
            assert found == send(sanctions, ours, command)
        assert elsewhere.history(ACCOUNT) == sanctions.history(ACCOUNT)
        for tick in grid_of(commands):
            assert elsewhere.state(ACCOUNT, instant(tick)) == sanctions.state(ACCOUNT, instant(tick))
            for function in FUNCTIONS:
                one, other = (door.may(ACCOUNT, function, instant(tick)) for door in (elsewhere, sanctions))
                assert (one.allowed, one.until, set(one.because)) == (other.allowed, other.until, set(other.because))
