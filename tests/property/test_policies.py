"""Laws of the evaluation of policies: what it may depend on, and in which direction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import pairwise, permutations
from typing import Any, Final

import msgspec
from account_sanctions.domain import events as e
from account_sanctions.domain.due import advance
from account_sanctions.domain.events import Event
from account_sanctions.domain.evolve import fold
from account_sanctions.domain.period import period_from_text, period_to_text
from account_sanctions.domain.policies.checks import check_policy
from account_sanctions.domain.policies.clauses import Counting
from account_sanctions.domain.policies.evaluation import Evaluation
from account_sanctions.domain.policies.ladders import Ladder, Step
from account_sanctions.domain.policies.numbers import exact
from account_sanctions.domain.policies.policy import Policy, policy_bytes, policy_from_bytes
from account_sanctions.domain.queries import restrictions, strikes
from account_sanctions.domain.state import NOTHING
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from .policy_running import History, perform, probe, violations_of
from .policy_strategies import DAY, SEVERITIES, happenings, policies, reports
from .strategies import Json, effort

RECORDING: Final = ("record", "record", "record", "record", "direct", "lift", "overturn", "note")


def copied(events: Iterable[Event]) -> list[Event]:
    """The same events, written and read again."""
    return [
        msgspec.json.decode(
            msgspec.json.encode(event, enc_hook=period_to_text), type=type(event), dec_hook=period_from_text
        )
        for event in events
    ]


def harshness(found: Evaluation) -> Any:
    """How hard what follows is, by the policy's own measure."""
    return Step(impose=found.penalties).harshness


def ladder_of(policy: Policy, found: Evaluation) -> tuple[str, Ladder] | None:
    clause = (policy.clauses or {})[found.clause]
    return (clause.ladder, policy.ladders[clause.ladder]) if isinstance(clause.ladder, str) else None


# What the evaluation depends on.


@effort(3)
@given(st.data())
def test_evaluation_depends_on_history_violation_and_policy_alone(data: st.DataObject) -> None:
    policy = data.draw(policies(), label="policy")
    history = perform(policy, data.draw(happenings(policy), label="happenings"))
    fields = data.draw(reports(policy), label="report")
    other = policy_from_bytes(policy_bytes(policy))
    assert other == policy
    assert other.ref == policy.ref
    events = history.run.events
    cut = data.draw(st.integers(0, len(events)), label="cut")
    state = history.run.state
    pieces = fold(fold(NOTHING, copied(events[:cut])), copied(events[cut:]))
    for at in history.probes():
        said = policy.evaluate(state, probe(fields, at), at)
        assert policy.evaluate(state, probe(fields, at), at) == said
        assert policy.evaluate(events, probe(fields, at), at) == said
        assert policy.evaluate(advance(state, at), probe(fields, at), at) == said
        assert other.evaluate(copied(events), probe(fields, at), at) == said
        assert other.evaluate(pieces, probe(fields, at), at) == said
    assert state == fold(NOTHING, events)


@effort(2)
@given(st.data())
def test_sweeping_at_any_time_changes_no_evaluation(data: st.DataObject) -> None:
    policy = data.draw(policies(), label="policy")
    drawn = data.draw(happenings(policy, min_size=3), label="happenings")
    quiet, swept = perform(policy, drawn), History(policy)
    for what in drawn:
        waited = sorted(data.draw(st.lists(st.integers(0, what["wait"]), max_size=2), label="sweeps"))
        for at in waited:
            swept.sweep(swept.now + timedelta(microseconds=at))
        swept.happen(what)
    assert [asked.said for asked in swept.asked] == [asked.said for asked in quiet.asked]
    assert [step.code for step in swept.run.steps] == [step.code for step in quiet.run.steps]
    assert [type(event) for event in swept.events] == [type(event) for event in quiet.events]
    assert swept.state == quiet.state


