"""What nobody may be refused, by hand: who asks for what, in which state, and whether it is due to him."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from account_sanctions.domain.checking.entitled import due_to_the_asker
from account_sanctions.domain.commands import read_command
from account_sanctions.domain.events import AppealTerms
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.presets import DEFAULT
from account_sanctions.domain.state import State
from account_sanctions.testing.factories import whole
from msgspec.structs import replace

from tests.unit.scenario import (
    AUDITOR,
    HOLDER,
    MODERATOR,
    OTHER_REVIEWER,
    REVIEWER,
    SYSTEM,
    Account,
    t,
)

from .courses import ordered, proposed
from .stepping import changed

_RULES: Final = replace(DEFAULT, appeal=AppealTerms(window="P4D", limit=1))
_EVERYBODY: Final = {SYSTEM, MODERATOR, REVIEWER, HOLDER, AUDITOR}
_STAFF: Final = {MODERATOR, REVIEWER}

_Asked = tuple[str, dict[str, Any]]

_LIFT: Final = ("lift", {"sanction": "w"})
_OVERTURN: Final = ("overturn", {"sanction": "w"})
_APPEAL: Final = ("appeal", {"appeal": "a", "sanction": "w"})
_WITHDRAW: Final = ("withdraw_appeal", {"appeal": "a"})
_DENY: Final = ("decide_appeal", {"appeal": "a", "outcome": "denied"})
_GRANT: Final = ("decide_appeal", {"appeal": "a", "outcome": "granted"})
_PARTLY: Final = ("decide_appeal", {"appeal": "a", "outcome": "granted_in_part", "until": "+3d"})
_DISMISS: Final = ("dismiss", {"proposal": "p"})
_SUBMIT: Final = ("submit_rectification", {"sanction": "o"})
_ACCEPT: Final = ("accept_rectification", {"sanction": "o"})
_LIFT_ALL: Final[_Asked] = ("lift_all", {})
_END: Final[_Asked] = ("end_exemption", {})


def _who(asked: _Asked, state: State, *, at: str = "+1d", policy: Policy = _RULES) -> set[str]:
    """To whom it is due."""
    name, fields = asked
    return {
        by
        for by in _EVERYBODY
        if due_to_the_asker(read_command(whole(name, by=by, at=at, **fields)), state, policy, t(at))
    }


def _warned(policy: Policy = _RULES) -> Account:
    """By a moderator, until +9d."""
    return Account(policy).given("warn", at="+0d", sanction="w", until="+9d")


def _nothing() -> State:
    return Account().state


def _in_force() -> State:
    return _warned().state


def _lifted() -> State:
    return _warned().given("lift", at="+1d", sanction="w").state


def _overturned() -> State:
    return _warned().given("overturn", at="+1d", by=REVIEWER, sanction="w").state


def _appealed(by: str = MODERATOR) -> State:
    account = Account(_RULES).given("warn", at="+0d", by=by, sanction="w", until="+9d")
    return account.given("appeal", at="+1d", appeal="a", sanction="w").state


def _denied() -> State:
    return _warned_and_appealed().given("decide_appeal", at="+1d", appeal="a", outcome="denied").state


def _warned_and_appealed() -> Account:
    return _warned().given("appeal", at="+1d", appeal="a", sanction="w")


def _exempt() -> State:
    return Account().given("exempt", at="+0d").state


def _unlimited() -> State:
    return _warned(replace(_RULES, appeal=AppealTerms(window=None, limit=1))).state


def _without_appeal() -> State:
    return _warned(replace(_RULES, appeal=None)).state


def _proposal() -> State:
    return proposed().state


def _dismissed() -> State:
    return proposed().given("dismiss", at="+0d", proposal="p").state


def _order() -> State:
    return ordered().state


def _defaulted() -> State:
    account = ordered()
    account.sweep("+3d")
    return account.state


def _warning_called_o() -> State:
    return Account().given("warn", at="+0d", sanction="o", until="+9d").state


@pytest.mark.parametrize(
    ("asked", "state", "due_to"),
    [
        (_LIFT, _nothing, set()),
        (_LIFT, _in_force, {REVIEWER}),
        (_LIFT, _lifted, set()),
        (_LIFT, _overturned, set()),
        (_OVERTURN, _nothing, set()),
        (_OVERTURN, _in_force, {REVIEWER}),
        (_OVERTURN, _lifted, {REVIEWER}),
        (_OVERTURN, _overturned, set()),
        (_LIFT_ALL, _nothing, {REVIEWER}),
        (_LIFT_ALL, _in_force, {REVIEWER}),
        (_END, _nothing, {REVIEWER}),
        (_END, _exempt, {REVIEWER}),
        (_APPEAL, _nothing, set()),
        (_APPEAL, _in_force, {HOLDER}),
        (_APPEAL, _lifted, {HOLDER}),
        (_APPEAL, _overturned, set()),
        (_APPEAL, _unlimited, {HOLDER}),
        (_APPEAL, _without_appeal, set()),
        (_APPEAL, _appealed, set()),
        (_APPEAL, _denied, set()),
        (_WITHDRAW, _in_force, set()),
        (_WITHDRAW, _appealed, {HOLDER}),
        (_WITHDRAW, _denied, set()),
        (_DENY, _in_force, set()),
        (_DENY, _appealed, {REVIEWER}),
        (_DENY, _denied, set()),
        (_GRANT, _appealed, {REVIEWER}),
        (_PARTLY, _appealed, set()),
        (_DISMISS, _nothing, set()),
        (_DISMISS, _proposal, _STAFF),
        (_DISMISS, _dismissed, set()),
        (_SUBMIT, _nothing, set()),
        (_SUBMIT, _order, {HOLDER}),
        (_SUBMIT, _defaulted, set()),
        (_SUBMIT, _warning_called_o, set()),
        (_ACCEPT, _nothing, set()),
        (_ACCEPT, _order, _STAFF),
        (_ACCEPT, _defaulted, set()),
        (_ACCEPT, _warning_called_o, set()),
        (("note", {"text": "-"}), _in_force, set()),
        (("warn", {"sanction": "x", "until": "+9d"}), _in_force, set()),
        (("change_sanction", {"sanction": "w", "until": "+5d"}), _in_force, set()),
        (("reject_rectification", {"sanction": "o"}), _order, set()),
    ],
)
def test_way_out_is_due_to_who_may_ask_for_it_where_there_is_something_to_get_out_of(
    asked: _Asked, state: Callable[[], State], due_to: set[str]
) -> None:
    assert _who(asked, state()) == due_to


@pytest.mark.parametrize(("at", "in_time"), [("+0d", True), ("+4d-1us", True), ("+4d", False), ("+8d", False)])
def test_appeal_is_due_until_the_window_closes(at: str, *, in_time: bool) -> None:
    assert _who(_APPEAL, _in_force(), at=at) == ({HOLDER} if in_time else set())
    assert _who(_APPEAL, _unlimited(), at=at) == {HOLDER}


def test_appeal_is_due_as_often_as_the_policy_grants() -> None:
    for left, due_to in ((2, {HOLDER}), (1, {HOLDER}), (0, set())):
        assert _who(_APPEAL, changed(_in_force(), "w", appeals_left=left)) == due_to


def test_appeal_is_due_under_a_name_that_is_not_taken() -> None:
    state = changed(_appealed(), "w", appeals_left=1)
    assert _who(_APPEAL, state) == set()
    assert _who(("appeal", {"appeal": "x", "sanction": "w"}), state) == {HOLDER}


def test_appeal_is_decided_by_a_reviewer_who_took_no_part_where_the_policy_asks_for_one() -> None:
    by_the_reviewer = _appealed(by=REVIEWER)
    assert _who(_DENY, by_the_reviewer) == set()
    assert _who(_DENY, _appealed(by=OTHER_REVIEWER)) == {REVIEWER}
    assert _who(_DENY, by_the_reviewer, policy=replace(_RULES, separate_reviewer=False)) == {REVIEWER}


def test_appeal_against_what_is_gone_cannot_be_decided() -> None:
    assert _who(_DENY, replace(_appealed(), live={})) == set()


@pytest.mark.parametrize("withheld", ["reviewer", "moderator"])
def test_nothing_is_due_to_those_from_whom_the_policy_withholds_rights(withheld: Any) -> None:
    rules = replace(_RULES, withheld_rights={withheld: ("note",)})
    left = {REVIEWER, MODERATOR} - {f"{withheld}:{'r' if withheld == 'reviewer' else 'm'}-1"}
    assert _who(_DISMISS, _proposal(), policy=rules) == left
    assert _who(_LIFT, _in_force(), policy=rules) == left & {REVIEWER}
