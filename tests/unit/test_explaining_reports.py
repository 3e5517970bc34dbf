"""Who decided on a report, the policy or a person who chose otherwise, and how the summary says so."""

from __future__ import annotations

from typing import Any, Final

import pytest
from account_sanctions.domain.errors import SanctionsError
from account_sanctions.domain.events import FunctionsRestricted, Imposed, SanctionProposed, ViolationRecorded
from account_sanctions.domain.explaining import explain
from account_sanctions.domain.explaining.words import escalation_words, imposed_words
from account_sanctions.domain.period import period_from_text
from account_sanctions.domain.policies.clauses import Escalation
from account_sanctions.domain.vocabulary import Actor
from msgspec import convert
from msgspec.structs import replace

from tests.unit.explaining import COMMUNITY, explained, member, past, policy, report
from tests.unit.forging import changed, explained_forgery, kept, with_grounds
from tests.unit.scenario import MODERATOR, OTHER_MODERATOR, Account

_WARNING: Final[dict[str, Any]] = {"warn": {"for": "P9D"}}
_RESTRICTION: Final[dict[str, Any]] = {"restrict": ["post"], "for": "P9D"}


def _chosen(account: Account, *penalties: dict[str, Any], **fields: Any) -> Account:
    return report(account, "v", "+0d", by=MODERATOR, choose=list(penalties), reason="it was small", **fields)


def _twice() -> Account:
    return report(report(member(), "v-1", "+0d"), "v-2", "+10d")


def test_report_has_its_facts_its_evidence_and_how_it_was_found() -> None:
    account = report(member(), "v", "+0d", facts="400 mails", evidence=["a link"], detected="notice")
    found = explained(account, "v")

    assert (found.facts, found.evidence) == ("400 mails", ("a link",))
    assert found.violation is not None
    assert found.violation.detected == "notice"


def test_person_who_chose_nothing_is_said_to_have_chosen_so() -> None:
    found = explained(_chosen(member()), "v")

    assert found.summary == "moderator m-1 chose nothing, where the policy said warning without end"
    assert found.deviation is not None
    assert (found.deviation.chosen, found.deviation.direction) == ((), "milder")


def test_person_who_chose_something_where_the_policy_said_nothing_is_said_to_have_done_so() -> None:
    found = explained(_chosen(member(), _WARNING, clause="gossip"), "v")

    assert found.summary == "moderator m-1 chose warning until 2026-01-10T00:00:00Z, where the policy said nothing"
    assert found.deviation is not None
    assert (found.deviation.said, found.deviation.direction) == ((), "harsher")


def test_all_that_the_policy_said_and_all_that_was_chosen_is_listed() -> None:
    ladders = {"spam": {"steps": [{"impose": [_WARNING, _RESTRICTION]}]}, "insult": {}}
    account = _chosen(member(policy(ladders=ladders)), {"warn": {"for": "P1D"}}, {"ban": {"for": "P1D"}})

    assert explained(account, "v").summary == (
        "moderator m-1 chose warning until 2026-01-02T00:00:00Z; ban until 2026-01-02T00:00:00Z, "
        "where the policy said warning for P9D; restriction of post for P9D"
    )


def test_choice_whose_free_text_was_destroyed_has_no_reason_any_more() -> None:
    account = _chosen(member(), _WARNING)
    found = explained_forgery(account, changed(account, ViolationRecorded, narrative=None), "v")

    assert found.deviation is not None
    assert found.deviation.reason is None
    assert found.check == "same"


def test_report_of_which_nothing_is_left_on_record_says_that_no_reason_is() -> None:
    account = _twice()
    history = [record for record in account.history if not isinstance(record.event, FunctionsRestricted)]
    found = explained_forgery(account, history, "v-2")

    assert found.summary == "nothing followed: the record does not say why"
    assert (found.kind, found.by) == ("by_policy", Actor("system", "community@1"))


def test_person_put_in_where_the_policy_decided_is_named_with_what_it_says() -> None:
    account = _twice()
    found = explained_forgery(account, changed(account, FunctionsRestricted, by=Actor("moderator", "m-1")), "v-2")

    assert (found.kind, found.by) == ("by_person", Actor("moderator", "m-1"))
    assert found.summary == (
        "moderator m-1, as the policy community@1, step spam/2 says: restriction of post until 2026-01-18T00:00:00Z"
    )


def test_reporter_is_whom_the_grounds_name() -> None:
    account = _twice()
    found = explained_forgery(account, with_grounds(account, reporter=Actor("moderator", "m-9")), "v-2")

    assert found.reporter == Actor("moderator", "m-9")
    assert found.by == Actor("system", "community@1")


def test_report_whose_approval_cannot_be_checked_is_not_said_to_be_the_same() -> None:
    """A proposal is approved under the policy in force then, and its text may be the one that is not at hand."""
    account = report(_twice(), "v-3", "+20d")
    account.policy = replace(COMMUNITY, version="2")
    account.given("approve", at="+22d", proposal="v-3/p1", by=OTHER_MODERATOR)

    assert kept(account, "v-3", COMMUNITY).check == "policy_missing"
    assert kept(account, "v-3", COMMUNITY, account.policy).check == "same"


@pytest.mark.parametrize(
    ("subject", "message"),
    [
        (None, "this account has no sanction, violation or proposal 'nonesuch'"),
        ("sanction", "this account has no sanction 'nonesuch'"),
        ("violation", "this account has no violation 'nonesuch'"),
        ("proposal", "this account has no proposal 'nonesuch'"),
    ],
)
def test_decision_that_is_not_on_record_is_said_to_be_missing(subject: Any, message: str) -> None:
    with pytest.raises(SanctionsError) as caught:
        explain(past(_twice()), "nonesuch", subject)
    assert caught.value.message == message


def test_change_that_was_put_in_for_a_sanction_is_not_the_decision_of_that_sanction() -> None:
    ban = {"command": "ban", "sanction": "b", "basis": {"clause": "spam"}, "permanent": True}
    account = member().given("warn", at="+0d", sanction="w", for_="P9D", basis={"clause": "spam"})
    change = {"command": "change_sanction", "sanction": "w", "until": "+30d", "reason": "again"}
    account.given("propose", at="+1d", proposal="q", sanction=change)
    event = account.events[-1]
    assert isinstance(event, SanctionProposed)
    account.given("propose", at="+1d", proposal="p", sanction=ban)
    forged = past(account, history=changed(account, SanctionProposed, act=event.act))

    assert explain(past(account), "b").subject == "sanction"
    with pytest.raises(SanctionsError) as caught:
        explain(forged, "b")
    assert caught.value.message == "this account has no sanction, violation or proposal 'b'"


def test_violations_that_made_another_one_graver_are_listed() -> None:
    rule = convert(
        {"severity": "minor", "becomes": "serious", "nth": 3, "scope": "clause"}, Escalation, dec_hook=period_from_text
    )

    assert escalation_words(rule, ("v-1", "v-2")) == (
        "minor is treated as serious from the 3rd of the same clause on, and this is the 3rd (before it: v-1, v-2)"
    )


def test_order_that_lost_its_deadline_is_told_without_one() -> None:
    account = member().given(
        "order_rectification", at="+0d", sanction="o", basis={"clause": "spam"}, deadline="+2d", on_default=[_WARNING]
    )
    (event,) = account.events
    assert isinstance(event, Imposed)

    assert imposed_words(replace(event, until=None)) == (
        "order to rectify without a deadline (if that is missed: warning for P9D)"
    )
