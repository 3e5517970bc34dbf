"""What was decided, measured: the kind of a command, and how hard what it imposes is."""

from __future__ import annotations

from typing import Any

import pytest
from account_sanctions.domain import events as e
from account_sanctions.domain.acts import Ban, ChangeSanction, OrderRectification, Proposable, Restrict, Warn
from account_sanctions.domain.period import Period
from account_sanctions.domain.policies.deviating import Measure, kind_of, measure_recorded
from account_sanctions.domain.policies.tracing import decided_with
from account_sanctions.domain.terms import Basis, FunctionTerm
from account_sanctions.domain.vocabulary import Actor
from msgspec.structs import replace

from tests.unit.scenario import OTHER_MODERATOR, SYSTEM, T0, Account, t
from tests.unit.test_report_violation import BAN, WARN, policy, report

_BASIS = Basis(clause="spam")
_TERM = FunctionTerm(function="b", for_=Period("P3D"))
_CHANGE = ChangeSanction(sanction="s", permanent=True, reason="-")
_MEASURED: tuple[tuple[Proposable, Measure], ...] = (
    (Warn(basis=_BASIS, for_=Period("P1D")), Measure("warning", t("+1d"))),
    (Ban(basis=_BASIS, permanent=True), Measure("ban", None)),
    (OrderRectification(basis=_BASIS, within=Period("P2D"), on_default=()), Measure("rectification", t("+2d"))),
    (OrderRectification(basis=_BASIS, deadline=t("+5d"), on_default=()), Measure("rectification", t("+5d"))),
    (
        Restrict(basis=_BASIS, functions=("a", _TERM), for_=Period("P1D")),
        Measure("restriction", t("+3d"), frozenset({"a", "b"})),
    ),
    (
        Restrict(basis=_BASIS, functions=("a", _TERM), permanent=True),
        Measure("restriction", None, frozenset({"a", "b"})),
    ),
    (Restrict(basis=_BASIS, functions=(_TERM,)), Measure("restriction", t("+3d"), frozenset({"b"}))),
)


def _proposed(act: Proposable) -> e.SanctionProposed:
    by = Actor("moderator", "m")
    return e.SanctionProposed(at=T0, by=by, proposal="p", sanction="s", act=act, lapses_at=t("+9d"))


@pytest.mark.parametrize(("act", "expected"), _MEASURED)
def test_proposed_sanction_is_as_hard_as_if_it_were_imposed_at_once(act: Proposable, expected: Measure) -> None:
    assert measure_recorded(_proposed(act)) == expected
    assert kind_of(act) == expected.kind


def test_change_is_a_kind_of_its_own_and_has_no_measure() -> None:
    assert kind_of(_CHANGE) == "change"
    with pytest.raises(ValueError, match="a change has no measure"):
        measure_recorded(_proposed(_CHANGE))


def test_imposed_sanction_is_as_hard_as_it_is() -> None:
    account = Account().given("restrict", at="+0d", functions=["publish", "payment"], until="+2d")
    account.given("warn", at="+0d", permanent=True)
    found = [measure_recorded(event) for event in account.events if isinstance(event, e.Imposed)]
    assert found == [Measure("restriction", t("+2d"), frozenset({"publish", "payment"})), Measure("warning", None)]


def _decided_on(account: Account) -> list[str]:
    return [type(event).__name__ for event in decided_with("v", account.events[1:])]


def test_what_is_decided_with_a_report_ends_before_what_is_approved() -> None:
    account = Account(policy({"impose": [WARN, BAN]}))
    report(account, "v", by=SYSTEM).then("ViolationRecorded", "WarningIssued", "SanctionProposed")
    account.given("approve", at="+0d", by=OTHER_MODERATOR, proposal="v/p1")
    assert [type(event).__name__ for event in account.events[3:]] == ["ProposalApproved", "AccountBanned"]
    assert _decided_on(account) == ["WarningIssued", "SanctionProposed"]
    del account.history[3]
    assert _decided_on(account) == ["WarningIssued", "SanctionProposed"]


def test_what_is_decided_with_a_report_is_not_what_is_decided_with_another() -> None:
    account = Account(policy({"impose": [WARN]}))
    for violation in ("v", "w"):
        report(account, violation, by=SYSTEM).then("ViolationRecorded", "WarningIssued")
    assert _decided_on(account) == ["WarningIssued"]
    others: list[Any] = [replace(event, grounds=None) for event in account.events if isinstance(event, e.Imposed)]
    assert list(decided_with("v", others)) == []
