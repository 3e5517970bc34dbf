"""What people did on record, done to the account as it would be.

A sanction of the record has counterparts: the sanction of the same id and kind, else those of the same kind that rest on
the same violation. Once nothing on record that rests on a violation is left standing (overturns) or running (lifts), the same
goes for everything that rests on it here: the person's answer was to the violation. What was overturned altogether counts for
nothing here either, even where nothing followed from it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from msgspec.structs import replace

from ...domain import acts
from ...domain import events as e
from ...domain.builder import Builder
from ...domain.errors import PolicyNotInForce
from ...domain.policies.book import PolicyBook
from ...domain.state import Proposal, Sanction
from .counterfactual import Counterfactual

__all__ = ["Carrier"]

_TICK: Final = timedelta(microseconds=1)
# What the passing of time, or another event of the same decision, brings about by itself.
_DERIVED: Final = frozenset({"exempt", "rectified"})


class Carrier:
    """Carries the acts of people from the record of one account over to its counterfactual.

    `left_out` counts, by type of event, what had nothing to act on there or would have been refused.
    """

    __slots__ = ("_book", "_other", "_recorded", "left_out")

    def __init__(self, recorded: Builder, other: Counterfactual, book: PolicyBook) -> None:
        self._recorded = recorded
        self._other = other
        self._book = book
        self.left_out: Counter[str] = Counter()

    def carry(self, event: e.Event) -> None:
        """Do the same, after the record has taken the event in.

        What changes no decision (notices, notes, the filing of appeals) and what falls due by itself is passed over.
        """
        handler = _HANDLERS.get(type(event))
        if handler is not None and not handler(self, event):
            self.left_out[type(event).__name__] += 1

    # One method per type of event; False: it had nothing to act on.

    def imposed(self, event: e.Imposed) -> bool:
        if event.caused_by is not None or event.grounds is not None:
            return True  # It falls due, or the policy decides it.
        self._other.catch_up(event.at)
        if event.proposal is not None:
            proposal = self._other.state.proposal(event.proposal)
            if proposal is None or proposal.status != "approved":
                return True  # The approval was left out, and is counted once.
        self._other.put((event,))
        return True

    def proposed(self, event: e.SanctionProposed) -> bool:
        if event.grounds is not None:
            return True
        self._other.catch_up(event.at)
        if isinstance(event.act, acts.ChangeSanction) and self._other.state.sanction(event.act.sanction) is None:
            return False
        self._other.put((event,))
        return True

    def approved(self, event: e.ProposalApproved) -> bool:
        self._other.catch_up(event.at)
        found = self._answered(event.proposal)
        if any(one.grounds is None for one in found):
            self._other.put((event,))
            return True
        done = [self._attempt(acts.Approve(proposal=one.id), event) for one in found]
        return any(done)

    def dismissed(self, event: e.ProposalDismissed) -> bool:
        self._other.catch_up(event.at)
        found = self._answered(event.proposal)
        self._other.put(replace(event, proposal=one.id, sanction=one.sanction) for one in found)
        return bool(found)

    def _answered(self, proposal: str) -> list[Proposal]:
        """The open proposals to which an answer on record goes: the same one, or all on a violation that had one only."""
        waiting = self._other.state.open_proposals
        recorded = self._recorded.proposal(proposal)
        same = waiting.get(proposal)
        if recorded is not None and recorded.grounds is not None and not isinstance(recorded.act, acts.ChangeSanction):
            for violation in recorded.act.basis.violations:
                if self._recorded.proposal(f"{violation}/p2") is None:
                    return [one for one in waiting.values() if one.grounds is not None and _rests_on(one, violation)]
        return [] if same is None else [same]

    def lifted(self, event: e.SanctionLifted) -> bool:
        if event.because in _DERIVED:
            return True
        # What ends because of another account ends before anything else of that instant.
        self._other.catch_up(event.at - _TICK if event.because is not None else event.at)
        return self._end(event)

    def superseded(self, event: e.SanctionSuperseded) -> bool:
        self._other.catch_up(event.at)
        return self._end(event)

    def _end(self, event: e.SanctionLifted | e.SanctionSuperseded) -> bool:
        live = self._recorded.live
        found = self._counterparts(event.sanction, lambda one: one.id not in live)
        found = [one for one in found if one.id in self._other.state.live]
        self._other.put(replace(event, sanction=one.id) for one in found)
        return bool(found)

    def overturned(self, event: e.SanctionOverturned) -> bool:
        self._other.catch_up(event.at)
        found = self._counterparts(event.sanction, _is_overturned)
        voided = {one.id: one for each in found for one in (each, *self._other.dependents(each.id))}
        standing = [name for name, one in voided.items() if one.overturned_at is None]
        self._other.put(e.SanctionOverturned(at=event.at, by=event.by, sanction=name) for name in standing)
        wrong = [name for name in self._done(event.sanction, _is_overturned) if not self._other.resting_on(name)]
        for violation in wrong:
            self._other.void(violation, event)
        return bool(found or wrong) or event.caused_by is not None

    def changed(self, event: e.SanctionChanged) -> bool:
        """New terms are an answer to the old ones: they are carried over where those were the same."""
        self._other.catch_up(event.at)
        recorded, same = self._recorded.sanction(event.sanction), self._other.state.live.get(event.sanction)
        if recorded is None or same is None or same.kind != recorded.kind:
            return False
        before = recorded.terms[-2]
        if (same.until, same.functions) != (before.until, before.functions):
            return False
        self._other.put((event,))
        return True

    def reviewed(self, event: e.Event) -> bool:
        self._other.catch_up(event.at)
        match event:
            case e.RectificationExtended():
                act: Any = acts.ExtendRectification(sanction=event.sanction, deadline=event.deadline)
            case e.RectificationSubmitted():
                act = acts.SubmitRectification(sanction=event.sanction)
            case e.RectificationAccepted():
                act = acts.AcceptRectification(sanction=event.sanction)
            case e.RectificationRejected():
                act = acts.RejectRectification(sanction=event.sanction)
            case _:
                return False
        orders = [one for one in self._counterparts(act.sanction) if one.order is not None]
        done = [self._attempt(replace(act, sanction=one.id), event) for one in orders]
        return any(done)

    def exempted(self, event: e.Event) -> bool:
        self._other.catch_up(event.at)
        self._other.put((event,))
        return True

    def _attempt(self, act: acts.Act, event: e.Event) -> bool:
        try:
            policy = self._book.at(event.at)
        except PolicyNotInForce:
            return False
        return self._other.attempt(act, event.by, event.at, policy)

    def _counterparts(self, name: str, is_done: Callable[[Sanction], bool] | None = None) -> list[Sanction]:
        recorded = self._recorded.known(name)
        same = self._other.state.sanction(name)
        found = {} if same is None or same.kind != recorded.kind else {name: same}
        violations = recorded.basis.violations
        if not violations:
            return list(found.values())
        if not found:
            for violation in violations:
                found |= {one.id: one for one in self._other.resting_on(violation) if one.kind == recorded.kind}
        if is_done is not None:
            for violation in self._done(name, is_done):
                found |= {one.id: one for one in self._other.resting_on(violation)}
        return list(found.values())

    def _done(self, name: str, is_done: Callable[[Sanction], bool]) -> list[str]:
        """The violations on which the sanction rests, where it was the last one on record of which this was not yet true."""
        everything = self._recorded.sanctions()
        return [
            violation
            for violation in self._recorded.known(name).basis.violations
            if all(is_done(one) for one in everything if violation in one.basis.violations)
        ]


def _is_overturned(sanction: Sanction) -> bool:
    return sanction.overturned_at is not None


def _rests_on(proposal: Proposal, violation: str) -> bool:
    act = proposal.act
    return not isinstance(act, acts.ChangeSanction) and violation in act.basis.violations


_Handler = Callable[[Carrier, Any], bool]

_HANDLERS: Final[Mapping[type[e.Event], _Handler]] = {
    e.WarningIssued: Carrier.imposed,
    e.RectificationOrdered: Carrier.imposed,
    e.FunctionsRestricted: Carrier.imposed,
    e.AccountBanned: Carrier.imposed,
    e.SanctionProposed: Carrier.proposed,
    e.ProposalApproved: Carrier.approved,
    e.ProposalDismissed: Carrier.dismissed,
    e.SanctionLifted: Carrier.lifted,
    e.SanctionSuperseded: Carrier.superseded,
    e.SanctionOverturned: Carrier.overturned,
    e.SanctionChanged: Carrier.changed,
    e.RectificationExtended: Carrier.reviewed,
    e.RectificationSubmitted: Carrier.reviewed,
    e.RectificationAccepted: Carrier.reviewed,
    e.RectificationRejected: Carrier.reviewed,
    e.AccountExempted: Carrier.exempted,
    e.ExemptionEnded: Carrier.exempted,
}
