"""A command does what it is for, all of it and nothing else; and what was decided stays as it was decided."""

from __future__ import annotations

from typing import Any, Final

import pytest
from account_sanctions.domain import acts
from account_sanctions.domain import events as e
from account_sanctions.domain.checking import RULES_OF_STEPS
from account_sanctions.domain.events import PolicyRef
from account_sanctions.domain.terms import Basis, Link
from account_sanctions.domain.vocabulary import Actor
from msgspec.structs import replace

from tests.unit.scenario import REVIEWER, Account, t

from .courses import COURSES
from .stepping import changed, stepped

_RULES: Final[dict[str, Any]] = {rule.__name__: rule for rule in RULES_OF_STEPS}
_DOES: Final = _RULES["every_command_does_what_it_is_for"]
_KEPT: Final = _RULES["history_is_kept"]

_BY_COMMAND: Final = [
    name
    for name, course in COURSES.items()
    if (command := course().command) is not None and not isinstance(command.act, acts.ReportViolation)
]


def _about(event: e.Event) -> str:
    """What an event names first: its appeal, its proposal, its violation, else its sanction, if any."""
    for field in (
        ("appeal", "proposal", "violation")
        if not isinstance(event, e.Imposed | e.SanctionChanged | e.SanctionOverturned)
        else ()
    ):
        if getattr(event, field, None) is not None:
            return f" of {getattr(event, field)}"
    sanction = getattr(event, "sanction", "")
    return f" of {sanction}" if sanction else ""


@pytest.mark.parametrize("name", _BY_COMMAND)
def test_every_event_of_a_command_is_missed_where_it_does_not_come(name: str) -> None:
    step = COURSES[name]()
    assert step.command is not None
    act = type(step.command.act).__name__
    for place, event in enumerate(step.events):
        without = replace(step, events=(*step.events[:place], *step.events[place + 1 :]))
        missed = f"{type(event).__name__}{_about(event)} did not come of it"
        assert list(_DOES(without)) == [f"{act} was accepted, and {missed}"]


@pytest.mark.parametrize("name", _BY_COMMAND)
def test_event_that_does_not_belong_to_a_command_is_found(name: str) -> None:
    step = COURSES[name]()
    assert step.command is not None
    other = e.SanctionLifted(at=step.at, by=step.command.by, sanction="z")
    found = list(_DOES(replace(step, events=(*step.events, other))))
    assert found == [f"{type(step.command.act).__name__} was accepted, and SanctionLifted of z came of it as well"]


def test_end_of_a_sanction_is_nothing_that_comes_of_a_report() -> None:
    step = COURSES["report"]()
    other = e.SanctionLifted(at=step.at, by=step.events[0].by, sanction="z")
    assert list(_DOES(replace(step, events=(*step.events, other)))) == ["SanctionLifted of z came of a report"]


@pytest.mark.parametrize(
    "fields",
    [
        {"number": 9},
        {"at": t("+3d")},
        {"from_": t("+3d")},
        {"basis": Basis(clause="other")},
        {"policy": PolicyRef("other", "1", "0")},
        {"by": Actor("moderator", "m-9")},
        {"approved_by": Actor("moderator", "m-9")},
        {"caused_by": "o"},
        {"priors": ("x",)},
        {"step": "main/1"},
        {"because_of": Link("gh_2", "s")},
        {"appeal_terms": None},
    ],
)
def test_what_was_decided_about_a_sanction_does_not_change(fields: dict[str, Any]) -> None:
    step = COURSES["notice"]()
    ((name, new),) = fields.items()
    old = getattr(step.before.live["b"], name)
    assert list(_KEPT(replace(step, after=changed(step.after, "b", **fields)))) == [
        f"b has another {name.rstrip('_')} than it had: {new} for {old}"
    ]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"terms": ()}, "b has lost what it said before"),
        ({"touched_by": frozenset()}, "b has forgotten who took part in it"),
    ],
)
def test_what_a_sanction_said_and_who_took_part_is_kept(fields: dict[str, Any], sentence: str) -> None:
    step = COURSES["notice"]()
    assert list(_KEPT(replace(step, after=changed(step.after, "b", **fields)))) == [sentence]


def test_legal_holds_are_none_of_the_moves_of_a_search() -> None:
    step = stepped(Account(), "hold", at="+0d", by=REVIEWER, hold="h", reason="-")

    assert [type(event) for event in step.events] == [e.LegalHoldPlaced]
    assert list(_DOES(step)) == []


def test_approval_of_what_nobody_had_proposed_is_found() -> None:
    step = COURSES["approval"]()
    (imposed,) = [event for event in step.events if isinstance(event, e.Imposed)]
    forged = replace(step, before=replace(step.before, open_proposals={}))

    told = f"{type(imposed).__name__} of {imposed.sanction} came of it as well"
    assert f"Approve was accepted, and {told}" in list(_DOES(forged))
