"""Explanations over drawn policies and histories: what is recorded is what deciding again gives, and nothing is left out."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

import pytest
from account_sanctions.domain.archive import Archive
from account_sanctions.domain.events import Imposed, SanctionProposed, ViolationRecorded
from account_sanctions.domain.explaining import Past, explain, explain_account, past
from account_sanctions.domain.policies.evaluation import Evaluation
from account_sanctions.domain.policies.policy import policy_from_bytes
from account_sanctions.domain.record import Recorded
from account_sanctions.domain.state import State
from account_sanctions.domain.vocabulary import Actor
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace

from .policy_running import Asked, History, perform, violation_of
from .policy_strategies import happenings, policies
from .strategies import ACCOUNT, FUNCTIONS

_LATER: Final = timedelta(days=60)
# These were judged without looking at what came before.
_UNJUDGED: Final = ("no_ladder", "content_age", "batch")
_VOID: Final = ("overturned", "content_age", "batch")


@st.composite
def played(draw: st.DrawFn, *, plain: bool = False) -> History:
    policy = draw(policies(plain=plain))
    return perform(policy, draw(happenings(policy, min_size=2)))


def past_of(history: History) -> Past:
    """All that is known of a history, some time after its end."""
    end, policy = history.now + _LATER, history.policy
    known = {policy.ref.digest: policy}
    return past(ACCOUNT, history.run.records, valid_at=end, known_at=end, policies=known.get)


def recorded(history: History) -> list[tuple[Recorded, ViolationRecorded]]:
    return [(record, e) for record in history.run.records if isinstance(e := record.event, ViolationRecorded)]


@given(played())
def test_recorded_decision_decided_again_is_itself(history: History) -> None:
    found = past_of(history)
    for _, event in recorded(history):
        explained = explain(found, event.violation, "violation")
        assert (explained.check, explained.differences) == ("same", ())


@given(played())
def test_counted_and_left_cover_the_earlier_violations_exactly_once(history: History) -> None:
    found = past_of(history)
    earlier: list[str] = []
    for _, event in recorded(history):
        explained = explain(found, event.violation, "violation")
        named = [one.violation for one in explained.counted] + [one.violation for one in explained.left]
        judged = event.grounds is not None and event.grounds.withheld not in _UNJUDGED
        assert sorted(named) == (sorted(earlier) if judged else [])
        earlier.append(event.violation)


@given(played())
def test_values_of_what_counted_make_up_the_level_before(history: History) -> None:
    found = past_of(history)
    for _, event in recorded(history):
        explained = explain(found, event.violation, "violation")
        if explained.ladder is not None and event.discounted is None:
            values = [Fraction(one.value or 0) for one in explained.counted]
            assert sum(values) == Fraction(explained.ladder.before)


@given(played())
def test_every_reason_is_a_sentence_and_at_most_one_step_was_taken(history: History) -> None:
    found = past_of(history)
    for _, event in recorded(history):
        explained = explain(found, event.violation, "violation")
        reasons = [one.reason for one in explained.left]
        if explained.withheld is not None:
            reasons.append(explained.withheld.reason)
        for reason in reasons:
            assert len(reason.split()) > 3
            assert "_" not in reason
        if explained.ladder is not None:
            taken = [step for step in explained.ladder.steps if step.taken]
            assert len(taken) == (explained.ladder.step is not None)


@given(played())
def test_every_sanction_and_proposal_can_be_explained(history: History) -> None:
    found = past_of(history)
    for event in found.events():
        if isinstance(event, Imposed):
            explained = explain(found, event.sanction, "sanction")
            assert event.sanction in [one.sanction for one in explained.results]
        elif isinstance(event, SanctionProposed):
            explained = explain(found, event.proposal, "proposal")
            assert event.proposal in [one.proposal for one in explained.results]
        else:
            continue
        assert explained.check in ("same", "nothing_to_check")


@given(played(), st.sampled_from((None, *FUNCTIONS)))
def test_every_sanction_is_in_the_way_or_discarded(history: History, function: str | None) -> None:
    _each_sanction_has_its_place(history, function)


@pytest.mark.parametrize("function", [None, *FUNCTIONS])
def test_order_whose_consequence_is_in_the_way_carries_the_answer(function: str | None) -> None:
    """Drawn once: two orders that both defaulted to a ban. They have ended and were not discarded: their bans rest on them."""
    order = {"within": "P2D", "on_default": [{"ban": {"permanent": True}}]}
    history = History(
        policy_from_bytes(
            json.dumps(
                {
                    "id": "drawn",
                    "version": "1",
                    "functions": FUNCTIONS,
                    "clauses": {"c1": {"ladder": "l"}},
                    "ladders": {"l": {"steps": [{"impose": [{"order": order}]}]}},
                    "second_person": [],
                }
            ).encode()
        )
    )
    for violation in ("v0", "v1"):
        history.report(violation, {"clause": "c1"})

    carried = _each_sanction_has_its_place(history, function)

    assert carried == {"v0/s1", "v1/s1"}


def _each_sanction_has_its_place(history: History, function: str | None) -> set[str]:
    """The sanctions that have ended and carry the answer: what was announced for them, or rests on them, is in the way."""
    found = past_of(history)
    explained = explain_account(found, function, known_at=found.at)
    results = [result for one in explained.decisions for result in one.results]
    in_the_way = {result.sanction for result in results}
    put_forward = {result.sanction for result in results if result.proposal is not None}
    discarded = {one.id for one in explained.discarded if one.kind != "proposal"}
    listed = {one.version for one in explained.events}
    carrying = {
        record.event.sanction
        for record in found.records
        if isinstance(record.event, Imposed) and record.version in listed
    }
    everything = {sanction.id for sanction in found.state.sanctions()}
    assert everything <= in_the_way | discarded | carrying <= everything | put_forward
    assert not discarded & carrying
    held = {name for one in explained.restrictions for name in one.because}
    assert held <= in_the_way - discarded
    assert explained.allowed == (None if function is None else not held)
    return carrying - in_the_way


@given(played())
def test_violation_that_was_void_changes_nothing(history: History) -> None:
    for asked in history.asked:
        _without_what_was_left(history, asked, _VOID)


@given(played(plain=True))
def test_violation_that_did_not_count_changes_nothing_where_only_counting_looks_at_it(history: History) -> None:
    if all(ladder.first is UNSET for ladder in history.policy.ladders.values()):
        for asked in history.asked:
            _without_what_was_left(history, asked, None)


def _without_what_was_left(history: History, asked: Asked, codes: tuple[str, ...] | None) -> None:
    said = asked.said
    left = {one.violation for one in said.left if codes is None or one.because in codes}
    kept = {name: one for name, one in asked.state.violations.items() if name not in left}
    assert _result(_evaluate(history, asked, asked.state)) == _result(said)
    assert _result(_evaluate(history, asked, replace(asked.state, violations=Archive(kept)))) == _result(said)


def _evaluate(history: History, asked: Asked, state: State) -> Evaluation:
    by = asked.command["by"]
    return history.policy.evaluate(state, violation_of(asked.command), _at(asked), reporter=Actor(**by))


def _at(asked: Asked) -> datetime:
    return datetime.fromisoformat(asked.command["at"])


def _result(said: Evaluation) -> tuple[object, ...]:
    return said.step, said.level, said.withheld, said.penalties, said.weight, said.severity
