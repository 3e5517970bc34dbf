"""The evaluation of policies against a naive one, which is written from the words of the rules (`naive_policies`)."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any

from account_sanctions.domain import events as e
from account_sanctions.domain.events import Event
from account_sanctions.domain.policies.evaluation import Evaluation
from account_sanctions.domain.policies.weight import Weight
from hypothesis import given
from hypothesis import strategies as st

from .naive_policies import judge, weigh_record
from .policy_running import ENGINE, perform, plainly, violation_of
from .policy_strategies import happenings, policies, reports
from .strategies import Json, effort


def naively(events: tuple[Event, ...]) -> list[Json]:
    """Recorded events as plain data."""
    return [{"type": type(event).__name__, **plainly(event)} for event in events]


def weighed(weight: Weight) -> Json:
    return {
        "weight": Fraction(weight.exact),
        "counts_until": weight.counts_until,
        "decay": weight.decay,
        "frozen_while": list(weight.frozen_while),
        "discounted": weight.discounted,
        "good": weight.good_standing,
    }


def told(found: Evaluation) -> Json:
    """What the naive one says too."""
    return {
        "clause": found.clause,
        "category": found.category,
        "reported": found.reported,
        "severity": found.severity,
        "account_class": found.account_class,
        **weighed(found.weight),
        "appeal": plainly(found.appeal),
        "step": found.step,
        "withheld": found.withheld,
        "before": Fraction(found.before),
        "level": Fraction(found.level),
        "counted": {one.violation: Fraction(one.value) for one in found.counted},
        "left": {one.violation: one.because for one in found.left},
        "priors": list(found.priors),
        "impose": plainly(found.impose),
        "propose": plainly(found.propose),
    }


def compare(policy: Json, events: tuple[Event, ...], command: Json, found: Evaluation) -> None:
    at = datetime.fromisoformat(command["at"])
    assert told(found) == judge(policy, naively(events), command, at, command["by"]["kind"])


@effort(5)
@given(st.data())
def test_naive_evaluation_agrees_at_every_report(data: st.DataObject) -> None:
    policy = data.draw(policies(), label="policy")
    history = perform(policy, data.draw(happenings(policy), label="happenings"))
    plain = plainly(policy)
    for asked in history.asked:
        compare(plain, asked.events, asked.command, asked.said)


@effort(3)
@given(st.data())
def test_naive_evaluation_agrees_around_every_end(data: st.DataObject) -> None:
    policy = data.draw(policies(), label="policy")
    history = perform(policy, data.draw(happenings(policy, min_size=3), label="happenings"))
    fields = data.draw(reports(policy), label="report")
    fields.pop("content_age", None)
    plain = plainly(policy)
    for at in history.probes():
        history.now = at
        command = {
            "command": "report_violation",
            "violation": "probe",
            "account": "a",
            "by": ENGINE,
            "at": at.isoformat(),
        }
        command |= fields
        found = policy.evaluate(history.state, violation_of(command), at)
        compare(plain, history.events, command, found)


@effort(3)
@given(st.data())
def test_naive_weights_agree_with_what_is_recorded(data: st.DataObject) -> None:
    policy = data.draw(policies(), label="policy")
    history = perform(policy, data.draw(happenings(policy, kinds=("record", "record", "record", "report", "overturn"))))
    plain, events = plainly(policy), history.run.events
    for number, event in enumerate(events):
        if isinstance(event, e.ViolationRecorded) and event.grounds is None:
            before = naively(tuple(events[:number]))
            fields: dict[str, Any] = plainly(event)
            if "content_at" in fields:
                fields["content_at"] = fields["content_at"].isoformat()
            recorded = {
                "weight": Fraction(event.weight),
                "counts_until": event.counts_until,
                "decay": event.decay,
                "frozen_while": list(event.frozen_while),
                "discounted": event.discounted,
                "good": event.good_standing,
            }
            assert recorded == weigh_record(plain, before, fields, event.at)
