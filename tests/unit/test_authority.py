"""Who may do what: every kind of actor against every command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest
from account_sanctions.domain.acts import Act
from account_sanctions.domain.presets import DEFAULT
from msgspec import structs

from tests.unit.scenario import AUDITOR, HOLDER, MODERATOR, REVIEWER, SYSTEM, Account

# Fresh persons, so that nobody is refused for having taken part before.
_WHO = {
    "system": "system:z",
    "moderator": "moderator:z",
    "reviewer": "reviewer:z",
    "holder": "holder:z",
    "auditor": "auditor:z",
}
_ALL = ("system", "moderator", "reviewer")
_PEOPLE = ("moderator", "reviewer")
_ONE_PERSON = structs.replace(DEFAULT, second_person=())
_BASIS = {"clause": "4.2"}


def _nothing() -> Account:
    return Account(_ONE_PERSON)


def _warned() -> Account:
    return _nothing().given("warn", at="+0d", sanction="x", until="+90d")


def _banned() -> Account:
    return _nothing().given("ban", at="+0d", sanction="x", permanent=True)


def _ordered() -> Account:
    return _nothing().given("order_rectification", at="+0d", sanction="x", deadline="+30d")


def _submitted() -> Account:
    return _ordered().given("submit_rectification", at="+0d", sanction="x")


def _appealed() -> Account:
    return _warned().given("appeal", at="+0d", appeal="a", sanction="x")


def _proposed(**inner: Any) -> Callable[[], Account]:
    sanction = {"command": "ban", "basis": _BASIS, "for": "P7D", **inner}
    sanction = {name: part for name, part in sanction.items() if part is not None}
    return lambda: _nothing().given("propose", at="+0d", proposal="p", sanction=sanction)


def _defaulted_into_permanent_ban() -> Account:
    consequence = {"ban": {"permanent": True}}
    return _nothing().given("order_rectification", at="+0d", sanction="x", deadline="+1d", on_default=[consequence])


# A line: what is tried, on which account, with which fields, and which kinds may do it.
_CASES: dict[str, tuple[str, Callable[[], Account], dict[str, Any], tuple[str, ...]]] = {
    "record_violation": ("record_violation", _nothing, {"clause": "3.1"}, _ALL),
    "warn": ("warn", _nothing, {"until": "+9d"}, _ALL),
    "order_rectification": ("order_rectification", _nothing, {"deadline": "+9d"}, _ALL),
    "order_announcing_a_suspension": (
        "order_rectification",
        _nothing,
        {"deadline": "+9d", "on_default": [{"ban": {"for": "P7D"}}]},
        _ALL,
    ),
    "order_announcing_a_permanent_ban": (
        "order_rectification",
        _nothing,
        {"deadline": "+9d", "on_default": [{"ban": {"permanent": True}}]},
        _PEOPLE,
    ),
    "restrict": ("restrict", _nothing, {"functions": ["publish"], "permanent": True}, _ALL),
    "ban_with_an_end": ("ban", _nothing, {"until": "+9d"}, _ALL),
    "ban_permanently": ("ban", _nothing, {"permanent": True}, _PEOPLE),
    "extend_rectification": ("extend_rectification", _ordered, {"sanction": "x", "deadline": "+40d"}, _PEOPLE),
    "submit_rectification": ("submit_rectification", _ordered, {"sanction": "x"}, ("holder",)),
    "accept_rectification": ("accept_rectification", _submitted, {"sanction": "x"}, _PEOPLE),
    "accept_late_ending_a_permanent_ban": (
        "accept_rectification",
        _defaulted_into_permanent_ban,
        {"sanction": "x"},
        ("reviewer",),
    ),
    "reject_rectification": ("reject_rectification", _submitted, {"sanction": "x"}, _PEOPLE),
    "change_sanction": ("change_sanction", _warned, {"sanction": "x", "until": "+99d"}, _PEOPLE),
    "change_permanent_ban": ("change_sanction", _banned, {"sanction": "x", "until": "+99d"}, ("reviewer",)),
    "lift": ("lift", _warned, {"sanction": "x"}, _PEOPLE),
    "lift_permanent_ban": ("lift", _banned, {"sanction": "x"}, ("reviewer",)),
    "overturn": ("overturn", _warned, {"sanction": "x"}, _PEOPLE),
    "overturn_permanent_ban": ("overturn", _banned, {"sanction": "x"}, ("reviewer",)),
    "overturn_order_with_a_permanent_ban": (
        "overturn",
        _defaulted_into_permanent_ban,
        {"sanction": "x"},
        ("reviewer",),
    ),
    "supersede": ("warn", _warned, {"until": "+9d", "supersedes": "x"}, _PEOPLE),
    "supersede_permanent_ban": ("ban", _banned, {"until": "+9d", "supersedes": "x"}, ("reviewer",)),
    "appeal": ("appeal", _warned, {"sanction": "x"}, ("holder",)),
    "withdraw_appeal": ("withdraw_appeal", _appealed, {"appeal": "a"}, ("holder",)),
    "decide_appeal": ("decide_appeal", _appealed, {"appeal": "a", "outcome": "granted"}, ("reviewer",)),
    "propose": ("propose", _nothing, {"sanction": {"command": "ban", "basis": _BASIS, "permanent": True}}, _ALL),
    "approve": ("approve", _proposed(), {"proposal": "p"}, _PEOPLE),
    "approve_permanent_ban": (
        "approve",
        _proposed(**{"for": None, "permanent": True}),
        {"proposal": "p"},
        _PEOPLE,
    ),
    "dismiss": ("dismiss", _proposed(), {"proposal": "p"}, _PEOPLE),
    "serve_notice": ("serve_notice", _warned, {"sanction": "x"}, _ALL),
    "exempt": ("exempt", _nothing, {}, ("reviewer",)),
    "end_exemption": ("end_exemption", lambda: _nothing().given("exempt", at="+0d"), {}, ("reviewer",)),
    "hold": ("hold", _nothing, {"hold": "h"}, ("reviewer",)),
    "release_hold": (
        "release_hold",
        lambda: _nothing().given("hold", at="+0d", hold="h"),
        {"hold": "h"},
        ("reviewer",),
    ),
    "erase_personal_data": ("erase_personal_data", _warned, {}, ("reviewer",)),
    "note": ("note", _nothing, {"text": "seen"}, _ALL),
    "impose": (
        "impose",
        _nothing,
        {"sanctions": [{"command": "warn", "basis": _BASIS, "for": "P7D"}]},
        _ALL,
    ),
    "lift_all": ("lift_all", _warned, {"reason": "all wrong"}, _PEOPLE),
}


@pytest.mark.parametrize("kind", _WHO)
@pytest.mark.parametrize("case", _CASES)
def test_command_is_accepted_from_those_who_may_and_refused_from_others(case: str, kind: str) -> None:
    name, account, fields, allowed = _CASES[case]
    result = account().when(name, at="+2d", by=_WHO[kind], **fields)
    if kind in allowed:
        assert result.error is None, result.error
        assert result.events
    else:
        result.refused("not_permitted", actor=kind)


def test_every_command_stands_in_the_table() -> None:
    tags = {kind.__struct_config__.tag for kind in get_args(Act)}
    assert tags - {"report_violation"} == {case[0] for case in _CASES.values()}


@pytest.mark.parametrize("kind", ["owner", "", "Moderator", "MODERATOR "])
def test_unknown_kind_of_actor_is_malformed(kind: str) -> None:
    Account().when("note", at="+0d", by=f"{kind}:z", text="seen").refused("malformed", field="kind")


def test_policy_can_take_a_right_away() -> None:
    policy = structs.replace(DEFAULT, withheld_rights={"system": ("ban", "warn"), "reviewer": ("ban",)})
    account = Account(policy)
    account.when("ban", at="+0d", by=SYSTEM, until="+9d").refused("not_permitted", right="ban")
    account.when("ban", at="+0d", by=REVIEWER, until="+9d").refused("not_permitted")
    account.when("warn", at="+0d", by=SYSTEM, until="+9d").refused("not_permitted")
    account.given("ban", at="+0d", by=MODERATOR, until="+9d")


@pytest.mark.parametrize("by", [HOLDER, AUDITOR, SYSTEM])
def test_right_is_asked_before_the_state(by: str) -> None:
    """Whoever may not lift does not learn whether there is something to lift."""
    Account().when("lift", at="+0d", by=by, sanction="nothing").refused("not_permitted")
