"""Given, when, then on a deployment: the host's own store, policy and glue, and a clock that the test moves.

    case = Case(sanctions, "gh_1", clock=clock)
    case.given("restrict", at="+0d", sanction="s-1", functions=["publish"], until="+5d")
    case.when("lift", at="+6d", sanction="s-1").refused("already_ended")
    case.then_state(standing="clear", restrictions={})

Commands are in short notation (`account_sanctions.testing.factories`). What differs from the expected is shown line by line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self

from ..application.outcomes import Outcome
from ..domain.errors import SanctionsError
from .clock import FrozenClock
from .differing import same
from .door import Door, Said
from .factories import brief, t, whole

__all__ = ["Case", "Tried"]

Send = Callable[[Mapping[str, Any]], Any]


class Tried:
    """What became of a command: an outcome, or the error that refused it."""

    def __init__(self, command: Mapping[str, Any], outcome: object, error: SanctionsError | None) -> None:
        self.command = command
        self.outcome = outcome
        self.error = error

    def then(self, *types: str) -> Tried:
        """Accepted, with exactly these events of its own, in this order (a glue that returns no outcome: accepted)."""
        if self.error is not None:
            raise AssertionError(
                f"{self.command['command']} was to be accepted, and was refused: "
                f"{self.error.code}: {self.error.message} {self.error.details}"
            )
        if isinstance(self.outcome, Outcome):
            same("the command's own events are others:", list(types), _types(self.outcome.events))
        return self

    def duplicate(self) -> Tried:
        """The outcome of an earlier command again."""
        self_status = self.outcome.status if isinstance(self.outcome, Outcome) else self.outcome
        same("this command was to be a duplicate:", "duplicate", self_status if self.error is None else self.error.code)
        return self

    def refused(self, code: str, **details: Any) -> Tried:
        """Refused with this code, and these details among others."""
        if self.error is None:
            raise AssertionError(
                f"{self.command['command']} was to be refused as {code}, and was accepted: {self.outcome}"
            )
        same(f"it was refused for another reason ({self.error.message}):", code, self.error.code)
        same(f"{code} has other details:", details, {name: self.error.details.get(name) for name in details})
        return self


class Case:
    """One account behind a door. `send`: the host's own glue for commands, instead of `door.execute`."""

    def __init__(self, door: Door, account: str = "gh_1", *, clock: FrozenClock, send: Send | None = None) -> None:
        self.door = door
        self.account = account
        self.clock = clock
        self._send = send or door.execute

    def given(self, name: str, *, at: str | None = None, **fields: Any) -> Self:
        """A command that is accepted; raises AssertionError where it is not."""
        tried = self.when(name, at=at, **fields)
        if tried.error is not None:
            raise AssertionError(f"given {name} at {at}: refused: {tried.error.code}: {tried.error.message}")
        return self

    def when(self, name: str, *, at: str | None = None, by: str | None = None, **fields: Any) -> Tried:
        """Try a command; `at` moves the clock there (never back), and the command is given at that time."""
        if at is not None:
            self.clock.at_least(t(at))
        command = whole(name, self.account, by=by, **fields)
        try:
            return Tried(command, self._send(command), None)
        except SanctionsError as error:
            return Tried(command, None, error)

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


def _types(events: Any) -> list[str]:
    return [event.type for event in events or ()]
