"""What the judge says of a record that was touched: at which instant, by whom, and in which words."""

from __future__ import annotations

from typing import Any, Final

import pytest
from account_sanctions.domain import events as e
from account_sanctions.domain.auditing import Finding, judge
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.presets import DEFAULT
from account_sanctions.domain.record import Recorded
from account_sanctions.domain.vocabulary import Actor
from account_sanctions.testing.command_histories import ACCOUNT, Json, instant, iso
from account_sanctions.testing.running import play
from msgspec.structs import replace

from tests.unit import explaining

_M1: Final = {"kind": "moderator", "id": "m1"}
_BASIS: Final = {"clause": "spam"}


def _said(name: str, tick: int, **fields: Any) -> Json:
    return {"command": name, "account": ACCOUNT, "by": _M1, "at": iso(tick), **fields}


def _warned(name: str = "w") -> Json:
    return _said("warn", 0, sanction=name, basis=_BASIS, until=iso(9))


def _reported(tick: int, **fields: Any) -> Json:
    return _said("report_violation", tick, violation=f"v{tick}", clause="spam", **fields)


def _records(*history: Json, policy: Policy = DEFAULT) -> list[Recorded]:
    run = play(history, policy)
    assert all(step.decision is not None for step in run.steps), [step.code for step in run.steps]
    return run.records


def _finding(records: list[Recorded], *policies: Policy) -> Finding | None:
    return judge(records, {policy.ref.digest: policy for policy in policies or (DEFAULT,)}.get)[1]


@pytest.mark.parametrize(("tick", "found"), [(8, None), (9, "due_skipped"), (10, "due_skipped")])
def test_what_falls_due_at_the_instant_of_a_decision_belongs_before_it(tick: int, found: str | None) -> None:
    records = _records(_warned(), _said("note", tick, text="seen"))
    left = [record for record in records if not isinstance(record.event, e.SanctionExpired)]
    finding = _finding([replace(record, version=number) for number, record in enumerate(left, 1)])

    assert _finding(records) is None
    assert (None if finding is None else finding.code) == found
    if finding is not None:
        assert (finding.version, finding.message) == (
            2,
            f"NoteAdded: what fell due at {instant(9)} was not recorded before it",
        )


def test_state_is_the_one_that_the_record_makes() -> None:
    run = play([_warned(), _said("lift", 1, sanction="w", reason="served"), _warned("x") | {"at": iso(2)}], DEFAULT)

    assert judge(run.records, {DEFAULT.ref.digest: DEFAULT}.get) == (run.state, None)


def test_field_that_was_changed_is_named_with_both_values() -> None:
    (record,) = _records(_warned())
    finding = _finding([replace(record, event=replace(record.event, standing="banned"))])

    assert finding == Finding(
        "illegal", 1, "WarningIssued: WarningIssued.standing is banned, and deciding it again gives warned"
    )


def test_act_that_the_rules_refuse_is_told_with_their_reason() -> None:
    (record,) = _records(_warned())
    finding = _finding([replace(record, event=replace(record.event, supersedes=("x",)))])

    assert finding == Finding(
        "illegal", 1, "WarningIssued: the rules refuse it: unknown_sanction: this account has no sanction 'x'"
    )


def test_policy_that_is_not_kept_is_named() -> None:
    (record,) = _records(_warned())

    assert judge([record], lambda _digest: None)[1] == Finding(
        "policy_missing", 1, f"WarningIssued: the text of {DEFAULT.name} with this digest is not kept"
    )


def test_policy_of_another_name_behind_the_digest_is_named() -> None:
    (record,) = _records(_warned())
    other = replace(DEFAULT, version="other")

    assert judge([record], lambda _digest: other)[1] == Finding(
        "policy_missing",
        1,
        f"WarningIssued: the digest of {DEFAULT.name} belongs to {other.name}",
    )


def test_command_that_acts_twice_is_named() -> None:
    first, second, third = _records(*(_said("note", tick, text="seen") for tick in range(3)))
    finding = _finding([first, second, replace(third, command_id=first.command_id)])

    assert finding == Finding("illegal", 3, f"NoteAdded: the command {first.command_id!r} acted before: it acts once")


def test_free_text_that_differs_is_not_looked_at() -> None:
    first, second = _records(_warned(), _said("lift", 1, sanction="w", reason="served"))
    silent = replace(second, event=replace(second.event, narrative=None))
    told = replace(second, event=replace(second.event, narrative=e.Narrative(reason="another one")))

    assert _finding([first, silent]) is None
    assert _finding([first, told]) is None


def test_free_text_that_was_put_to_what_fell_due_is_not_looked_at() -> None:
    warned, expired, noted = _records(_warned(), _said("note", 9, text="seen"))
    told = replace(expired, event=replace(expired.event, narrative=e.Narrative(reason="served")))

    assert isinstance(expired.event, e.SanctionExpired)
    assert _finding([warned, told, noted]) is None


_POLICY: Final = explaining.COMMUNITY
_BAN: Final = {"ban": {"permanent": True}}


def _third(**fields: Any) -> list[Recorded]:
    """Three reports; the last of them brings a permanent ban, which waits for a second person."""
    return _records(_reported(0), _reported(1), _reported(2, **fields), policy=_POLICY)


def test_person_who_chose_what_the_policy_says_left_it_the_decision() -> None:
    records = _third(choose=[_BAN], reason="quite right")

    assert isinstance(records[-1].event, e.SanctionProposed)
    assert records[-1].event.by == Actor("system", _POLICY.name)
    assert _finding(records, _POLICY) is None


def _put_in(records: list[Recorded]) -> list[Recorded]:
    """The same with a person in the place of the policy as who put the ban forward."""
    *others, last = records
    return [*others, replace(last, event=replace(last.event, by=Actor("moderator", "m1")))]


def test_person_put_in_for_the_policy_is_found_where_a_person_reported() -> None:
    records = _third()

    assert _finding(records, _POLICY) is None
    assert _finding(_put_in(records), _POLICY) == Finding(
        "illegal",
        records[-2].version,
        'ViolationRecorded: SanctionProposed.by is {"kind":"moderator","id":"m1"}, '
        'and deciding it again gives {"kind":"system","id":"community@1"}',
    )


def test_person_put_in_for_the_policy_is_found_where_the_system_reported() -> None:
    """Only a person leaves the policy its word by choosing the same: the system may not choose."""
    records = _third(by={"kind": "system", "id": "rules"})

    assert _finding(records, _POLICY) is None
    assert _finding(_put_in(records), _POLICY) == Finding(
        "illegal",
        records[-2].version,
        "ViolationRecorded: ViolationRecorded.decision is accepted, and deciding it again gives "
        "not_permitted: the system follows the policy; only a person chooses otherwise",
    )
