"""Linked accounts over drawn histories, circles of accounts among them, against a naive reckoning of every end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from account_sanctions.application import Sanctions
from account_sanctions.application.linking import link_ends
from account_sanctions.domain.state import State
from hypothesis import given
from hypothesis import strategies as st

_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)
_ACCOUNTS: Final = ("a", "b", "c")
_PERSON: Final = {"kind": "moderator", "id": "m-7"}
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(eq=False)
class _Ban:
    """What the naive reckoning knows of a ban."""

    account: str
    until: datetime
    cause: _Ban | None
    lifted_at: datetime = _NEVER

    def end(self) -> datetime:
        """When it ends as far as is decided."""
        return min(self.until, self.lifted_at, _NEVER if self.cause is None else self.cause.end())


class _World:
    """A store and the naive reckoning beside it."""

    def __init__(self) -> None:
        self.now = _START
        self.sanctions = Sanctions.open("sqlite://", clock=lambda: self.now)
        self.bans: list[_Ban] = []

    def take(self, step: tuple[Any, ...]) -> None:
        match step:
            case ("ban", account, days, cause):
                self._ban(account, days, self.bans[cause % len(self.bans)] if self.bans and cause is not None else None)
            case ("lift", number) if self.bans:
                ban = self.bans[number % len(self.bans)]
                if self._accepted(command="lift", account=ban.account, sanction=self._name(ban), reason="r"):
                    ban.lifted_at = self.now
            case ("change", number, days) if self.bans:
                ban = self.bans[number % len(self.bans)]
                terms = {"sanction": self._name(ban), "reason": "r", "for": f"P{days}D"}
                if self._accepted(command="change_sanction", account=ban.account, **terms):
                    ban.until = self.now + days * _DAY
            case ("sweep",):
                self.sanctions.sweep()
            case ("wait", days):
                self.now += days * _DAY
            case _:
                pass

    def _ban(self, account: str, days: int, cause: _Ban | None) -> None:
        ban = _Ban(account, self.now + days * _DAY, cause)
        self.bans.append(ban)
        named = {} if cause is None else {"because_of_account": cause.account, "because_of_sanction": self._name(cause)}
        given = {"command": "ban", "account": account, "sanction": self._name(ban), "for": f"P{days}D", **named}
        accepted = self._accepted(basis={"clause": "x"}, **given)
        assert accepted == (cause is None or (cause.account != account and cause.end() > self.now))
        if not accepted:
            self.bans.pop()

    def _name(self, ban: _Ban) -> str:
        return f"s{self.bans.index(ban)}"

    def _accepted(self, **given: Any) -> bool:
        outcome = self.sanctions.execute_many([{"by": _PERSON, **given}])[0]
        return outcome.status == "accepted"

    def held(self, account: str, at: datetime) -> dict[str, datetime]:
        """The bans in force, with their ends as far as is decided."""
        bans = (ban for ban in self.bans if ban.account == account)
        return {self._name(ban): ban.end() for ban in bans if ban.end() > at}


_STEPS = st.one_of(
    st.tuples(st.just("ban"), st.sampled_from(_ACCOUNTS), st.integers(1, 30), st.one_of(st.none(), st.integers(0, 40))),
    st.tuples(st.just("lift"), st.integers(0, 40)),
    st.tuples(st.just("change"), st.integers(0, 40), st.integers(1, 30)),
    st.just(("sweep",)),
    st.tuples(st.just("wait"), st.integers(1, 10)),
)


@given(st.lists(_STEPS, min_size=8, max_size=25))
def test_answers_are_those_of_the_naive_reckoning(steps: list[tuple[Any, ...]]) -> None:
    world = _World()
    with world.sanctions as sanctions:
        index = sanctions.index()
        for step in steps:
            world.take(step)
            for account in _ACCOUNTS:
                held = world.held(account, world.now)
                found = sanctions.may(account, "publish")
                assert (set(found.because), found.until) == (set(held), max(held.values(), default=None))
                state = sanctions.state(account)
                assert {one.id for one in state.sanctions if one.status == "in_force"} == set(held)
                assert [one.until for one in state.restrictions] == ([found.until] if held else [])
            if step == ("sweep",):
                index.refresh()
                _agrees(world, index)
        sanctions.sweep()
        index.refresh()
        _agrees(world, index)
        _agrees(world, sanctions.index())
        sanctions.rebuild()
        _agrees(world, sanctions.index())


def _agrees(world: _World, index: Any) -> None:
    """The index says what the store says, now and as far as is decided, without any job from here on."""
    for account in _ACCOUNTS:
        for days in range(0, 70, 3):
            at = world.now + days * _DAY
            held = world.held(account, at)
            found = index.may(account, "publish", at)
            assert (set(found.because), found.until) == (set(held), max(held.values(), default=None))


@given(st.lists(_STEPS, min_size=8, max_size=25))
def test_each_account_is_asked_for_once(steps: list[tuple[Any, ...]]) -> None:
    world = _World()
    with world.sanctions as sanctions:
        for step in steps:
            world.take(step)
        with sanctions.store.database.reading() as cursor:
            states = {account: sanctions.store.load(cursor, account).state for account in _ACCOUNTS}
        for state in states.values():
            asked = Counter[str]()

            def find(account: str, asked: Counter[str] = asked) -> State:
                asked[account] += 1
                return states[account]

            link_ends(state.live.values(), find)
            assert max(asked.values(), default=0) <= 1
