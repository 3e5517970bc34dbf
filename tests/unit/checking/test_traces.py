"""A history that shows what is wrong: as lines for people, as commands that can be applied, and how it is found again."""

from __future__ import annotations

from typing import Any, Final

import pytest
from account_sanctions.domain import acts
from account_sanctions.domain.checking import Trace, Traced
from account_sanctions.domain.checking import traces as tracing
from account_sanctions.domain.checking.people import FIRST, HOLDER
from account_sanctions.domain.checking.search import WAIT, Search
from account_sanctions.domain.checking.traces import trace_of
from account_sanctions.domain.checking.world import world_of
from account_sanctions.domain.commands import Command, read_command
from account_sanctions.domain.events import AppealTerms
from account_sanctions.domain.period import Period
from account_sanctions.domain.terms import Basis
from msgspec.structs import replace

from tests.unit.scenario import t

from .tiny import search, tiny

_WARN: Final = Command(
    account="checked",
    by=FIRST,
    act=acts.Warn(sanction="s1", basis=Basis(clause="any"), for_=Period("PT259200S")),
    at=t("+0d"),
)
_AS_JSON: Final[dict[str, Any]] = {
    "command": "warn",
    "account": "checked",
    "by": {"kind": "reviewer", "id": "r1"},
    "at": "2026-01-01T00:00:00Z",
    "sanction": "s1",
    "basis": {"clause": "any"},
    "for": "PT259200S",
}
_LINE: Final = '2026-01-01T00:00:00Z  reviewer r1: warn {"sanction":"s1","basis":{"clause":"any"},"for":"PT259200S"}'
_WAITED: Final = "2026-01-04T00:00:00Z  time passes until then"
_WARNED: Final = Traced(t("+0d"), _WARN)
_PASSED: Final = Traced(t("+3d"), None)


def test_nothing_breaks_a_rule_before_anything_has_happened() -> None:
    trace = Trace(())
    assert (trace.given(), trace.when(), trace.commands()) == ((), "nothing has happened yet", ())


def test_last_move_is_the_one_that_breaks_the_rule_and_the_others_came_before() -> None:
    assert (Trace((_WARNED,)).given(), Trace((_WARNED,)).when()) == ((), _LINE)
    both = Trace((_WARNED, _PASSED, _WARNED))
    assert (both.given(), both.when()) == ((_LINE, _WAITED), _LINE)


def test_commands_are_those_that_can_be_applied() -> None:
    (found,) = Trace((_WARNED,)).commands()
    assert found == _AS_JSON
    assert list(found) == list(_AS_JSON)
    assert read_command(found) == _WARN
    assert Trace((_PASSED, _WARNED)).commands() == (_AS_JSON,)


def test_time_at_the_end_is_recorded_by_a_note() -> None:
    trace = trace_of(_run(), 2, None)
    assert (trace.given(), trace.when()) == ((_LINE,), _WAITED)
    note = {
        "command": "note",
        "account": "checked",
        "by": {"kind": "system", "id": "rules"},
        "at": "2026-01-04T00:00:00Z",
        "text": "time has passed",
    }
    assert trace.commands() == (_AS_JSON, note)
    read_command(trace.commands()[1])


def test_command_without_an_instant_has_none() -> None:
    withdrawn = Command(account="checked", by=HOLDER, act=acts.WithdrawAppeal(appeal="a1"))
    (found,) = Trace((Traced(t("+0d"), withdrawn),)).commands()
    assert found["at"] is None
    assert (
        Trace((Traced(t("+1d"), withdrawn),)).when()
        == '2026-01-02T00:00:00Z  holder h: withdraw_appeal {"appeal":"a1"}'
    )


def _run(**bounds: Any) -> Any:
    found = search(**bounds)
    found.run()
    return found


@pytest.mark.parametrize(
    ("number", "move", "moves"),
    [
        (0, None, ()),
        (0, 0, (_WARNED,)),
        (0, WAIT, None),
        (1, None, (_WARNED,)),
        (1, WAIT, (_WARNED, _PASSED)),
        (2, None, (_WARNED, _PASSED)),
    ],
)
def test_shortest_way_to_a_state_is_played_again(
    number: int, move: int | None, moves: tuple[Traced, ...] | None
) -> None:
    """From nothing, no time passes: there is nothing to wait for."""
    if moves is None:
        with pytest.raises(AssertionError):
            trace_of(_run(), number, move)
    else:
        assert trace_of(_run(), number, move).moves == moves


def test_what_was_opened_on_the_way_is_no_longer_tried() -> None:
    """Warned, warned once more, and time: with each warning one thing less may be opened, and the next is named after it."""
    trace = trace_of(_run(things=2), 4, None)
    commands = [one.command for one in trace.moves]
    assert [None if one is None else getattr(one.act, "sanction", None) for one in commands] == ["s1", "s2", None]
    assert [one.at for one in trace.moves] == [t("+0d"), t("+0d"), t("+3d")]
    assert [one["at"] for one in trace.commands()] == [f"2026-01-0{day}T00:00:00Z" for day in (1, 1, 4)]
    later = trace_of(_run(things=2), 5, WAIT)
    assert [one.at for one in later.moves] == [t("+0d"), t("+3d"), t("+3d"), t("+6d")]
    assert [one.command is None for one in later.moves] == [False, True, False, True]


@pytest.mark.parametrize(("things", "until"), [(1, "+3d"), (2, "+1d")])
def test_windows_are_waited_for_as_in_the_search(things: int, until: str) -> None:
    """The window of appeal closes after a day: that matters as long as an appeal could still be filed."""
    found = Search(world_of(replace(tiny("warn"), appeal=AppealTerms(window="P1D", limit=1)), things))
    found.run()
    assert [one.at for one in trace_of(found, 1, WAIT).moves] == [t("+0d"), t(until)]


def test_move_that_cannot_be_decided_is_told_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """What breaks a rule may be that deciding fails: the last move is not decided again, nor is time that passes."""

    def fail(*_given: object) -> Any:
        raise LookupError

    found = _run()
    monkeypatch.setattr(tracing, "handle", fail)
    assert trace_of(found, 0, 0).moves == (_WARNED,)
    monkeypatch.undo()
    monkeypatch.setattr(tracing, "due", fail)
    assert trace_of(found, 1, WAIT).moves == (_WARNED, _PASSED)


def test_move_is_found_by_its_number_among_all_that_are_tried() -> None:
    found = search(tiny("warn", "lift"))
    found.run()
    assert found.moves[2] > 0
    (_, last) = trace_of(found, 2, None).moves
    assert last.command is not None
    assert (last.command.act, last.command.by) == (acts.LiftAll(reason="-"), FIRST)
