"""Figures over all accounts: what was decided and by whom, where persons chose otherwise, what came of proposals and appeals.

A pure fold, one account after the other. What has fallen due counts whether or not anybody recorded it, and what is held in
memory does not grow with the number of accounts or events.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Final, Literal, NamedTuple

from msgspec import Struct

from ..domain import events as e
from ..domain.due import due
from ..domain.evolve import fold
from ..domain.policies.deviating import KINDS, Direction, Measure, direction, measure, measure_recorded
from ..domain.policies.tracing import decided_with
from ..domain.state import NOTHING, Sanction, State, Terms
from ..domain.vocabulary import Kind
from .durations import DecidingTimes, TimeTaken

__all__ = [
    "OTHERS",
    "AppealCounts",
    "DecisionCount",
    "DeviationCount",
    "How",
    "ProposalCounts",
    "ReasonCount",
    "Statistics",
    "StatisticsFold",
]

How = Literal["automatic", "by_person", "confirmed", "consequence"]
"""Who decided: a policy or a rules engine alone; one person; two; or nobody anew, a deadline having been missed."""
OTHERS: Final = "(other clauses)"
"""Where the clauses of a platform are without number, those that come late are counted together under this name."""
_ROWS: Final = 10_000


class DecisionCount(Struct, frozen=True, kw_only=True):
    """How many sanctions of one kind were imposed on one clause, by one policy, at one step, in one way."""

    clause: str
    kind: Kind
    policy: str
    step: str | None
    how: How
    count: int


class DeviationCount(Struct, frozen=True, kw_only=True):
    """How often persons chose otherwise than the policy said of a clause, and in which direction.

    At once, instead of what it said, or later, by a change of what it had imposed (an appeal granted in part is none).
    """

    clause: str
    harsher: int
    milder: int
    other: int


class ReasonCount(Struct, frozen=True):
    """How often something was so: nothing followed from a report for this reason, or a violation was found in this way."""

    reason: str
    count: int


class ProposalCounts(Struct, frozen=True, kw_only=True):
    """Proposals: how many were made, and what became of proposals; `open` at the end of the time asked for."""

    made: int
    confirmed: int
    dismissed: int
    lapsed: int
    closed: int
    open: int


class AppealCounts(Struct, frozen=True, kw_only=True):
    """Appeals: how many were filed, and what became of appeals; `open` at the end of the time asked for."""

    filed: int
    granted: int
    granted_in_part: int
    denied: int
    withdrawn: int
    moot: int
    open: int


class Statistics(Struct, frozen=True, kw_only=True):
    """The figures of all events of `since` <= at < `until`, both open where None.

    `accounts`: of how many something is recorded in that time; `violations`: recorded ones, `reports` among them those that a
    policy judged. `decisions` in rows, and their sums: `automatic`, `by_persons`, `confirmed` by a second person,
    `consequences` of missed deadlines. `overturned`: sanctions, dependent ones included. `found`: how the violations were found.
    `times`: how long deciding took, to within one per cent.
    """

    since: datetime | None
    until: datetime | None
    accounts: int
    violations: int
    reports: int
    automatic: int
    by_persons: int
    confirmed: int
    consequences: int
    decisions: tuple[DecisionCount, ...]
    deviations: tuple[DeviationCount, ...]
    withheld: tuple[ReasonCount, ...]
    proposals: ProposalCounts
    appeals: AppealCounts
    overturned: int
    found: tuple[ReasonCount, ...] = ()
    times: tuple[TimeTaken, ...] = ()


class _Row(NamedTuple):
    clause: str
    kind: Kind
    policy: str
    step: str
    how: How


class StatisticsFold:
    """Takes in one account after the other. `now`: up to when what falls due has happened."""

    def __init__(self, *, now: datetime, since: datetime | None = None, until: datetime | None = None) -> None:
        self._since, self._until = since, until
        self._horizon = now if until is None else min(now, until)
        self._decisions: Counter[_Row] = Counter()
        self._deviations: Counter[tuple[str, Direction]] = Counter()
        self._clauses: set[str] = set()
        self._withheld: Counter[str] = Counter()
        self._seen: Counter[str] = Counter()
        self._found: Counter[str] = Counter()
        self._times = DecidingTimes()

    def add(self, recorded: Iterable[e.Event]) -> None:
        """Take in the events of one account, oldest first."""
        until = self._until
        events = [event for event in recorded if until is None or event.at < until]
        state = fold(NOTHING, events)
        fallen = [event for event in due(state, self._horizon) if until is None or event.at < until]
        wanted = [event for event in (*events, *fallen) if self._since is None or event.at >= self._since]
        closing = fold(state, fallen)
        self._times.add(events, self._since)
        self._seen["accounts"] += bool(wanted)
        self._seen["open_proposals"] += len(closing.open_proposals)
        self._seen["open_appeals"] += sum(one.status == "open" for one in closing.appeals.values())
        for number, event in enumerate(wanted):
            self._take(event, wanted, number)
        self._changes([event for event in wanted if isinstance(event, e.SanctionChanged)], closing)

    def _take(self, event: e.Event, events: Sequence[e.Event], number: int) -> None:
        match event:
            case e.ViolationRecorded():
                self._report(event, events, number)
            case e.Imposed():
                self._imposed(event)
            case e.AppealDecided():
                self._seen[f"appeal {event.outcome}"] += 1
            case _:
                self._seen[type(event).__name__] += 1

    def _imposed(self, event: e.Imposed) -> None:
        if event.withheld:
            return
        how = _how(event)
        self._seen[how] += 1
        clause, step = event.basis.clause, event.step or ""
        row = _Row(clause, KINDS[type(event)], event.policy.name, step, how)
        if len(self._decisions) >= _ROWS and row not in self._decisions:
            row = row._replace(clause=OTHERS)
        self._decisions[row] += 1

    def _report(self, event: e.ViolationRecorded, events: Sequence[e.Event], number: int) -> None:
        self._seen["violations"] += 1
        self._found[event.detected or "unsaid"] += 1
        grounds = event.grounds
        if grounds is None:
            return
        self._seen["reports"] += 1
        if grounds.withheld is not None:
            self._withheld[grounds.withheld] += 1
        if grounds.deviates:
            chosen = _chosen(event.violation, events, number)
            said = [measure(penalty, event.at) for penalty in grounds.said]
            self._deviation(event.clause, direction(said, map(measure_recorded, chosen)))

    def _changes(self, changed: Sequence[e.SanctionChanged], closing: State) -> None:
        """Changes of what a policy imposed, the last ones of the account."""
        left: Counter[str] = Counter()
        for event in reversed(changed):
            left[event.sanction] += 1
            sanction = closing.sanction(event.sanction)
            if sanction is not None and event.appeal is None and _of_policy(sanction, closing):
                before, after = (sanction.terms[-left[sanction.id] - back] for back in (1, 0))
                self._deviation(
                    sanction.basis.clause, direction([_measured(sanction, before)], [_measured(sanction, after)])
                )

    def _deviation(self, clause: str, found: Direction) -> None:
        if len(self._clauses) >= _ROWS and clause not in self._clauses:
            clause = OTHERS
        self._clauses.add(clause)
        self._deviations[clause, found] += 1

    def result(self) -> Statistics:
        """The figures so far."""
        seen = self._seen
        return Statistics(
            since=self._since,
            until=self._until,
            accounts=seen["accounts"],
            violations=seen["violations"],
            reports=seen["reports"],
            automatic=seen["automatic"],
            by_persons=seen["by_person"],
            confirmed=seen["confirmed"],
            consequences=seen["consequence"],
            decisions=tuple(
                DecisionCount(
                    clause=row.clause, kind=row.kind, policy=row.policy, step=row.step or None, how=row.how, count=count
                )
                for row, count in sorted(self._decisions.items())
            ),
            deviations=tuple(
                DeviationCount(
                    clause=clause,
                    harsher=self._deviations[clause, "harsher"],
                    milder=self._deviations[clause, "milder"],
                    other=self._deviations[clause, "other"],
                )
                for clause in sorted(self._clauses)
            ),
            withheld=tuple(ReasonCount(reason, count) for reason, count in sorted(self._withheld.items())),
            proposals=ProposalCounts(
                made=seen["SanctionProposed"],
                confirmed=seen["ProposalApproved"],
                dismissed=seen["ProposalDismissed"],
                lapsed=seen["ProposalLapsed"],
                closed=seen["ProposalClosed"],
                open=seen["open_proposals"],
            ),
            appeals=AppealCounts(
                filed=seen["AppealFiled"],
                granted=seen["appeal granted"],
                granted_in_part=seen["appeal granted_in_part"],
                denied=seen["appeal denied"],
                withdrawn=seen["AppealWithdrawn"],
                moot=seen["AppealClosed"],
                open=seen["open_appeals"],
            ),
            overturned=seen["SanctionOverturned"],
            found=tuple(ReasonCount(name, count) for name, count in sorted(self._found.items())),
            times=self._times.result(),
        )


def _how(event: e.Imposed) -> How:
    if event.caused_by is not None:
        return "consequence"
    if event.approved_by is not None:
        return "confirmed"
    return "automatic" if event.by.kind == "system" else "by_person"


def _of_policy(sanction: Sanction, state: State) -> bool:
    """Whether a policy imposed it, or announced it; what a person chose instead has been counted as such."""
    decided = sanction if sanction.caused_by is None else state.sanction(sanction.caused_by)
    grounds = None if decided is None else decided.grounds
    return grounds is not None and not grounds.deviates


def _measured(sanction: Sanction, terms: Terms) -> Measure:
    return Measure(sanction.kind, terms.until, frozenset(terms.functions))


def _chosen(violation: str, events: Sequence[e.Event], number: int) -> Iterator[e.Imposed | e.SanctionProposed]:
    """What was imposed or put forward together with a report, which stands at this place."""
    for event in decided_with(violation, islice(events, number + 1, None)):
        if isinstance(event, e.Imposed | e.SanctionProposed):
            yield event
