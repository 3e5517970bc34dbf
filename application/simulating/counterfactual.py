"""The account as it would be: decided by the other policy, and by the same people as far as what they did still makes sense."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ...domain.acts import Act
from ...domain.builder import Builder
from ...domain.commands import Command
from ...domain.deciding import Decision, handle
from ...domain.due import advance
from ...domain.errors import Refused
from ...domain.events import Event, ProposalClosed, SanctionOverturned, WarningIssued
from ...domain.policies.policy import Policy
from ...domain.state import NOTHING, Sanction, State
from ...domain.terms import Basis
from ...domain.vocabulary import DUE, Actor

__all__ = ["Counterfactual"]


class Counterfactual:
    """A state that moves on by decisions (`decide`, then `accept`) and by events that are put in as they stand."""

    __slots__ = ("account", "state")

    def __init__(self, account: str) -> None:
        self.account = account
        self.state: State = NOTHING

    def catch_up(self, at: datetime) -> None:
        """Let what fell due by `at` happen."""
        self.state = advance(self.state, at)

    def decide(self, act: Act, by: Actor, at: datetime, policy: Policy) -> Decision:
        """What a command would lead to; nothing changes yet. Raises a `Refused`."""
        return handle(Command(account=self.account, by=by, at=at, act=act), self.state, policy)

    def accept(self, decision: Decision) -> None:
        """Let a decision stand."""
        self.state = decision.state

    def attempt(self, act: Act, by: Actor, at: datetime, policy: Policy) -> bool:
        """Carry out a command, where it is not refused."""
        try:
            self.accept(self.decide(act, by, at, policy))
        except Refused:
            return False
        return True

    def put(self, events: Iterable[Event]) -> None:
        """Take events in as they stand; when a permanent ban comes into force, the open proposals are closed."""
        builder = Builder(self.state)
        for event in events:
            was_terminal = builder.terminal
            builder.apply(event)
            if builder.open_proposals and not was_terminal and builder.terminal:
                for one in list(builder.open_proposals.values()):
                    builder.apply(ProposalClosed(at=event.at, by=DUE, proposal=one.id, sanction=one.sanction))
        self.state = builder.freeze()

    def void(self, violation: str, because: SanctionOverturned) -> None:
        """Let a violation from which nothing followed count for nothing, as one does whose every sanction was overturned."""
        found = self.state.violations.find(violation)
        if found is None or because.policy is None:
            return
        warning = WarningIssued(
            at=because.at,
            by=because.by,
            sanction=f"{violation}/void",
            basis=Basis(clause=found.clause, violations=(violation,)),
            from_=because.at,
            policy=because.policy,
        )
        self.put((warning, SanctionOverturned(at=because.at, by=because.by, sanction=warning.sanction)))

    def resting_on(self, violation: str) -> list[Sanction]:
        """The sanctions, ended or not, that rest on a violation."""
        return [one for one in self.state.sanctions() if violation in one.basis.violations]

    def dependents(self, sanction: str) -> list[Sanction]:
        """The sanctions that exist because of this one."""
        return [one for one in self.state.sanctions() if one.caused_by == sanction]
