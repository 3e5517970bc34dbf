"""What a check says in the end: how much was seen, whether all of it, and the first rule that does not hold."""

from __future__ import annotations

from typing import Any

import pytest
from account_sanctions.domain.checking import Checked, Step, check_model, model
from account_sanctions.domain.checking.search import Search
from account_sanctions.domain.period import Period
from account_sanctions.domain.policies.policy import Policy
from msgspec.structs import replace

from .tiny import TINY, search, tiny


def _counted(policy: Policy = TINY, things: int = 1, **bounds: int) -> Search:
    found = search(policy, things, **bounds)
    found.run()
    return found


@pytest.mark.parametrize("things", [1, 2])
def test_check_tells_what_the_search_has_seen(things: int) -> None:
    found = _counted(things=things)
    assert check_model(TINY, things=things) == Checked(
        policy="default@1",
        digest=TINY.ref.digest,
        things=things,
        states=found.states,
        edges=found.edges,
        refusals=found.refusals,
        depth=things + 1,
        complete=True,
        in_days=False,
        violation=None,
    )


def test_two_things_are_opened_where_nothing_is_said() -> None:
    assert check_model(TINY) == check_model(TINY, things=2)


def test_months_are_told_to_be_counted_in_days() -> None:
    months = replace(TINY, proposal_ttl=Period("P1M"))
    assert check_model(months, things=1).in_days
    assert check_model(months, things=1).digest == months.ref.digest


@pytest.mark.parametrize("bounds", [{"depth": 1}, {"states": 2}])
def test_bound_is_handed_to_the_search(bounds: dict[str, int]) -> None:
    checked = check_model(TINY, things=1, **bounds)  # type: ignore[arg-type]
    assert (checked.states, checked.depth, checked.complete, checked.holds) == (2, 1, False, True)


@pytest.mark.parametrize("bound", ["things", "depth", "states"])
@pytest.mark.parametrize("value", [0, -1])
def test_bound_below_one_is_refused_by_its_name(bound: str, value: int) -> None:
    with pytest.raises(ValueError, match=f"^`{bound}` is at least 1$"):
        check_model(TINY, **{bound: value})  # type: ignore[arg-type]
    bounds: dict[str, Any] = {"things": 1, bound: 1}
    assert check_model(TINY, **bounds).holds


def test_watch_is_handed_to_the_search() -> None:
    seen: list[tuple[int, int, int, int]] = []
    check_model(TINY, things=1, watch=lambda *figures: seen.append(figures))
    assert [states for states, *_ in seen] == [2, 3, 3]


def nobody_is_warned(step: Step) -> str | None:
    """A rule of the host's own."""
    return "somebody is warned" if step.after.standing == "warned" else None


def test_rule_that_is_broken_is_told_with_its_history() -> None:
    checked = check_model(TINY, things=1, invariants=[nobody_is_warned])
    found = checked.violation
    assert found is not None
    assert (found.rule, found.sentence) == ("nobody_is_warned", "somebody is warned")
    assert [one.command is None for one in found.trace.moves] == [False]
    assert (checked.holds, checked.complete, checked.states, checked.edges) == (False, False, 1, 1)


def test_rule_that_is_broken_before_anything_has_happened_has_no_history() -> None:
    def never(_step: Step) -> str:
        return "never"

    found = check_model(TINY, things=1, invariants=[never]).violation
    assert found is not None
    assert (found.rule, found.sentence, found.trace.moves) == ("never", "never", ())


class _NobodyIsWarned:
    def __call__(self, step: Step) -> str | None:
        return nobody_is_warned(step)


def test_rule_without_a_name_is_called_after_its_class() -> None:
    found = check_model(TINY, things=1, invariants=[_NobodyIsWarned()]).violation
    assert found is not None
    assert found.rule == "_NobodyIsWarned"


def _dead_end(found: Search, *numbers: int) -> Search:
    for number in numbers:
        found.clear[number] = 0
    return found


def test_state_from_which_clear_cannot_be_reached_is_told_with_its_history() -> None:
    """Nothing leads from the warning that is over: were it not clear, it would be a dead end, and the warning before it."""
    found = _dead_end(_counted(), 2)
    stuck = model._stuck(found)
    assert stuck is not None
    assert (stuck.rule, stuck.sentence) == (
        "clear_can_be_reached",
        "nothing leads from here to the standing clear any more",
    )
    assert len(stuck.trace.moves) == 1
    assert model._stuck(_counted()) is None


def test_dead_end_makes_a_check_incomplete(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stuck(Search):
        def run(self) -> None:
            super().run()
            _dead_end(self, 2)

    monkeypatch.setattr(model, "Search", Stuck)
    checked = check_model(TINY, things=1)
    assert checked.violation is not None
    assert (checked.violation.rule, checked.complete, checked.holds) == ("clear_can_be_reached", False, False)


def test_state_that_was_not_looked_at_is_taken_to_reach_it() -> None:
    found = _counted(depth=1)
    assert found.unlooked == {1}
    assert model._stuck(found) is None
    found.unlooked.clear()
    assert model._stuck(found) is not None


def test_what_nobody_can_close_is_a_violation_in_the_state_itself() -> None:
    """A ban for good that nobody may lift or overturn."""
    found = check_model(tiny("ban_permanently"), things=1).violation
    assert found is not None
    assert (found.rule, found.sentence) == (
        "open_things_can_be_closed",
        "nobody can close the sanction s1 any more, and time does not either",
    )
    assert [getattr(one.command, "act", None).__class__.__name__ for one in found.trace.moves] == ["Ban"]
