"""What somebody decided without a report: its free text, the priors that were named, the clause's text, and its approval."""

from __future__ import annotations

from typing import Any, Final

from account_sanctions.domain.events import AccountBanned, Narrative, ProposalApproved, SanctionProposed, WarningIssued

from tests.unit.explaining import explained, member, policy, report
from tests.unit.forging import changed, explained_forgery
from tests.unit.scenario import OTHER_MODERATOR, Account, t

_SPAM: Final = {"clause": "spam"}
_EVIDENCE: Final = ["a link", "another link"]
_SEEN: Final = {**_SPAM, "facts": "400 mails", "evidence": _EVIDENCE}


def _proposed(basis: dict[str, Any] | None = None) -> Account:
    """A permanent ban waits for a second person."""
    ban = {"command": "ban", "sanction": "b", "basis": basis or _SEEN, "permanent": True}
    return member().given("propose", at="+0d", proposal="p", sanction=ban)


def _approved(basis: dict[str, Any] | None = None) -> Account:
    return _proposed(basis).given("approve", at="+1d", proposal="p", by=OTHER_MODERATOR)


def test_what_was_imposed_alone_has_its_own_facts_and_evidence() -> None:
    found = explained(member().given("warn", at="+0d", sanction="w", for_="P9D", basis=_SEEN), "w")

    assert (found.facts, found.evidence) == ("400 mails", tuple(_EVIDENCE))


def test_what_was_approved_has_the_facts_and_evidence_of_the_proposal() -> None:
    found = explained(_approved(), "b")

    assert (found.version, found.results[0].sanction) == (3, "b")
    assert (found.facts, found.evidence) == ("400 mails", tuple(_EVIDENCE))


def test_text_that_stands_with_the_sanction_itself_comes_before_that_of_the_proposal() -> None:
    account = _approved()
    found = explained_forgery(account, changed(account, AccountBanned, narrative=Narrative(facts="401 mails")), "b")

    assert (found.facts, found.evidence) == ("401 mails", ())


def test_proposal_has_its_own_facts_and_evidence() -> None:
    found = explained(_proposed(), "p")

    assert (found.facts, found.evidence) == ("400 mails", tuple(_EVIDENCE))


def test_decision_without_free_text_has_none() -> None:
    for account, name in ((_approved(_SPAM), "b"), (_proposed(_SPAM), "p")):
        found = explained(account, name)
        assert (found.facts, found.evidence) == (None, ())


def test_reason_of_a_change_that_waits_stands_in_the_place_of_facts() -> None:
    account = member().given("warn", at="+0d", sanction="w", for_="P9D", basis=_SPAM)
    change = {"command": "change_sanction", "sanction": "w", "until": "+30d", "reason": "again and again"}
    found = explained(account.given("propose", at="+1d", proposal="p", sanction=change), "p")

    assert (found.facts, found.evidence) == ("again and again", ())


def test_sanction_of_a_proposal_that_was_never_made_has_no_free_text() -> None:
    """Somebody has changed the record: what is left of it is shown."""
    account = _approved()
    found = explained_forgery(account, changed(account, AccountBanned, proposal="nothing"), "b")

    assert (found.facts, found.evidence) == (None, ())
    assert (found.results[0].proposal, found.results[0].resolution) == ("nothing", None)


def test_priors_that_a_proposal_names_are_shown_while_it_waits_and_once_it_is_approved() -> None:
    account = report(member(), "v", "+0d")
    ban = {"command": "ban", "sanction": "b", "basis": {**_SPAM, "priors": ["v/s1"]}, "permanent": True}
    account.given("propose", at="+1d", proposal="p", sanction=ban)
    waiting = explained(account, "p")
    approved = explained(account.given("approve", at="+2d", proposal="p", by=OTHER_MODERATOR), "b")

    assert [one.sanction for one in waiting.priors] == ["v/s1"]
    assert [one.sanction for one in approved.priors] == ["v/s1"]


def test_proposal_is_affected_by_a_prior_that_was_overturned_since() -> None:
    account = report(member(), "v", "+0d")
    ban = {"command": "ban", "sanction": "b", "basis": {**_SPAM, "priors": ["v/s1"]}, "permanent": True}
    account.given("propose", at="+1d", proposal="p", sanction=ban).given("overturn", at="+2d", sanction="v/s1")
    found = explained(account, "p")

    assert found.affected
    assert [(one.at, one.what) for one in found.since_then] == [
        (t("+2d"), "sanction v/s1, which was taken into account, was overturned")
    ]


def test_clause_that_is_in_force_for_a_time_has_its_text_then() -> None:
    rules = policy(
        clauses={"spam": {"text": "No spam.", "effective_from": "2026-01-01T00:00:00Z"}, "gossip": {}}, ladders={}
    )
    account = member(rules).given("warn", at="+1d", sanction="w", for_="P9D", basis=_SPAM)
    account.given("warn", at="+1d", sanction="x", for_="P9D", basis={"clause": "gossip"})

    assert explained(account, "w").clause_text == "No spam."
    assert explained(account, "x").clause_text is None


def test_proposal_that_names_no_policy_is_shown_without_one() -> None:
    account = _proposed()
    found = explained_forgery(account, changed(account, SanctionProposed, policy=None), "p")

    assert (found.policy, found.clause, found.clause_text) == (None, "spam", None)


def test_approval_that_names_no_policy_cannot_be_checked() -> None:
    account = _approved()
    found = explained_forgery(account, changed(account, ProposalApproved, policy=None), "b")

    assert (found.check, found.differences) == ("policy_missing", ())


def test_approval_with_another_result_than_it_leads_to_is_shown_as_differing() -> None:
    account = _approved()
    found = explained_forgery(account, changed(account, AccountBanned, until=t("+30d")), "b")

    assert found.check == "differs"
    assert [(one.event, one.field, one.recorded, one.found) for one in found.differences] == [
        ("AccountBanned", "until", "2026-01-31 00:00:00+00:00", "nothing")
    ]


_WARNING: Final = {"warn": {"for": "P9D"}}
_BAN: Final = {"ban": {"permanent": True}}
_RESTRICTION: Final = {"restrict": ["post"], "for": "P9D"}


def _waiting(*impose: dict[str, Any], propose: bool) -> Account:
    """A report of which some or all consequences wait for a second person."""
    ladders = {"spam": {"steps": [{"impose": list(impose), "propose": propose}]}, "insult": {}}
    return report(member(policy(ladders=ladders)), "v", "+0d")


def test_approval_is_checked_beside_what_needed_none() -> None:
    account = _waiting(_WARNING, _BAN, propose=False).given("approve", at="+1d", proposal="v/p1", by=OTHER_MODERATOR)
    assert explained(account, "v").check == "same"
    found = explained_forgery(account, changed(account, AccountBanned, until=t("+30d")), "v")

    assert found.check == "differs"
    assert [(one.event, one.field) for one in found.differences] == [("AccountBanned", "until")]


def test_difference_of_one_approval_stands_though_the_next_one_is_the_same() -> None:
    account = _waiting(_WARNING, _RESTRICTION, propose=True)
    account.given("approve", at="+1d", proposal="v/p1", by=OTHER_MODERATOR)
    account.given("approve", at="+2d", proposal="v/p2", by=OTHER_MODERATOR)
    found = explained_forgery(account, changed(account, WarningIssued, until=t("+30d")), "v")

    assert found.check == "differs"
    assert [(one.event, one.field) for one in found.differences] == [("WarningIssued", "until")]
