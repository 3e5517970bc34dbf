"""What a search finds by itself, step by step: decisions that fail, traces that refusals leave, what replays otherwise."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import pytest
from account_sanctions.domain import acts
from account_sanctions.domain import events as e
from account_sanctions.domain.checking import Step
from account_sanctions.domain.checking import search as searching
from account_sanctions.domain.checking.moves import moves
from account_sanctions.domain.checking.search import WAIT, Found, Node, Search
from account_sanctions.domain.checking.steps import Flaw
from account_sanctions.domain.checking.world import world_of
from account_sanctions.domain.commands import Command
from account_sanctions.domain.deciding import Decision, handle
from account_sanctions.domain.events import AppealTerms
from account_sanctions.domain.evolve import evolve
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.presets import DEFAULT
from account_sanctions.domain.state import NOTHING, State
from account_sanctions.domain.vocabulary import DUE
from msgspec.structs import replace

from tests.unit.scenario import OTHER_MODERATOR, Account, t

from .tiny import TINY, search, tiny

_FOR_GOOD: Final[dict[str, Any]] = {"basis": {"clause": "1"}, "permanent": True}


def _node(state: State = NOTHING, *, opened: int = 0, at: str = "+0d", number: int = 7) -> Node:
    return Node(number, state, t(at), opened)


def _first(found: Search, node: Node) -> Command:
    return next(iter(moves(found.world, node.state, node.now, node.opened)))


def _found(found: Search, node: Node) -> tuple[Flaw, int, int | None]:
    with pytest.raises(Found) as raised:
        found._decided(node, 3, _first(found, node))
    assert str(raised.value) == raised.value.flaw.sentence
    return raised.value.flaw, raised.value.number, raised.value.move


def _deciding(patch: pytest.MonkeyPatch, **changed: Any) -> None:
    """What is decided is something else."""

    def other(asked: Command, state: State, policy: Policy) -> Decision:
        decision = handle(asked, state, policy)
        return replace(decision, **{name: make(decision) for name, make in changed.items()})

    patch.setattr(searching, "handle", other)


def test_accepted_command_is_a_step() -> None:
    found, node = search(), _node()
    command = _first(found, node)
    decision = handle(command, NOTHING, found.world.policy)
    assert found._decided(node, 0, command) == Step(
        policy=found.world.policy,
        before=NOTHING,
        after=decision.state,
        since=t("+0d"),
        at=t("+0d"),
        command=command,
        events=decision.events,
    )
    assert (found.edges, found.refusals) == (1, 0)


def test_refused_command_is_counted_and_no_step() -> None:
    found, node = search(tiny()), _node()
    assert found._decided(node, 0, _first(found, node)) is None
    assert (found.edges, found.refusals) == (1, 1)


def test_decision_that_fails_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_given: object) -> Decision:
        raise LookupError("there is none")

    monkeypatch.setattr(searching, "handle", fail)
    flaw = Flaw("decisions_do_not_fail", "LookupError: there is none")
    assert _found(search(), _node()) == (flaw, 7, 3)


def test_time_that_fails_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_given: object) -> tuple[e.Event, ...]:
        raise LookupError("there is none")

    monkeypatch.setattr(searching, "due", fail)
    found = search()
    with pytest.raises(Found) as raised:
        found._waited(_node(), t("+1d"))
    flaw = Flaw("decisions_do_not_fail", "LookupError: there is none")
    assert (raised.value.flaw, raised.value.number, raised.value.move, found.edges) == (flaw, 7, WAIT, 1)


def test_decision_before_which_something_was_overdue_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    _deciding(monkeypatch, due=lambda decision: decision.events)
    flaw = Flaw("nothing_outlives_its_end", "something was overdue that reading had not brought about")
    assert _found(search(), _node()) == (flaw, 7, 3)


def test_change_without_an_event_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    _deciding(monkeypatch, events=lambda _decision: ())
    flaw = Flaw("what_is_recorded_replays", "the state changed without an event")
    assert _found(search(), _node()) == (flaw, 7, 3)


def test_events_that_fold_to_another_state_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    _deciding(monkeypatch, state=lambda decision: replace(decision.state, version=9))
    flaw = Flaw("what_is_recorded_replays", "the recorded events fold to another state than was decided")
    assert _found(search(), _node()) == (flaw, 7, 3)


@pytest.mark.parametrize("way", ["fold", "evolve"])
def test_events_must_fold_at_once_and_one_by_one(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of the two ways is broken, and the other is right."""

    def broken(state: State, event: Any) -> State:
        events = event if isinstance(event, tuple) else (event,)
        for one in events:
            state = evolve(state, one)
        return replace(state, version=9)

    monkeypatch.setattr(searching, way, broken)
    flaw = Flaw("what_is_recorded_replays", "the recorded events fold to another state than was decided")
    assert _found(search(), _node()) == (flaw, 7, 3)


