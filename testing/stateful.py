"""`SanctionsStateMachine`: commands at random through a host's own glue, and after each one the answers compared.

The model is the pure domain with the same policy and clock. So what is found is what lies between: glue that forgets a field
or a text, names another account, swallows a refusal; a store that loses, doubles or reorders; a view that says something else.

    class TestMyService(SanctionsStateMachine):
        policy = "wechat-official-accounts"
        def open(self, clock): ...
        def send(self, command): ...

    TestMyService = TestMyService.TestCase
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, Final, cast
from uuid import uuid4

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from sqlalchemy import Engine

from ..application import Sanctions
from ..application.documents import AccountHistory
from ..application.policies import find_policy
from ..domain.commands import is_object
from ..domain.errors import UnknownFunction
from ..domain.policies.book import PolicyBook
from ..domain.policies.policy import Policy
from .clock import FrozenClock
from .command_histories import DAWN, SMALL, Commands, Json
from .differing import difference
from .door import Door, Said, refusal_code
from .drawing import pick, sometimes
from .modelling import Model, Present
from .telling import different_entry, told

__all__ = ["SanctionsStateMachine"]

_ALL: Final = tuple(
    dict.fromkeys((*Commands.CREATING, *Commands.REVIEWING, *Commands.ENDING, *Commands.AROUND)),
)
# No round time: what cuts an hour or a second off an instant is to be seen.
_BEGINNING: Final = DAWN + timedelta(hours=9, minutes=41, seconds=7)
_UNKNOWN: Final = "no_such_function"
_SHORT: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 60, 5 * 60, 11 * 60 + 59))
_LONG: Final = tuple(timedelta(days=days) for days in (1, 2))
_AT_ONCE: Final = timedelta(0)
_WAITS: Final = (
    *(("now", span) for span in (*_SHORT, *_LONG, 2 * _LONG[-1])),
    *(("next end", span) for span in (_AT_ONCE, -_SHORT[0]) * 3),
)


class SanctionsStateMachine(RuleBasedStateMachine):
    """Subclass it, override what your deployment does otherwise, and let pytest run its `TestCase`.

    `url`: an SQLAlchemy URL or engine, for the default `open`. `policy`: as `Sanctions.open` takes it. `accounts`: two or more,
    so that a command for the wrong one shows. `kinds`: the commands that the glue knows; `without`: the optional fields that it
    does not (`expected_version`, `supersedes`). `own_names`: whether each run gets accounts of its own, as it must where the
    store outlives a run.
    """

    url: ClassVar[str | Engine] = "sqlite://"
    policy: ClassVar[str | Path | Policy | PolicyBook] = SMALL
    accounts: ClassVar[tuple[str, ...]] = ("gh_1", "gh_2")
    kinds: ClassVar[tuple[str, ...]] = _ALL
    without: ClassVar[tuple[str, ...]] = ()
    own_names: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self.clock = FrozenClock(_BEGINNING)
        self.book = find_policy(self.policy)
        newest = self.book.newest
        self.functions = tuple(name.replace("*", "1") for name in newest.functions)
        suffix = f"-{uuid4().hex[:12]}" if self.own_names else ""
        self.names = {account: f"{account}{suffix}" for account in self.accounts}
        self.drawing = {account: Commands(policy=newest, account=self.names[account]) for account in self.accounts}
        self.commands = {account: self._commands(account) for account in self.accounts}
        self.model = Model(self.names.values(), self.book)
        self.account = self.accounts[0]
        self.sent: list[tuple[str, Json]] = []
        self._numbers = count(1)
        self.door = self.open(self.clock)

    # What a host overrides.

    def open(self, clock: FrozenClock) -> Door:
        """Open the deployment with this clock; called once for each run."""
        return Sanctions.open(self.url, policy=self.policy, clock=clock)

    def close(self) -> None:
        """Let it go; called at the end of each run."""
        # A host's own door may have no end.
        close = getattr(self.door, "close", None)
        if close is not None:
            close()

    def send(self, command: Json) -> object:
        """Bring one command through the host's glue, its ids as they are; a refusal is raised (see `refusal`)."""
        return self.door.execute(command)

    def refusal(self, error: Exception) -> str | None:
        """The code of the refusal that an exception of the glue stands for; None: it is none, and is raised again."""
        return refusal_code(error)

    def may(self, account: str, function: str) -> Said | bool:
        """Ask the deployment now."""
        return self.door.may(account, function)

    def history(self, account: str) -> AccountHistory | None:
        """Everything on record of the account; None where the deployment does not tell it."""
        history = getattr(self.door, "history", None)
        return None if history is None else history(account)

    def sweep(self) -> bool:
        """Record what has fallen due; False where the deployment has no sweeper."""
        sweep = getattr(self.door, "sweep", None)
        if sweep is None:
            return False
        sweep()
        return True

    # What happens.

    def teardown(self) -> None:
        self.close()

    @rule(data=st.data())
    def go_on(self, data: st.DataObject) -> None:
        """A command for the account of the last one, at the same instant."""
        self._step(data, _AT_ONCE)

    @rule(data=st.data(), span=st.sampled_from(_SHORT))
    def go_on_soon(self, data: st.DataObject, span: timedelta) -> None:
        """Another one, minutes or hours later."""
        self._step(data, span)

    @rule(data=st.data(), span=st.sampled_from(_LONG))
    def go_on_later(self, data: st.DataObject, span: timedelta) -> None:
        """Another one, days later."""
        self._step(data, span)

    @rule(data=st.data())
    def turn(self, data: st.DataObject) -> None:
        """A command for whichever account."""
        self.account = data.draw(st.sampled_from(self.accounts), label="account")
        self._step(data, _AT_ONCE)

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        """A command that was accepted, once more: it acts once."""
        account, command = data.draw(st.sampled_from(self.sent), label="again")
        said = self._send(command)
        assert said is None, f"a command that was accepted is refused when it is sent again: {said}\n{command}"
        self._compare(account)
        self._compare_history(account)

    @rule(until=st.sampled_from(_WAITS))
    def wait(self, until: tuple[str, timedelta]) -> None:
        """Time passes, and nothing runs: what begins or ends by itself does so all the same, and neither sooner nor later."""
        beginning, span = until
        ends = [end for account in self.accounts for end in self._present(account).ends()]
        self.clock.at_least((self.clock.now if beginning == "now" else min(ends, default=self.clock.now)) + span)
        self._compare()

    @rule()
    def record_what_is_due(self) -> None:
        """The sweeper comes by: no answer changes."""
        if self.sweep():
            self.model.sweep((self.clock.now - DAWN) / timedelta(days=1))
        self._compare()

    def _present(self, account: str) -> Present:
        return self.model.at(self.names[account], self.clock.now)

    def _commands(self, account: str) -> st.SearchStrategy[Json]:
        """A command of one of the kinds that acts on what there is; at times it says to which version, seldom to another one."""

        def drawn(draw: st.DrawFn) -> Json:
            present, drawing = self._present(account), self.drawing[account]
            drawing.know(present.state, present.at, self._elsewhere(account))
            command = drawing.draw(draw, drawing.kind(draw, self.kinds))
            if sometimes(draw, 8):
                command["expected_version"] = present.version + pick(draw, (0, 0, 0, 1))
            given: Json = _without(self.without, command)
            return given

        return st.composite(drawn)()

    def _elsewhere(self, account: str) -> Iterable[tuple[str, str]]:
        others = (self.names[other] for other in self.accounts if other != account)
        return ((other, sanction) for other in others for sanction in self.model.runs[other].state.live)

    def _step(self, data: st.DataObject, span: timedelta) -> None:
        self.clock.now += span
        account = self.account
        command = data.draw(self.commands[account], label="command")
        command["command_id"] = f"c-{next(self._numbers)}"
        code = self.model.execute({**command, "at": self.clock.now.isoformat()})
        del command["at"]
        said = self._send(command)
        assert said == code, (
            f"the command was {said or 'accepted'}, and by the policy it is {code or 'accepted'}:\n{dict(command)}"
        )
        self._compare(account)
        if code is None:
            self.sent.append((account, command))
            self._compare_history(account)

    def _send(self, command: Mapping[str, Any]) -> str | None:
        try:
            self.send(dict(command))
        except Exception as error:
            code = self.refusal(error)
            if code is None:
                raise
            return code
        return None

    def _compare(self, *asked: str) -> None:
        """The state of every account, also of those that the last command did not name; each function of those `asked`."""
        for account in self.accounts:
            present = self._present(account)
            expected, found = present.document(), self.door.state(present.account)
            assert found == expected, f"the state of {present.account} is another:\n{difference(expected, found)}"
            if not asked or account in asked:
                self._ask(present)

    def _ask(self, present: Present) -> None:
        name = present.account
        for function in self.functions:
            right, answer = present.may(function), self.may(name, function)
            assert bool(answer) == bool(right), f"{name} {'may' if right else 'may not'} {function}: {answer}"
            because = getattr(answer, "because", right.because)
            assert set(because) == set(right.because), f"{name} and {function}: {answer}, and it is {right}"
        if self.book.knows_function(_UNKNOWN):
            return
        try:
            answer = self.may(name, _UNKNOWN)
        except Exception as error:
            code = self.refusal(error)
            if code is None:
                raise
            assert code == UnknownFunction.code, (
                f"to ask for {_UNKNOWN} is refused as {code}, not {UnknownFunction.code}"
            )
        else:
            assert not answer, f"{name} may {_UNKNOWN}, and the policy knows no such function"

    def _compare_history(self, account: str) -> None:
        """Of the account that a command has changed; that no other one has moved on is seen in the version of its state."""
        name = self.names[account]
        found = self.history(name)
        if found is not None:
            differs = different_entry(told(name, self.model.runs[name].records), found)
            assert differs is None, f"the history of {name} is told otherwise, from {differs}"


def _without(names: tuple[str, ...], value: object) -> Any:
    if is_object(value):
        return {name: _without(names, part) for name, part in value.items() if name not in names}
    return [_without(names, part) for part in cast("list[object]", value)] if isinstance(value, list) else value
