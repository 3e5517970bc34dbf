"""What has happened on the way is what the next moves are tried upon: how much was opened, and what has ended by then."""

from __future__ import annotations

import pytest
from account_sanctions.domain.checking import Trace, Traced
from account_sanctions.domain.checking.people import FIRST, RULES
from account_sanctions.domain.checking.search import Search
from account_sanctions.domain.checking.traces import trace_of
from account_sanctions.domain.commands import read_command

from tests.unit.scenario import t

from .tiny import search, tiny

_WAITED = "..."


def _run(things: int) -> Search:
    found = search(tiny("warn"), things)
    found.run()
    return found


def _names(trace: Trace) -> list[str]:
    """What was imposed, and where time passed."""
    return [_WAITED if one.command is None else str(getattr(one.command.act, "sanction", "")) for one in trace.moves]


@pytest.mark.parametrize(
    ("things", "names"),
    [
        (1, ["s1"]),
        (2, ["s1", "s2"]),
        (3, ["s1", "s2", "s3"]),
        (3, ["s1", _WAITED, "s2", "s3"]),
        (3, ["s1", "s2", _WAITED, "s3"]),
    ],
)
def test_everything_that_was_opened_on_the_way_counts(things: int, names: list[str]) -> None:
    found = _run(things)
    assert names in [_names(trace_of(found, number, None)) for number in range(len(found.parents))]


def test_what_has_ended_on_the_way_is_not_replaced_any_more() -> None:
    found = _run(2)
    ways = [_names(trace_of(found, number, None)) for number in range(len(found.parents))]

    def replaced(way: list[str]) -> set[str]:
        """What the warnings replace that are tried next."""
        tried = [trace_of(found, ways.index(way), move).moves[-1].command for move in range(20)]
        return {name for one in tried if one is not None for name in getattr(one.act, "superseded", ())}

    assert replaced(["s1"]) == {"s1"}
    assert replaced(["s1", _WAITED]) == set()


def test_note_is_made_only_where_time_passed_in_the_end() -> None:
    (way,) = trace_of(_run(1), 1, None).moves
    assert way.command is not None
    commands = Trace((way,), RULES).commands()
    assert [read_command(one) for one in commands] == [way.command]
    assert Trace((), RULES).commands() == ()
    assert Trace((way, Traced(t("+3d"), None)), None).commands() == commands


def test_note_is_made_by_who_may_make_one() -> None:
    way = (Traced(t("+3d"), None),)
    by = [read_command(one).by for who in (RULES, FIRST) for one in Trace(way, who).commands()]
    assert by == [RULES, FIRST]
