"""What events and states keep of what was given: free text as it is or not at all, links, ends, and what was void all along."""

from __future__ import annotations

from typing import Any, Final

import pytest
from account_sanctions.domain import events as e
from account_sanctions.domain.archive import Archive
from account_sanctions.domain.due import advance, bearer, consequence_functions, end_of
from account_sanctions.domain.evolve import evolve
from account_sanctions.domain.terms import Consequence, Link
from account_sanctions.domain.vocabulary import DUE
from msgspec import UNSET

from tests.unit.scenario import OTHER_MODERATOR, Account, t
from tests.unit.test_report_violation import policy, report

_BASIS: Final = {"clause": "3.1"}


@pytest.mark.parametrize(
    ("name", "fields", "kept"),
    [
        ("warn", {"basis": _BASIS}, None),
        ("warn", {"basis": {**_BASIS, "facts": "the same text"}}, e.Narrative(facts="the same text")),
        ("warn", {"basis": {**_BASIS, "evidence": ["a link"]}}, e.Narrative(evidence=("a link",))),
        (
            "order_rectification",
            {"basis": _BASIS, "requirements": "delete it", "deadline": "+9d", "on_default": []},
            e.Narrative(requirements="delete it"),
        ),
    ],
)
def test_free_text_that_was_not_given_is_not_there(name: str, fields: dict[str, Any], kept: e.Narrative | None) -> None:
    terms = fields if "deadline" in fields else {**fields, "until": "+9d"}
    (event,) = Account().when(name, at="+0d", **terms).events
    assert event.narrative == kept


def test_evidence_without_a_statement_is_submitted_as_it_is() -> None:
    account = Account().given("order_rectification", at="+0d", sanction="o", deadline="+9d")
    (event,) = account.when("submit_rectification", at="+1d", sanction="o", evidence=["a link"]).events
    assert event.narrative == e.Narrative(evidence=("a link",), statement=None)


def test_notice_without_a_channel_names_none() -> None:
    account = Account().given("warn", at="+0d", sanction="w", until="+9d")
    (event,) = account.when("serve_notice", at="+1d", sanction="w").events
    assert isinstance(event, e.NoticeServed)
    assert event.channel is None


def test_free_text_of_a_proposal_stands_in_the_proposal_alone() -> None:
    """Of an order the basis and what is required, of a change its reason: nothing of it comes once more with the approval."""
    order = {"command": "order_rectification", "sanction": "o", "basis": {**_BASIS, "facts": "-"}, "deadline": "+9d"}
    order |= {"on_default": [], "requirements": "delete it"}
    account = Account()
    (proposed,) = account.when("propose", at="+0d", proposal="p", sanction=order).events
    assert isinstance(proposed, e.SanctionProposed)
    assert proposed.narrative == e.Narrative(facts="-", requirements="delete it")
    assert getattr(proposed.act, "requirements", None) is UNSET
    approved = account.when("approve", at="+1d", proposal="p", by=OTHER_MODERATOR).events
    assert [event.narrative for event in approved] == [None, None]

    change = {"command": "change_sanction", "sanction": "w", "until": "+20d", "reason": "it went on"}
    account = Account().given("warn", at="+0d", sanction="w", until="+9d")
    (proposed,) = account.when("propose", at="+1d", proposal="p", sanction=change).events
    assert proposed.narrative == e.Narrative(reason="it went on")


def test_what_a_sanction_exists_because_of_is_kept_with_it() -> None:
    linked = {"because_of_account": "gh_2", "because_of_sanction": "s"}
    account = Account()
    (event,) = account.when("warn", at="+0d", sanction="w", until="+9d", **linked).events
    assert isinstance(event, e.WarningIssued)
    assert event.because_of == account.state.live["w"].because_of == Link("gh_2", "s")


def test_what_is_known_to_be_void_ended_when_it_was_overturned() -> None:
    account = Account().given("warn", at="+0d", sanction="w", until="+9d").given("overturn", at="+5d", sanction="w")
    found = account.at("+2d", known="+6d").sanction("w")
    assert (found.status, found.overturned_at, found.ended_at) == ("overturned", t("+5d"), t("+5d"))


def test_sanction_that_cannot_be_appealed_has_no_appeal_left() -> None:
    account = Account(policy(appeal=None)).given("warn", at="+0d", sanction="w", basis={"clause": "spam"}, until="+9d")
    assert account.state.live["w"].appeals_left == 0


def test_submission_to_what_is_no_order_changes_nothing() -> None:
    account = Account().given("warn", at="+0d", sanction="w", until="+9d")
    after = evolve(account.state, e.RectificationSubmitted(at=t("+1d"), by=DUE, sanction="w"))
    assert (after.live, after.version) == (account.state.live, 2)


def test_consequence_of_a_reported_order_is_borne_by_that_order() -> None:
    """The order is named after its report, so that there is more than one stroke in the name of what it announces."""
    order = {"order": {"within": "P3D", "on_default": [{"ban": {"for": "P2D"}}]}}
    account = Account(policy({"impose": [order]}))
    report(account, "v")
    found = bearer(account.state, "v/s1/1")
    assert found is not None
    assert found.id == "v/s1"
    ended = end_of(account.state, "v/s1/1")
    assert ended is not None
    assert ended.at == t("+5d")


def test_state_in_which_nothing_falls_due_is_the_same() -> None:
    state = Account().given("warn", at="+0d", sanction="w", until="+9d").state
    assert advance(state, t("+9d-1us")) is state
    assert advance(state, t("+9d")).standing == "clear"


def test_announced_functions_whose_end_has_passed_are_an_error_unless_they_are_left_out() -> None:
    passed = Consequence(restrict=("live",), until=t("+1d"))
    assert consequence_functions(passed, t("+2d"), leave_out_passed=True) == {}
    with pytest.raises(ValueError, match="does not lie after the start"):
        consequence_functions(passed, t("+2d"))


def test_entry_that_takes_the_place_of_another_is_counted_once() -> None:
    assert len(Archive({"a": 1, "b": 2}).with_entries({"b": 3, "c": 4, "d": 5})) == 4


@pytest.mark.parametrize(("settled", "layers"), [(264, (264, 33)), (263, (296, 0))])
def test_newer_entries_are_folded_in_once_they_are_an_eighth(settled: int, layers: tuple[int, int]) -> None:
    entries = {f"n{number}": number for number in range(33)}
    found = Archive({f"o{number}": number for number in range(settled)}).with_entries(entries)
    assert tuple(map(len, found.layers)) == layers
