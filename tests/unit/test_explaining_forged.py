"""A record, or a policy's text, that somebody changed: deciding again gives something else, and the explanation says so."""

from __future__ import annotations

from typing import Any

import pytest
from account_sanctions.domain.events import (
    AccountBanned,
    Event,
    FunctionsRestricted,
    ProposalApproved,
    ViolationRecorded,
    WarningIssued,
)
from account_sanctions.domain.explaining import explain
from account_sanctions.domain.explaining import past as gather
from account_sanctions.domain.vocabulary import Actor
from msgspec.structs import replace

from tests.unit.explaining import COMMUNITY, member, past, policy, report, twice
from tests.unit.forging import changed, with_grounds
from tests.unit.scenario import MODERATOR, OTHER_MODERATOR, t


@pytest.mark.parametrize(
    ("kind", "changes", "field"),
    [
        (FunctionsRestricted, {"until": t("+30d"), "functions": {"post": t("+30d")}}, "until"),
        (FunctionsRestricted, {"priors": ()}, "priors"),
        (FunctionsRestricted, {"priors": ("nothing",)}, "priors"),
        (FunctionsRestricted, {"step": "spam/1"}, "step"),
        (ViolationRecorded, {"weight": "0"}, "weight"),
        (ViolationRecorded, {"counts_until": t("+11d")}, "counts_until"),
    ],
)
def test_record_that_was_changed_is_shown_as_differing(kind: type[Event], changes: dict[str, Any], field: str) -> None:
    account = twice()
    found = explain(past(account, history=changed(account, kind, **changes)), "v-2")
    assert found.check == "differs"
    assert field in [one.field for one in found.differences]


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"level": "1"}, "grounds.level"), ({"counted": ()}, "grounds.counted"), ({"step": "spam/9"}, "grounds.step")],
)
def test_grounds_that_were_changed_are_shown_as_differing(changes: dict[str, Any], field: str) -> None:
    account = twice()
    found = explain(past(account, history=with_grounds(account, **changes)), "v-2")
    assert [one.field for one in found.differences] == [field]


@pytest.mark.parametrize(
    ("changes", "shown", "why"),
    [
        ({"weight": "heavy"}, ("heavy", 2), "the level 2 reaches the step 2"),
        ({"level": "1/0"}, (1, "1/0"), "the level 1/0 reaches the step 2"),
    ],
)
def test_number_that_cannot_be_read_is_shown_as_it_stands(
    changes: dict[str, Any], shown: tuple[Any, Any], why: str
) -> None:
    ladder = explain(past(twice(), history=with_grounds(twice(), **changes)), "v-2").ladder
    assert ladder is not None
    assert (ladder.weight, ladder.level, ladder.why) == (*shown, why)


def test_reason_for_nothing_that_was_put_in_is_shown_as_it_stands() -> None:
    found = explain(past(twice(), history=with_grounds(twice(), withheld="fired_before")), "v-2")
    assert found.withheld is not None
    assert (found.withheld.code, found.withheld.reason) == ("fired_before", "fired before")
    assert (found.check, [one.field for one in found.differences]) == ("differs", ["grounds.withheld"])


def test_counted_violation_that_is_not_on_record_is_not_shown() -> None:
    found = explain(past(twice(), history=with_grounds(twice(), counted=("v-1", "nothing"))), "v-2")
    assert [one.violation for one in found.counted] == ["v-1"]
    assert [one.field for one in found.differences] == ["grounds.counted"]


def test_violation_that_is_recorded_as_counted_is_not_among_those_left_out() -> None:
    account = report(report(member(), "v-1", "+0d", clause="insult"), "v-2", "+1d")
    assert [one.violation for one in explain(past(account), "v-2").left] == ["v-1"]
    forged = explain(past(account, history=with_grounds(account, counted=("v-1",))), "v-2")
    assert ([one.violation for one in forged.counted], forged.left) == (["v-1"], ())


def test_person_put_in_where_the_policy_decided_is_shown_as_differing() -> None:
    history = changed(twice(), FunctionsRestricted, by=Actor("moderator", "m-1"))
    found = explain(past(twice(), history=history), "v-2")
    assert found.check == "differs"
    assert found.differences[-1].found.startswith("not_permitted: ")


def test_approval_under_a_policy_that_is_not_kept_cannot_be_checked() -> None:
    ban = {"command": "ban", "sanction": "x", "basis": {"clause": "spam"}, "permanent": True}
    account = member().given("propose", at="+0d", proposal="p", sanction=ban)
    account.given("approve", at="+1d", proposal="p", by=OTHER_MODERATOR)
    known = gather(account.name, account.history, valid_at=t("+2d"), known_at=t("+2d"), policies=lambda _digest: None)
    found = explain(known, "x")
    assert (found.check, found.differences) == ("policy_missing", ())
    assert explain(past(account), "x").check == "same"


