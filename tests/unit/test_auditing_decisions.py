"""Each kind of decision is taken again from what it left on record: legal as it was, illegal in the name of an auditor."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import pytest
from account_sanctions.domain import events as e
from account_sanctions.domain.auditing import Finding, judge
from account_sanctions.domain.due import LinkEnd, due
from account_sanctions.domain.evolve import fold
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.presets import DEFAULT
from account_sanctions.domain.record import Recorded
from account_sanctions.domain.vocabulary import DUE, Actor
from account_sanctions.testing.command_histories import ACCOUNT, Json, instant, iso
from account_sanctions.testing.running import Run, play
from msgspec.structs import replace

from tests.unit import explaining
from tests.unit.worded import said

_PEOPLE: Final = {
    "m1": {"kind": "moderator", "id": "m1"},
    "m2": {"kind": "moderator", "id": "m2"},
    "r1": {"kind": "reviewer", "id": "r1"},
    "r2": {"kind": "reviewer", "id": "r2"},
    "h": {"kind": "holder", "id": "h"},
    "rules": {"kind": "system", "id": "rules"},
}
_BASIS: Final = {"clause": "spam"}
_FOR_GOOD: Final = {"command": "ban", "sanction": "b", "basis": _BASIS, "permanent": True}


def _said(name: str, tick: int, by: str = "m1", **fields: Any) -> Json:
    if "for_" in fields:
        fields["for"] = fields.pop("for_")
    return {"command": name, "account": ACCOUNT, "by": _PEOPLE[by], "at": iso(tick), **fields}


def _warned(name: str = "w") -> Json:
    return _said("warn", 0, sanction=name, basis=_BASIS, for_="P9D")


def _restricted() -> Json:
    return _said("restrict", 0, sanction="s", basis=_BASIS, functions=["publish", "comments"], for_="P9D")


def _ordered(**fields: Any) -> Json:
    return _said("order_rectification", 0, sanction="o", basis=_BASIS, within="P4D", on_default=[], **fields)


def _appealed() -> Json:
    return _said("appeal", 1, "h", appeal="a", sanction="w", statement="no")


_SUBMITTED: Final = _said("submit_rectification", 1, "h", sanction="o", statement="done")
_PROPOSED: Final = _said("propose", 0, proposal="p", sanction=_FOR_GOOD)
_HELD: Final = _said("hold", 0, "r1", hold="h", reason="a court asks")

# What went before, and the decision that is judged last.
_DECISIONS: Final[dict[str, list[Json]]] = {
    "record": [
        _said("record_violation", 0, violation="v", clause="spam", content_at=iso(-3), batch="b", detected="notice")
    ],
    "announced warning": [_said("warn", 0, sanction="w", basis=_BASIS, **{"from": iso(2)}, for_="P9D")],
    "order": [_ordered(clock="submission_stops_clock")],
    "two at once": [
        _said(
            "impose",
            0,
            sanctions=[
                {"command": "warn", "sanction": "w", "basis": _BASIS, "for": "P9D"},
                {"command": "ban", "sanction": "b", "basis": _BASIS, "for": "P9D"},
            ],
        )
    ],
    "replacement": [_warned("x"), _said("warn", 1, sanction="w", basis=_BASIS, for_="P9D", supersedes=["x"])],
    "change of an end": [_warned(), _said("change_sanction", 1, sanction="w", until=iso(20), reason="-")],
    "change of functions": [
        _restricted(),
        _said("change_sanction", 1, sanction="s", functions=["publish"], until=iso(9), reason="-"),
    ],
    "extension": [_ordered(), _said("extend_rectification", 1, sanction="o", deadline=iso(9))],
    "submission": [_ordered(), _SUBMITTED],
    "acceptance": [_ordered(), _SUBMITTED, _said("accept_rectification", 2, sanction="o")],
    "rejection": [_ordered(), _SUBMITTED, _said("reject_rectification", 2, sanction="o")],
    "lift": [_warned(), _said("lift", 1, sanction="w", reason="-")],
    "lift of all": [_warned(), _restricted(), _said("lift_all", 1, reason="-")],
    "overturn": [_warned(), _said("overturn", 1, "r1", sanction="w", reason="-")],
    "appeal": [_warned(), _appealed()],
    "withdrawal": [_warned(), _appealed(), _said("withdraw_appeal", 2, "h", appeal="a")],
    "denial": [_warned(), _appealed(), _said("decide_appeal", 2, "r1", appeal="a", outcome="denied", reason="-")],
    "grant": [_warned(), _appealed(), _said("decide_appeal", 2, "r1", appeal="a", outcome="granted", reason="-")],
    "grant in part": [
        _warned(),
        _appealed(),
        _said("decide_appeal", 2, "r1", appeal="a", outcome="granted_in_part", until=iso(5), reason="-"),
    ],
    "proposal": [_PROPOSED],
    "approval": [_PROPOSED, _said("approve", 1, "m2", proposal="p")],
    "dismissal": [_PROPOSED, _said("dismiss", 1, "m2", proposal="p")],
    "notice": [_warned(), _said("serve_notice", 1, sanction="w", channel="post")],
    "exemption": [_said("exempt", 0, "r1", reason="-", unless=["reviewer"])],
    "end of an exemption": [_said("exempt", 0, "r1", reason="-"), _said("end_exemption", 1, "r1", reason="-")],
    "hold": [_HELD],
    "release of a hold": [_HELD, _said("release_hold", 1, "r2", hold="h", reason="-")],
    "erasure": [_warned(), _said("erase_personal_data", 1, "r1", reason="-")],
    "note": [_said("note", 0, text="seen")],
}


def _judge(records: list[Recorded], policy: Policy = DEFAULT) -> Finding | None:
    found = judge(records, {policy.ref.digest: policy}.get)[1]
    said(found)
    return found


def _found(records: list[Recorded], policy: Policy = DEFAULT) -> tuple[str, int]:
    finding = _judge(records, policy)
    assert finding is not None
    return finding.code, finding.version


def _numbered(records: list[Recorded]) -> list[Recorded]:
    return [replace(record, version=number) for number, record in enumerate(records, 1)]


def _played(history: list[Json], policy: Policy = DEFAULT) -> Run:
    run = play(history, policy)
    assert all(step.decision is not None for step in run.steps), [step.code for step in run.steps]
    return run


@pytest.mark.parametrize("name", _DECISIONS)
def test_decision_is_legal_as_it_was_and_not_in_the_name_of_an_auditor(name: str) -> None:
    records = _played(_DECISIONS[name]).records
    last = records[-1].command_id
    forged = [
        replace(record, event=replace(record.event, by=Actor("auditor", "x"))) if record.command_id == last else record
        for record in records
    ]
    begins = next(record.version for record in records if record.command_id == last)

    assert _judge(records) is None
    assert _found(forged) == ("illegal", begins)


def _reported(tick: int, by: str = "rules", **fields: Any) -> Json:
    return _said("report_violation", tick, by, violation=f"v{tick}", clause="spam", **fields)


_CHOICES: Final[dict[str, list[Json]]] = {
    "nothing": [],
    "warning": [{"warn": {"for": "P2D"}}],
    "ban": [{"ban": {"until": iso(9)}}],
    "restriction": [{"restrict": ["comment"], "for": "P9D"}],
    "order": [{"order": {"within": "P3D", "on_default": [{"warn": {"for": "P1D"}}]}}],
    "ban that waits for a second person": [{"ban": {"permanent": True}}],
    "order that waits for a second person": [
        {"order": {"within": "P3D", "on_default": [{"ban": {"permanent": True}}]}}
    ],
}


@pytest.mark.parametrize("name", _CHOICES)
def test_what_a_person_chose_on_a_report_is_legal_and_not_in_the_name_of_the_holder(name: str) -> None:
    policy = explaining.COMMUNITY
    records = _played([_reported(0), _reported(1, "m1", choose=_CHOICES[name], reason="-")], policy).records
    (violation,) = [
        one for one in records if isinstance(one.event, e.ViolationRecorded) and one.event.violation == "v1"
    ]
    assert isinstance(violation.event, e.ViolationRecorded)
    assert violation.event.grounds is not None
    assert violation.event.grounds.deviates
    grounds = replace(violation.event.grounds, reporter=Actor("holder", "h"))
    forged = [replace(one, event=replace(one.event, grounds=grounds)) if one is violation else one for one in records]

    assert _judge(records, policy) is None
    assert _found(forged, policy) == ("illegal", violation.version)


def test_what_the_policy_said_on_a_report_is_legal_and_not_another_step() -> None:
    policy = explaining.COMMUNITY
    records = _played([_reported(0), _reported(1)], policy).records
    *others, last = records
    forged = replace(last, event=replace(last.event, step="spam/1"))

    assert _judge(records, policy) is None
    assert _found([*others, forged], policy) == ("illegal", 3)


def test_change_that_stands_where_a_person_chose_is_no_choice() -> None:
    policy = explaining.COMMUNITY
    choice = [{"ban": {"permanent": True}}]
    records = _played([_reported(0), _reported(1, "m1", choose=choice, reason="-")], policy).records
    change = _played(
        [
            _warned(),
            _said(
                "propose",
                1,
                proposal="p",
                sanction={"command": "change_sanction", "sanction": "w", "until": iso(20), "reason": "-"},
            ),
        ]
    )
    *others, proposed = records
    act = change.events[-1]
    assert isinstance(act, e.SanctionProposed)
    forged = replace(proposed, event=replace(proposed.event, act=act.act))

    found = _judge([*others, forged], policy)
    assert found is not None
    assert (found.code, found.version) == ("illegal", 3)
    assert "a report changes no sanction" in found.message


def _alone(event: e.Event, run: Run) -> list[Recorded]:
    return [*run.records, Recorded(ACCOUNT, len(run.records) + 1, event.at, event, "forged")]


_M1: Final = Actor("moderator", "m1")


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (e.SanctionStarted(at=instant(2), by=_M1, sanction="w"), "no decision begins with SanctionStarted"),
        (
            e.SanctionSuperseded(at=instant(2), by=_M1, sanction="w", superseded_by="x"),
            "sanctions were superseded and nothing was imposed",
        ),
        (
            e.AppealDecided(at=instant(2), by=_M1, appeal="a", sanction="w", outcome="granted_in_part"),
            "an appeal was granted in part and nothing was changed",
        ),
    ],
)
def test_events_that_no_decision_leaves_are_found(event: e.Event, words: str) -> None:
    found = _judge(_alone(event, _played([_warned(), _appealed()])))

    assert found is not None
    assert (found.code, found.version) == ("illegal", 3)
    assert words in found.message


def test_order_without_a_deadline_is_found() -> None:
    (record,) = _played([_ordered()]).records
    found = _judge([replace(record, event=replace(record.event, until=None))])

    assert found is not None
    assert (found.code, found.version) == ("illegal", 1)
    assert "an order was recorded without a deadline" in found.message


def test_decision_of_two_instants_is_found() -> None:
    first, second = _played(_DECISIONS["two at once"]).records
    later = replace(second, event=replace(second.event, at=second.event.at + timedelta(hours=1)))

    assert _found([first, later]) == ("illegal", 1)


def test_decision_with_another_event_in_the_place_of_its_own_is_found() -> None:
    first, second = _played(_DECISIONS["two at once"]).records
    assert isinstance(second.event, e.AccountBanned)
    lifted = e.SanctionLifted(at=second.event.at, by=second.event.by, sanction="w", standing="warned")

    assert _found([first, replace(second, event=lifted)]) == ("illegal", 1)


def _expired() -> list[Recorded]:
    """Two warnings that end at one instant, both ends recorded."""
    run = _played([_warned("v"), _warned("w")])
    run.sweep(9)
    return run.records


def test_end_that_somebody_brought_about_is_found() -> None:
    *others, last = _expired()
    forged = replace(last, event=replace(last.event, by=_M1))

    assert _judge([*others, last]) is None
    assert _found([*others, forged]) == ("due_wrong", 4)


def test_end_that_was_left_out_beside_another_one_is_found() -> None:
    *others, _ = _expired()

    assert _found(others) == ("due_skipped", 3)


def test_something_else_in_the_place_of_an_end_is_found() -> None:
    *others, last = _expired()
    started = e.SanctionStarted(at=last.event.at, by=DUE, sanction="w", standing="warned")

    assert _found([*others, replace(last, event=started)]) == ("due_wrong", 4)


def test_end_of_what_had_ended_is_found() -> None:
    records = _expired()

    assert _found(_numbered([*records, records[-1]])) == ("due_wrong", 5)


@pytest.mark.parametrize("overturned", [False, True])
def test_end_of_what_another_account_brought_is_legal_as_it_is_recorded(overturned: bool) -> None:
    run = _played([_warned()])
    fallen = due(run.state, instant(3), [LinkEnd("w", instant(3), overturned)])
    records = [*run.records, Recorded(ACCOUNT, 2, instant(3), fallen[0])]
    unexplained = replace(records[-1], event=replace(fallen[0], because=None))

    assert [type(event).__name__ for event in fallen] == ["SanctionLifted"]
    assert judge(records, {DEFAULT.ref.digest: DEFAULT}.get) == (fold(run.state, fallen), None)
    assert _found([*run.records, unexplained]) == ("due_wrong", 2)


def test_record_that_makes_no_state_has_none() -> None:
    lifted = e.SanctionLifted(at=instant(0), by=_M1, sanction="nothing")
    state, found = judge([Recorded(ACCOUNT, 1, instant(0), lifted, "c")], lambda _digest: None)

    assert state is None
    assert found is not None
    assert (found.code, found.version) == ("illegal", 1)


def test_free_text_is_no_part_of_what_is_judged() -> None:
    *others, last = _played([_warned(), _said("lift", 1, sanction="w", reason="served")]).records
    silent = replace(last, event=replace(last.event, narrative=None))

    assert _judge([*others, silent]) is None