@effort(2)
@given(st.data())
def test_what_is_recorded_is_what_the_policy_said(data: st.DataObject) -> None:
    policy = data.draw(policies(), label="policy")
    for asked in perform(policy, data.draw(happenings(policy), label="happenings")).asked:
        if asked.step.decision is None or "choose" in asked.command:
            continue
        recorded, *follows = asked.step.decision.events
        said = asked.said
        assert isinstance(recorded, e.ViolationRecorded)
        assert recorded.grounds is not None
        assert exact(recorded.weight) == said.weight.exact
        assert recorded.grounds.level == str(said.level)
        assert (recorded.grounds.step, recorded.grounds.withheld) == (said.step, said.withheld)
        assert (recorded.severity, recorded.grounds.severity) == (said.reported, said.severity)
        assert recorded.grounds.counted == tuple(one.violation for one in said.counted)
        imposed = [event for event in follows if isinstance(event, e.Imposed)]
        proposed = [event for event in follows if isinstance(event, e.SanctionProposed)]
        assert len(imposed) == len(said.impose)
        assert len(proposed) == len(said.propose)
        for one in (*imposed, *proposed):
            assert isinstance(one, e.Imposed | e.SanctionProposed)
            assert (one.step, one.priors, one.by.kind) == (said.step, said.priors, "system")


# Monotone, where the policy claims it.


def claims(policy: Policy) -> bool:
    """Whether the ladders claim to grow harsher with recurrence and severity, and the check of the file believes them."""
    said = [sentence for _, sentence in check_policy(policy)]
    milder = any("may_get_milder" in one or "begin at that level" in one for one in said)
    return not milder and not any(ladder.may_get_milder for ladder in policy.ladders.values())


def no_milder(one: Evaluation, two: Evaluation) -> bool:
    """Whether the second is no milder than the first: not by what follows, nor, that being the same, by who decides."""
    if harshness(one) != harshness(two):
        return bool(harshness(two) > harshness(one))
    return one.penalties != two.penalties or len(two.impose) >= len(one.impose)


@effort(3)
@given(st.data())
def test_graver_severity_brings_nothing_milder(data: st.DataObject) -> None:
    policy = data.draw(policies(claims=True, severities=SEVERITIES), label="policy")
    assume(claims(policy))
    history = perform(policy, data.draw(happenings(policy), label="happenings"))
    fields = data.draw(reports(policy), label="report")
    at = history.now
    found = [policy.evaluate(history.state, probe({**fields, "severity": s}, at), at) for s in SEVERITIES]
    ladder = ladder_of(policy, found[0])
    assume(ladder is not None)
    assert ladder is not None
    if not ladder[1].same_severity:
        assert len({one.before for one in found}) == 1
        assert [one.level for one in found] == sorted(one.level for one in found)
    # What fires on a crossing hangs on where the steps of each severity lie; only common steps and counts can be compared.
    common = not ladder[1].same_severity and all(step.severity is msgspec.UNSET for step in ladder[1].steps)
    if ladder[1].fires == "each" or common:
        assert all(no_milder(one, two) for one, two in pairwise(found))


@effort(3)
@given(st.data())
def test_one_more_violation_before_brings_nothing_milder(data: st.DataObject) -> None:
    """Recorded ones, the one more of no batch: what was imposed in between, and what a batch hides, is not of the ladder."""
    policy = data.draw(policies(claims=True), label="policy")
    assume(claims(policy))
    drawn = data.draw(happenings(policy, kinds=RECORDING), label="happenings")
    more = {
        "what": "record",
        "wait": 0,
        **data.draw(reports(policy, batches=False), label="one more"),
        "violation": "more",
    }
    place = data.draw(st.integers(0, len(drawn)), label="place")
    fields = data.draw(reports(policy, clause=data.draw(st.sampled_from((more["clause"], None)))), label="report")
    fewer, rather = History(policy), History(policy)
    for number, what in enumerate([*drawn, None]):
        if number == place:
            rather.happen(more)
        if what is not None:
            fewer.happen(what)
            rather.happen(what)
    at = fewer.now
    one = policy.evaluate(fewer.state, probe(fields, at), at)
    two = policy.evaluate(rather.state, probe(fields, at), at)
    ladder = ladder_of(policy, one)
    assume(ladder is not None and one.step != f"{ladder[0]}/first")
    assert ladder is not None
    if not ladder[1].same_severity or one.severity == two.severity:
        assert two.before >= one.before
        assert two.level >= one.level
    if ladder[1].fires == "each":
        assert no_milder(one, two)