def test_ban_that_was_taken_out_before_what_it_closed_is_missed() -> None:
    account = report(report(member(policy(second_person=[])), "v-1", "+0d"), "v-2", "+1d")
    warning = {"command": "warn", "basis": {"clause": "spam"}, "for": "P1D"}
    report(account.given("propose", at="+1d", proposal="p", sanction=warning), "v-3", "+2d")
    history = [record for record in account.history if not isinstance(record.event, AccountBanned)]
    found = explain(past(account, history=history), "v-3")
    assert found.check == "differs"
    # Nothing on record says which were taken into account: the policy does.
    assert [one.sanction for one in found.priors] == ["v-1/s1", "v-2/s1"]


def test_decision_that_cannot_be_taken_again_is_not_reconsidered() -> None:
    account = report(twice(), "v-3", "+20d").given("overturn", at="+21d", sanction="v-1/s1")
    other = replace(COMMUNITY, clauses={})
    known = gather(
        account.name,
        account.history,
        valid_at=t("+22d"),
        known_at=t("+22d"),
        policies={COMMUNITY.ref.digest: other}.get,
    )
    found = explain(known, "v-2")
    assert (found.affected, found.reconsidered) == (True, None)


def test_approval_whose_result_was_changed_is_shown_as_differing() -> None:
    account = report(twice(), "v-3", "+20d").given("approve", at="+22d", proposal="v-3/p1", by=OTHER_MODERATOR)
    found = explain(past(account, history=changed(account, AccountBanned, until=t("+30d"))), "v-3")
    assert [(one.event, one.field) for one in found.differences] == [("AccountBanned", "until")]


def test_approver_who_reported_is_shown_as_differing() -> None:
    account = report(twice(), "v-3", "+20d", by=MODERATOR)
    account.given("approve", at="+22d", proposal="v-3/p1", by=OTHER_MODERATOR)
    (*_, approval) = [e for e in account.events if isinstance(e, ProposalApproved)]
    by = replace(approval.by, id="m-1")
    found = explain(past(account, history=changed(account, ProposalApproved, by=by)), "v-3")
    assert found.check == "differs"
    assert found.differences[0].found.startswith("same_person: ")


def test_missing_policy_is_said_and_what_is_on_record_still_shown() -> None:
    account = twice()
    found = explain(
        gather(account.name, account.history, valid_at=t("+20d"), known_at=t("+20d"), policies=lambda _digest: None),
        "v-2",
    )
    assert (found.check, found.ladder, found.left) == ("policy_missing", None, ())
    assert found.policy is not None
    assert (found.policy.name, found.policy.kept) == ("community@1", False)
    assert [(one.violation, one.value) for one in found.counted] == [("v-1", None)]


def test_policy_text_that_was_changed_is_shown_as_differing() -> None:
    account = twice()
    changed = replace(COMMUNITY, description="other words")
    found = explain(
        gather(
            account.name,
            account.history,
            valid_at=t("+20d"),
            known_at=t("+20d"),
            policies={COMMUNITY.ref.digest: changed}.get,
        ),
        "v-2",
    )
    assert ("policy", "digest") in [(one.event, one.field) for one in found.differences]


def test_sanction_that_was_taken_out_is_missed() -> None:
    history = [record for record in twice().history if not isinstance(record.event, FunctionsRestricted)]
    found = explain(past(twice(), history=history), "v-2")
    assert [(one.event, one.recorded, one.found) for one in found.differences] == [
        ("FunctionsRestricted", "nothing", "FunctionsRestricted")
    ]


def test_sanction_that_was_put_in_is_noticed() -> None:
    account = twice()
    (added, *_) = [record for record in account.history if isinstance(record.event, WarningIssued)]
    (*_, last) = account.history
    grounds = last.event.grounds if isinstance(last.event, FunctionsRestricted) else None
    basis = last.event.basis if isinstance(last.event, FunctionsRestricted) else None
    event = replace(added.event, sanction="v-2/s2", at=last.event.at, grounds=grounds, basis=basis)
    history = [*account.history, replace(last, version=last.version + 1, event=event)]
    found = explain(past(account, history=history), "v-2")
    assert [(one.event, one.recorded, one.found) for one in found.differences] == [
        ("WarningIssued", "WarningIssued", "nothing")
    ]


def test_report_under_a_policy_that_cannot_have_judged_it_is_shown_as_differing() -> None:
    account = twice()
    other = replace(COMMUNITY, clauses={})
    found = explain(
        gather(
            account.name,
            account.history,
            valid_at=t("+20d"),
            known_at=t("+20d"),
            policies={COMMUNITY.ref.digest: other}.get,
        ),
        "v-2",
    )
    assert (found.check, found.ladder) == ("differs", None)
    assert found.differences[-1].found.startswith("unknown_clause: ")
