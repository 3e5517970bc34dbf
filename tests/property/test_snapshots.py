"""Loading through a snapshot equals full replay: at any cut, of any history, however often it is kept and read again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction

from account_sanctions.domain.acts import Ban
from account_sanctions.domain.events import Event, PolicyRef, ProposalDismissed, SanctionProposed, ViolationRecorded
from account_sanctions.domain.evolve import fold
from account_sanctions.domain.period import Period
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.queries import strikes
from account_sanctions.domain.state import NOTHING, State
from account_sanctions.domain.terms import Basis
from account_sanctions.domain.vocabulary import Actor
from account_sanctions.infrastructure.snapshots import Snapshot, freeze, thaw
from hypothesis import given
from hypothesis import strategies as st

from .policy_running import perform
from .policy_strategies import happenings, policies
from .running import play
from .strategies import Json, effort, histories, instant
from .test_replay import swept

_HEAD = bytes(range(32))
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


def kept(state: State) -> State:
    """The state as it comes back from the bytes of a snapshot."""
    body = freeze("a", Snapshot(state, _NOW, _HEAD))
    assert body is not None
    found = thaw("a", body)
    assert found is not None
    assert (found.recorded_at, found.head) == (_NOW, _HEAD)
    return found.state


def in_pieces(events: Sequence[Event], data: st.DataObject) -> State:
    """Fold, keep, read again, and fold on: as an account does that is loaded again and again."""
    state, rest = NOTHING, list(events)
    while rest:
        size = data.draw(st.integers(1, len(rest)), label="piece")
        state, rest = kept(fold(state, rest[:size])), rest[size:]
    return state


@effort(2)
@given(histories(min_size=2), st.data())
def test_loading_through_snapshots_equals_replay_of_the_whole(commands: list[Json], data: st.DataObject) -> None:
    run = swept(commands)
    found = in_pieces(run.events, data)
    assert found == run.state
    assert list(found.sanctions()) == list(run.state.sanctions())
    for name in ("ended", "violations", "appeals", "settled_proposals", "reserved"):
        assert list(getattr(found, name).items()) == list(getattr(run.state, name).items())


@effort(1)
@given(st.data())
def test_snapshot_of_an_account_under_any_policy_equals_its_replay(data: st.DataObject) -> None:
    policy: Policy = data.draw(policies(), label="policy")
    history = perform(policy, data.draw(happenings(policy), label="happenings"))
    assert in_pieces(history.run.events, data) == history.run.state


@effort(1)
@given(histories(min_size=3), st.data())
def test_deciding_on_a_snapshot_equals_deciding_on_the_replayed_state(
    commands: list[Json], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(1, len(commands)), label="cut")
    first = play(commands[:cut])
    second = play(commands[:cut])
    second.state = kept(second.state)
    for command in commands[cut:]:
        first.execute(command)
        second.execute(command)
    assert [step.code for step in second.steps] == [step.code for step in first.steps]
    assert second.records == first.records
    assert second.state == first.state


def test_periods_and_fractions_of_a_state_come_back() -> None:
    proposed = {
        "command": "propose",
        "sanction": {"command": "ban", "basis": {"clause": "4.2"}, "for": "P1M"},
        "by": {"kind": "moderator", "id": "m1"},
    }
    run = play([{**proposed, "proposal": "p", "account": "a", "at": instant(1).isoformat()}])
    recorded = ViolationRecorded(
        at=instant(2),
        by=Actor("system", "engine"),
        violation="v",
        clause="4.2",
        weight="4/3",
        policy=PolicyRef("p", "1", "d"),
    )
    state = fold(run.state, [recorded])
    (proposal,) = kept(state).open_proposals.values()
    assert getattr(proposal.act, "for_", None) == Period("P1M")
    assert strikes(kept(state), instant(3)).total == strikes(state, instant(3)).total == Fraction(4, 3)
    assert kept(state) == state


def test_state_that_would_not_come_back_is_not_kept() -> None:
    proposed = SanctionProposed(
        at=instant(1),
        by=Actor("moderator", "m1"),
        proposal="p",
        sanction="s/1",
        # No command may give such an id, so it could not be read again.
        act=Ban(sanction="s/1", basis=Basis(clause="4.2"), for_=Period("P1M")),
        lapses_at=instant(9),
    )
    dismissed = ProposalDismissed(at=instant(2), by=Actor("moderator", "m2"), proposal="p", sanction="s/1")
    for events in ([proposed], [proposed, dismissed]):
        assert freeze("a", Snapshot(fold(NOTHING, events), _NOW, _HEAD)) is None
