"""A recorded report is decided again as it was given; where that gives something else, it is said field by field."""

from __future__ import annotations

from typing import Any, Final

import pytest
from account_sanctions.domain.events import (
    AccountBanned,
    FunctionsRestricted,
    RectificationOrdered,
    SanctionProposed,
    ViolationRecorded,
)
from account_sanctions.domain.explaining import Explanation, explain
from account_sanctions.domain.explaining.documents import Difference
from account_sanctions.domain.explaining.rerun import still_said
from account_sanctions.domain.period import Period
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.vocabulary import Actor
from msgspec import UNSET
from msgspec.structs import replace

from tests.unit.explaining import COMMUNITY, member, past, policy, report, twice
from tests.unit.forging import changed
from tests.unit.scenario import MODERATOR, Account

_ORDER: Final = {"order": {"within": "P2D", "on_default": [{"restrict": ["post"], "for": "P9D"}]}}
_CHOICE: Final = {"choose": [{"restrict": ["post"], "for": "P3D"}], "reason": "it was small", "by": MODERATOR}


def _by(account: Account, rules: Policy, decision: str) -> Explanation:
    """The explanation where another text is kept under the digest of the account's policy."""
    return explain(replace(past(account), policies={account.policy.ref.digest: rules}.get), decision)


def _last_report(account: Account) -> ViolationRecorded:
    (*_, found) = [event for event in account.events if isinstance(event, ViolationRecorded)]
    return found


# As it was given.


@pytest.mark.parametrize(
    "fields",
    [
        {"category": "politics", "severity": "minor", "content_at": "+0d", "batch": "b", "detected": "automated"},
        {"detected": "notice"},
        {"content_at": "+8d"},
        {},
    ],
)
@pytest.mark.parametrize("command", ["record_violation", "report_violation"])
def test_every_field_of_a_report_is_given_again(command: str, fields: dict[str, Any]) -> None:
    """Content that is too old weighs nothing: so its age is given again, too."""
    account = member(policy(counting={"max_content_age": "P5D"}))
    account.given(command, at="+9d", violation="v", clause="spam", by=MODERATOR, **fields)
    found = explain(past(account), "v")

    assert (found.check, found.differences) == ("same", ())


def _exempt() -> Account:
    """Moderators may sanction it all the same."""
    return report(member(), "v-1", "+0d").given("exempt", at="+1d", unless=["moderator"])


def test_report_of_somebody_for_whom_the_account_is_not_exempt_is_decided_by_that_person() -> None:
    found = explain(past(report(_exempt(), "v-2", "+2d", **_CHOICE)), "v-2")

    assert (found.check, found.differences) == ("same", ())
    assert found.deviation is not None
    assert found.deviation.said == ("restriction of post for P7D",)


@pytest.mark.parametrize("bounds", [{}, {"bounds": {"at_most": "P30D"}}])
def test_choice_in_place_of_what_can_no_longer_be_imposed_is_the_same_again(bounds: dict[str, Any]) -> None:
    """A policy that was never checked may name one fixed instant, after which only a choice can be imposed."""
    step = {"impose": [{"restrict": ["post"], "until": "2026-01-05T00:00:00Z"}], **bounds}
    rules = policy(clauses={"spam": {"ladder": "s"}}, ladders={"s": {"steps": [step]}})
    found = explain(past(report(member(rules), "v", "+9d", **_CHOICE)), "v")

    assert (found.check, found.differences) == ("same", ())
    assert found.deviation is not None
    assert found.deviation.said == ("restriction of post until 2026-01-05T00:00:00Z",)


def test_policy_is_asked_again_for_the_one_who_reported_whoever_is_put_in() -> None:
    account = _exempt()
    state = account.state
    event = _last_report(report(account, "v-2", "+2d", by=MODERATOR))

    for by in (event.by, Actor("system", "engine")):
        assert still_said(replace(event, by=by), COMMUNITY, state).withheld is None
    engine = Actor("system", "engine")
    assert event.grounds is not None
    for other in (
        replace(event, grounds=replace(event.grounds, reporter=engine)),
        replace(event, grounds=None, by=engine),
    ):
        assert still_said(other, COMMUNITY, state).withheld == "exempt"
    # What was only recorded names nobody else.
    assert still_said(replace(event, grounds=None), COMMUNITY, state).withheld is None


# What is said where something else comes of it.


def test_report_that_would_be_refused_is_said_to_have_been_accepted() -> None:
    found = _by(twice(), replace(COMMUNITY, clauses={}), "v-2")

    assert found.differences[-1] == Difference(
        "ViolationRecorded", "decision", "accepted", "unknown_clause: the policy community@1 has no clause 'spam'"
    )


def test_other_text_of_the_policy_is_told_by_both_digests() -> None:
    other = replace(COMMUNITY, description="other words")
    (first, *_) = _by(twice(), other, "v-2").differences

    assert first == Difference("policy", "digest", COMMUNITY.ref.digest, other.ref.digest)


def test_grounds_that_were_taken_out_of_a_sanction_are_told_as_a_whole() -> None:
    account = report(twice(), "v-3", "+20d").given("approve", at="+21d", proposal="v-3/p1")
    (found,) = explain(past(account, history=changed(account, AccountBanned, grounds=None)), "v-3").differences

    assert (found.event, found.field, found.recorded) == ("AccountBanned", "grounds", "nothing")
    assert '"step":"spam/3"' in found.found


def test_field_of_the_grounds_is_told_under_the_event_that_has_them() -> None:
    account = twice()
    grounds = _last_report(account).grounds
    assert grounds is not None
    history = changed(account, ViolationRecorded, grounds=replace(grounds, level="7"))

    assert explain(past(account, history=history), "v-2").differences == (
        Difference("ViolationRecorded", "grounds.level", "7", "2"),
    )


def test_field_is_told_by_the_name_that_commands_give_it() -> None:
    account = twice()
    start = _last_report(account).at
    history = changed(account, FunctionsRestricted, from_=start.replace(day=12))

    assert explain(past(account, history=history), "v-2").differences == (
        Difference("FunctionsRestricted", "from", "2026-01-12 00:00:00+00:00", "2026-01-11 00:00:00+00:00"),
    )


def test_durations_are_told_as_policies_write_them() -> None:
    account = report(twice(), "v-3", "+20d")
    (proposed,) = [event for event in account.events if isinstance(event, SanctionProposed)]
    shorter = replace(proposed.act, permanent=UNSET, for_=Period("P30D"))
    (found,) = explain(past(account, history=changed(account, SanctionProposed, act=shorter)), "v-3").differences

    assert (found.event, found.field) == ("SanctionProposed", "act")
    assert '"for":"P30D"' in found.recorded
    assert '"permanent":true' in found.found


def test_announced_consequence_that_was_changed_is_told_with_both() -> None:
    account = report(
        member(policy(clauses={"spam": {"ladder": "s"}}, ladders={"s": {"steps": [{"impose": [_ORDER]}]}})), "v", "+0d"
    )
    (order,) = [event for event in account.events if isinstance(event, RectificationOrdered)]
    other = (replace(order.on_default[0], for_=Period("P1D")),)
    found = explain(past(account, history=changed(account, RectificationOrdered, on_default=other)), "v")

    assert found.differences == (
        Difference(
            "RectificationOrdered",
            "on_default",
            '[{"restrict":["post"],"for":"P1D"}]',
            '[{"restrict":["post"],"for":"P9D"}]',
        ),
    )
