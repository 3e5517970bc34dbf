"""The default policy and every preset, by exhaustion; what bounds mean; rules of the host's own."""

from __future__ import annotations

from array import array
from collections import Counter
from itertools import pairwise
from typing import ClassVar, Final

import pytest
from account_sanctions.application.checking import policies_named
from account_sanctions.domain.checking import Step, check_model, model
from account_sanctions.domain.checking.search import Search
from account_sanctions.domain.commands import read_command
from account_sanctions.domain.deciding import handle
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.presets import DEFAULT
from account_sanctions.domain.state import NOTHING
from msgspec.structs import replace

from tests.depth import DEEP, depth
from tests.unmeasured import not_measured

PRESETS = list(policies_named(()))
_MOST: Final = depth(500, 60_000)


class _Counting(Search):
    """A search that counts what its rules were asked about."""

    seen: ClassVar[Counter[str]] = Counter()

    def _ask(self, step: Step, number: int, move: int | None) -> None:
        super()._ask(step, number, move)
        self.seen.update({type(event).__name__ for event in step.events})
        self.seen["two at once"] += len(step.after.live) > 1
        self.seen["exempt and sanctioned"] += bool(step.after.live) and step.after.exemption is not None


@pytest.mark.parametrize("policy", PRESETS, ids=[policy.name for policy in PRESETS])
def test_a_preset_keeps_every_rule_in_everything_that_can_be_reached(policy: Policy) -> None:
    checked = check_model(policy, things=1)

    assert checked.violation is None
    assert checked.complete
    assert checked.states > 100
    assert 0 < checked.refusals < checked.edges


@pytest.mark.parametrize("policy", PRESETS, ids=[policy.name for policy in PRESETS])
def test_a_preset_keeps_every_rule_with_two_things_as_far_as_it_was_looked_at(
    policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sanction and an appeal, an order and a ban, an exemption and what it forbids: what one thing alone cannot show."""
    monkeypatch.setattr(_Counting, "seen", Counter())
    monkeypatch.setattr(model, "Search", _Counting)
    with not_measured():
        checked = check_model(policy, things=2, states=_MOST)

    assert checked.violation is None
    assert checked.complete or checked.states >= _MOST
    wanted = {"two at once", "exempt and sanctioned", "NoticeServed", "AppealDecided"}
    assert {name for name in wanted if not _Counting.seen[name]} == set()


def test_the_default_policy_keeps_every_rule_with_two_things() -> None:
    with not_measured():
        checked = check_model(DEFAULT, things=2, states=None if DEEP else 4_000)

    assert checked.holds
    assert checked.complete == DEEP
    assert checked.states >= (16_000 if DEEP else 4_000)


def test_a_second_run_sees_the_same() -> None:
    assert check_model(DEFAULT, things=1) == check_model(DEFAULT, things=1)


def nobody_is_banned_for_good(step: Step) -> str | None:
    return "a permanent ban is in force" if step.after.terminal else None


def test_a_rule_of_the_hosts_own_is_broken_by_a_history_that_can_be_played_again() -> None:
    found = check_model(DEFAULT, things=1, invariants=[nobody_is_banned_for_good]).violation

    assert found is not None
    assert (found.rule, found.sentence) == ("nobody_is_banned_for_good", "a permanent ban is in force")
    state = NOTHING
    for command in found.trace.commands():
        state = handle(read_command(command), state, DEFAULT).state
    assert state.terminal
    assert len(found.trace.commands()) == 2  # proposed and approved: nothing shorter bans for good


def test_a_rule_that_time_breaks_is_shown_by_a_note_at_the_end() -> None:
    def nothing_ever_ends(step: Step) -> list[str]:
        return [f"{type(event).__name__}" for event in step.events if type(event).__name__ == "SanctionExpired"]

    found = check_model(DEFAULT, things=1, invariants=[nothing_ever_ends]).violation

    assert found is not None
    assert [command["command"] for command in found.trace.commands()] == ["warn", "note"]
    assert "time passes" in found.trace.when()
    assert len(found.trace.given()) == 1


def test_a_policy_that_takes_the_way_back_is_found() -> None:
    rights = ("lift_permanent_ban", "overturn_permanent_ban", "change_permanent_ban")
    harsh = replace(DEFAULT, second_person=(), withheld_rights={"reviewer": rights}, appeal=None)

    found = check_model(harsh, things=1).violation

    assert found is not None
    assert found.rule == "open_things_can_be_closed"
    assert [command["command"] for command in found.trace.commands()] == ["ban"]


class _NoWayBack(Search):
    """A search of a space in which every step leads further away from the beginning, the only state that is clear."""

    def run(self) -> None:
        super().run()
        onwards = [(source, target) for source, target in zip(*self.links, strict=True) if source < target]
        for place, numbers in enumerate(self.links):
            numbers[:] = array("q", [step[place] for step in onwards])
        self.clear[1:] = bytes(self.states - 1)


def test_a_space_without_a_way_back_is_shown_by_its_first_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "Search", _NoWayBack)
    checked = check_model(DEFAULT, things=1)

    assert checked.violation is not None
    assert checked.violation.rule == "clear_can_be_reached"
    assert len(checked.violation.trace.moves) == 1
    assert (checked.holds, checked.complete) == (False, False)


def test_states_that_were_not_looked_at_are_no_dead_ends() -> None:
    for states in (5, 50):
        checked = check_model(DEFAULT, things=1, states=states)
        assert checked.violation is None
        assert not checked.complete
    assert not check_model(DEFAULT, things=2, depth=2).complete
    assert check_model(DEFAULT, things=2, depth=2).depth == 2


@pytest.mark.parametrize("bound", ["things", "depth", "states"])
def test_a_bound_below_one_is_refused(bound: str) -> None:
    with pytest.raises(ValueError, match=bound):
        check_model(DEFAULT, **{bound: 0})  # type: ignore[arg-type]


def test_the_watch_is_told_how_far_it_is() -> None:
    seen: list[tuple[int, int, int, int]] = []
    checked = check_model(DEFAULT, things=1, watch=lambda *figures: seen.append(figures))

    assert seen
    assert all(before[0] <= after[0] for before, after in pairwise(seen))
    assert seen[-1][0] <= checked.states