def test_several_events_are_evolved_one_after_the_other() -> None:
    state = Account().given("warn", at="+0d", sanction="w", until="+9d").state
    note = e.NoteAdded(at=t("+1d"), by=DUE)
    assert searching._one_by_one(state, (note, note)) == evolve(evolve(state, note), note)
    assert searching._one_by_one(state, ()) is state


def test_waiting_is_a_step_without_a_command() -> None:
    state = Account().given("warn", at="+0d", sanction="w", until="+9d").state
    found = search()
    step = found._waited(_node(state, at="+1d"), t("+9d"))
    assert (step.command, step.before, step.since, step.at) == (None, state, t("+1d"), t("+9d"))
    assert [type(one).__name__ for one in step.events] == ["SanctionExpired"]
    assert (step.after.standing, step.policy, found.edges) == ("clear", found.world.policy, 1)


def _spoil(asked: Command, state: State, policy: Policy) -> Decision:
    """A refusal that leaves traces."""
    state.open_proposals.clear()  # type: ignore[attr-defined]
    return handle(asked, state, policy)


def test_what_refusals_leave_behind_is_found_in_the_state_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account().given("warn", at="+0d", sanction="w", until="+9d")
    account.given("propose", at="+0d", proposal="p", sanction={"command": "ban", "sanction": "b", **_FOR_GOOD})
    monkeypatch.setattr(searching, "handle", _spoil)
    found = search(tiny())
    with pytest.raises(Found) as raised:
        found._look(_node(account.state, opened=1), [])
    flaw = Flaw("refusals_change_nothing", "the state changed while commands were tried on it")
    assert (raised.value.flaw, raised.value.number, raised.value.move) == (flaw, 7, None)


def test_parts_of_a_state_are_all_that_something_could_be_put_into() -> None:
    account = Account().given("warn", at="+0d", sanction="w", until="+9d").given("lift", at="+0d", sanction="w")
    account.given("ban", at="+0d", sanction="b", until="+9d").given(
        "record_violation", at="+0d", violation="v", clause="1"
    )
    account.given("appeal", at="+0d", appeal="a", sanction="b").given("exempt", at="+0d")
    ban = {"command": "ban", "sanction": "c", **_FOR_GOOD}
    account.given("propose", at="+0d", proposal="p", sanction=ban).given(
        "dismiss", at="+0d", proposal="p", by=OTHER_MODERATOR
    )
    state = account.given("propose", at="+0d", proposal="q", sanction={**ban, "sanction": "d"}).state
    parts = searching._parts(state)
    for name in ("live", "ended", "violations", "appeals", "open_proposals", "settled_proposals"):
        emptied = replace(state, **{name: {}})
        assert searching._parts(emptied) != parts, name
    for fields in ({"version": 1}, {"exemption": None}, {"standing": "clear"}, {"terminal": True}, {"next_due": None}):
        assert searching._parts(replace(state, **fields)) != parts, fields
    assert searching._parts(replace(state)) == parts


def test_what_nobody_can_close_is_found_in_the_state_itself() -> None:
    state = Account().given("warn", at="+0d", sanction="w", permanent=True).state
    found = search(tiny())
    with pytest.raises(Found) as raised:
        found._look(_node(state, opened=1), [])
    sentence = "nobody can close the sanction w any more, and time does not either"
    assert raised.value.flaw == Flaw("open_things_can_be_closed", sentence)
    assert (raised.value.number, raised.value.move) == (7, None)


def test_what_a_command_or_time_closes_is_not_left_open() -> None:
    permanent = Account().given("warn", at="+0d", sanction="w", permanent=True).state
    search(tiny("overturn"))._look(_node(permanent, opened=1), [])
    ending = Account().given("warn", at="+0d", sanction="w", until="+9d").state
    following: list[Node] = []
    found = search(tiny())
    found._enter(ending, t("+0d"), 1, parent=0, move=WAIT)
    found._look(_node(ending, opened=1, number=0), following)
    assert [(one.number, one.now, one.opened, one.state.standing) for one in following] == [(1, t("+9d"), 1, "clear")]


def _warned(**fields: Any) -> State:
    return Account().given("warn", at="+0d", sanction="w", **(fields or {"until": "+9d"})).state


def _following(found: Search, node: Node) -> list[Node]:
    found._enter(node.state, node.now, node.opened, parent=0, move=WAIT)
    following: list[Node] = []
    found._look(replace(node, number=0), following)
    return following


