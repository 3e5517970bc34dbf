"""What a key tells apart of one sanction, field by field, while nothing counts earlier violations: the future, and only that."""

from __future__ import annotations

from typing import Any, Final

import pytest
from account_sanctions.domain.checking.canonical import Canon
from account_sanctions.domain.events import AppealTerms, PolicyRef
from account_sanctions.domain.period import Period
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.presets import DEFAULT
from account_sanctions.domain.state import Exemption, State
from account_sanctions.domain.terms import Basis, Consequence, EndOnly
from account_sanctions.domain.vocabulary import Actor
from msgspec.structs import replace

from tests.unit.scenario import Account, t

from .stepping import changed

_POLICY: Final[Policy] = replace(
    DEFAULT, appeal=AppealTerms(window="P4D", limit=1, reinstatement_after="P6D"), proposal_ttl=Period("P3D")
)
_CANON: Final = Canon(_POLICY)
_BAN: Final[dict[str, Any]] = {"ban": {"for": "P3D"}}


def key(state: State, at: str = "+1d", left: int = 0) -> bytes:
    """The key at an instant, when so many things may still be opened."""
    return _CANON.key(state, t(at), left)


def restricted() -> State:
    """A function is taken from +0d to +9d."""
    return Account(_POLICY).given("restrict", at="+0d", sanction="s", functions=["publish"], until="+9d").state


def _ordered() -> State:
    return (
        Account(_POLICY).given("order_rectification", at="+0d", sanction="s", deadline="+9d", on_default=[_BAN]).state
    )


def _lifted() -> State:
    account = Account(_POLICY).given("restrict", at="+0d", sanction="s", functions=["publish"], until="+9d")
    return account.given("lift", at="+1d", sanction="s").state


def _apart(state: State, left: int, fields: dict[str, Any]) -> bool:
    return key(changed(state, "s", **fields), left=left) != key(state, left=left)


@pytest.mark.parametrize("left", [0, 1])
@pytest.mark.parametrize(
    ("fields", "apart"),
    [
        ({"kind": "ban"}, True),
        ({"status": "scheduled"}, True),
        ({"until": None}, True),
        ({"until": t("+8d")}, True),
        ({"until": t("+9d+1us")}, True),
        ({"functions": {}}, True),
        ({"functions": {"comments": t("+9d")}}, True),
        ({"functions": {"publish": t("+8d")}}, True),
        ({"functions": {"publish": None}}, True),
        ({"from_": t("+2d")}, True),
        ({"from_": t("+0d-1us")}, False),
        ({"from_": t("+1d")}, False),
        ({"at": t("+1d")}, False),
        ({"number": 7}, False),
        ({"priors": ("x",)}, False),
        ({"step": "main/1"}, False),
        ({"basis": Basis(clause="other")}, False),
        ({"by": Actor("moderator", "m2")}, False),
        ({"approved_by": Actor("moderator", "m2")}, False),
        ({"policy": PolicyRef("other", "1", "0")}, False),
        ({"touched_by": frozenset({"m1"})}, False),
    ],
)
def test_what_is_ahead_of_a_sanction_in_force_is_told_apart(left: int, fields: dict[str, Any], *, apart: bool) -> None:
    assert _apart(restricted(), left, fields) == apart


def test_what_has_passed_is_past() -> None:
    state = restricted()
    passed = [changed(state, "s", until=t(one), functions={"publish": t(one)}) for one in ("+1d", "+1d-1us", "+0d")]
    assert len({key(one) for one in passed}) == 1
    assert key(state, "+1d") != key(state, "+2d")
    endless = changed(state, "s", until=None, functions={"publish": None})
    assert key(endless, "+1d") == key(endless, "+2d")


@pytest.mark.parametrize(
    ("fields", "apart"),
    [
        ({"on_default": ()}, True),
        ({"on_default": (Consequence(ban=EndOnly(for_=Period("P4D"))),)}, True),
        ({"clock": "submission_stops_clock"}, True),
        ({"status": "rejected"}, True),
        ({"deadline": t("+8d")}, True),
        ({"submitted_at": t("+1d")}, True),
    ],
)
def test_how_far_an_order_has_come_is_told_apart(fields: dict[str, Any], *, apart: bool) -> None:
    state = _ordered()
    order = state.live["s"].order
    assert order is not None
    assert _apart(state, 0, {"order": replace(order, **fields)}) == apart


def test_clause_of_an_order_goes_on_to_its_consequence_and_its_end_is_the_deadline() -> None:
    assert _apart(_ordered(), 0, {"basis": Basis(clause="other")})
    assert not _apart(_ordered(), 0, {"until": t("+8d")})


def _submitted(at: str, **fields: Any) -> State:
    state = _ordered()
    order = state.live["s"].order
    assert order is not None
    return changed(state, "s", order=replace(order, status="submitted", submitted_at=t(at), **fields))


def test_since_when_something_waits_for_review_is_told_apart_only_where_the_clock_stands_still() -> None:
    assert key(_submitted("+0d")) == key(_submitted("+1d"))
    stopped: Final = {"clock": "submission_stops_clock"}
    assert key(_submitted("+0d", **stopped)) != key(_submitted("+1d", **stopped))
    assert key(_submitted("+0d", **stopped)) != key(_submitted("+0d", **stopped, deadline=t("+8d")))
    assert key(_submitted("+0d", **stopped), "+1d") != key(_submitted("+0d", **stopped), "+2d")


def test_time_that_was_left_is_the_same_on_every_date() -> None:
    stopped: Final = {"clock": "submission_stops_clock"}
    later = _submitted("+1d", **stopped, deadline=t("+10d"))
    assert key(_submitted("+0d", **stopped, deadline=t("+9d")), "+3d") == key(later, "+4d")


