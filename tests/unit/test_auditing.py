"""Forged records: acts that no rule allows, by whoever held the keys. Each is found, with the event where it begins."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from account_sanctions.domain.auditing import judge
from account_sanctions.domain.events import Event
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.presets import DEFAULT
from account_sanctions.domain.record import Recorded
from account_sanctions.domain.vocabulary import DUE
from msgspec.structs import replace

from tests.property.running import Run, play
from tests.property.strategies import ACCOUNT, iso
from tests.unit.worded import said

_M1 = {"kind": "moderator", "id": "m1"}
_M2 = {"kind": "moderator", "id": "m2"}
_R1 = {"kind": "reviewer", "id": "r1"}
_HOLDER = {"kind": "holder", "id": "h"}


def _command(name: str, tick: int, by: dict[str, str] = _M1, **fields: Any) -> dict[str, Any]:
    if name in ("warn", "restrict", "ban", "order_rectification"):
        fields.setdefault("basis", {"clause": "4.2"})
    return {"command": name, "account": ACCOUNT, "by": by, "at": iso(tick), **fields}


def _for(period: str) -> dict[str, Any]:
    return {"for": period}


_HISTORY: list[dict[str, Any]] = [
    _command("record_violation", 0, violation="v", clause="4.2"),
    _command("warn", 0, sanction="w", **_for("P2D")),
    _command("restrict", 3, sanction="s", functions=["publish"], **_for("P9D")),
    _command("appeal", 3, _HOLDER, appeal="a", sanction="s", statement="no"),
    _command("order_rectification", 4, sanction="o", within="P2D", on_default=[{"ban": {"for": "P3D"}}]),
    _command("decide_appeal", 7, _R1, appeal="a", outcome="denied", reason="yes"),
    _command("propose", 8, proposal="p", sanction={"command": "ban", "basis": {"clause": "1"}, "permanent": True}),
    _command("approve", 8, _M2, proposal="p"),
]

# One event of each: where it stands, and what it is.
_NAMES = [
    *("ViolationRecorded", "WarningIssued", "SanctionExpired", "FunctionsRestricted", "AppealFiled"),
    *("RectificationOrdered", "RectificationDefaulted", "AccountBanned", "AppealDecided", "SanctionProposed"),
    *("ProposalApproved", "AccountBanned"),
]


@pytest.fixture
def run() -> Run:
    return play(_HISTORY, DEFAULT)


def _judge(records: list[Recorded]) -> Any:
    found = judge(records, {DEFAULT.ref.digest: DEFAULT}.get)[1]
    said(found)
    return found


def test_record_that_nobody_touched_is_legal(run: Run) -> None:
    assert [type(event).__name__ for event in run.events] == _NAMES
    assert _judge(run.records) is None


_Forge = Callable[[Event], Event]


def _set(**fields: Any) -> _Forge:
    return lambda event: replace(event, **fields)


def _by(kind: str, name: str) -> _Forge:
    return lambda event: replace(event, by=replace(event.by, kind=kind, id=name))


def _later(name: str, **by: int) -> _Forge:
    return lambda event: replace(event, **{name: getattr(event, name) + timedelta(**by)})


_FORGERIES: dict[str, tuple[int, _Forge, str]] = {
    "violation that weighs more": (1, _set(weight="9"), "illegal"),
    "violation that never decays": (1, _set(decay="linear"), "illegal"),
    "sanction by the holder": (2, _by("holder", "h"), "illegal"),
    "sanction by an auditor": (2, _by("auditor", "x"), "illegal"),
    "expiry an hour early": (3, _later("at", hours=-1), "due_wrong"),
    "expiry of something else": (3, _set(sanction="s"), "due_wrong"),
    "end before the start": (4, _later("until", days=-60), "illegal"),
    "end that its functions do not have": (4, _later("until", days=60), "illegal"),
    "function that the policy does not know": (4, _set(functions={"flying": None}, until=None), "illegal"),
    "right of appeal taken away": (4, _set(appealable=None), "illegal"),
    "second person who was not needed": (4, _set(approved_by=None, proposal="p"), "illegal"),
    "appeal by a moderator": (5, _by("moderator", "m1"), "illegal"),
    "appeal against nothing": (5, _set(sanction="nothing"), "illegal"),
    "order with a clock that is not the policy's": (6, _set(standing="clear"), "illegal"),
    "default before its deadline": (7, _later("at", hours=-1), "due_wrong"),
    "consequence that was not announced": (8, _set(until=None), "due_wrong"),
    "consequence without its cause": (8, _set(caused_by=None), "due_wrong"),
    "appeal decided by the system": (9, _by("system", "x"), "illegal"),
    "appeal decided by whoever imposed": (9, _by("reviewer", "m1"), "illegal"),
    "appeal granted with nothing following": (9, _set(outcome="granted"), "illegal"),
    "proposal that never lapses": (10, _later("lapses_at", days=999), "illegal"),
    "approval by whoever proposed": (11, _by("moderator", "m1"), "illegal"),
    "approval of another proposal": (11, _set(proposal="q"), "illegal"),
    "permanent ban with no second person": (12, _set(approved_by=None, proposal=None), "illegal"),
    "permanent ban of another sanction": (12, _set(sanction="x"), "illegal"),
}


@pytest.mark.parametrize("forgery", _FORGERIES)
def test_forgery_is_found_where_it_begins(run: Run, forgery: str) -> None:
    version, forge, code = _FORGERIES[forgery]
    records = [
        replace(record, event=forge(record.event)) if record.version == version else record for record in run.records
    ]
    found = _judge(records)
    assert found is not None
    assert found.code in (code, "at_backwards"), found
    # A decision is judged as a whole, from its first event on; what falls due, one by one.
    assert found.version in (version, version - 1), found


def test_one_person_who_bans_permanently_is_found(run: Run) -> None:
    ban = run.records[-1]
    alone = replace(ban, version=10, event=replace(ban.event, approved_by=None, proposal=None))
    found = _judge([*run.records[:9], alone])
    assert (found.code, found.version) == ("illegal", 10)
    assert "second_person_required" in found.message


def test_deadline_that_was_passed_over_is_found(run: Run) -> None:
    left = [*run.records[:6], *run.records[8:]]
    found = _judge([replace(record, version=number) for number, record in enumerate(left, 1)])
    assert (found.code, found.version) == ("due_skipped", 7)


def test_clocks_that_run_back_are_found(run: Run) -> None:
    early = run.records[3]
    known = replace(early, recorded_at=early.recorded_at - timedelta(days=9))
    assert _judge([*run.records[:3], known]).code == "recorded_backwards"
    valid = replace(early, event=replace(early.event, at=early.event.at - timedelta(days=9)))
    assert _judge([*run.records[:3], valid]).code == "at_backwards"


def test_gap_is_found(run: Run) -> None:
    assert _judge([*run.records[:3], *run.records[4:]]).code == "version_gap"


def test_policy_that_is_not_kept_or_is_another_is_found(run: Run) -> None:
    nothing: dict[str, Policy] = {}
    for kept in (nothing, {DEFAULT.ref.digest: replace(DEFAULT, version="2")}):
        found = judge(run.records, kept.get)[1]
        assert found is not None
        assert found.code == "policy_missing"


def test_permanent_ban_forged_into_a_lapsed_history_does_not_hide_what_follows(run: Run) -> None:
    """One finding an account: what follows the first rests on it."""
    records = [replace(record, event=replace(record.event, standing="banned")) for record in run.records]
    assert _judge(records).version == 1


def test_command_that_acts_twice_is_found(run: Run) -> None:
    """Its id is remembered, so the library would have answered with the first outcome."""
    again = replace(run.records[-1], version=13, event=run.records[0].event, command_id=run.records[0].command_id)
    again = replace(again, event=replace(again.event, at=run.records[-1].event.at, violation="v9", standing="banned"))
    found = _judge([*run.records, again])
    assert (found.code, found.version) == ("illegal", 13)
    assert "acts once" in found.message


def test_decision_in_the_name_of_what_falls_due_is_found(run: Run) -> None:
    """The library alone records under that name, and no command does."""
    first = run.records[0]
    forged = replace(first, event=replace(first.event, by=DUE))
    found = _judge([forged, *run.records[1:]])
    assert (found.code, found.version) == ("illegal", 1)
    assert "not_permitted" in found.message
