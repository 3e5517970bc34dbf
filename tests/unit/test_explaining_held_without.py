"""What is in force without some events: the others act where there is something to act on, and it falls due anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pytest
from account_sanctions.domain.due import LinkEnd
from account_sanctions.domain.explaining.without import Held, Holding, held_without, resting_on
from account_sanctions.domain.state import State
from msgspec.structs import replace

from tests.unit.explaining import member
from tests.unit.scenario import OTHER_MODERATOR, Account, t

_SPAM: Final = {"clause": "spam"}
_POST: Final = [{"restrict": ["post"], "for": "P30D"}]
_NONE: Final = frozenset[int]()


def _restricted(*, until: str = "+9d", **fields: Any) -> Account:
    return member().given("restrict", at="+0d", sanction="r", functions=["post"], until=until, basis=_SPAM, **fields)


def _ordered(account: Account, **fields: Any) -> Account:
    chosen = {"deadline": "+2d", "on_default": _POST, **fields}
    return account.given("order_rectification", at="+0d", sanction="o", basis=_SPAM, **chosen)


def _no_links(_state: State) -> tuple[LinkEnd, ...]:
    return ()


def _without(account: Account, kind: str, at: str, **fields: Any) -> Holding:
    """What is in force without the first event of a kind and what rests on it."""
    removed = account.log.index(kind) + 1
    return held_without(account.history, resting_on(account.history, removed), t(at), _no_links, **fields)


def _all(account: Account, at: str, **fields: Any) -> Holding:
    """What is in force with all events."""
    return held_without(account.history, _NONE, t(at), _no_links, **fields)


def test_each_sanction_is_held_with_its_kind_its_end_and_what_it_alone_takes() -> None:
    account = _restricted(until="+9d").given("warn", at="+1d", sanction="w", permanent=True, basis=_SPAM)
    ends = [{"function": "comment", "until": "+5d"}, {"function": "post", "permanent": True}]
    account.given("restrict", at="+1d", sanction="s", functions=ends, basis=_SPAM)
    account.given("ban", at="+1d", sanction="b", until="+3d", basis=_SPAM)

    assert _all(account, "+2d") == {
        "r": Held("restriction", t("+9d"), (("post", t("+9d")),)),
        "w": Held("warning", None, ()),
        "s": Held("restriction", None, (("comment", t("+5d")), ("post", None))),
        "b": Held("ban", t("+3d"), (("*", t("+3d")),)),
    }
    assert _all(account, "+0d") == {"r": Held("restriction", t("+9d"), (("post", t("+9d")),))}


def test_what_has_not_begun_is_not_held() -> None:
    account = _restricted(from_="+3d")

    assert (_all(account, "+3d-1us"), list(_all(account, "+3d"))) == ({}, ["r"])


def test_end_that_follows_anew_is_not_taken_from_the_record() -> None:
    """The change was made in time; without it the sanction would have ended, whatever is on record of its end."""
    account = _restricted(until="+5d").given("change_sanction", at="+1d", sanction="r", until="+9d")
    account.sweep("+9d")

    assert (_without(account, "SanctionChanged", "+6d"), list(_all(account, "+6d"))) == ({}, ["r"])


def test_end_on_record_counts_where_what_fell_due_is_taken_as_recorded() -> None:
    """Somebody has put an earlier end in the record than follows from the decisions."""
    account = _restricted(until="+9d")
    account.sweep("+9d")
    imposed, expired = account.history
    forged = [imposed, replace(expired, event=replace(expired.event, at=t("+5d")))]

    assert list(held_without(forged, _NONE, t("+6d"), _no_links)) == ["r"]
    assert held_without(forged, _NONE, t("+6d"), _no_links, as_recorded=True) == {}


def test_what_was_changed_after_its_end_would_have_come_stays_ended() -> None:
    account = _restricted(until="+5d").given("change_sanction", at="+1d", sanction="r", until="+9d")
    account.given("change_sanction", at="+8d", sanction="r", until="+60d")

    assert _without(account, "SanctionChanged", "+8d") == {}


def test_acceptance_that_would_have_come_after_the_deadline_leaves_what_had_followed() -> None:
    """It was in time because the deadline had been moved, and has ended nothing but the order."""
    account = _ordered(member()).given("extend_rectification", at="+1d", sanction="o", deadline="+9d")
    account.given("submit_rectification", at="+2d", sanction="o")
    account.given("accept_rectification", at="+5d", sanction="o", reason="good")

    assert _all(account, "+6d") == {}
    assert _without(account, "RectificationExtended", "+6d") == {
        "o/1": Held("restriction", t("+32d"), (("post", t("+32d")),))
    }


@pytest.mark.parametrize("as_recorded", [False, True])
def test_what_followed_an_order_is_held_by_it_and_gone_with_it(as_recorded: bool) -> None:
    account = _ordered(member())
    account.sweep("+2d")

    assert list(_all(account, "+3d", as_recorded=as_recorded)) == ["o/1"]
    assert held_without(account.history, frozenset({1}), t("+3d"), _no_links, as_recorded=as_recorded) == {}


def test_what_is_about_a_sanction_that_is_gone_does_nothing() -> None:
    account = _restricted().given("serve_notice", at="+1d", sanction="r")
    account.given("change_sanction", at="+1d", sanction="r", until="+60d")
    account.given("appeal", at="+1d", appeal="a", sanction="r").given("withdraw_appeal", at="+1d", appeal="a")
    account.given("warn", at="+1d", sanction="w", until="+9d", basis=_SPAM).given("lift", at="+2d", sanction="r")

    assert list(held_without(account.history, frozenset({1}), t("+3d"), _no_links)) == ["w"]


def test_sanction_stands_although_the_proposal_that_it_came_from_is_left_out_alone() -> None:
    warning = {"command": "warn", "sanction": "w", "for": "P9D", "basis": _SPAM}
    account = member().given("propose", at="+0d", proposal="p", sanction=warning)
    account.given("approve", at="+1d", proposal="p", by=OTHER_MODERATOR)

    assert list(held_without(account.history, frozenset({1}), t("+3d"), _no_links)) == ["w"]
    assert _without(account, "SanctionProposed", "+3d") == {}


def test_exemption_keeps_from_starting_what_starts_without_it() -> None:
    account = _restricted(from_="+3d").given("exempt", at="+1d")

    assert (_all(account, "+4d"), list(_without(account, "AccountExempted", "+4d"))) == ({}, ["r"])


def test_order_that_is_overturned_later_brings_nothing_where_its_acceptance_is_left_out() -> None:
    """It is void from its beginning: what would have followed it never does."""
    account = _ordered(member()).given("submit_rectification", at="+1d", sanction="o")
    account.given("accept_rectification", at="+1d", sanction="o", reason="good")
    assert list(_without(account, "RectificationAccepted", "+5d")) == ["o/1"]
    account.given("overturn", at="+9d", sanction="o")

    assert _without(account, "RectificationAccepted", "+5d") == {}


def test_consequence_that_is_overturned_later_is_not_held() -> None:
    account = _ordered(member())
    account.sweep("+2d")
    account.given("overturn", at="+9d", sanction="o/1")

    assert (_all(account, "+5d"), list(_without(account, "SanctionOverturned", "+5d"))) == ({}, ["o/1"])


# What exists because of another account's sanction.


def _ending(at: str) -> Any:
    """The other account's sanction ends then: so does everything here that exists because of it."""

    def find(state: State) -> Sequence[LinkEnd]:
        return [LinkEnd(one.id, t(at)) for one in state.sanctions() if one.because_of is not None]

    return find


