"""What followed from a decision, and what has become of it: of sanctions, of proposals, and of changes that were put forward."""

from __future__ import annotations

from typing import Any, Final

from account_sanctions.domain.events import AccountBanned, WarningIssued
from account_sanctions.domain.explaining.documents import Resolution, Result
from account_sanctions.domain.terms import Link
from account_sanctions.domain.vocabulary import Actor

from tests.unit.explaining import explained, member, report
from tests.unit.forging import changed, explained_forgery
from tests.unit.scenario import OTHER_MODERATOR, Account, t

_SPAM: Final = {"clause": "spam"}
_CHANGE: Final = {"command": "change_sanction", "sanction": "w", "until": "+30d", "reason": "again"}
_LINKED: Final[dict[str, Any]] = {"because_of_account": "other", "because_of_sanction": "s"}


def _result(account: Account, decision: str, **times: Any) -> Result:
    (found,) = explained(account, decision, **times).results
    return found


def _change_waits(**fields: Any) -> Account:
    """A change of a warning waits for a second person."""
    account = member().given("warn", at="+0d", sanction="w", for_="P9D", basis=_SPAM, **fields)
    return account.given("propose", at="+1d", proposal="p", sanction=_CHANGE)


def test_change_that_waits_shows_the_sanction_that_it_would_change() -> None:
    found = _result(_change_waits(), "p", at="+2d")

    assert (found.sanction, found.kind, found.says) == ("w", "change", "change of w to until 2026-01-31T00:00:00Z")
    assert (found.status, found.ended_at, found.overturned_at, found.linked) == ("in_force", None, None, None)
    assert found.resolution == Resolution("open", None, None, None)
    assert (found.at, found.proposal, found.approved_by) == (t("+1d"), "p", None)


def test_change_shows_that_its_sanction_has_ended() -> None:
    found = _result(_change_waits().given("lift", at="+2d", sanction="w"), "p", at="+3d")

    assert (found.status, found.ended_at, found.overturned_at) == ("lifted", t("+2d"), None)


def test_change_shows_that_its_sanction_was_overturned() -> None:
    found = _result(_change_waits().given("overturn", at="+2d", sanction="w"), "p", at="+3d")

    assert (found.status, found.overturned_at) == ("overturned", t("+2d"))


def test_sanction_and_change_of_it_show_the_sanction_with_which_it_ends() -> None:
    account = _change_waits(**_LINKED)

    assert _result(account, "w", at="+2d").linked == Link("other", "s")
    assert _result(account, "p", at="+2d").linked == Link("other", "s")


def test_sanction_that_waits_has_no_status_and_no_link_yet() -> None:
    ban = {"command": "ban", "sanction": "b", "basis": _SPAM, "permanent": True, **_LINKED}
    account = member().given("propose", at="+0d", proposal="p", sanction=ban)
    waiting = _result(account, "p", at="+1d")
    approved = _result(account.given("approve", at="+1d", proposal="p", by=OTHER_MODERATOR), "p", at="+2d")

    assert (waiting.kind, waiting.status, waiting.linked) == ("ban", None, None)
    assert (approved.status, approved.linked, approved.from_) == ("in_force", Link("other", "s"), t("+1d"))
    assert approved.approved_by == Actor("moderator", "m-2")
    assert approved.resolution == Resolution("approved", Actor("moderator", "m-2"), t("+1d"), None)


def test_sanction_that_was_imposed_alone_has_no_resolution() -> None:
    account = member().given("warn", at="+0d", sanction="w", for_="P9D", basis=_SPAM)
    found = _result(account, "w", at="+1d")

    assert (found.proposal, found.resolution, found.approved_by) == (None, None, None)


def test_sanction_that_names_another_proposal_is_not_what_this_one_became() -> None:
    """Somebody has changed the record: the proposal is shown as one of which nothing came."""
    account = report(report(report(member(), "v-1", "+0d"), "v-2", "+1d"), "v-3", "+2d")
    account.given("approve", at="+3d", proposal="v-3/p1", by=OTHER_MODERATOR)
    found = explained_forgery(account, changed(account, AccountBanned, proposal="nothing"), "v-3/p1")

    assert [(one.proposal, one.status) for one in found.results] == [("v-3/p1", None)]


def test_change_does_not_become_the_sanction_that_names_its_proposal() -> None:
    account = _change_waits()
    found = explained_forgery(account, changed(account, WarningIssued, proposal="p"), "p")

    assert [(one.kind, one.proposal, one.at) for one in found.results] == [("change", "p", t("+1d"))]
