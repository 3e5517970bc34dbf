"""What a deployment of several accounts is to say: the pure domain, and the links between the accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from ..application.documents import AccountState, account_state
from ..application.linking import FindState, ends_for, link_ends, with_causes
from ..domain.commands import Command
from ..domain.due import LinkEnd, advance
from ..domain.policies.book import PolicyBook
from ..domain.policies.policy import Policy
from ..domain.queries import Verdict, verdict
from ..domain.state import NOTHING, State
from .command_histories import Json
from .running import Run, instant_of, settled

__all__ = ["Model", "Present"]


@dataclass(kw_only=True)
class _Linked(Run):
    """A history among those of other accounts; `find`: the recorded state of any account."""

    find: FindState

    def links(self) -> Sequence[LinkEnd]:
        return link_ends(self.state.live.values(), self.find)

    def _decided_on(self, command: Json) -> tuple[Command, State, Policy, Sequence[LinkEnd]]:
        typed = settled(command)
        typed = replace(typed, act=with_causes(typed.account, typed.act, instant_of(command), self.find))
        return typed, self.state, self.policy, ends_for(self.state, typed.act, self.find)


class Present(NamedTuple):
    """An account at an instant, as all of what is recorded makes it."""

    account: str
    at: datetime
    version: int
    state: State
    links: Sequence[LinkEnd]

    def document(self) -> AccountState:
        """What the deployment says of it."""
        return account_state(
            self.account, self.state, version=self.version, valid_at=self.at, known_at=self.at, links=self.links
        )

    def may(self, function: str) -> Verdict:
        """What it says of one function."""
        return verdict(self.state, function, self.at, self.links)

    def ends(self) -> Iterator[datetime]:
        """Instants to come at which an answer changes by itself."""
        ends = [self.state.next_due, *(link.at for link in self.links)]
        for sanction in self.state.live.values():
            ends += sanction.functions.values()
        yield from (end for end in ends if end is not None and end > self.at)


class Model:
    """The histories of some accounts under one policy, each by the account's name."""

    def __init__(self, accounts: Iterable[str], book: PolicyBook) -> None:
        self.book = book
        self.runs: dict[str, Run] = {name: _Linked(book.newest, find=self._find) for name in accounts}

    def execute(self, command: Json) -> str | None:
        """Decide a command, which says its time; the code of its refusal, or None where it was accepted."""
        run = self.runs[command["account"]]
        run.policy = self.book.at(instant_of(command))
        return run.execute(command).code

    def sweep(self, tick: float) -> None:
        """Record what has fallen due on every account."""
        for run in self.runs.values():
            run.sweep(tick)

    def at(self, account: str, at: datetime) -> Present:
        """The account at an instant that does not lie before its last event."""
        run = self.runs[account]
        links = run.links()
        return Present(account, at, run.state.version, advance(run.state, at, links), links)

    def _find(self, account: str) -> State:
        run = self.runs.get(account)
        return NOTHING if run is None else run.state
