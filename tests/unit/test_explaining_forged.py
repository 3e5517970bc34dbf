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
from account_sanctions.domain.record import Recorded
from msgspec.structs import replace

from tests.unit.explaining import COMMUNITY, member, past, report
from tests.unit.scenario import MODERATOR, OTHER_MODERATOR, Account, t


def _twice() -> Account:
    return report(report(member(), "v-1", "+0d", severity="minor"), "v-2", "+10d")


def _forged(account: Account, kind: type[Event], **changes: Any) -> list[Recorded]:
    """The history with the last event of this kind changed."""
    history = list(account.history)
    (*_, place) = [number for number, record in enumerate(history) if isinstance(record.event, kind)]
    history[place] = replace(history[place], event=replace(history[place].event, **changes))
    return history


@pytest.mark.parametrize(
    ("kind", "changes", "field"),
    [
        (FunctionsRestricted, {"until": t("+30d"), "functions": {"post": t("+30d")}}, "until"),
        (FunctionsRestricted, {"priors": ()}, "priors"),
        (FunctionsRestricted, {"step": "spam/1"}, "step"),
        (ViolationRecorded, {"weight": "0"}, "weight"),
        (ViolationRecorded, {"counts_until": t("+11d")}, "counts_until"),
    ],
)
def test_record_that_was_changed_is_shown_as_differing(kind: type[Event], changes: dict[str, Any], field: str) -> None:
    account = _twice()
    found = explain(past(account, history=_forged(account, kind, **changes)), "v-2")
    assert found.check == "differs"
    assert field in [one.field for one in found.differences]


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"level": "1"}, "grounds.level"), ({"counted": ()}, "grounds.counted"), ({"step": "spam/9"}, "grounds.step")],
)
def test_grounds_that_were_changed_are_shown_as_differing(changes: dict[str, Any], field: str) -> None:
    account = _twice()
    (*_, event) = [e for e in account.events if isinstance(e, ViolationRecorded)]
    assert event.grounds is not None
    forged = _forged(account, ViolationRecorded, grounds=replace(event.grounds, **changes))
    found = explain(past(account, history=forged), "v-2")
    assert [one.field for one in found.differences] == [field]


def test_approval_whose_result_was_changed_is_shown_as_differing() -> None:
    account = report(_twice(), "v-3", "+20d").given("approve", at="+22d", proposal="v-3/p1", by=OTHER_MODERATOR)
    found = explain(past(account, history=_forged(account, AccountBanned, until=t("+30d"))), "v-3")
    assert [(one.event, one.field) for one in found.differences] == [("AccountBanned", "until")]


def test_approver_who_reported_is_shown_as_differing() -> None:
    account = report(_twice(), "v-3", "+20d", by=MODERATOR)
    account.given("approve", at="+22d", proposal="v-3/p1", by=OTHER_MODERATOR)
    (*_, approval) = [e for e in account.events if isinstance(e, ProposalApproved)]
    by = replace(approval.by, id="m-1")
    found = explain(past(account, history=_forged(account, ProposalApproved, by=by)), "v-3")
    assert found.check == "differs"
    assert found.differences[0].found.startswith("same_person: ")


def test_missing_policy_is_said_and_what_is_on_record_still_shown() -> None:
    account = _twice()
    found = explain(
        gather(account.name, account.history, valid_at=t("+20d"), known_at=t("+20d"), policies=lambda _digest: None),
        "v-2",
    )
    assert (found.check, found.ladder, found.left) == ("policy_missing", None, ())
    assert found.policy is not None
    assert (found.policy.name, found.policy.kept) == ("community@1", False)
    assert [(one.violation, one.value) for one in found.counted] == [("v-1", None)]


def test_policy_text_that_was_changed_is_shown_as_differing() -> None:
    account = _twice()
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
    history = [record for record in _twice().history if not isinstance(record.event, FunctionsRestricted)]
    found = explain(past(_twice(), history=history), "v-2")
    assert [(one.event, one.recorded, one.found) for one in found.differences] == [
        ("FunctionsRestricted", "nothing", "FunctionsRestricted")
    ]


def test_sanction_that_was_put_in_is_noticed() -> None:
    account = _twice()
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
    account = _twice()
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
