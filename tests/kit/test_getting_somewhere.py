"""The machine acts on what there is: most of its commands are accepted, of every kind some, and some are sent by who may not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pytest
from account_sanctions.application.documents import AccountState
from account_sanctions.domain.errors import UnknownFunction
from account_sanctions.domain.queries import Verdict
from account_sanctions.testing import FrozenClock, SanctionsStateMachine
from account_sanctions.testing.command_histories import Json
from account_sanctions.testing.door import Door

from .machines import ON_THE_PAGE, found, searched


class Mirror:
    """A door that says what the machine expects: no store takes time."""

    def __init__(self, machine: SanctionsStateMachine) -> None:
        self.machine = machine

    def execute(self, command: Mapping[str, Any]) -> None:
        steps = self.machine.model.runs[command["account"]].steps
        (step,) = (one for one in steps if one.command["command_id"] == command["command_id"])
        if step.code is not None:
            raise RefusedAs(step.code)

    def state(self, account: str, _valid_at: object = None) -> AccountState:
        return self.machine.model.at(account, self.machine.clock.now).document()

    def may(self, account: str, function: str, _at: object = None) -> Verdict:
        if not self.machine.book.knows_function(function):
            raise UnknownFunction(function)
        return self.machine.model.at(account, self.machine.clock.now).may(function)


class RefusedAs(Exception):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Mirrored(SanctionsStateMachine):
    """Counts what was sent, and what of it was accepted."""

    tried: ClassVar[Counter[str]]
    accepted: ClassVar[Counter[str]]
    commands_sent: ClassVar[list[tuple[Json, str | None]]]

    def open(self, clock: FrozenClock) -> Door:  # noqa: ARG002 - the machine has it
        return Mirror(self)

    def refusal(self, error: Exception) -> str | None:
        return error.code if isinstance(error, RefusedAs) else super().refusal(error)

    def teardown(self) -> None:
        for run in self.model.runs.values():
            for step in run.steps:
                self.commands_sent.append((step.command, step.code))
                self.tried[step.command["command"]] += 1
                self.accepted[step.command["command"]] += step.code is None
        super().teardown()


@pytest.fixture
def mirrored() -> Iterator[type[Mirrored]]:
    Mirrored.tried, Mirrored.accepted, Mirrored.commands_sent = Counter(), Counter(), []
    yield Mirrored
    del Mirrored.tried, Mirrored.accepted, Mirrored.commands_sent


def test_machine_acts_on_what_there_is(mirrored: type[Mirrored]) -> None:
    searched(mirrored, 100, 50)
    assert all(mirrored.accepted[kind] >= 2 for kind in mirrored.kinds), mirrored.accepted
    often = ("approve", "lift", "change_sanction", "appeal", "decide_appeal", "submit_rectification")
    assert all(mirrored.accepted[kind] >= 8 for kind in often), mirrored.accepted
    assert mirrored.accepted.total() > 2 / 3 * mirrored.tried.total(), (mirrored.accepted, mirrored.tried)
    refused = {(command["command"], code) for command, code in mirrored.commands_sent}
    assert ("approve", "same_person") in refused, "nobody tried to approve what he had proposed"
    assert {"not_permitted", "already_ended", "version_conflict", "exempt"} <= {code for _, code in refused}


def test_few_kinds_follow_one_another_too(mirrored: type[Mirrored]) -> None:
    class OfThree(mirrored):  # type: ignore[misc, valid-type]
        kinds = ("propose", "approve", "ban")

    searched(OfThree, *ON_THE_PAGE)
    assert mirrored.accepted["approve"] >= 5, mirrored.accepted
    assert set(mirrored.tried) == set(OfThree.kinds)


class SignsAsAdmin(SanctionsStateMachine):
    """One account of the console approves whatever anybody approves, so nobody is the one who proposed it."""

    def send(self, command: Json) -> object:
        if command["command"] == "approve":
            command["by"] = {"kind": "reviewer", "id": "admin"}
        return super().send(command)


class OfProposals(SignsAsAdmin):
    kinds: ClassVar[tuple[str, ...]] = ("ban", "propose", "approve", "dismiss")


class SignsOnlyForTheProposer(OfProposals):
    """Nobody sees anything of it until somebody approves what he has proposed himself."""

    def send(self, command: Json) -> object:
        proposers: dict[str, str] = self.__dict__.setdefault("proposers", {})
        if command["command"] == "propose":
            proposers[command["proposal"]] = command["by"]["id"]
        if command["command"] == "approve" and proposers.get(command["proposal"]) != command["by"]["id"]:
            return self.door.execute(command)
        return super().send(command)


@pytest.mark.parametrize(
    ("machine", "numbers"), [(SignsAsAdmin, (50, 25)), (OfProposals, ON_THE_PAGE), (SignsOnlyForTheProposer, (50, 25))]
)
def test_bypass_of_four_eyes_is_found(machine: type[SanctionsStateMachine], numbers: tuple[int, int]) -> None:
    found(machine, "the command was|the state of|the history of", *numbers)
