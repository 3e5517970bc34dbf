"""Figures over drawn histories: they add up, whatever the time asked for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from account_sanctions.domain.due import due
from account_sanctions.domain.events import Imposed, ViolationRecorded
from account_sanctions.projections.statistics import Statistics, StatisticsFold
from hypothesis import given
from hypothesis import strategies as st

from .policy_running import History, perform
from .policy_strategies import happenings, policies

_LATER: Final = timedelta(days=60)


@st.composite
def played(draw: st.DrawFn) -> History:
    policy = draw(policies())
    return perform(policy, draw(happenings(policy, min_size=2)))


def figures(history: History, since: datetime | None = None, until: datetime | None = None) -> Statistics:
    fold = StatisticsFold(now=history.now + _LATER, since=since, until=until)
    fold.add(history.run.events)
    return fold.result()


def flows(found: Statistics) -> list[int]:
    """The figures that count events."""
    p, a = found.proposals, found.appeals
    return [
        *(found.violations, found.reports, found.automatic, found.by_persons, found.confirmed, found.consequences),
        *(found.overturned, p.made, p.confirmed, p.dismissed, p.lapsed, p.closed),
        *(a.filed, a.granted, a.granted_in_part, a.denied, a.withdrawn, a.moot),
        *(sum(one.count for one in found.withheld), sum(d.harsher + d.milder + d.other for d in found.deviations)),
    ]


@given(played(), st.integers(0, 40))
def test_two_times_that_meet_add_up_to_the_whole(history: History, days: int) -> None:
    middle = history.run.events[0].at + timedelta(hours=6 * days) if history.run.events else history.now
    parts = zip(flows(figures(history, until=middle)), flows(figures(history, since=middle)), strict=True)
    assert [sum(both) for both in parts] == flows(figures(history))


@given(played())
def test_rows_and_sums_count_every_sanction_once(history: History) -> None:
    found = figures(history)
    events = (*history.run.events, *due(history.run.state, history.now + _LATER))
    imposed = [event for event in events if isinstance(event, Imposed) and not event.withheld]
    assert sum(one.count for one in found.decisions) == len(imposed)
    assert found.automatic + found.by_persons + found.confirmed + found.consequences == len(imposed)
    reports = [event for event in events if isinstance(event, ViolationRecorded) and event.grounds is not None]
    assert found.reports == len(reports)
    deviating = sum(event.grounds is not None and event.grounds.deviates for event in reports)
    assert sum(d.harsher + d.milder + d.other for d in found.deviations) == deviating


@given(played())
def test_every_proposal_made_is_open_or_settled(history: History) -> None:
    found = figures(history).proposals
    assert found.made == found.confirmed + found.dismissed + found.lapsed + found.closed + found.open
