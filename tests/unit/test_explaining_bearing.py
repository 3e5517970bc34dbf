"""The events that carry an answer: what is compared, which events hang together, and where they stand in the log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest
from account_sanctions.domain.events import SanctionExpired
from account_sanctions.domain.explaining import explain_account
from account_sanctions.domain.explaining.bearing import answer_of, bearing_events
from account_sanctions.domain.explaining.documents import BearingEvent, ProofReference
from account_sanctions.domain.explaining.without import Held
from account_sanctions.domain.record import Recorded
from msgspec.structs import replace

from tests.unit.explaining import member, past
from tests.unit.scenario import MODERATOR, OTHER_MODERATOR, Account, t

_SPAM: Final = {"clause": "spam"}
_ORDER: Final = {"deadline": "+2d", "on_default": [{"restrict": ["post"], "for": "P30D"}]}


def _held(**ends: str) -> dict[str, Held]:
    """Restrictions of `post`, by name with their ends."""
    return {name: Held("restriction", t(end), (("post", t(end)),)) for name, end in ends.items()}


# What is compared.


def test_answer_for_a_function_is_what_takes_it_and_the_latest_end() -> None:
    held = _held(long="+9d", short="+5d")

    assert answer_of(held, "post") == (frozenset({"long", "short"}), t("+9d"))
    assert answer_of(_held(short="+5d", long="+9d"), "post") == answer_of(held, "post")
    # It does not matter when something ends that ends before another one.
    assert answer_of(_held(long="+9d", short="+3d"), "post") == answer_of(held, "post")
    assert answer_of(_held(long="+8d", short="+5d"), "post") != answer_of(held, "post")
    assert answer_of(held, "comment") == answer_of({}, "post") != answer_of(held, "post")


def test_end_that_is_not_in_sight_is_the_latest() -> None:
    forever = {"ban": Held("ban", None, (("*", None),))}

    assert answer_of(forever | _held(r="+9d"), "post") == (frozenset({"ban", "r"}), None)
    assert answer_of(_held(r="+9d") | forever, "post") == (frozenset({"ban", "r"}), None)


def test_answer_without_a_function_is_everything_that_is_in_force() -> None:
    assert answer_of(_held(long="+9d", short="+3d"), None) != answer_of(_held(long="+9d", short="+5d"), None)


# Where they stand.


def test_events_come_newest_first_each_with_its_place_in_the_log() -> None:
    account = member().given("restrict", at="+0d", sanction="r", functions=["post"], for_="P9D", basis=_SPAM)
    account.given("note", at="+1d", text="seen")
    account.given("change_sanction", at="+2d", sanction="r", until="+30d")
    places = {1: ProofReference(0, 70, 128), 2: ProofReference(0, 71, 128), 3: ProofReference(0, 72, None)}
    found = bearing_events(past(account, at="+3d"), "post", places)

    assert [(one.type, one.version, one.proof) for one in found] == [
        ("SanctionChanged", 3, ProofReference(0, 72, None)),
        ("FunctionsRestricted", 1, ProofReference(0, 70, 128)),
    ]
    assert [one.proof for one in bearing_events(past(account, at="+3d"), "post", {})] == [None, None]


# What fell due by itself carries nothing.


def test_consequence_on_record_is_carried_by_its_order_whatever_else_there_is() -> None:
    account = member().given("order_rectification", at="+0d", sanction="o", basis=_SPAM, **_ORDER)
    account.given("warn", at="+0d", sanction="w", for_="P90D", basis=_SPAM)
    account.given("restrict", at="+0d", sanction="later", functions=["post"], from_="+60d", for_="P9D", basis=_SPAM)
    account.sweep("+2d")

    assert _told(bearing_events(past(account, at="+3d"), "post", {})) == [("RectificationOrdered", "o")]


def test_start_on_record_is_carried_by_what_was_announced() -> None:
    account = member().given(
        "restrict", at="+0d", sanction="r", functions=["post"], from_="+1d", for_="P9D", basis=_SPAM
    )
    account.sweep("+1d")

    assert _told(bearing_events(past(account, at="+2d"), "post", {})) == [("FunctionsRestricted", "r")]


def test_proposal_that_rests_on_no_violation_carries_what_came_of_it() -> None:
    ban = {"command": "ban", "sanction": "b", "permanent": True, "basis": _SPAM}
    account = member().given("propose", at="+0d", proposal="p", sanction=ban)
    account.given("approve", at="+1d", proposal="p", by=OTHER_MODERATOR)

    assert _told(bearing_events(past(account, at="+2d"), "post", {})) == [
        ("AccountBanned", "b"),
        ("ProposalApproved", "b"),
        ("SanctionProposed", "b"),
    ]


def _told(events: tuple[BearingEvent, ...]) -> list[tuple[str, str | None]]:
    return [(one.type, one.sanction) for one in events]


# Two families, of which one was touched: only that one is taken as it stands.


def _impose(account: Account, a: dict[str, object] | None = None, o: dict[str, object] | None = None) -> None:
    """A restriction, whose end the record will have too early, and an order, whose consequence follows."""
    account.given(
        "restrict", at="+1d", sanction="a", functions=["comment"], until="+3d", **{"basis": _SPAM, **(a or {})}
    )
    account.given("order_rectification", at="+1d", sanction="o", **{**_ORDER, "basis": _SPAM, **(o or {})})


def _alone(account: Account) -> None:
    _impose(account)


def _both_proposed(account: Account) -> None:
    restriction = {"command": "restrict", "sanction": "a", "functions": ["comment"], "until": "+3d", "basis": _SPAM}
    order = {"command": "order_rectification", "sanction": "o", "basis": _SPAM, **_ORDER}
    for proposal, act in (("p", restriction), ("q", order)):
        account.given("propose", at="+0d", proposal=proposal, sanction=act, by=MODERATOR)
    for proposal in ("p", "q"):
        account.given("approve", at="+1d", proposal=proposal, by=OTHER_MODERATOR)


def _both_replacing(account: Account) -> None:
    for name in ("x", "y"):
        account.given("warn", at="+0d", sanction=name, for_="P9D", basis=_SPAM)
    _impose(account, {"supersedes": ["x"]}, {"supersedes": ["y"]})
    for name in ("x", "y"):
        account.given("overturn", at="+1d", sanction=name)


def _both_replacing_what_followed(account: Account) -> None:
    for name in ("x", "y"):
        follows = [{"warn": {"for": "P9D"}}]
        account.given("order_rectification", at="+0d", sanction=name, basis=_SPAM, deadline="+12h", on_default=follows)
    _impose(account, {"supersedes": ["x/1"]}, {"supersedes": ["y/1"]})
    for name in ("x", "y"):
        account.given("overturn", at="+1d", sanction=name)


@pytest.mark.parametrize("given", [_alone, _both_proposed, _both_replacing, _both_replacing_what_followed])
def test_record_that_was_touched_is_taken_as_it_stands_for_what_hangs_together_alone(
    given: Callable[[Account], None],
) -> None:
    """What fell due by itself for another sanction still follows from its own decisions."""
    account = member()
    given(account)
    account.sweep("+3d")
    found = explain_account(past(account, at="+2d+12h", history=_ended_early(account)), None, known_at=t("+3d"))
    types = {(one.type, one.sanction) for one in found.events}

    assert ("SanctionExpired", "a") in types
    assert ("RectificationOrdered", "o") in types
    assert ("FunctionsRestricted", "o/1") not in types


def _ended_early(account: Account) -> list[Recorded]:
    """The record of an end is put before the end that was decided."""
    *history, last = account.history
    assert isinstance(last.event, SanctionExpired)
    assert last.event.sanction == "a"
    return [*history, replace(last, event=replace(last.event, at=t("+2d")))]