def _over(status: Any, order: Any, **fields: Any) -> State:
    """The order is over; what was submitted to it has come so far."""
    account = Account(_POLICY).given("order_rectification", at="+0d", sanction="s", deadline="+9d", on_default=[_BAN])
    state = account.given("lift", at="+1d", sanction="s").state
    was = state.ended["s"].order
    assert was is not None
    return changed(state, "s", status=status, order=replace(was, status=order, **fields))


def test_order_that_is_over_is_told_apart_where_it_can_still_be_accepted() -> None:
    defaulted = _over("defaulted", "defaulted")
    assert key(defaulted) != key(_over("lifted", "ended"))
    assert key(_over("lifted", "ended")) == key(_over("satisfied", "accepted")) == key(_lifted())
    open_still = {key(_over("defaulted", one)) for one in ("defaulted", "submitted", "rejected")}
    assert len(open_still) == 3
    assert key(_over("defaulted", "rejected")) != key(_over("defaulted", "accepted"))
    assert key(_over("defaulted", "submitted", submitted_at=t("+1d"))) != key(_over("defaulted", "submitted"))
    assert key(_over("defaulted", "defaulted", clock="submission_stops_clock")) != key(defaulted)
    assert key(_over("defaulted", "defaulted", deadline=t("+5d"))) == key(defaulted)
    stopped: Final[dict[str, Any]] = {"clock": "submission_stops_clock", "submitted_at": t("+1d")}
    assert key(_over("defaulted", "submitted", **stopped), "+2d") == key(_over("defaulted", "submitted", **stopped))


@pytest.mark.parametrize(
    ("fields", "at_the_end", "before"),
    [
        ({"status": "expired"}, False, True),
        ({"status": "satisfied"}, False, True),
        ({"kind": "warning"}, False, True),
        ({"kind": "ban"}, False, True),
        ({"kind": "ban", "until": None}, True, True),
        ({"until": t("+8d")}, False, False),
        ({"functions": {}}, False, False),
        ({"ended_at": t("+0d")}, False, False),
        ({"from_": t("+0d-1us")}, False, False),
        ({"overturned_at": t("+1d")}, True, True),
    ],
)
def test_what_is_over_is_told_apart_by_what_can_still_be_opened_about_it(
    fields: dict[str, Any], *, at_the_end: bool, before: bool
) -> None:
    assert (_apart(_lifted(), 0, fields), _apart(_lifted(), 1, fields)) == (at_the_end, before)


def test_nothing_of_what_was_overturned_is_told_apart() -> None:
    state = changed(_lifted(), "s", overturned_at=t("+1d"), status="overturned")
    for fields in ({"kind": "ban"}, {"touched_by": frozenset({"r1"})}, {"appeals_left": 9}, {"until": None}):
        assert not _apart(state, 1, fields)
    assert key(state, left=1) != key(restricted(), left=1)


@pytest.mark.parametrize("state", [restricted(), _lifted()], ids=["live", "ended"])
@pytest.mark.parametrize(
    ("fields", "apart"),
    [
        ({"appeals_left": 0}, True),
        ({"appeals_left": 2}, False),
        ({"window_from": t("+0d-1us")}, True),
        ({"notice_at": t("+0d")}, True),
        ({"appeal_terms": None}, True),
        ({"appeal_terms": AppealTerms(window=None, limit=1, reinstatement_after="P6D")}, True),
        ({"touched_by": frozenset({"r1"})}, True),
        ({"touched_by": frozenset({"r1", "r2"})}, True),
    ],
)
def test_right_of_appeal_is_told_apart_as_long_as_one_may_be_filed(
    state: State, fields: dict[str, Any], *, apart: bool
) -> None:
    assert _apart(state, 1, fields) == apart
    assert not _apart(state, 0, fields)


def test_as_many_appeals_are_told_apart_as_things_may_be_opened() -> None:
    assert _apart(restricted(), 2, {"appeals_left": 2})
    assert not _apart(changed(restricted(), "s", appeals_left=2), 2, {"appeals_left": 3})


@pytest.mark.parametrize(
    ("terms", "apart"),
    [
        (AppealTerms(window="P4D", limit=1, reinstatement_after="P7D"), True),
        (AppealTerms(window="P4D", limit=1), True),
        (AppealTerms(window="P5D", limit=1, reinstatement_after="P6D"), True),
        (AppealTerms(window="P4D", limit=9, reinstatement_after="P6D"), False),
    ],
)
def test_windows_of_appeal_are_told_apart_until_they_have_passed(terms: AppealTerms, *, apart: bool) -> None:
    assert _apart(restricted(), 1, {"appeal_terms": terms}) == apart
    long_ago = t("+0d-99d")
    assert not _apart(changed(restricted(), "s", window_from=long_ago), 1, {"window_from": t("+0d-98d")})


def test_last_appeal_is_told_apart_as_long_as_reinstatement_is_ahead() -> None:
    assert _apart(restricted(), 1, {"last_appeal_at": t("+1d")})
    assert not _apart(changed(restricted(), "s", window_from=t("+0d-99d")), 1, {"last_appeal_at": t("+0d-50d")})


def _exempt(*unless: Any, at: str = "+0d") -> State:
    return replace(restricted(), exemption=Exemption(t(at), unless))


def test_from_whom_an_account_is_exempt_is_told_apart_and_not_since_when() -> None:
    assert len({key(one) for one in (restricted(), _exempt(), _exempt("reviewer"), _exempt("moderator"))}) == 4
    assert key(_exempt("reviewer")) == key(_exempt("reviewer", at="+1d"))


def test_how_much_may_still_be_opened_is_told_apart() -> None:
    assert len({key(restricted(), left=left) for left in (0, 1, 2)}) == 3
