"""Laws of counting and firing: exact boundaries, one step at a time, thresholds, and what a report may bring about."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import pytest
from account_sanctions.domain import events as e
from account_sanctions.domain.due import advance
from account_sanctions.domain.policies.numbers import exact
from account_sanctions.domain.queries import strikes
from account_sanctions.domain.state import State
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from .policy_running import TICK, History, floats_in, perform, probe
from .policy_strategies import DAY, KINDS, happenings, policies, policy_of, reports
from .strategies import DAWN, FUNCTIONS, Json, effort

# Boundaries.


@effort(3)
@given(st.data())
def test_violation_counts_to_the_last_microsecond_of_its_time(data: st.DataObject) -> None:
    """Also where the clock stands still while a sanction is in force: the end is worked out here by hand."""
    lifetime = data.draw(st.sampled_from(("expires_after", "fades_over")), label="decay")
    period = data.draw(st.sampled_from(("P2D", "P3D", "PT36H")), label="period")
    frozen = data.draw(st.lists(st.sampled_from(KINDS), unique=True, max_size=3), label="frozen while")
    count = data.draw(st.sampled_from(("violations", "weight")), label="count")
    policy = policy_of(
        {
            "id": "p",
            "version": "1",
            "functions": FUNCTIONS,
            "clauses": {"c1": {"ladder": "l", "weight": "4/3"}},
            "counting": {lifetime: period, "frozen_while": frozen},
            "ladders": {"l": {"count": count, "steps": [{"at": 9, "impose": [{"warn": {"permanent": True}}]}]}},
        }
    )
    history = History(policy)
    history.happen({"what": "record", "wait": 0, "clause": "c1", "violation": "v"})
    spans = []
    drawn = st.lists(st.tuples(st.sampled_from(sorted(stopping(1))), WAITING, st.integers(1, 4)), max_size=4)
    for number, (kind, start, days) in enumerate(data.draw(drawn, label="sanctions")):
        direct = {
            "what": "direct",
            "wait": 0,
            "clause": "c1",
            "violations": [],
            "sanction": f"d{number}",
            "start": start,
        }
        history.happen({**direct, "penalty": stopping(days)[kind]})
        if kind in frozen:
            begin = history.now + timedelta(microseconds=start)
            spans.append((begin, begin + timedelta(days=days)))
    end = runs_out(history.now, timedelta(hours=36) if period == "PT36H" else timedelta(days=int(period[1])), spans)
    for at, counts in ((end - TICK, True), (end, False), (end + TICK, False)):
        state = advance(history.run.state, at)
        assert (strikes(state, at).active > 0) is counts
        found = policy.evaluate(state, probe({"clause": "c1"}, at), at)
        assert [one.violation for one in found.counted] == ["v"] * counts
        assert [one.because for one in found.left] == ["decayed"] * (not counts)
        assert (found.before > 0) is counts


def stopping(days: int) -> dict[str, Json]:
    """A sanction of each kind that lasts so long."""
    period = {"for": f"P{days}D"}
    return {"warning": {"warn": period}, "restriction": {"restrict": ["publish"], **period}, "ban": {"ban": period}}


WAITING: Final = st.sampled_from((0, DAY // 2, DAY, 2 * DAY, 3 * DAY))


def runs_out(start: datetime, lifetime: timedelta, frozen: list[tuple[datetime, datetime]]) -> datetime:
    """When a clock of this lifetime, started then, has run out, if it stands still during these times."""
    now, rest = start, lifetime
    while True:
        running = [end for begin, end in frozen if begin <= now < end]
        if running:
            now = max(running)
            continue
        ahead = min((begin for begin, _ in frozen if begin > now), default=now + rest)
        if now + rest <= ahead:
            return now + rest
        now, rest = ahead, rest - (ahead - now)


# Steps and thresholds.


@effort(3)
@given(st.data())
def test_exactly_one_step_fires(data: st.DataObject) -> None:
    policy = data.draw(policies(), label="policy")
    for asked in perform(policy, data.draw(happenings(policy), label="happenings")).asked:
        said = asked.said
        if said.step is None:
            assert said.withheld is not None
            assert not said.penalties
            continue
        name, _, step = said.step.partition("/")
        ladder = policy.ladders[name]
        levels = [one for one in ladder.levels(said.severity, said.account_class) if one[1] == step]
        possible = [
            one[2].impose for one in levels if one[0] <= said.level and (ladder.fires == "each" or said.before < one[0])
        ]
        if step == "first":
            possible = [ladder.first.impose] if ladder.first is not msgspec.UNSET else []
        elif step == "warning":
            possible = [ladder.prior_warning.impose] if ladder.prior_warning is not msgspec.UNSET else []
        assert possible
        if said.withheld is None:
            assert sorted(map(repr, said.penalties)) in [sorted(map(repr, one)) for one in possible]
            assert said.penalties
        else:
            assert said.withheld in ("exempt", "terminal", "nothing_to_impose")


@effort(3)
@given(st.data())
def test_threshold_fires_once_for_one_crossing(data: st.DataObject) -> None:
    """Nothing decays and nothing is overturned, so each level is crossed once, whatever becomes of the proposals."""
    policy = data.draw(policies(plain=True, counting={}), label="policy")
    ladders = {
        name: replace(
            ladder,
            fires=data.draw(st.sampled_from(("crossing", "once")), label="fires"),
            scope="account",
            within=msgspec.UNSET,
            running_counts=False,
            same_severity=False,
            prior_warning=msgspec.UNSET,
        )
        for name, ladder in policy.ladders.items()
    }
    clauses = {name: replace(clause, counting=msgspec.UNSET) for name, clause in (policy.clauses or {}).items()}
    policy = replace(policy, ladders=ladders, clauses=clauses)
    kinds = (*("report",) * 6, "record", "dismiss", "dismiss", "approve", "lift", "exempt", "end_exemption")
    history = perform(policy, data.draw(happenings(policy, min_size=4, kinds=kinds), label="happenings"))
    accepted = [asked for asked in history.asked if asked.step.decision is not None]
    fired = [asked.said.step for asked in accepted if asked.said.step is not None]
    assert len(fired) == len(set(fired))


@pytest.mark.parametrize("fires", ["crossing", "once"])
def test_dismissed_proposal_fires_again_after_a_new_crossing_only(fires: str) -> None:
    policy = policy_of(
        {
            "id": "p",
            "version": "1",
            "functions": FUNCTIONS,
            "clauses": {"c1": {"ladder": "l"}},
            "counting": {"expires_after": "P3D"},
            "ladders": {
                "l": {"fires": fires, "steps": [{"at": 2, "propose": True, "impose": [{"ban": {"for": "P1D"}}]}]}
            },
        }
    )
    history = History(policy)
    withheld: list[tuple[str | None, str | None]] = []
    for days in (0, 1, 1, 5, 6, 7):
        history.now = DAWN + timedelta(days=days)
        said = history.report(f"v{len(withheld)}", {"clause": "c1"}).said
        withheld.append((said.step, said.withheld))
        history.happen({"what": "dismiss", "wait": 0, "pick": 0})
    below, again = (None, "below_first_step"), (None, "no_crossing")
    assert withheld == [below, ("l/2", None), again, below, ("l/2", None), again]


# Who may decide, whom it may hit.


@effort(3)
@given(st.data())
def test_nobody_alone_imposes_what_needs_two(data: st.DataObject) -> None:
    policy = data.draw(policies(second_person=["permanent_ban"]), label="policy")
    history = perform(policy, data.draw(happenings(policy), label="happenings"))
    for event in history.run.events:
        if not isinstance(event, e.Imposed) or event.caused_by is not None:
            continue
        permanent = isinstance(event, e.AccountBanned) and event.until is None
        announced = event.on_default if isinstance(event, e.RectificationOrdered) else ()
        if permanent or any(one.ban is not msgspec.UNSET and one.ban.permanent is True for one in announced):
            assert event.approved_by is not None
            assert event.approved_by.kind != "system"
            reporter = None if event.grounds is None else event.grounds.reporter.id
            assert event.approved_by.id not in (event.by.id, reporter)


@effort(3)
@given(st.data())
def test_report_on_an_exempt_or_permanently_banned_account_only_records(data: st.DataObject) -> None:
    policy = data.draw(policies(), label="policy")
    history = perform(policy, data.draw(happenings(policy, max_size=6), label="happenings"))
    how = data.draw(st.sampled_from(("exempt", "banned")), label="how")
    if how == "exempt":
        history.happen({"what": "exempt", "wait": 0, "unless": []})
    else:
        direct = {"what": "direct", "wait": 0, "clause": "c1", "violations": [], "sanction": "d", "start": 0}
        history.run.policy = replace(policy, second_person=())
        history.happen({**direct, "penalty": {"ban": {"permanent": True}}})
        history.run.policy = policy
    state = history.state
    assume(state.exemption is not None or state.terminal)
    for number in range(2):
        fields = data.draw(reports(policy), label="report")
        if data.draw(st.booleans(), label="chosen"):
            fields["choose"] = [data.draw(st.sampled_from(({"ban": {"for": "P1D"}}, {"warn": {"permanent": True}})))]
        decision = history.report(f"x{number}", fields, wait=number * DAY).step.decision
        assert decision is not None
        assert [type(event) for event in decision.events] == [e.ViolationRecorded]


@effort(3)
@given(st.data())
def test_total_of_strikes_is_never_less_than_the_active_ones_and_nothing_is_a_float(data: st.DataObject) -> None:
    policy = data.draw(policies(), label="policy")
    history = perform(policy, data.draw(happenings(policy), label="happenings"))
    assert not list(floats_in(policy))
    assert not list(floats_in(history.run.events))
    assert not list(floats_in([asked.said for asked in history.asked]))
    for at in history.probes():
        state: State = advance(history.run.state, at)
        found = strikes(state, at)
        assert found.total >= found.active >= 0
        assert not list(floats_in(found))


@pytest.mark.parametrize("written", [True, 1.0, -1, "1.5", "1/0", "-1", "", "\uff11"])
def test_number_that_is_no_weight_is_refused_though_it_equals_one(written: Any) -> None:
    assert exact(1) == 1
    with pytest.raises(ValueError, match=r"is not a weight|divides by zero"):
        exact(written)
