"""What those try who may not: every act upon everything there is, by everybody to whom the table of rights denies it."""

from __future__ import annotations

from typing import Any, Final

import pytest
from account_sanctions.domain.archive import Archive
from account_sanctions.domain.checking.forbidden import situation
from account_sanctions.domain.state import NOTHING, Exemption, State
from msgspec.structs import replace

from tests.unit.scenario import OTHER_MODERATOR, Account, t

from .stepping import changed
from .wishes import RULES, forbidden

_SPAM: Final = {"clause": "spam"}
_STRANGERS: Final = {"h", "a"}
_NO_STAFF: Final = {"h", "a", "rules"}
_NO_REVIEWER: Final = {"h", "a", "rules", "m1"}
_NOT_THE_HOLDER: Final = {"a", "rules", "m1"}


def _given(name: str = "warn", **fields: Any) -> Account:
    return Account(RULES).given(name, at="+0d", sanction="s", basis=_SPAM, **({"until": "+9d"} | fields))


def _proposed() -> Account:
    ban = {"command": "ban", "sanction": "s", "basis": _SPAM, "permanent": True}
    return Account(RULES).given("propose", at="+0d", proposal="p", sanction=ban)


def _for_good() -> Account:
    return _proposed().given("approve", at="+0d", proposal="p", by=OTHER_MODERATOR)


def _ordered() -> Account:
    return Account(RULES).given("order_rectification", at="+0d", sanction="s", basis=_SPAM, deadline="+9d")


def _appealed() -> Account:
    return _given().given("appeal", at="+0d", appeal="a", sanction="s")


def _who(state: State, act: str) -> set[str]:
    return {one.partition(" ")[0] for one in forbidden(state) if one.partition(" ")[2] == act}


@pytest.mark.parametrize(
    ("act", "people"),
    [
        ("note text=-", _STRANGERS),
        ("warn sanction=x basis=(clause=any) for=P1D", _STRANGERS),
        ("ban sanction=x basis=(clause=any) for=P1D", _STRANGERS),
        ("order_rectification sanction=x basis=(clause=any) within=P1D on_default=[]", _STRANGERS),
        ("propose proposal=x sanction=(ban sanction=x basis=(clause=any) for=P1D)", _STRANGERS),
        ("record_violation violation=x clause=any", _STRANGERS),
        ("report_violation violation=x clause=any", _STRANGERS),
        ("lift_all", _STRANGERS),
        ("exempt", _NO_REVIEWER),
        ("end_exemption", _NO_REVIEWER),
        ("hold hold=x", _NO_REVIEWER),
        ("erase_personal_data", _NO_REVIEWER),
    ],
)
def test_acts_that_need_nothing_are_tried_by_those_who_may_not(act: str, people: set[str]) -> None:
    assert _who(NOTHING, act) == people


def test_machine_lifts_all_where_there_is_anything() -> None:
    assert _who(_given().state, "lift_all") == _NO_STAFF


@pytest.mark.parametrize(
    ("act", "people"),
    [
        ("lift sanction=s", _NO_STAFF),
        ("overturn sanction=s", _NO_STAFF),
        ("change_sanction sanction=s for=P1D", _NO_STAFF),
        ("serve_notice sanction=s", _STRANGERS),
        ("appeal appeal=x sanction=s", _NOT_THE_HOLDER),
    ],
)
def test_sanction_is_touched_by_those_who_may_not(act: str, people: set[str]) -> None:
    assert _who(_given().state, act) == people
    assert _who(_given().given("lift", at="+0d", sanction="s").state, act) == people
    assert _who(_given("ban").state, act) == people
    for_good = act.startswith(("lift", "overturn", "change"))
    assert _who(_for_good().state, act) == (people | {"m1"} if for_good else people)


@pytest.mark.parametrize(
    ("act", "people"),
    [
        ("accept_rectification sanction=s", _NO_STAFF),
        ("reject_rectification sanction=s", _NO_STAFF),
        ("extend_rectification sanction=s deadline=+10d", _NO_STAFF),
        ("submit_rectification sanction=s", _NOT_THE_HOLDER),
    ],
)
def test_order_is_touched_by_those_who_may_not(act: str, people: set[str]) -> None:
    assert _who(_ordered().state, act) == people
    assert _who(_given().state, act) == set()


def test_appeal_and_proposal_are_settled_by_those_who_may_not() -> None:
    appealed, proposed = _appealed().state, _proposed().state
    assert _who(appealed, "decide_appeal appeal=a outcome=denied") == _NO_REVIEWER
    assert _who(appealed, "withdraw_appeal appeal=a") == _NOT_THE_HOLDER
    assert _who(proposed, "approve proposal=p") == _who(proposed, "dismiss proposal=p") == _NO_STAFF
    assert _who(_for_good().state, "approve proposal=p") == set()


def _settled(status: Any) -> State:
    state = _appealed().state
    return replace(state, appeals=Archive({"a": replace(state.appeals["a"], status=status)}))


def test_situation_is_what_a_right_can_depend_on() -> None:
    ban = _given("ban").state
    change = {"command": "change_sanction", "sanction": "s", "until": "+20d", "reason": "-"}
    changing = _given().given("propose", at="+0d", proposal="q", sanction=change).state
    ban_too = {"command": "ban", "sanction": "b", "basis": _SPAM, "permanent": True}
    banning = _given().given("propose", at="+0d", proposal="q", sanction=ban_too).state
    states = [
        NOTHING,
        _given().state,
        ban,
        changed(ban, "s", until=None),
        changed(ban, "s", status="scheduled"),
        changed(ban, "s", caused_by="o"),
        _given().given("lift", at="+0d", sanction="s").state,
        _appealed().state,
        _settled("denied"),
        _proposed().state,
        changing,
        banning,
        replace(NOTHING, exemption=Exemption(t("+0d"), ())),
    ]
    assert len({situation(state) for state in states}) == len(states)


def test_situation_is_the_same_whatever_things_are_called_and_how_many_there_are() -> None:
    two = _given().given("warn", at="+0d", sanction="other", basis=_SPAM, until="+5d").state
    assert situation(two) == situation(_given().state)
