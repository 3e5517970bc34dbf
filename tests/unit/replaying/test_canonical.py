"""Canonical states: equal states give equal bytes, different ones different bytes, and what is absent is not written."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from account_sanctions.application.replaying.canonical import state_bytes
from account_sanctions.domain.builder import Builder
from account_sanctions.domain.state import NOTHING, State, Violation
from account_sanctions.infrastructure.snapshots import Snapshot, freeze, thaw
from msgspec.structs import replace

from tests.golden.examples import EXAMPLES
from tests.unit.scenario import HOLDER, OTHER_MODERATOR, REVIEWER, T0, Account


def everything() -> State:
    """A state with something in each of its parts."""
    account = Account()
    account.given("record_violation", at="+0d", violation="v-1", clause="spam")
    account.given("order_rectification", at="+0d", sanction="o-1", deadline="+9d", on_default=[{"ban": {"for": "P1M"}}])
    account.given("restrict", at="+0d", sanction="s-1", functions=["publish", "mass_send"], until="+5d")
    account.given("warn", at="+0d", sanction="w-1", until="+2d")
    account.given("appeal", at="+1d", appeal="a-1", sanction="s-1", by=HOLDER, statement="no")
    account.given(
        "propose", at="+1d", proposal="p-1", sanction={"command": "ban", "basis": {"clause": "x"}, "permanent": True}
    )
    account.given(
        "propose", at="+1d", proposal="p-2", sanction={"command": "ban", "basis": {"clause": "x"}, "permanent": True}
    )
    account.given("dismiss", at="+1d", proposal="p-2", by=OTHER_MODERATOR)
    account.given("overturn", at="+1d", sanction="w-1", by=REVIEWER)
    account.given("exempt", at="+1d", unless=["reviewer"])
    account.given("hold", at="+1d", hold="h-1")
    return account.at("+1d").state


def document(state: State) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(state_bytes("gh_1", state))
    return found


def test_state_of_nothing_is_its_name_and_its_standing() -> None:
    assert state_bytes("gh_1", NOTHING) == b'{"account":"gh_1","standing":"clear","version":0}'


def test_every_part_is_written_under_its_name() -> None:
    found = document(everything())
    assert set(found) == {
        *("account", "version", "standing", "last_at", "next_due", "sanctions", "violations", "appeals", "proposals"),
        *("reserved", "exemption", "retention"),
    }
    assert set(found["sanctions"]) == {"o-1", "s-1", "w-1"}
    assert found["sanctions"]["o-1"]["order"] == {
        "clock": "acceptance_by_deadline",
        "deadline": "2026-01-10T00:00:00Z",
        "on_default": [{"ban": {"for": "P1M"}}],
        "status": "ordered",
    }
    assert found["sanctions"]["s-1"]["terms"][0]["functions"] == dict.fromkeys(
        ("mass_send", "publish"), "2026-01-06T00:00:00Z"
    )
    assert set(found["retention"]["holds"]) == {"h-1"}
    assert "sanctions" not in found["retention"]
    assert {"p-1", "p-2"} == set(found["proposals"])


def test_names_stand_in_alphabetical_order_all_the_way_down() -> None:
    def check(value: Any) -> None:
        if isinstance(value, dict):
            assert list(value) == sorted(value)
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            check(inner)

    check(document(everything()))


def test_the_account_belongs_to_it() -> None:
    assert state_bytes("gh_1", NOTHING) != state_bytes("gh_2", NOTHING)


def test_state_out_of_a_snapshot_has_the_same_bytes() -> None:
    state = everything()
    kept = freeze("gh_1", Snapshot(state, T0, b"head"))
    assert kept is not None
    thawed = thaw("gh_1", kept)
    assert thawed is not None
    assert state_bytes("gh_1", thawed.state) == state_bytes("gh_1", state)


@pytest.mark.parametrize("field", [one.name for one in msgspec.structs.fields(Violation)])
def test_no_field_of_a_part_is_forgotten(field: str) -> None:
    """Of one kind of part: all are written by the same function, out of the declaration."""
    builder = Builder(NOTHING)
    builder.apply(EXAMPLES["ViolationRecorded"].event)
    state = builder.freeze()
    (violation,) = state.violations.values()
    other: Any = {bool: False, str: "other", int: 77, tuple: ()}.get(type(getattr(violation, field)), T0)
    changed = replace(
        state, violations=state.violations.with_entries({violation.id: replace(violation, **{field: other})})
    )
    assert changed.violations[violation.id] != violation
    assert state_bytes("a", changed) != state_bytes("a", state)


@pytest.mark.parametrize("field", State.__struct_fields__)
def test_no_part_of_a_state_is_forgotten(field: str) -> None:
    state = everything()
    without = replace(state, **{field: getattr(NOTHING, field)})
    if without == state:
        assert field == "terminal"
        without = replace(state, terminal=True)
    assert state_bytes("a", without) != state_bytes("a", state)
