"""A draft: the events of one decision as they come into being, each applied before the next is considered."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from msgspec.structs import force_setattr

from . import events as e
from .builder import Builder
from .errors import Exempt, Refused, Terminal
from .lifecycle import Facts, NoTransition, Trigger, next_standing
from .state import State
from .vocabulary import DUE, Actor

__all__ = ["Draft"]

_TRIGGERS: Final[dict[type[e.Event], Trigger]] = {
    e.WarningIssued: "warn",
    e.RectificationOrdered: "order",
    e.FunctionsRestricted: "restrict",
    e.AccountBanned: "ban",
    e.SanctionStarted: "begin",
    e.SanctionExpired: "end",
    e.SanctionLifted: "end",
    e.SanctionOverturned: "end",
    e.SanctionSuperseded: "end",
    e.RectificationAccepted: "end",
    e.RectificationDefaulted: "end",
}


class Draft:
    """Collects events at one instant by one actor; refuses what the lifecycle forbids.

    The draft is thrown away when a rule refuses, so nothing of a refused command is ever seen.
    """

    __slots__ = ("_exempt", "_terminal", "actor", "at", "builder", "events")

    def __init__(self, state: State, at: datetime, actor: Actor) -> None:
        self.builder = Builder(state)
        self.at = at
        self.actor = actor
        self.events: list[e.Event] = []
        exemption = state.exemption
        self._exempt = exemption is not None and actor.kind not in exemption.unless
        self._terminal: bool | None = None

    def judge_terminal_now(self) -> None:
        """Several sanctions of one decision do not stand in each other's way."""
        self._terminal = self.builder.terminal

    def ignore_exemption(self) -> None:
        """For a proposal, which has no effect, and for what falls due, which minds the exemption itself."""
        self._exempt = False

    def emit(self, event: e.Event) -> None:
        """Apply an event and record the standing that follows. Raises Terminal or Exempt."""
        builder = self.builder
        before, was_terminal = builder.survey()
        judged_terminal = was_terminal if self._terminal is None else self._terminal
        builder.apply(event)
        highest, is_terminal = builder.survey()
        facts = Facts(highest, judged_terminal, self._exempt)
        try:
            standing = next_standing(before, _trigger_of(event), facts)
        except NoTransition as reason:
            raise _refusal(reason) from None
        if event.standing != standing:
            # The event was made for this draft, and nobody has seen it yet.
            force_setattr(event, "standing", standing)
        self.events.append(event)
        if builder.open_proposals and not was_terminal and is_terminal:
            for proposal in list(builder.open_proposals.values()):
                self.emit(e.ProposalClosed(at=event.at, by=DUE, proposal=proposal.id, sanction=proposal.sanction))


def _trigger_of(event: e.Event) -> Trigger:
    if isinstance(event, e.Imposed) and event.caused_by is not None:
        return "record" if event.withheld else "begin"
    if isinstance(event, e.SanctionChanged):
        return "harshen" if event.harsher else "ease"
    return _TRIGGERS.get(type(event), "record")


def _refusal(reason: NoTransition) -> Refused:
    if "not_exempt" in reason.failed:
        return Exempt("this account is exempt from sanctions by this kind of actor")
    assert "not_terminal" in reason.failed
    return Terminal("a permanent ban is in force; only a ban, or milder terms, can follow")