# Overturning.


def forgetting(events: Sequence[Event], name: str) -> list[Event]:
    """The events as if the violation, and what rests on it alone, had never been."""
    resting = {one.sanction for one in events if isinstance(one, e.Imposed) and name in one.basis.violations}
    waiting = {
        one.proposal: one.sanction
        for one in events
        if isinstance(one, e.SanctionProposed) and name in violations_of(one.act)
    }
    gone = resting | set(waiting.values())
    return [
        one for one in events if getattr(one, "sanction", None) not in gone and getattr(one, "violation", None) != name
    ]


def same_but(found: Evaluation, name: str) -> Evaluation:
    """The evaluation without the mention that this violation was overturned."""
    left = tuple(one for one in found.left if one.violation != name)
    assert [one.because for one in found.left if one.violation == name] in ([], ["overturned"])
    return replace(found, left=left)


@effort(3)
@given(st.data())
def test_overturning_a_violation_equals_never_having_had_it(data: st.DataObject) -> None:
    """Whatever happened in between: what others were recorded to weigh stays recorded, and nothing else remains."""
    policy = data.draw(policies(), label="policy")
    history = perform(policy, data.draw(happenings(policy, min_size=3), label="happenings"))
    state = history.state
    alone = {
        sanction.basis.violations[0] for sanction in state.sanctions() if len(set(sanction.basis.violations)) == 1
    } - {name for s in state.sanctions() if len(set(s.basis.violations)) > 1 for name in s.basis.violations}
    assume(alone)
    name = data.draw(st.sampled_from(sorted(alone)), label="violation")
    assume(history.overturn_all_on(name))
    fields = data.draw(reports(policy), label="report")
    never = forgetting(history.run.events, name)
    for at in history.probes():
        found = policy.evaluate(history.run.state, probe(fields, at), at)
        assert same_but(found, name) == policy.evaluate(never, probe(fields, at), at)


@effort(3)
@given(st.data())
def test_overturning_at_once_leaves_no_trace_in_later_reports(data: st.DataObject) -> None:
    policy = data.draw(policies(), label="policy")
    drawn = data.draw(happenings(policy, max_size=5), label="before")
    kinds = ("report", "report", "record", "note")
    later = data.draw(happenings(policy, kinds=kinds, named="later-"), label="after")
    with_it, without = perform(policy, drawn), perform(policy, drawn)
    wrong = data.draw(reports(policy), label="wrong")
    with_it.report("wrong", wrong)
    assume(with_it.overturn_all_on("wrong"))
    before = len(without.asked)
    for what in later:
        with_it.happen(what)
        without.happen(what)
    found = [same_but(asked.said, "wrong") for asked in with_it.asked[before + 1 :]]
    assert found == [asked.said for asked in without.asked[before:]]
    assert strikes(with_it.state, with_it.now) == strikes(without.state, without.now)


# Batches and several reasons.


@effort(3)
@given(st.data())
def test_order_within_a_batch_changes_nothing_but_ids(data: st.DataObject) -> None:
    policy = data.draw(policies(), label="policy")
    drawn = data.draw(happenings(policy, max_size=4), label="before")
    fields = data.draw(reports(policy, batches=False), label="each")
    ages = data.draw(st.lists(st.sampled_from((0, DAY, DAY + 1, 5 * DAY)), min_size=2, max_size=3), label="ages")
    batch = data.draw(st.sampled_from(({}, {"batch": "b9"})), label="batch")
    seen = []
    for order in permutations(enumerate(ages)):
        history = perform(policy, drawn)
        brought = []
        for number, age in order:
            said = history.report(f"x{number}", {**fields, **batch, "content_age": age}).said
            if said.weight.discounted != "content_age":
                brought.append((said.level, said.weight, said.step, said.impose, said.propose, said.withheld))
        found = policy.evaluate(history.state, probe(fields, history.now), history.now)
        counted = [one.value for one in found.counted]
        follows = (found.before, found.level, found.weight, found.step, found.impose, found.propose, found.withheld)
        held = [(one.function, one.until) for one in restrictions(history.state, history.now)]
        seen.append((brought, counted, follows, held, strikes(history.state, history.now)))
    assert all(one == seen[0] for one in seen)


