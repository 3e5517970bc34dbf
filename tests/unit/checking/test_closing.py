"""What is open in a state, and whether a step or time closes it."""

from __future__ import annotations

from typing import Any, Final

import pytest
from account_sanctions.domain.checking.closing import Closing
from account_sanctions.domain.state import State
from msgspec.structs import replace

from tests.unit.scenario import OTHER_MODERATOR, Account

from .stepping import stepped, waited

_BAN: Final[dict[str, Any]] = {"command": "ban", "basis": {"clause": "1"}, "permanent": True}


def _endless() -> Account:
    """Of each kind two things that time alone does not close."""
    account = Account()
    for name in ("w2", "w1"):
        account.given("warn", at="+0d", sanction=name, permanent=True)
    for name in ("o2", "o1"):
        account.given(
            "order_rectification", at="+0d", sanction=name, deadline="+9d", clock="submission_stops_clock"
        ).given("submit_rectification", at="+0d", sanction=name)
    for name, sanction in (("a2", "w2"), ("a1", "w1")):
        account.given("appeal", at="+0d", appeal=name, sanction=sanction)
    for name in ("p2", "p1"):
        account.given("propose", at="+0d", proposal=name, sanction={**_BAN, "sanction": f"b{name}"})
    return account


def _timeless(account: Account) -> State:
    """Nothing ever falls due: reading ahead gives the same."""
    return replace(account.state, next_due=None)


def _left(closing: Closing) -> list[str]:
    return list(closing.left_open())


def _nobody(*things: str) -> list[str]:
    return [f"nobody can close the {one} any more, and time does not either" for one in things]


_ALL: Final = (
    *("appeal a1", "appeal a2", "proposal p1", "proposal p2"),
    *("order o1", "order o2", "sanction w1", "sanction w2"),
)


def test_what_nothing_closes_is_said_of_each_thing_by_kind_and_name() -> None:
    assert _left(Closing(_timeless(_endless()))) == _nobody(*_ALL)


def test_time_closes_proposals_but_neither_appeals_nor_what_has_no_end() -> None:
    assert _left(Closing(_endless().state)) == _nobody(*(one for one in _ALL if not one.startswith("proposal")))


def test_steps_close_what_they_end_and_settle() -> None:
    closing = Closing(_timeless(_endless()))
    steps: tuple[tuple[str, dict[str, Any]], ...] = (
        ("decide_appeal", {"appeal": "a1", "outcome": "denied"}),
        ("dismiss", {"proposal": "p2", "by": OTHER_MODERATOR}),
        ("accept_rectification", {"sanction": "o1"}),
        ("lift", {"sanction": "w2"}),
    )
    for name, fields in steps:
        closing.saw(stepped(_endless(), name, at="+1d", **fields))
    assert _left(closing) == _nobody("appeal a2", "proposal p1", "order o2", "sanction w1")


def test_every_step_counts_whatever_another_one_leaves_open() -> None:
    """Each closes one of the two; what a step leaves as it is was closed by the one before."""
    closing = Closing(_timeless(_endless()))
    for name in ("w1", "w2"):
        closing.saw(stepped(_endless(), "overturn", at="+1d", sanction=name))
    for name in ("o1", "o2"):
        closing.saw(stepped(_endless(), "lift", at="+1d", sanction=name))
    for name in ("p1", "p2"):
        closing.saw(stepped(_endless(), "approve", at="+1d", proposal=name, by=OTHER_MODERATOR))
    assert _left(closing) == []


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("warn", {"sanction": "w", "until": "+9d"}),
        ("order_rectification", {"sanction": "o", "deadline": "+5d"}),
        ("propose", {"proposal": "p", "sanction": {**_BAN, "sanction": "b"}}),
    ],
)
def test_what_ends_by_itself_is_closed_by_time(name: str, fields: dict[str, Any]) -> None:
    assert _left(Closing(Account().given(name, at="+0d", **fields).state)) == []


def test_step_of_time_closes_as_well() -> None:
    account = Account().given("warn", at="+0d", sanction="w", until="+9d")
    closing = Closing(_timeless(account))
    closing.saw(waited(account, "+9d"))
    assert _left(closing) == []


def test_what_was_settled_before_is_not_open() -> None:
    account = (
        Account().given("warn", at="+0d", sanction="w", until="+9d").given("appeal", at="+0d", appeal="a", sanction="w")
    )
    account.given("withdraw_appeal", at="+0d", appeal="a").given("lift", at="+0d", sanction="w")
    assert _left(Closing(_timeless(account))) == []
