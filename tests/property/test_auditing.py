"""Judging a record: whatever the rules led to is found legal, whatever else was done to it is found, or leaves a legal record."""

from __future__ import annotations

from datetime import timedelta

from account_sanctions.domain.auditing import FindPolicy, judge
from account_sanctions.domain.events import SanctionProposed
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.record import Recorded
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.depth import DEEP

from .policy_running import History
from .policy_strategies import happenings, policies
from .running import FOREVER, Run, last_tick, play
from .strategies import ACCOUNT, SMALL, Json, effort, histories, iso
from .tampering import changed, comes_about, readable, tampered


def _judged(run: Run) -> None:
    state, finding = judge(run.records, _policies(run.policy))
    assert finding is None
    assert state == run.state


def _policies(policy: Policy) -> FindPolicy:
    return {policy.ref.digest: policy}.get


@effort(6)
@given(histories(max_size=14), st.integers(0, FOREVER))
def test_every_history_that_the_rules_led_to_is_legal(commands: list[Json], later: int) -> None:
    run = play(commands)
    run.sweep(last_tick(commands) + later)
    _judged(run)


@effort(4)
@given(st.data())
def test_every_history_of_reports_is_legal_with_sweeps_anywhere(data: st.DataObject) -> None:
    policy = data.draw(policies(), label="policy")
    history = History(policy)
    for what in data.draw(happenings(policy, min_size=4), label="happenings"):
        for at in sorted(data.draw(st.lists(st.integers(0, what["wait"]), max_size=1), label="sweeps")):
            history.sweep(history.now + timedelta(microseconds=at))
        history.happen(what)
    _judged(history.run)


@effort(3)
@given(st.data())
def test_record_without_one_of_its_events_is_found(data: st.DataObject) -> None:
    run = play(data.draw(histories(min_size=4), label="commands"))
    assume(run.records)
    gone = data.draw(st.integers(0, len(run.records) - 1), label="gone")
    left = [*run.records[:gone], *run.records[gone + 1 :]]
    _, found = judge(left, _policies(run.policy))
    # A record whose end was cut off may still be legal: the log and its checkpoints miss it.
    assert found is not None or gone == len(run.records) - 1


@effort(3)
@given(st.data())
def test_what_was_done_to_an_event_is_found_or_leaves_a_legal_record(data: st.DataObject) -> None:
    run = play(data.draw(histories(min_size=4), label="commands"))
    assume(run.records)
    place = data.draw(st.integers(0, len(run.records) - 1), label="place")
    record = run.records[place]
    header = record.event
    change = data.draw(st.sampled_from(("earlier", "standing", "auditor", "no_command")), label="change")
    match change:
        case "earlier":
            forged = replace(record, event=replace(header, at=header.at - timedelta(days=400)))
            assume(place > 0)
        case "standing":
            other = "clear" if header.standing != "clear" else "banned"
            forged = replace(record, event=replace(header, standing=other))
        case "auditor":
            assume(record.command_id is not None)
            forged = replace(record, event=replace(header, by=replace(header.by, kind="auditor")))
        case _:
            assume(record.command_id is not None)
            forged = replace(record, command_id=None)
    _, found = judge(_with(run.records, place, forged), _policies(run.policy))
    assert found is not None, change


# What is lawful is told by playing commands, and that knows fewer ways to come to a record than there are: one in some thousand
# examples is a way that it does not know. So an ordinary run draws the same ones each time.
@settings(effort(4), derandomize=not DEEP, database=None)
@given(st.data())
def test_any_value_of_any_header_is_found_or_could_have_come_about(data: st.DataObject) -> None:
    """Changed by somebody with the keys: unreadable, found, or what commands lead to that say as the forged event says."""
    commands = data.draw(histories(min_size=4), label="commands")
    run = play(commands)
    assume(run.records)
    records, what, place = data.draw(tampered(run.records), label="tampered")
    assume(records != run.records)
    forged = readable(records[place])
    if forged is None:
        event("unreadable")
        return
    _, found = judge(_with(records, place, forged), _policies(run.policy))
    event("found" if found is not None else "lawful")
    assert found is not None or comes_about(commands, _with(records, place, forged), place, run.policy), what


def test_proposal_that_could_not_have_been_put_forward_is_unreadable() -> None:
    """Drawn once: it names the other account's sanction and not the account. No act can be made like this; bytes can."""
    warning = {"command": "warn", "sanction": "s1", "basis": {"clause": "4.2"}, "for": "P1D"}
    by = {"kind": "moderator", "id": "m1"}
    propose = {"command": "propose", "proposal": "p1", "sanction": warning, "account": ACCOUNT, "by": by, "at": iso(0)}
    (record,) = play([propose]).records
    assert isinstance(record.event, SanctionProposed)
    assert readable(record) == record

    forged = changed(record.event, "act", changed(record.event.act, "because_of_sanction", "s2"))
    assert readable(replace(record, event=forged)) is None


def _with(records: list[Recorded], place: int, forged: Recorded) -> list[Recorded]:
    return [*records[:place], forged, *records[place + 1 :]]


def test_small_policy_is_the_one_that_histories_are_drawn_for() -> None:
    assert play([]).policy is SMALL
