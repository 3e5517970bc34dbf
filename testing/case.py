"""Given, when, then on a deployment: the host's own store, policy and glue, and a clock that the test moves.

    case = Case(sanctions, "gh_1", clock=clock)
    case.given("restrict", at="+0d", sanction="s-1", functions=["publish"], until="+5d")
    case.when("lift", at="+6d", sanction="s-1").refused("already_ended")
    case.then_state(standing="clear", restrictions={})

Commands are in short notation (`account_sanctions.testing.factories`). What differs from the expected is shown line by line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from msgspec import UNSET

from ..application.outcomes import Outcome
from ..domain.vocabulary import DUE
from .clock import FrozenClock
from .differing import same
from .door import Door, Said, refusal_code
from .factories import brief, t, whole

__all__ = ["Case", "Refusal", "Send", "Tried"]

Send = Callable[[Mapping[str, Any]], Any]
Refusal = Callable[[Exception], str | None]


class Tried:
    """What became of a command: what the glue answered, or the error that refused it, and the code that the error stands for.

    `recorded`: the types of the events that the door's history has more than before, None where the door tells no history.
    """

    def __init__(
        self,
        command: Mapping[str, Any],
        outcome: object,
        error: Exception | None,
        *,
        code: str | None = None,
        recorded: Sequence[str] | None = None,
    ) -> None:
        self.command = command
        self.outcome = outcome
        self.error = error
        self.code = code
        self.recorded = recorded
        if isinstance(outcome, Outcome) and outcome.error is not UNSET:
            # Batches answer with refusals instead of raising them.
            self.code = outcome.error.code

    def then(self, *types: str) -> Tried:
        """Accepted, with exactly these events of its own, in this order: by the outcome, or else by the door's history.

        Raises AssertionError where it is not so, and where there is neither an outcome nor a history to judge by.
        """
        if self.code is not None:
            raise AssertionError(f"{self._name} was to be accepted, and was refused: {self.code}: {self._said}")
        same("the command's own events are others:", list(types), list(self._events))
        return self

    def duplicate(self) -> Tried:
        """The outcome of an earlier command again; where the glue answers no outcome: nothing was recorded."""
        found = self.outcome.status if isinstance(self.outcome, Outcome) else self.code
        if found is None:
            found = "duplicate" if not self._events else f"accepted, with {', '.join(self._events)}"
        same("this command was to be a duplicate:", "duplicate", self.code or found)
        return self

    def refused(self, code: str, **details: Any) -> Tried:
        """Refused with this code, and these details among others, where the error has `details`."""
        if self.code is None:
            raise AssertionError(f"{self._name} was to be refused as {code}, and was accepted: {self.outcome}")
        same(f"it was refused for another reason ({self._said}):", code, self.code)
        known: Mapping[str, Any] = getattr(self._refusal, "details", {})
        same(f"{code} has other details:", details, {name: known.get(name) for name in details})
        return self

    @property
    def _name(self) -> str:
        return str(self.command["command"])

    @property
    def _refusal(self) -> object:
        return self.outcome.error if isinstance(self.outcome, Outcome) else self.error

    @property
    def _said(self) -> str:
        message = str(getattr(self._refusal, "message", self._refusal))
        return f"{message} {getattr(self._refusal, 'details', '')}".rstrip()

    @property
    def _events(self) -> Sequence[str]:
        if isinstance(self.outcome, Outcome) and self.outcome.events is not UNSET:
            return [event.type for event in self.outcome.events]
        if self.recorded is None:
            raise AssertionError(
                f"which events {self._name} led to cannot be judged: the glue answered {self.outcome!r}, which is no outcome, "
                "and the door tells no history; ask `then_state` instead"
            )
        return self.recorded


class Case:
    """One account behind a door. `send`: the host's own glue for commands, instead of `door.execute`.

    `refusal`: the code that an exception of the glue stands for, None for one that is no refusal and is raised again; unless
    given, the codes of this library's own errors.
    """

    def __init__(
        self,
        door: Door,
        account: str = "gh_1",
        *,
        clock: FrozenClock,
        send: Send | None = None,
        refusal: Refusal = refusal_code,
    ) -> None:
        self.door = door
        self.account = account
        self.clock = clock
        self._send = send or door.execute
        self._refusal = refusal

    def given(self, name: str, *, at: str | None = None, **fields: Any) -> Self:
        """A command that is accepted; raises AssertionError where it is not, and what `when` raises."""
        tried = self.when(name, at=at, **fields)
        if tried.code is not None:
            raise AssertionError(
                f"given {name} at {self._shown(at)}: refused: {tried.code}: {tried.error or tried.outcome}"
            )
        return self

    def when(self, name: str, *, at: str | None = None, by: str | None = None, **fields: Any) -> Tried:
        """Try a command; `at` moves the clock there, and the command is given at that time.

        Raises ValueError for an `at` that has passed, and whatever the glue raises that is no refusal.
        """
        if at is not None:
            if t(at) < self.clock.now:
                raise ValueError(
                    f"{name} at {at}: the clock stands at {brief(self.clock.now)} and does not go back; "
                    "order the commands by time, or move the clock yourself"
                )
            self.clock.at_least(t(at))
        command = whole(name, self.account, by=by, **fields)
        before = self._recorded()
        try:
            outcome = self._send(command)
        except Exception as error:
            code = self._refusal(error)
            if code is None:
                raise
            return Tried(command, None, error, code=code)
        after = self._recorded()
        more = None if before is None or after is None else [kind for kind in after[len(before) :] if kind is not None]
        return Tried(command, outcome, None, recorded=more)

    def then_state(self, *, at: str | None = None, **expected: Any) -> Self:
        """What is expected of the account, now or at that time.

        `standing`, `restrictions` (function to end), `statuses` (sanction to status), or any other field of the state document.
        """
        found = self.door.state(self.account, None if at is None else t(at))
        shown: dict[str, Any] = {}
        for name in expected:
            if name == "restrictions":
                shown[name] = {one.function: brief(one.until) for one in found.restrictions}
            elif name == "statuses":
                shown[name] = {one.id: one.status for one in found.sanctions}
            else:
                shown[name] = getattr(found, name)
        same(f"the state of {self.account} at {self._shown(at)} is another:", expected, shown)
        return self

    def then_may(self, function: str, *, at: str | None = None) -> Self:
        """The account may do this, now or at that time."""
        found = self._asked(function, at)
        self._because(function, (), found)
        if not found:
            raise AssertionError(f"{self.account} may not {function} at {self._shown(at)}, and was to")
        return self

    def then_may_not(self, function: str, *because: str, at: str | None = None) -> Self:
        """It may not: because of exactly these sanctions, or for whatever reason where none is named."""
        found = self._asked(function, at)
        if found:
            raise AssertionError(f"{self.account} may {function} at {self._shown(at)}, and was not to")
        if because:
            self._because(function, because, found)
        return self

    def _asked(self, function: str, at: str | None) -> Said:
        return self.door.may(self.account, function, None if at is None else t(at))

    def _because(self, function: str, right: tuple[str, ...], found: Said) -> None:
        same(f"{self.account} and {function}: what takes it away is another:", sorted(right), sorted(found.because))

    def _shown(self, at: str | None) -> str:
        return at or str(brief(self.clock.now))

    def _recorded(self) -> list[str | None] | None:
        """The types of what is recorded of the account, None in place of what fell due by itself."""
        history = getattr(self.door, "history", None)
        if history is None:
            return None
        return [None if entry.by == DUE else entry.type for entry in history(self.account).events]