def test_what_opens_nothing_is_not_counted() -> None:
    """A second warning, or one in place of the first, is one thing more; a lift is none, nor is time that passes."""
    following = _following(search(tiny("warn", "lift"), things=2), _node(_warned(), opened=1))
    assert [(one.opened, one.state.standing, one.now) for one in following] == [
        (2, "warned", t("+0d")),
        (2, "warned", t("+0d")),
        (1, "clear", t("+0d")),
        (1, "clear", t("+9d")),
    ]


@pytest.mark.parametrize(("things", "until"), [(1, "+9d"), (2, "+4d")])
def test_windows_are_waited_for_as_long_as_more_may_be_opened(things: int, until: str) -> None:
    policy = replace(tiny(), appeal=AppealTerms(window="P4D", limit=1))
    state = Account(replace(DEFAULT, appeal=policy.appeal)).given("warn", at="+0d", sanction="w", until="+9d").state
    following = _following(search(policy, things=things), _node(state, opened=1))
    assert [one.now for one in following] == [t(until)]


def test_deadline_is_not_waited_for_while_its_clock_stands_still() -> None:
    account = Account().given(
        "order_rectification", at="+0d", sanction="o", deadline="+9d", clock="submission_stops_clock"
    )
    policy = tiny("overturn")
    running = _following(search(policy), _node(account.state, opened=1))
    stopped = _following(
        search(policy), _node(account.given("submit_rectification", at="+0d", sanction="o").state, opened=1)
    )
    assert [one.now for one in running] == [t("+0d"), t("+9d")]
    assert [one.now for one in stopped] == [t("+0d")]


def test_move_at_which_deciding_fails_is_told_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(asked: Command, state: State, policy: Policy) -> Decision:
        if isinstance(asked.act, acts.LiftAll):
            raise LookupError("there is none")
        return handle(asked, state, policy)

    monkeypatch.setattr(searching, "handle", fail)
    found, node = search(tiny("warn", "lift")), _node(_warned(), opened=1)
    with pytest.raises(Found) as raised:
        found._look(node, [])
    tried = list(moves(found.world, node.state, node.now, node.opened))
    place = raised.value.move
    assert place is not None
    assert isinstance(tried[place].act, acts.LiftAll)
    assert not [one for one in tried[:place] if isinstance(one.act, acts.LiftAll)]


def test_what_is_opened_is_counted_along_the_way() -> None:
    found = search(things=2)
    found._enter(NOTHING, t("+0d"), 0, parent=0, move=WAIT)
    following: list[Node] = []
    found._look(_node(number=0), following)
    assert [(one.number, one.opened, one.state.standing) for one in following] == [(1, 1, "warned")]


def test_rule_is_asked_of_the_beginning_of_every_command_and_of_time() -> None:
    seen: list[tuple[str, str, datetime, datetime]] = []

    def rule(step: Step) -> None:
        what = "time" if step.command is None else type(step.command.act).__name__
        seen.append((what, step.after.standing, step.since, step.at))

    Search(world_of(TINY, 1), [rule]).run()
    assert seen == [
        ("time", "clear", t("+0d"), t("+0d")),
        ("Warn", "warned", t("+0d"), t("+0d")),
        ("time", "clear", t("+0d"), t("+3d")),
    ]


@pytest.mark.parametrize(("standing", "number", "move"), [("warned", 0, 0), ("clear", 0, None)])
def test_rule_that_is_broken_is_found_with_its_name_and_place(standing: str, number: int, move: int | None) -> None:
    def never(step: Step) -> str | None:
        return f"it is {standing}" if step.after.standing == standing else None

    with pytest.raises(Found) as raised:
        Search(world_of(TINY, 1), [never]).run()
    assert raised.value.flaw == Flaw("never", f"it is {standing}")
    assert (raised.value.number, raised.value.move) == (number, move)


def test_rule_that_time_breaks_is_found_with_its_place() -> None:
    def never(step: Step) -> list[str]:
        return [f"{type(one).__name__} came" for one in step.events if isinstance(one, e.SanctionExpired)]

    with pytest.raises(Found) as raised:
        Search(world_of(TINY, 1), [never]).run()
    assert raised.value.flaw == Flaw("never", "SanctionExpired came")
    assert (raised.value.number, raised.value.move) == (1, WAIT)


def test_steps_in_which_nothing_happens_lead_nowhere() -> None:
    """Extending to the same end, lifting nothing: accepted, and no event."""
    found = Search(world_of(DEFAULT, 1))
    account = Account().given("exempt", at="+0d", by="reviewer:r-1", unless=["reviewer"])
    found._enter(account.state, t("+0d"), 1, parent=0, move=WAIT)
    following: list[Node] = []
    found._look(_node(account.state, opened=1, number=0), following)
    assert [one.state.exemption for one in following] == [None]
