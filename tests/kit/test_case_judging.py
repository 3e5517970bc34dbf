"""A case judges by the outcome, else by the history of the door; it takes a host's own errors, and no time that has passed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from account_sanctions.application import Sanctions
from account_sanctions.domain.errors import SanctionsError
from account_sanctions.testing import Case, FrozenClock
from account_sanctions.testing.factories import brief

Make = Callable[..., Case]


@pytest.fixture
def silent(sanctions: Sanctions, sanctions_case: Make) -> Case:
    """The glue answers nothing."""

    def send(command: Mapping[str, Any]) -> None:
        sanctions.execute(command)

    return sanctions_case(send=send)


def test_events_are_those_of_the_history_where_the_glue_answers_nothing(silent: Case) -> None:
    silent.when("ban", at="+0d", sanction="b", until="+2d").then("AccountBanned")
    with pytest.raises(AssertionError, match=r"- \['AccountBanned', 'NoteAdded'\]\n\+ \['AccountBanned'\]"):
        silent.when("ban", sanction="c", until="+2d").then("AccountBanned", "NoteAdded")
    with pytest.raises(AssertionError, match=r"\+ \['NoteAdded'\]"):
        silent.when("note", text="seen").then()


def test_what_fell_due_before_is_none_of_the_command(silent: Case) -> None:
    silent.given("restrict", at="+0d", sanction="s", functions=["publish"], until="+2d")
    silent.when("note", at="+3d", text="seen").then("NoteAdded")
    assert [entry.type for entry in silent.door.history("gh_1").events][1:] == ["SanctionExpired", "NoteAdded"]  # type: ignore[attr-defined]


def test_command_that_changes_nothing_has_no_events(silent: Case) -> None:
    silent.given("restrict", at="+0d", sanction="s", functions=["publish"], until="+2d")
    silent.when("change_sanction", sanction="s", until="+2d").then()


def test_duplicate_is_one_that_records_nothing(silent: Case) -> None:
    silent.when("note", text="seen", command_id="c").then("NoteAdded")
    silent.when("note", text="seen", command_id="c").duplicate()
    with pytest.raises(AssertionError, match="accepted, with NoteAdded"):
        silent.when("note", text="seen", command_id="d").duplicate()


def test_nothing_is_judged_without_an_outcome_and_a_history(sanctions: Sanctions, sanctions_clock: FrozenClock) -> None:
    def execute(command: Mapping[str, Any]) -> None:
        sanctions.execute(command)

    door: Any = SimpleNamespace(execute=execute, state=None, may=None)
    tried = Case(door, clock=sanctions_clock).when("note", text="seen")
    claims: tuple[Callable[[], object], ...] = (tried.then, lambda: tried.then("NoteAdded"), tried.duplicate)
    for claim in claims:
        with pytest.raises(AssertionError, match="cannot be judged: the glue answered None, which is no outcome, and"):
            claim()


def test_refusal_that_is_answered_is_a_refusal(sanctions: Sanctions, sanctions_case: Make) -> None:
    def send(command: Mapping[str, Any]) -> object:
        (outcome,) = sanctions.execute_many([dict(command)])
        return outcome

    case = sanctions_case(send=send)
    case.when("note", text="seen").then("NoteAdded")
    case.when("lift", sanction="s").refused("unknown_sanction", sanction="s")
    with pytest.raises(AssertionError, match="lift was to be accepted, and was refused: unknown_sanction"):
        case.when("lift", sanction="s").then()
    with pytest.raises(AssertionError, match=r"given lift at .*: refused: unknown_sanction"):
        case.given("lift", sanction="s")


class NotFound(Exception):
    """A host's own."""


@pytest.fixture
def translated(sanctions: Sanctions, sanctions_case: Make) -> Case:
    """Glue with errors of its own, and what they stand for."""

    def send(command: Mapping[str, Any]) -> object:
        try:
            return sanctions.execute(command)
        except SanctionsError as error:
            raise (NotFound if error.code.startswith("unknown_") else KeyError)(error.code) from None

    return sanctions_case(send=send, refusal=lambda error: "not_found" if isinstance(error, NotFound) else None)


def test_own_errors_are_refusals_by_the_hook(translated: Case) -> None:
    translated.when("lift", sanction="s").refused("not_found")
    with pytest.raises(AssertionError, match=r"refused for another reason \(unknown_sanction\)"):
        translated.when("lift", sanction="s").refused("unknown_sanction")
    with pytest.raises(AssertionError, match="not_found has other details"):
        translated.when("lift", sanction="s").refused("not_found", sanction="s")
    with pytest.raises(AssertionError, match="was to be accepted, and was refused: not_found: unknown_sanction"):
        translated.when("lift", sanction="s").then("SanctionLifted")
    with pytest.raises(AssertionError, match=r"given lift at .*: refused: not_found"):
        translated.given("lift", sanction="s")


def test_exception_that_the_hook_does_not_know_comes_through(translated: Case) -> None:
    with pytest.raises(KeyError, match="not_permitted"):
        translated.when("note", by="auditor:x", text="seen")


def test_time_that_has_passed_is_said(sanctions_case: Make, sanctions_clock: FrozenClock) -> None:
    case = sanctions_case()
    sanctions_clock.move(days=5)
    with pytest.raises(ValueError, match=r"note at \+1d: the clock stands at \+5d and does not go back"):
        case.when("note", at="+1d", text="seen")
    with pytest.raises(ValueError, match="does not go back"):
        case.given("note", at="+5d-1us", text="seen")
    case.given("note", at="+5d", text="seen").when("note", text="seen").then("NoteAdded")
    assert brief(sanctions_clock.now) == "+5d"
