"""What was considered and bars nothing: in the words of its reason, with the place of its record in the log."""

from __future__ import annotations

from typing import Any, Final

from account_sanctions.domain.explaining import AccountExplanation, explain_account
from account_sanctions.domain.explaining.documents import Discarded, ProofReference

from tests.unit.explaining import explained_account, member, past
from tests.unit.scenario import OTHER_MODERATOR, Account, t

_SPAM: Final = {"clause": "spam"}


def _restricted(*functions: str) -> Account:
    return member().given("restrict", at="+0d", sanction="r", functions=functions, until="+30d", basis=_SPAM)


def _discarded(found: AccountExplanation, name: str) -> Discarded:
    (one,) = [one for one in found.discarded if one.id == name]
    return one


def _warning(sanction: str) -> dict[str, Any]:
    return {"command": "warn", "sanction": sanction, "until": "+60d", "basis": _SPAM}


def test_restriction_of_other_functions_names_them_all() -> None:
    found = explained_account(_restricted("comment", "post"), "vote", at="+1d")

    assert _discarded(found, "r").reason == "it takes comment, post"


def test_function_that_is_announced_no_longer_is_not_said_to_go() -> None:
    """The submission had stopped the clock, and the rejection gives a deadline that lies after the announced end."""
    account = member().given(
        "order_rectification",
        at="+0d",
        sanction="o",
        basis=_SPAM,
        deadline="+2d",
        on_default=[{"restrict": ["post"], "until": "+5d"}],
        clock="submission_stops_clock",
    )
    before = explained_account(account, "post", at="+1d")
    account.given("submit_rectification", at="+1d", sanction="o")
    account.given("reject_rectification", at="+9d", sanction="o", reason="not seen")
    after = explained_account(account, "post", at="+9d")

    assert _discarded(before, "o").reason.endswith("if the deadline 2026-01-03T00:00:00Z is missed, post goes")
    assert _discarded(after, "o").reason == "an order to rectify takes no function"


def test_proposal_that_a_permanent_ban_closed_says_so() -> None:
    account = member().given("propose", at="+0d", proposal="p", sanction=_warning("w"))
    ban = {"command": "ban", "sanction": "b", "permanent": True, "basis": _SPAM}
    account.given("propose", at="+0d", proposal="q", sanction=ban)
    account.given("approve", at="+1d", proposal="q", by=OTHER_MODERATOR)
    closed = _discarded(explained_account(account, "post", at="+2d"), "p")

    assert (closed.kind, closed.because, closed.clause) == ("proposal", "closed", "spam")
    assert closed.reason == "warning until 2026-03-02T00:00:00Z: a permanent ban came into force"


def test_proposed_change_waits_and_has_no_clause_of_its_own() -> None:
    change = {"command": "change_sanction", "sanction": "r", "until": "+90d", "reason": "again"}
    account = _restricted("comment").given("propose", at="+0d", proposal="p", sanction=change)
    waiting = _discarded(explained_account(account, "post", at="+1d"), "p")

    assert (waiting.kind, waiting.because, waiting.clause) == ("proposal", "proposed", None)
    assert waiting.reason.endswith(": it waits for a second person until 2026-01-31T00:00:00Z")


def test_what_is_discarded_has_the_place_of_what_put_it_on_record() -> None:
    """What fell due and nobody recorded has none."""
    account = member().given("warn", at="+0d", sanction="w", until="+9d", basis=_SPAM)
    account.given("propose", at="+0d", proposal="p", sanction=_warning("x"))
    account.given(
        "order_rectification",
        at="+0d",
        sanction="o",
        basis=_SPAM,
        deadline="+2d",
        on_default=[{"warn": {"for": "P9D"}}],
    )
    places = {1: ProofReference(0, 70, 128), 2: ProofReference(0, 75, 128), 3: ProofReference(0, 79, None)}
    found = explain_account(past(account, at="+3d"), "post", known_at=t("+3d"), known_position="79", places=places)

    assert {one.id: (one.version, one.proof) for one in found.discarded} == {
        "w": (1, ProofReference(0, 70, 128)),
        "p": (2, ProofReference(0, 75, 128)),
        "o": (3, ProofReference(0, 79, None)),
        "o/1": (None, None),
    }
    assert found.known_position == "79"
    elsewhere = explain_account(past(account, at="+3d"), "post", known_at=t("+3d"))
    assert [one.proof for one in elsewhere.discarded] == [None, None, None, None]
    assert elsewhere.known_position is None
