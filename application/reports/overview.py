"""Figures over all accounts for a report, one account after the other: what is held does not grow with their number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from heapq import heappush, heappushpop
from typing import Final

from msgspec import Struct

from ...domain import events as e
from ...domain.due import LinkEnd, advance, due
from ...domain.evolve import fold
from ...domain.instants import LAST_INSTANT
from ...domain.policies.deviating import KINDS
from ...domain.queries import recorded_at, restrictions
from ...domain.record import Recorded
from ...domain.state import State
from ...projections.statistics import Statistics, StatisticsFold
from .periods import DayCounts

__all__ = [
    "AccountFigures",
    "ChangedAccount",
    "DifferenceFold",
    "FunctionCount",
    "Overview",
    "OverviewFold",
    "StoreDifference",
    "View",
]

_TOP: Final = 25
_CHANGED: Final = 50
_FUNCTIONS: Final = 500
_OTHERS: Final = "(other functions)"
_CLEAR: Final = "clear"

FindLinks = Callable[[State], Sequence[LinkEnd]]


class View(Struct, frozen=True):
    """An account as it is looked at: the events that are known, at which instant, and how causes elsewhere are found."""

    records: Sequence[Recorded]
    at: datetime
    find_links: FindLinks

    @property
    def is_there(self) -> bool:
        """Whether something is on record by then."""
        return bool(self.records) and self.records[0].event.at <= self.at


class AccountFigures(Struct, frozen=True, order=True):
    """An account with how many sanctions were decided in the time asked for, and how it stands in the end."""

    sanctions: int
    account: str
    standing: str


class FunctionCount(Struct, frozen=True):
    """For how many accounts a function is taken away (`*`: every function)."""

    function: str
    accounts: int


class ChangedAccount(Struct, frozen=True):
    """An account that is restricted otherwise than before: its standing, the functions that came and went."""

    account: str
    before: str
    after: str
    added: tuple[str, ...]
    gone: tuple[str, ...]


class FunctionDifference(Struct, frozen=True):
    """For how many accounts a function was taken away, is now, has been added, and is gone."""

    function: str
    before: int
    after: int
    added: int
    gone: int


class StoreDifference(Struct, frozen=True, kw_only=True):
    """What differs between two looks at the whole store. `accounts` lists the first of the `changed` ones."""

    before: str
    after: str
    standings_before: dict[str, int]
    standings_after: dict[str, int]
    functions: tuple[FunctionDifference, ...]
    changed: int
    accounts: tuple[ChangedAccount, ...]


class Overview(Struct, frozen=True, kw_only=True):
    """The figures. `at`: as of when accounts are counted; `busiest`: those with the most of the `decided` sanctions."""

    since: datetime | None
    until: datetime | None
    at: datetime
    events: int
    accounts: int
    standings: dict[str, int]
    functions: tuple[FunctionCount, ...]
    statistics: Statistics
    decided: int
    busiest: tuple[AccountFigures, ...]
    with_sanctions: int


class OverviewFold:
    """Takes in one account after the other.

    `at`: up to when what falls due has happened, and as of when accounts are counted; nothing later is counted.
    """

    def __init__(self, *, at: datetime, since: datetime | None = None, until: datetime | None = None) -> None:
        self._at, self._since, self._asked = at, since, until
        end = None if at >= LAST_INSTANT else at + timedelta(microseconds=1)
        self._until = end if until is None else until
        self._figures = StatisticsFold(now=at, since=since, until=self._until)
        self._standings: Counter[str] = Counter()
        self._functions: Counter[str] = Counter()
        self._busiest: list[AccountFigures] = []
        self._events = self._accounts = self._decided = self._with_sanctions = 0
        self.decisions = DayCounts()
        self.standing_changes = DayCounts()

    def add(self, account: str, view: View) -> None:
        """Take in an account, with the events that are known of it."""
        events = [record.event for record in view.records]
        if not view.is_there:
            return
        self._figures.add(events)
        self._events += sum(self._wanted(event.at) for event in events)
        state, _ = recorded_at(view.records, valid_at=view.at, known_at=LAST_INSTANT)
        links = view.find_links(state)
        fallen = due(state, view.at, links)
        state = fold(state, fallen) if fallen else state
        self._accounts += 1
        self._standings[state.standing] += 1
        for function in _taken(state, view.at, links):
            self._count(function)
        decided = self._walk([*(event for event in events if event.at <= view.at), *fallen])
        if decided:
            self._with_sanctions += 1
            self._decided += decided
            one = AccountFigures(decided, account, state.standing)
            if len(self._busiest) < _TOP:
                heappush(self._busiest, one)
            else:
                heappushpop(self._busiest, one)

    def result(self) -> Overview:
        """The figures so far."""
        return Overview(
            since=self._since,
            until=self._asked,
            at=self._at,
            events=self._events,
            accounts=self._accounts,
            standings=dict(self._standings),
            functions=tuple(FunctionCount(*one) for one in _ranked(self._functions)),
            statistics=self._figures.result(),
            decided=self._decided,
            busiest=tuple(sorted(self._busiest, key=lambda one: (-one.sanctions, one.account))),
            with_sanctions=self._with_sanctions,
        )

    def _walk(self, events: Sequence[e.Event]) -> int:
        """Note when the account's standing changed and what was decided; returns how many sanctions."""
        standing, decided = "", 0
        for event in events:
            if event.standing != standing:
                if standing:
                    self.standing_changes.add(event.at, standing, -1)
                self.standing_changes.add(event.at, event.standing)
                standing = event.standing
            if isinstance(event, e.Imposed) and not event.withheld and self._wanted(event.at):
                self.decisions.add(event.at, KINDS[type(event)])
                decided += 1
        return decided

    def _count(self, function: str) -> None:
        if len(self._functions) >= _FUNCTIONS and function not in self._functions:
            function = _OTHERS
        self._functions[function] += 1

    def _wanted(self, at: datetime) -> bool:
        return (self._since is None or at >= self._since) and (self._until is None or at < self._until)


