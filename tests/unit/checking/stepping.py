"""Steps as they come about, and what somebody makes of them who wants a rule to find something."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from account_sanctions.domain.checking import Step
from account_sanctions.domain.commands import read_command
from account_sanctions.domain.due import advance, due
from account_sanctions.domain.state import Sanction, State
from account_sanctions.testing.factories import whole
from msgspec.structs import replace

from tests.unit.scenario import Account, t

__all__ = ["Forged", "changed", "event_changed", "stepped", "waited", "without_events"]


class Forged(NamedTuple):
    """A rule, a step as it comes about, what is done to it, and what the rule then says."""

    rule: Callable[[Step], Iterable[str]]
    come_about: Callable[[], Step]
    forge: Callable[[Step], Step]
    sentence: str

    def said(self) -> tuple[list[str], list[str]]:
        """What the rule says of the step as it came, and of what was made of it."""
        step = self.come_about()
        return list(self.rule(step)), list(self.rule(self.forge(step)))


def stepped(account: Account, name: str, *, at: str, by: str | None = None, **fields: Any) -> Step:
    """The step that an accepted command makes."""
    before = advance(account.state, t(at))
    command = whole(name, by=by, at=at, **fields)
    events = account.execute(command).events
    return Step(
        policy=account.policy,
        before=before,
        after=account.state,
        since=t(at),
        at=t(at),
        command=read_command(command),
        events=events,
    )


def waited(account: Account, until: str) -> Step:
    """The step that time makes."""
    before = account.state
    assert before.last_at is not None
    events = due(before, t(until))
    account.sweep(until)
    return Step(
        policy=account.policy, before=before, after=account.state, since=before.last_at, at=t(until), events=events
    )


def changed(state: State, name: str, **fields: Any) -> State:
    """The state with some fields of one sanction replaced, and nothing reckoned anew."""
    if name in state.live:
        return replace(state, live={**state.live, name: replace(state.live[name], **fields)})
    ended: Sanction = replace(state.ended[name], **fields)
    return replace(state, ended=state.ended.with_entries({name: ended}))


def event_changed(step: Step, **fields: Any) -> Step:
    """The step with its first event changed."""
    first, *others = step.events
    return replace(step, events=(replace(first, **fields), *others))


def without_events(step: Step) -> Step:
    """The step with what happened left unsaid, though the state has changed."""
    return replace(step, events=())
