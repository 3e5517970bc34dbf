"""One account: its recorded history and another policy, to what that policy would have decided. A pure function.

The reported violations are reported again, in order and at their recorded instants, to an account of which nothing is recorded
yet. What falls due falls due by the terms that the other policy set, and what people did is carried over (`carrying`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import UNSET, Struct, UnsetType

from ...domain import acts
from ...domain import events as e
from ...domain.builder import Builder
from ...domain.errors import Refused, UnknownClause
from ...domain.policies.book import PolicyBook
from ...domain.policies.policy import Policy
from ...domain.record import Recorded
from ...domain.state import NOTHING, State
from .carrying import Carrier
from .comparing import agrees
from .counterfactual import Counterfactual
from .words import Made, Word, made_for, recorded_word, refusal, word_of

__all__ = ["Redecided", "Replayed", "replay"]

ONLY_RECORDED: Final = "ViolationRecorded"


class Redecided(Struct, frozen=True, gc=False):
    """A violation, what was said of it, and what the other policy says; `decided` None: it refuses the report."""

    violation: e.ViolationRecorded
    recorded: Word
    other: Word
    decided: e.ViolationRecorded | None


class Replayed(Struct, frozen=True):
    """An account replayed: the violations in the order of their reports, and where both accounts stand in the end.

    `only_recorded`: how many violations were put on record without being reported. `left_out`: what people did and could not
    be carried over, by type of event.
    """

    decisions: tuple[Redecided, ...]
    recorded: State
    other: State
    only_recorded: int
    left_out: Mapping[str, int]


def replay(
    history: Sequence[Recorded],
    against: PolicyBook,
    *,
    kept: Mapping[str, Policy] | None = None,
    start: datetime | None = None,
    until: datetime | None = None,
    include_recorded: bool = False,
) -> Replayed:
    """What `against` would have made of an account's history, from its first event on.

    `kept`: the policies that decided, by digest: from them it is known what a report said and what the policy filled in.
    Decisions are compared from `start` on and before `until`; nothing from `until` on is taken into account. With
    `include_recorded`, violations that were only put on record are reported too.
    """
    account = history[0].account if history else ""
    run = _Run(account, against, {} if kept is None else kept, include_recorded=include_recorded)
    events = [record.event for record in history if until is None or record.event.at < until]
    run.play(events, start)
    return Replayed(
        decisions=tuple(run.decisions),
        recorded=run.recorded.freeze(),
        other=run.other.state,
        only_recorded=run.only_recorded,
        left_out=run.carrier.left_out,
    )


class _Run:
    def __init__(self, account: str, book: PolicyBook, kept: Mapping[str, Policy], *, include_recorded: bool) -> None:
        self._book = book
        self._kept = kept
        self._include_recorded = include_recorded
        self.recorded = Builder(NOTHING)
        self.other = Counterfactual(account)
        self.carrier = Carrier(self.recorded, self.other, book)
        self.decisions: list[Redecided] = []
        self.only_recorded = 0

    def play(self, events: Sequence[e.Event], start: datetime | None) -> None:
        for place, event in enumerate(events):
            self.recorded.apply(event)
            if not isinstance(event, e.ViolationRecorded):
                self.carrier.carry(event)
                continue
            compared = start is None or event.at >= start
            if event.grounds is None:
                self.only_recorded += compared
                if not self._include_recorded:
                    self._record(event)
                    continue
            made = made_for(event.violation, events, place + 1)
            found = self._report(event, made)
            if compared:
                self.decisions.append(found)

    def _report(self, event: e.ViolationRecorded, made: Sequence[Made]) -> Redecided:
        recorded = recorded_word(event, made)
        reporter = event.by if event.grounds is None else event.grounds.reporter
        try:
            policy = self._book.at(event.at)
            act = self._report_again(event, policy)
            decision = self.other.decide(act, reporter, event.at, policy)
        except Refused as error:
            return Redecided(event, recorded, refusal(error.code), None)
        decided = decision.events[0]
        assert isinstance(decided, e.ViolationRecorded)
        other = word_of(decided, made_for(event.violation, decision.events, 1))
        if recorded.chosen and agrees(recorded, other):
            # The person answered to these words; to others, nobody knows what the answer would have been.
            self.other.catch_up(event.at)
            self.other.put((decided, *made))
        else:
            self.other.accept(decision)
        return Redecided(event, recorded, other, decided)

    def _report_again(self, event: e.ViolationRecorded, policy: Policy) -> acts.ReportViolation:
        """The report as it was made: without what the recorded policy filled in, and the clauses that this one does not know.

        Raises UnknownClause where it knows none of them.
        """
        clause, severity, reasons = event.clause, event.severity, event.reasons
        category = self._category(event)
        if reasons:
            known = [one for one in reasons if _knows(policy, one.clause, event.at)]
            first, reasons = (known or reasons)[0], tuple(known[1:])
            clause, category = first.clause, first.category
            severity = None if first.severity is UNSET else first.severity
        given = None if event.grounds is None else event.grounds.account_class
        return acts.ReportViolation(
            violation=event.violation,
            clause=clause,
            category=category,
            severity=_given(severity),
            content_at=UNSET if event.content_at is None else event.content_at,
            batch=_given(event.batch),
            detected=_given(event.detected),
            account_class=given if given in policy.account_classes else UNSET,
            reasons=reasons,
        )

    def _record(self, event: e.ViolationRecorded) -> None:
        """A violation that nobody decided on: it counts by the rules of the other policy."""
        try:
            policy = self._book.at(event.at)
            act = acts.RecordViolation(
                violation=event.violation,
                clause=event.clause,
                category=self._category(event),
                severity=_given(event.severity),
                content_at=UNSET if event.content_at is None else event.content_at,
                batch=_given(event.batch),
                detected=_given(event.detected),
            )
            self.other.accept(self.other.decide(act, event.by, event.at, policy))
        except Refused:
            self.carrier.left_out[ONLY_RECORDED] += 1

    def _category(self, event: e.ViolationRecorded) -> str | UnsetType:
        """The category that the report gave; one that the recorded policy gives the clause is taken for its own word."""
        decided = self._kept.get(event.policy.digest)
        clause = None if decided is None else (decided.clauses or {}).get(event.clause)
        return UNSET if clause is not None and clause.category == event.category else _given(event.category)


def _given(value: str | None) -> str | UnsetType:
    return UNSET if value is None else value


def _knows(policy: Policy, clause: str, at: datetime) -> bool:
    try:
        policy.clause(clause, at)
    except UnknownClause:
        return False
    return True