@effort(3)
@given(st.data())
def test_batch_is_its_first_member_that_counts_whatever_comes_with_it(data: st.DataObject) -> None:
    """Of a mixed batch the order decides which one counts. The others change nothing, in whatever order they come, and go
    on record with weight 0; so the strikes are those of one member, and whoever reports the gravest first counts the gravest."""
    counting = {"batch_once": True, **data.draw(st.sampled_from(({}, {"expires_after": "P3D"}, {"fades_over": "P2D"})))}
    drawn = data.draw(policies(), label="policy")
    rules = {name: replace(clause, counting=msgspec.UNSET) for name, clause in (drawn.clauses or {}).items()}
    common = msgspec.convert(counting, Counting, dec_hook=period_from_text)
    policy = replace(drawn, clauses=rules, counting=common)
    before = data.draw(happenings(policy, max_size=4), label="before")
    members = data.draw(st.lists(reports(policy, batches=False), min_size=2, max_size=4), label="members")
    members = [{key: part for key, part in one.items() if key != "content_age"} for one in members]
    fields = data.draw(reports(policy, batches=False), label="probe")
    alone: dict[int, Any] = {}
    seen: dict[int, list[Any]] = {}
    for order in permutations(range(len(members))):
        first, *others = order
        history = perform(policy, before)
        said = history.report(f"x{first}", {**members[first], "batch": "b9"}).said
        if first not in alone:
            alone[first] = _standing(policy, history, fields)
        for number in others:
            further = history.report(f"x{number}", {**members[number], "batch": "b9"})
            assert (further.said.weight.exact, further.said.withheld, further.said.penalties) == (0, "batch", ())
            assert further.step.decision is None or len(further.step.decision.events) == 1
        assert _standing(policy, history, fields) == alone[first]
        seen.setdefault(first, []).append(said)
    assert all(one == found[0] for found in seen.values() for one in found)


def _standing(policy: Policy, history: History, fields: Json) -> tuple[Any, ...]:
    """How the account stands now, and what the policy makes of the next violation, but for the mention of what did not count."""
    found = policy.evaluate(history.state, probe(fields, history.now), history.now)
    held = [(one.function, one.until, one.because) for one in restrictions(history.state, history.now)]
    return replace(found, left=()), held, strikes(history.state, history.now), history.state.standing


@effort(2)
@given(st.data())
def test_order_of_reasons_of_distinct_gravity_changes_nothing(data: st.DataObject) -> None:
    policy = data.draw(policies(), label="policy")
    history = perform(policy, data.draw(happenings(policy), label="happenings"))
    named = data.draw(st.lists(reports(policy, batches=False), min_size=2, max_size=3), label="reasons")
    reasons = [{key: part for key, part in one.items() if key != "content_age"} for one in named]
    assume(len({gravity(policy, one) for one in reasons}) == len(reasons))
    found = []
    for first, *others in permutations(reasons):
        found.append(policy.evaluate(history.state, probe({**first, "reasons": others}, history.now), history.now))
    assert all(one == found[0] for one in found)
    gravest = max(reasons, key=lambda one: gravity(policy, one))
    assert (found[0].clause, found[0].reported) == (gravest["clause"], gravest.get("severity"))


def gravity(policy: Policy, reason: Json) -> Any:
    clause, severity = (policy.clauses or {})[reason["clause"]], reason.get("severity")
    weight = clause.weight if severity is None else clause.weights.get(severity, clause.weight)
    return clause.severe, [*policy.severities, None].index(severity) if severity else -1, exact(weight)