_BECAUSE: Final = {"because_of_account": "gh_2", "because_of_sanction": "s"}


def test_what_is_linked_ends_with_its_cause_and_says_so_before() -> None:
    account = _restricted(until="+9d", **_BECAUSE)

    assert held_without(account.history, _NONE, t("+3d"), _ending("+4d")) == {
        "r": Held("restriction", t("+9d"), (("post", t("+4d")),))
    }
    assert held_without(account.history, _NONE, t("+4d"), _ending("+4d")) == {}


def test_linked_order_whose_cause_ended_first_brings_nothing_however_much_came_later() -> None:
    account = _ordered(member(), deadline="+5d", **_BECAUSE)
    account.given("warn", at="+6d", sanction="w", until="+9d", basis=_SPAM)

    assert list(held_without(account.history, _NONE, t("+7d"), _ending("+4d"))) == ["w"]
    assert list(held_without(account.history, _NONE, t("+7d"), _ending("+6d"))) == ["o/1", "w"]


def test_own_sanctions_do_not_end_with_what_others_exist_because_of() -> None:
    account = _restricted(until="+9d", **_BECAUSE)
    account.given("restrict", at="+0d", sanction="own", functions=["post"], until="+9d", basis=_SPAM)

    assert list(held_without(account.history, _NONE, t("+5d"), _ending("+4d"))) == ["own"]
