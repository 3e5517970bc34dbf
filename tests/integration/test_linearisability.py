"""What several processes do to one account at once is some serial order of it, in real time, by the rules of the domain alone."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

import pytest
from account_sanctions.domain.commands import content_digest, read_command
from account_sanctions.domain.deciding import handle
from account_sanctions.domain.errors import Refused
from account_sanctions.domain.presets import DEFAULT
from account_sanctions.domain.state import NOTHING, State
from account_sanctions.domain.vocabulary import SanctionStatus

from tests.depth import depth
from tests.integration.linearising import Operation, linearised
from tests.integration.support import database
from tests.postgres import fresh_store

_WORKER: Final = Path(__file__).parent / "linear_worker.py"
_PROCESSES: Final = 3
_COUNT: Final = 12


class Account:
    """The sequential model: the domain's own state and the keys that were used; two that answer alike are one."""

    def __init__(self, state: State = NOTHING, used: dict[str, tuple[bytes, Any]] | None = None) -> None:
        self.state = state
        self.used = used or {}
        self._same = (state.version, tuple(self.sanctions()), tuple(sorted(self.used.items(), key=lambda one: one[0])))

    def sanctions(self) -> list[tuple[str, SanctionStatus]]:
        return sorted((one.id, one.status) for one in self.state.sanctions())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Account) and repr(self._same) == repr(other._same)

    def __hash__(self) -> int:
        return hash(repr(self._same))


def model(account: Account, asked: dict[str, Any]) -> tuple[Account, Any]:
    if asked["command"] == "read":
        state = account.state
        return account, [state.version, state.standing, [[name, status] for name, status in account.sanctions()]]
    command = read_command(asked)
    key = command.command_id
    if key is not None and key in account.used:
        digest, first = account.used[key]
        if digest != content_digest(command):
            return account, ["refused", "command_id_reused"]
        return account, ["duplicate", *first]
    try:
        decision = handle(command, account.state, DEFAULT)
    except Refused as refusal:
        return account, ["refused", refusal.code]
    outcome = [decision.state.version, [type(event).__name__ for event in decision.events]]
    used = account.used if key is None else {**account.used, key: (content_digest(command), outcome)}
    return Account(decision.state, used), ["accepted", *outcome]


def recorded(url: str, accounts: int, fault: str = "none") -> dict[str, list[Operation]]:
    """What the processes say, by account."""
    arguments = [url, str(_PROCESSES), str(accounts), str(_COUNT), fault]
    done = subprocess.run(
        [sys.executable, str(_WORKER), *arguments], capture_output=True, check=False, timeout=300, text=True
    )
    assert done.returncode == 0, done.stderr
    histories: dict[str, list[Operation]] = defaultdict(list)
    for line in done.stdout.splitlines():
        one = json.loads(line)
        histories[one["asked"]["account"]].append(Operation(one["began"], one["ended"], one["asked"], one["answered"]))
    assert sum(map(len, histories.values())) == _PROCESSES * accounts * _COUNT
    return histories


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return database(tmp_path) if request.param == "sqlite" else fresh_store()


def overlapping(history: list[Operation]) -> int:
    """How many pairs of operations were under way at once."""
    return sum(
        one.began < other.ended and other.began < one.ended
        for number, one in enumerate(history)
        for other in history[:number]
    )


def test_what_processes_do_at_once_is_some_serial_order(url: str) -> None:
    histories = recorded(url, depth(5, 200))

    met = 0
    for account, history in histories.items():
        assert linearised(history, Account(), model) is not None, account
        met += overlapping(history)
    assert met > 10, "the processes did not meet: nothing was tried"
    assert {one.answered[0] for history in histories.values() for one in history} >= {
        "accepted",
        "refused",
        "duplicate",
    }


@pytest.mark.parametrize("fault", ["lost", "stale", "twice"])
def test_a_planted_fault_is_caught(fault: str, url: str) -> None:
    histories = recorded(url, 4, fault)

    assert any(linearised(history, Account(), model) is None for history in histories.values())


AT: Final = "2026-01-01T00:00:00Z"
RESTRICT: Final = {
    "command": "restrict",
    "account": "a",
    "sanction": "s1",
    "basis": {"clause": "4.3"},
    "at": AT,
    "by": {"kind": "moderator", "id": "m1"},
    "functions": ["publish"],
    "for": "P7D",
}
READ: Final = {"command": "read", "account": "a"}
NOTHING_YET: Final = [0, "clear", []]
RESTRICTED: Final = [1, "restricted", [["s1", "in_force"]]]


@pytest.mark.parametrize(
    ("read_from", "answer", "explained"),
    [
        ((5, 15), NOTHING_YET, True),
        ((5, 15), RESTRICTED, True),
        ((25, 30), RESTRICTED, True),
        ((25, 30), NOTHING_YET, False),
        ((0, 5), RESTRICTED, False),
    ],
    ids=["meanwhile, before", "meanwhile, after", "later, after", "later, stale", "earlier, from the future"],
)
def test_the_checker_goes_by_real_time(read_from: tuple[int, int], answer: Any, explained: bool) -> None:
    history = [
        Operation(10, 20, RESTRICT, ["accepted", 1, ["FunctionsRestricted"]]),
        Operation(*read_from, READ, answer),
    ]

    assert (linearised(history, Account(), model) is not None) == explained


def test_the_checker_gives_the_order_that_explains_the_history() -> None:
    lift = {"command": "lift", "account": "a", "sanction": "s1", "reason": "-", "by": RESTRICT["by"], "at": AT}
    history = [
        Operation(0, 100, lift, ["accepted", 2, ["SanctionLifted"]]),
        Operation(10, 90, RESTRICT, ["accepted", 1, ["FunctionsRestricted"]]),
        Operation(20, 30, READ, NOTHING_YET),
    ]

    order = linearised(history, Account(), model)

    assert order is not None
    assert [one.asked["command"] for one in order] == ["read", "restrict", "lift"]


def test_an_answer_that_two_writers_got_both_is_not_explained() -> None:
    accepted = ["accepted", 1, ["FunctionsRestricted"]]
    history = [Operation(0, 10, RESTRICT, accepted), Operation(0, 10, {**RESTRICT, "sanction": "s2"}, accepted)]

    assert linearised(history, Account(), model) is None
