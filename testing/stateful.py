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

from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, Final
from uuid import uuid4

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from sqlalchemy import Engine

from ..application import Sanctions
from ..application.documents import AccountHistory, account_state
from ..application.policies import find_policy
from ..domain.due import advance
from ..domain.errors import SanctionsError
from ..domain.policies.book import PolicyBook
from ..domain.policies.policy import Policy
from ..domain.queries import verdict
from .clock import FrozenClock
from .command_histories import DAWN, SMALL, Commands, Json, instant, iso
from .differing import difference
from .door import Door, Said
from .running import Run
from .telling import different_entry, told

__all__ = ["SanctionsStateMachine"]

_ALL: Final = tuple(
    dict.fromkeys((*Commands.CREATING, *Commands.REVIEWING, *Commands.ENDING, *Commands.AROUND)),
)


class SanctionsStateMachine(RuleBasedStateMachine):
    """Subclass it, override what your deployment does otherwise, and let pytest run its `TestCase`.

    `url`: an SQLAlchemy URL or engine, for the default `open`. `policy`: as `Sanctions.open` takes it. `accounts`: two or more,
    so that a command for the wrong one shows. `kinds`: the commands that the glue knows. `own_names`: whether each run gets
    accounts of its own, as it must where the store outlives a run.
    """

    url: ClassVar[str | Engine] = "sqlite://"
    policy: ClassVar[str | Path | Policy | PolicyBook] = SMALL
    accounts: ClassVar[tuple[str, ...]] = ("gh_1", "gh_2")
    kinds: ClassVar[tuple[str, ...]] = _ALL
    own_names: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self.clock = FrozenClock(DAWN)
        self.book = find_policy(self.policy)
        newest = self.book.newest
        self.functions = tuple(name.replace("*", "1") for name in newest.functions)
        suffix = f"-{uuid4().hex[:12]}" if self.own_names else ""
        self.names = {account: f"{account}{suffix}" for account in self.accounts}
        self.drawing = {account: Commands(policy=newest, account=self.names[account]) for account in self.accounts}
        self.models = {account: Run(newest) for account in self.accounts}
        self.sent: list[tuple[str, Json]] = []
        self.tick = 0
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
        return error.code if isinstance(error, SanctionsError) else None

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

    @precondition(lambda self: self._known(Commands.CREATING))
    @rule(data=st.data(), days=st.sampled_from((0, 0, 1, 2)))
    def impose(self, data: st.DataObject, days: int) -> None:
        """A new sanction, or several at once, or a report, by which the policy may impose some."""
        self._step(data, days, self._known(Commands.CREATING))

    @precondition(lambda self: self._known(Commands.ENDING))
    @rule(data=st.data(), days=st.sampled_from((0, 0, 1, 2)))
    def end_or_change(self, data: st.DataObject, days: int) -> None:
        """A lift, an overturn, a change."""
        self._step(data, days, self._known(Commands.ENDING))

    @precondition(lambda self: self._known(Commands.REVIEWING))
    @rule(data=st.data(), days=st.sampled_from((0, 0, 1, 2)))
    def review(self, data: st.DataObject, days: int) -> None:
        """What an order to rectify asks for."""
        self._step(data, days, self._known(Commands.REVIEWING))

    @precondition(lambda self: self._around())
    @rule(data=st.data(), days=st.sampled_from((0, 0, 1, 4)))
    def surround(self, data: st.DataObject, days: int) -> None:
        """Everything else: appeals, proposals, recorded violations, exemptions, notes."""
        self._step(data, days, self._around())

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def send_again(self, data: st.DataObject) -> None:
        """A command that was accepted, once more: it acts once."""
        account, command = data.draw(st.sampled_from(self.sent), label="again")
        said = self._send(command)
        assert said is None, f"a command that was accepted is refused when it is sent again: {said}\n{command}"
        self._compare(account)
        self._compare_history(account)

    @rule(days=st.integers(1, 4))
    def wait(self, days: int) -> None:
        """Time passes, and nothing runs: what falls due is so all the same."""
        self._pass(days)
        self._compare()

    @rule()
    def record_what_is_due(self) -> None:
        """The sweeper comes by: no answer changes."""
        if self.sweep():
            for model in self.models.values():
                model.sweep(self.tick)
        self._compare()

    def _known(self, kinds: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(kind for kind in kinds if kind in self.kinds)

    def _around(self) -> tuple[str, ...]:
        named = {*Commands.CREATING, *Commands.ENDING, *Commands.REVIEWING}
        return tuple(kind for kind in self.kinds if kind not in named)

    def _pass(self, days: int) -> None:
        self.tick += days
        self.clock.at_least(instant(self.tick))
        for drawing in self.drawing.values():
            drawing.tick = self.tick

    def _step(self, data: st.DataObject, days: int, kinds: tuple[str, ...]) -> None:
        self._pass(days)
        account = data.draw(st.sampled_from(self.accounts), label="account")
        kind = data.draw(st.sampled_from(kinds), label="kind")
        command = data.draw(self.drawing[account].next(kind), label="command")
        command["command_id"] = f"c-{next(self._numbers)}"
        model = self.models[account]
        model.policy = self.book.at(self.clock.now)
        code = model.execute({**command, "at": iso(self.tick)}).code
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
        now = self.clock.now
        for account in self.accounts:
            name, model = self.names[account], self.models[account]
            state = advance(model.state, now)
            expected = account_state(name, state, version=model.state.version, valid_at=now, known_at=now)
            found = self.door.state(name)
            assert found == expected, f"the state of {name} is another:\n{difference(expected, found)}"
            for function in self.functions if not asked or account in asked else ():
                right, answer = verdict(state, function, now), self.may(name, function)
                assert bool(answer) == bool(right), f"{name} {'may' if right else 'may not'} {function}: {answer}"
                because = getattr(answer, "because", right.because)
                assert set(because) == set(right.because), f"{name} and {function}: {answer}, and it is {right}"

    def _compare_history(self, account: str) -> None:
        """Of the account that a command has changed; that no other one has moved on is seen in the version of its state."""
        name = self.names[account]
        found = self.history(name)
        if found is not None:
            differs = different_entry(told(name, self.models[account].records), found)
            assert differs is None, f"the history of {name} is told otherwise, from {differs}"
