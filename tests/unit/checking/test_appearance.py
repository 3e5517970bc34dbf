"""How a state looks to a rule: what is told apart of it, and what is left out."""

from __future__ import annotations

from typing import Any, Final

import pytest
from account_sanctions.domain.archive import Archive
from account_sanctions.domain.checking import appearance
from account_sanctions.domain.state import Exemption, State
from account_sanctions.domain.terms import Basis
from account_sanctions.domain.vocabulary import Actor
from msgspec.structs import replace

from tests.unit.scenario import OTHER_MODERATOR, Account, t

from .stepping import changed

_CHANGE: Final = {"command": "change_sanction", "sanction": "r", "until": "+20d", "reason": "-"}
_BAN: Final[dict[str, Any]] = {"command": "ban", "sanction": "b", "basis": {"clause": "4.2"}, "permanent": True}


def _state() -> State:
    """A restriction, an order, an appeal, a violation, and a proposal that was dismissed."""
    account = Account().given("restrict", at="+0d", sanction="r", functions=["publish", "comments"], until="+9d")
    account.given("order_rectification", at="+0d", sanction="o", deadline="+9d")
    account.given("appeal", at="+0d", appeal="a", sanction="r").given(
        "record_violation", at="+0d", violation="v", clause="1"
    )
    account.given("propose", at="+0d", proposal="p", sanction=_BAN)
    return account.given("dismiss", at="+0d", proposal="p", by=OTHER_MODERATOR).state


@pytest.mark.parametrize(
    ("fields", "apart"),
    [
        ({"kind": "ban"}, True),
        ({"status": "scheduled"}, True),
        ({"until": None}, True),
        ({"until": t("+8d")}, False),
        ({"functions": {"publish": t("+9d")}}, True),
        ({"functions": {"comments": None, "publish": None}}, False),
        ({"step": "main/1"}, True),
        ({"basis": Basis(clause="4.3")}, True),
        ({"basis": Basis(clause="4.2", category="noise")}, True),
        ({"basis": Basis(clause="4.2", severity="high")}, True),
        ({"basis": Basis(clause="4.2", violations=("v",))}, False),
        ({"by": Actor("reviewer", "m-1")}, True),
        ({"by": Actor("moderator", "m-9")}, False),
        ({"approved_by": Actor("moderator", "m-9")}, True),
        ({"notice_at": t("+0d")}, True),
        ({"caused_by": "o"}, True),
        ({"from_": t("+1d")}, False),
        ({"number": 1, "at": t("+0d-1d")}, False),
        ({"terms": ()}, False),
        ({"touched_by": frozenset()}, False),
    ],
)
def test_what_a_rule_may_look_at_of_a_sanction_is_told_apart(fields: dict[str, Any], *, apart: bool) -> None:
    state = _state()
    assert (appearance(changed(state, "r", **fields)) != appearance(state)) == apart


def test_how_far_an_order_has_come_is_told_apart_and_not_its_deadline() -> None:
    state = _state()
    order = state.live["o"].order
    assert order is not None
    for fields, apart in (({"status": "submitted"}, True), ({"deadline": t("+5d")}, False)):
        assert (appearance(changed(state, "o", order=replace(order, **fields))) != appearance(state)) == apart


def test_category_and_severity_are_not_taken_for_one_another() -> None:
    both = [
        changed(_state(), "r", basis=each)
        for each in (Basis(clause="4.2", category="x"), Basis(clause="4.2", severity="x"))
    ]
    assert appearance(both[0]) != appearance(both[1])


def test_settled_things_are_told_apart_by_kind_outcome_and_sanction() -> None:
    state = _state()
    settled, appeal, violation = state.settled_proposals["p"], state.appeals["a"], state.violations["v"]
    others = [
        replace(state, settled_proposals=Archive({"p": replace(settled, status="lapsed")})),
        replace(state, settled_proposals=Archive({"p": replace(settled, sanction="r")})),
        replace(state, settled_proposals=Archive({"p": replace(settled, sanction="o")})),
        replace(state, appeals=Archive({"a": replace(appeal, status="denied")})),
        replace(state, appeals=Archive({"a": replace(appeal, sanction="o")})),
        replace(state, violations=Archive({"v": replace(violation, clause="2")})),
        replace(state, violations=Archive({"v": replace(violation, category="noise")})),
        replace(state, violations=Archive({"v": replace(violation, severity="noise")})),
        replace(state, exemption=Exemption(t("+0d"), ())),
        replace(state, exemption=Exemption(t("+0d"), ("reviewer",))),
    ]
    account = Account().given("restrict", at="+0d", sanction="r", functions=["publish"], until="+9d")
    changing = account.given("propose", at="+0d", proposal="p", sanction=_CHANGE).state.open_proposals["p"].act
    others.append(replace(state, settled_proposals=Archive({"p": replace(settled, act=changing)})))
    looks = [appearance(one) for one in (state, *others)]
    assert all(one not in looks[:place] for place, one in enumerate(looks))


def test_names_and_dates_are_left_out() -> None:
    state = _state()
    renamed = replace(
        state,
        appeals=Archive({"z": replace(state.appeals["a"], id="z", at=t("+1d"))}),
        settled_proposals=Archive({"z": replace(state.settled_proposals["p"], id="z", sanction="z", at=t("+1d"))}),
        violations=Archive({"z": replace(state.violations["v"], id="z", at=t("+1d"), weight="2")}),
    )
    assert appearance(renamed) == appearance(state)
