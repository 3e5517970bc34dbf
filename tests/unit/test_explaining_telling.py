"""One event as an explanation lists it: a sentence, the clause behind it, who stands behind it, and where it is proved."""

from __future__ import annotations

from typing import Any, Final

import pytest
from account_sanctions.domain.events import SanctionSuperseded, WarningIssued
from account_sanctions.domain.explaining.documents import BearingEvent, ProofReference
from account_sanctions.domain.explaining.telling import bearing_event
from account_sanctions.domain.record import Recorded
from account_sanctions.domain.terms import Basis
from account_sanctions.domain.vocabulary import Actor
from msgspec.structs import replace

from tests.unit.explaining import member, past
from tests.unit.scenario import OTHER_MODERATOR, REVIEWER, Account, iso, t

_SPAM: Final = {"clause": "spam"}
_FOR_GOOD: Final[dict[str, Any]] = {"command": "ban", "sanction": "b", "basis": {"clause": "insult"}, "permanent": True}


def _told(account: Account, number: int = -1, proof: ProofReference | None = None) -> BearingEvent:
    """How the event of this place in the history is told."""
    return bearing_event(past(account), account.history[number], proof)


def _warned() -> Account:
    return member().given("warn", at="+0d", sanction="w", for_="P9D", basis=_SPAM)


def _restricted() -> Account:
    return member().given(
        "restrict", at="+0d", sanction="r", functions=["post", "comment"], for_="P9D", basis={"clause": "insult"}
    )


def test_event_is_listed_with_the_place_of_its_proof() -> None:
    proof = ProofReference(partition=0, position=7, checkpoint=None)

    assert _told(_warned(), proof=proof).proof == proof
    assert _told(_warned()).proof is None


def test_change_of_an_end_says_the_new_one() -> None:
    changed = _told(_warned().given("change_sanction", at="+1d", sanction="w", until="+30d"))

    assert (changed.says, changed.clause) == ("terms of w changed: until 2026-01-31T00:00:00Z", "spam")


def test_change_to_no_end_says_so() -> None:
    changed = _told(_warned().given("change_sanction", at="+1d", sanction="w", permanent=True))

    assert changed.says == "terms of w changed: with no end"


def test_change_of_a_restriction_names_its_functions() -> None:
    changed = _told(_restricted().given("change_sanction", at="+1d", sanction="r", until="+30d"))

    assert (changed.says, changed.clause) == ("terms of r changed: comment, post until 2026-01-31T00:00:00Z", "insult")


@pytest.mark.parametrize(("by", "words"), [("x", "w replaced by x"), (None, "w replaced")])
def test_replaced_sanction_is_told_with_what_replaces_it_where_that_is_on_record(by: str | None, words: str) -> None:
    account = _warned()
    event = SanctionSuperseded(at=t("+1d"), by=Actor("moderator", "m-1"), sanction="w", superseded_by=by)
    record = Recorded(account.name, 2, t("+1d"), event)

    assert bearing_event(past(account), record, None).says == words


def test_sanction_has_its_own_clause_whatever_stands_on_record_under_its_id() -> None:
    account = _warned()
    (record,) = account.history
    assert isinstance(record.event, WarningIssued)
    other = replace(record, event=replace(record.event, basis=Basis(clause="insult")))

    assert bearing_event(past(account), other, None).clause == "insult"


def test_proposal_of_a_sanction_has_the_clause_of_what_it_would_impose() -> None:
    found = _told(member().given("propose", at="+0d", proposal="p", sanction=_FOR_GOOD))

    assert (found.says, found.clause, found.sanction) == ("proposal p: permanent ban", "insult", "b")


def test_proposal_of_a_change_has_the_clause_of_what_it_would_change() -> None:
    change = {"command": "change_sanction", "sanction": "w", "until": "+30d", "reason": "again"}
    found = _told(_warned().given("propose", at="+1d", proposal="p", sanction=change))

    assert (found.says, found.clause) == ("proposal p: change of w to until 2026-01-31T00:00:00Z", "spam")
    assert found.reason == "again"


def test_event_about_a_sanction_that_never_came_to_be_has_no_clause() -> None:
    account = member().given("propose", at="+0d", proposal="p", sanction=_FOR_GOOD)
    found = _told(account.given("dismiss", at="+1d", proposal="p", by=OTHER_MODERATOR, reason="no"))

    assert (found.says, found.sanction, found.clause, found.reason) == ("p: proposal dismissed", "b", None, "no")


@pytest.mark.parametrize(
    ("name", "fields", "says"),
    [
        ("note", {"text": "seen"}, "note added"),
        ("exempt", {"by": REVIEWER}, "account exempted"),
        ("hold", {"hold": "h"}, "legal hold placed"),
    ],
)
def test_event_about_no_sanction_is_told_by_its_name_alone(name: str, fields: dict[str, Any], says: str) -> None:
    found = _told(member().given(name, at="+0d", **fields))

    assert (found.says, found.sanction, found.clause, found.approved_by) == (says, None, None, None)


def test_overturn_on_appeal_is_told_of_the_sanction_and_not_of_the_appeal() -> None:
    account = _warned().given("appeal", at="+1d", appeal="a", sanction="w")
    account.given("decide_appeal", at="+2d", appeal="a", outcome="granted", reason="wrong")

    assert [_told(account, number).says for number in range(1, len(account.history))] == [
        "a: appeal filed",
        "appeal a against w: granted",
        "w: sanction overturned",
    ]


def test_each_kind_of_event_is_told_with_its_own_facts() -> None:
    account = member().given("record_violation", at="+0d", violation="v", clause="spam", facts="400 mails")
    account.given(
        "order_rectification", at="+1d", sanction="o", basis=_SPAM, deadline="+3d", on_default=[{"ban": {"for": "P1D"}}]
    )
    account.given("submit_rectification", at="+1d", sanction="o", statement="done")
    account.given("extend_rectification", at="+2d", sanction="o", deadline="+9d")
    told = [_told(account, number) for number in range(len(account.history))]

    assert [(one.type, one.says, one.clause, one.reason) for one in told] == [
        ("ViolationRecorded", "violation v of spam recorded", "spam", "400 mails"),
        (
            "RectificationOrdered",
            f"o: order to rectify by {_written('+3d')} (if that is missed: ban for P1D)",
            "spam",
            None,
        ),
        ("RectificationSubmitted", "o: rectification submitted", "spam", "done"),
        ("RectificationExtended", f"deadline of o moved from {_written('+3d')} to {_written('+9d')}", "spam", None),
    ]


def _written(short: str) -> str:
    """An instant as sentences have it."""
    return iso(short).replace("+00:00", "Z")


def test_policy_of_an_event_is_named_and_said_to_be_at_hand() -> None:
    account = _warned().given("note", at="+1d", text="seen")
    warned = _told(account, 0)

    assert warned.policy is not None
    assert (warned.policy.name, warned.policy.digest, warned.policy.kept) == (
        "community@1",
        account.policy.ref.digest,
        True,
    )
    assert _told(account).policy is None