class DifferenceFold:
    """Compares two looks at each account."""

    def __init__(self) -> None:
        self._standings = Counter[str](), Counter[str]()
        self._counts: dict[str, list[int]] = {}
        self._changed = 0
        self._accounts: list[ChangedAccount] = []

    def add(self, account: str, before: View, after: View) -> None:
        """Take in an account."""
        (old, was), (new, now) = (_look(view) for view in (before, after))
        if not before.is_there and not after.is_there:
            return
        for counter, view, standing in zip(self._standings, (before, after), (old, new), strict=True):
            counter[standing] += view.is_there
        for function in was | now:
            row = self._counts.get(function)
            if row is None:
                name = function if len(self._counts) < _FUNCTIONS else _OTHERS
                row = self._counts.setdefault(name, [0, 0, 0, 0])
            flags = (function in was, function in now, function in now - was, function in was - now)
            row[:] = [count + flag for count, flag in zip(row, flags, strict=True)]
        if (old, was) != (new, now):
            self._changed += 1
            if len(self._accounts) < _CHANGED:
                found = ChangedAccount(account, old, new, tuple(sorted(now - was)), tuple(sorted(was - now)))
                self._accounts.append(found)

    def result(self, before: str, after: str) -> StoreDifference:
        """The comparison so far; the words say what was compared."""
        return StoreDifference(
            before=before,
            after=after,
            standings_before=dict(self._standings[0]),
            standings_after=dict(self._standings[1]),
            functions=tuple(FunctionDifference(name, *row) for name, row in sorted(self._counts.items())),
            changed=self._changed,
            accounts=tuple(self._accounts),
        )


def _look(view: View) -> tuple[str, set[str]]:
    state, _ = recorded_at(view.records, valid_at=view.at, known_at=LAST_INSTANT)
    links = view.find_links(state)
    state = advance(state, view.at, links)
    return state.standing, _taken(state, view.at, links)


def _taken(state: State, at: datetime, links: Sequence[LinkEnd]) -> set[str]:
    return {one.function for one in restrictions(state, at, links)}


def _ranked(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))
