"""What a glue drops, cuts off or keeps too long is found: everything that a command can say is said, and at any time of day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from account_sanctions.testing import SanctionsStateMachine
from account_sanctions.testing.command_histories import Json

from .machines import found, searched


class Imposing(SanctionsStateMachine):
    kinds: ClassVar[tuple[str, ...]] = ("warn", "restrict", "lift")
    drops: ClassVar[str] = ""

    def send(self, command: Json) -> object:
        for part in (command, command.get("basis", {})):
            part.pop(self.drops, None)
        return super().send(command)


class DropsTheLegalGround(Imposing):
    drops = "legal_ground"


class DropsTheDetection(Imposing):
    drops = "automated_detection"


class DropsTheOtherAccount(Imposing):
    drops = "because_of_sanction"

    def send(self, command: Json) -> object:
        command.pop("because_of_account", None)
        return super().send(command)


class DropsTheOtherSanction(Imposing):
    drops = "because_of_sanction"


class DropsTheVersion(Imposing):
    kinds = ("warn", "note")
    drops = "expected_version"


class DecidesFully(Imposing):
    """Whatever was decided with a machine was decided by it alone."""

    def send(self, command: Json) -> object:
        if command.get("basis", {}).get("automated_decision"):
            command["basis"]["automated_decision"] = "fully"
        return super().send(command)


class KeepsTheFirstReason(SanctionsStateMachine):
    policy = "wechat-official-accounts"
    kinds = ("report_violation",)

    def send(self, command: Json) -> object:
        if "reasons" in command:
            command["reasons"] = command["reasons"][:1]
        return super().send(command)


class CutsHoursOff(Imposing):
    """A form with a date and no time."""

    def send(self, command: Json) -> object:
        if "until" in command:
            command["until"] = datetime.fromisoformat(command["until"]).replace(hour=0, minute=0, second=0).isoformat()
        return super().send(command)


class CutsSecondsOff(Imposing):
    def send(self, command: Json) -> object:
        if "from" in command:
            command["from"] = datetime.fromisoformat(command["from"]).replace(second=0).isoformat()
        return super().send(command)


class CachesAnswers(Imposing):
    """For twelve hours, or until the account has another version: but a sanction ends without any command."""

    def may(self, account: str, function: str) -> bool:
        kept: dict[Any, tuple[datetime, bool]] = self.__dict__.setdefault("kept", {})
        key = account, function, self.door.state(account).version
        if key not in kept or self.clock.now - kept[key][0] > timedelta(hours=12):
            kept[key] = self.clock.now, bool(self.door.may(account, function))
        return kept[key][1]


class AllowsWhatNobodyKnows(Imposing):
    """Only what is on a list of its own is asked for at all."""

    def may(self, account: str, function: str) -> Any:
        return function not in self.functions or self.door.may(account, function)


class RefusesInItsOwnWay(Imposing):
    def may(self, account: str, function: str) -> Any:
        if function not in self.functions:
            raise LookupError(function)
        return self.door.may(account, function)

    def refusal(self, error: Exception) -> str | None:
        return "bad_request" if isinstance(error, LookupError) else super().refusal(error)


_HISTORY = r"the history of .*\n(.*\n)*- .*'{}': "


@pytest.mark.parametrize(
    ("machine", "said"),
    [
        (DropsTheLegalGround, _HISTORY.format("legal_ground")),
        (DropsTheDetection, _HISTORY.format("automated_detection")),
        (DecidesFully, _HISTORY.format("automated_decision")),
        (DropsTheOtherAccount, "the state of|the command was accepted, and by the policy it is"),
        (DropsTheOtherSanction, "the state of|the command was"),
        (DropsTheVersion, "by the policy it is version_conflict"),
        (KeepsTheFirstReason, "the state of|" + _HISTORY.format("clause")),
        (CutsHoursOff, "the state of|the command was invalid_period"),
        (CutsSecondsOff, "the state of|the command was"),
        (CachesAnswers, r"^gh_\S+ (may|may not) \S+: "),
        (AllowsWhatNobodyKnows, "may no_such_function, and the policy knows no such function"),
        (RefusesInItsOwnWay, "to ask for no_such_function is refused as bad_request, not unknown_function"),
    ],
)
def test_loss_is_found(machine: type[SanctionsStateMachine], said: str) -> None:
    found(machine, said)


class ClosedToWhatNobodyKnows(Imposing):
    def may(self, account: str, function: str) -> Any:
        return function in self.functions and self.door.may(account, function)


def test_host_may_say_no_to_a_function_that_nobody_knows() -> None:
    searched(ClosedToWhatNobodyKnows, 5, 15)


class WithoutLinksAndVersions(SanctionsStateMachine):
    """Its forms have no place for these."""

    without = ("because_of_account", "because_of_sanction", "expected_version", "legal_ground")

    def send(self, command: Json) -> object:
        assert not any(f"'{name}'" in str(command) for name in self.without), command
        return super().send(command)


def test_field_that_the_glue_does_not_have_is_not_sent() -> None:
    searched(WithoutLinksAndVersions, 10, 20)


class Counting(SanctionsStateMachine):
    times: ClassVar[set[str]] = set()

    def send(self, command: Json) -> object:
        self.times.update(one for one in (command.get("until"), command.get("from")) if one)
        return super().send(command)


def test_times_are_of_any_hour_and_minute() -> None:
    searched(Counting, 10, 20)
    assert len({time[11:13] for time in Counting.times}) > 3
