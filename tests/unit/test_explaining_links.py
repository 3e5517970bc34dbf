"""What exists because of another account's sanction, explained: it ends with that one, and says until when it holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from account_sanctions.domain.due import LinkEnd
from account_sanctions.domain.explaining import AccountExplanation, Past, explain_account
from account_sanctions.domain.explaining import past as gather
from account_sanctions.domain.queries import state_at
from account_sanctions.domain.state import State

from tests.unit.explaining import member
from tests.unit.scenario import Account, t
from tests.unit.worded import said

_SPAM: Final = {"clause": "spam"}
_BECAUSE: Final = {"because_of_account": "gh_2", "because_of_sanction": "s"}


def _linked() -> Account:
    """`r` because of a sanction of another account, and `own` because of nothing."""
    account = member().given("restrict", at="+0d", sanction="own", functions=["comment"], until="+9d", basis=_SPAM)
    return account.given("restrict", at="+0d", sanction="r", functions=["post"], until="+9d", basis=_SPAM, **_BECAUSE)


def _known(account: Account, at: str, *, ends: str, overturned: bool = False) -> Past:
    """What is known of the account, where the other account's sanction ends then."""

    def find(state: State) -> Sequence[LinkEnd]:
        return [LinkEnd(one.id, t(ends), overturned) for one in state.live.values() if one.because_of is not None]

    known = {account.policy.ref.digest: account.policy}
    return gather(account.name, account.history, valid_at=t(at), known_at=t(at), policies=known.get, find_links=find)


def _explained(known: Past, function: str | None) -> AccountExplanation:
    found = explain_account(known, function, known_at=known.at)
    said(found)
    return found


def test_past_has_what_fell_due_by_the_end_of_the_cause() -> None:
    account = _linked()
    known = _known(account, "+5d", ends="+4d")
    link = LinkEnd("r", t("+4d"))

    assert [(type(one).__name__, one.at) for one in known.fallen] == [("SanctionLifted", t("+4d"))]
    assert known.links == [link]
    assert known.state == state_at(account.history, valid_at=t("+5d"), known_at=t("+5d"), links=[link])[0]
    assert set(known.state.live) == {"own"}


def test_past_in_which_nothing_fell_due_is_what_is_recorded() -> None:
    account = _linked()
    known = _known(account, "+3d", ends="+4d")

    assert (known.fallen, known.state) == ((), account.state)
    assert known.links == [LinkEnd("r", t("+4d"))]


def test_function_is_taken_until_the_cause_ends() -> None:
    found = _explained(_known(_linked(), "+3d", ends="+4d"), "post")

    assert (found.allowed, found.until) == (False, t("+4d"))
    assert [(one.function, one.until) for one in found.restrictions] == [("post", t("+4d"))]
    assert [(one.type, one.sanction) for one in found.events] == [("FunctionsRestricted", "r")]
    everything = _explained(_known(_linked(), "+3d", ends="+4d"), None)
    assert [(one.function, one.until) for one in everything.restrictions] == [("comment", t("+9d")), ("post", t("+4d"))]


def test_what_ended_with_its_cause_is_no_longer_in_the_way_and_says_why() -> None:
    found = _explained(_known(_linked(), "+5d", ends="+4d"), "post")

    assert (found.allowed, found.events) == (True, ())
    reasons = {one.id: one.reason for one in found.discarded}
    assert reasons == {
        "r": "it ended at 2026-01-05T00:00:00Z (lifted) by system due: linked ended",
        "own": "it takes comment",
    }


def test_cause_that_was_overturned_is_named_so() -> None:
    (ended, _) = _explained(_known(_linked(), "+5d", ends="+4d", overturned=True), "post").discarded

    assert ended.reason.endswith(": linked overturned")
