"""Folding events that nobody could have decided: what they mention must exist, and what does not fit changes nothing."""

from __future__ import annotations

import pytest
from account_sanctions.domain import events as e
from account_sanctions.domain.evolve import evolve
from account_sanctions.domain.record import Recorded
from account_sanctions.domain.state import NOTHING
from account_sanctions.domain.terms import Basis
from account_sanctions.domain.vocabulary import DUE

from tests.unit.scenario import Account, t

_REF = e.PolicyRef("default", "1", "0" * 64)


@pytest.mark.parametrize("kind", [e.SanctionExpired, e.SanctionLifted, e.NoticeServed])
def test_sanction_that_was_never_decided_cannot_change(kind: type[e.SanctionExpired]) -> None:
    with pytest.raises(LookupError, match="'s' before it was decided"):
        evolve(NOTHING, kind(at=t("+0d"), by=DUE, sanction="s"))


def test_order_without_a_deadline_cannot_be_folded() -> None:
    order = e.RectificationOrdered(
        at=t("+0d"), by=DUE, sanction="o", basis=Basis(clause="c"), from_=t("+0d"), policy=_REF
    )
    with pytest.raises(LookupError, match="'o' was recorded without a deadline"):
        evolve(NOTHING, order)


def test_appeal_that_was_never_filed_is_not_settled() -> None:
    state = evolve(NOTHING, e.AppealWithdrawn(at=t("+0d"), by=DUE, appeal="a", sanction="s"))
    assert (state.version, len(state.appeals)) == (1, 0)


def test_extension_of_what_is_no_order_leaves_its_end() -> None:
    account = Account().given("warn", at="+0d", sanction="w", until="+9d")
    event = e.RectificationExtended(at=t("+1d"), by=DUE, sanction="w", deadline=t("+20d"), previous=t("+9d"))
    warning = evolve(account.state, event).live["w"]
    assert (warning.until, len(warning.terms), warning.order) == (t("+9d"), 1, None)


def test_submission_to_an_order_that_is_known_to_be_void_leaves_it_ended() -> None:
    account = Account().given("order_rectification", at="+0d", sanction="o", deadline="+9d")
    account.given("submit_rectification", at="+1d", sanction="o").given("overturn", at="+5d", sanction="o")
    assert account.at("+2d", known="+4d").rectification("o") == ("submitted", "+9d")
    assert account.at("+2d", known="+6d").rectification("o") == ("ended", "+9d")
    assert account.at("+2d", known="+6d").statuses == {"o": "overturned"}


def test_record_has_the_names_that_eventsourcing_knows() -> None:
    record = Recorded("gh_1", 7, t("+0d"), e.NoteAdded(at=t("+0d"), by=DUE))
    assert (record.originator_id, record.originator_version) == ("gh_1", 7)
