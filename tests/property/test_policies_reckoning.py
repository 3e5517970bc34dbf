"""What evaluation takes short cuts for, against the long way: steps by level, recent instants, sums of what fades."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

from account_sanctions.domain.archive import Archive
from account_sanctions.domain.period import Period
from account_sanctions.domain.policies.clauses import Clause
from account_sanctions.domain.policies.ladders import Ladder, Step
from account_sanctions.domain.policies.numbers import Exact
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.policies.rungs import Rungs
from account_sanctions.domain.policies.tally import Record
from account_sanctions.domain.policies.weighing import Scales
from account_sanctions.domain.state import NOTHING, State, Violation
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

LEVELS = st.one_of(st.integers(0, 6), st.fractions(0, 6, max_denominator=4)).map(
    lambda one: one.numerator if one.denominator == 1 else one
)
ZONES = st.integers(-23, 23).map(lambda hours: timezone(timedelta(hours=hours)))
EARLIEST, LATEST = datetime(1, 1, 3), datetime(9999, 12, 28)  # noqa: DTZ001 - bounds of the clock in each zone
INSTANTS = st.datetimes(EARLIEST, LATEST, timezones=ZONES)
PERIODS = st.sampled_from(["P1M", "P1Y", "P13M", "P2M3DT4H", "P400Y", "P9998Y", "P99999999M", "P1M999999999D", "P30D"])


@given(st.lists(st.one_of(LEVELS, st.integers(0, 6))), LEVELS, LEVELS)
def test_steps_are_found_as_by_looking_at_each(levels: list[Exact], one: Exact, other: Exact) -> None:
    steps = tuple((level, str(number), Step()) for number, level in enumerate(levels))
    rungs, before, level = Rungs(steps), min(one, other), max(one, other)
    touched = [step for step in steps if step[0] <= level]
    top = max((step[0] for step in touched), default=None)
    assert list(rungs.reached(level)) == [step for step in touched if step[0] == top]
    crossed = [step for step in steps if before < step[0] <= level]
    assert list(rungs.crossed(before, level)) == sorted(crossed, key=lambda step: step[0])


@given(INSTANTS, st.lists(INSTANTS), st.lists(st.integers(-5, 400).map(lambda days: timedelta(days=days))), PERIODS)
@example(datetime(2026, 3, 1, tzinfo=UTC), [datetime(2026, 1, 29, tzinfo=UTC)], [timedelta(28), timedelta(31)], "P1M")
def test_an_instant_is_recent_as_the_calendar_says(
    at: datetime, instants: list[datetime], before: list[timedelta], text: str
) -> None:
    within = Period(text)
    policy = Policy(id="x", version="1", functions=("post",))
    for span in before:
        try:
            instants = [*instants, at - span]
        except OverflowError:
            continue
    assert Record(policy, NOTHING, at).recent(instants, within) == [_recent(at, since, within) for since in instants]


def _recent(at: datetime, since: datetime, within: Period) -> bool:
    try:
        return at < within.after(since)
    except OverflowError:
        return True


def fading(count: int, since: datetime, until: datetime) -> State:
    """An account of so many violations that weigh one third each and fade."""
    common = {"clause": "spam", "at": since, "weight": "1/3", "counts_until": until, "decay": "linear"}
    nothing = dict.fromkeys(("category", "severity", "content_at", "batch"))
    found = {f"v{n}": Violation(id=f"v{n}", number=n, **common, **nothing) for n in range(count)}  # type: ignore[arg-type]
    return replace(NOTHING, violations=Archive(found))


def test_what_fades_over_ages_is_added_up_beyond_what_is_a_length_of_time() -> None:
    since, until = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
    state, at = fading(400, since, until), datetime(2, 1, 1, tzinfo=UTC)
    together, counted = Scales(state, at).weigh(list(state.violations.values()))
    assert together == 400 * Fraction((until - at).days, 3 * (until - since).days)
    assert together == sum(one.value for one in counted)


def test_steps_of_countless_severities_are_not_all_remembered() -> None:
    ladder = Ladder(steps=(Step(severity="grave"), Step()))
    policy = Policy(id="x", version="1", functions=("post",), clauses={"c": Clause(ladder="l")}, ladders={"l": ladder})
    for number in range(2500):
        assert [step[1] for step in policy.rungs("l", f"severity {number}", None).reached(9)] == ["1"]
    assert [step[1] for step in policy.rungs("l", "grave", None).crossed(0, 9)] == ["1", "2"]
    assert len(policy.__dict__["_rungs"]) <= 1000
