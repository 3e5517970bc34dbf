"""The world of a policy: when it begins, how long things last, which functions are taken and which reports are made."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from account_sanctions.domain.checking.world import Report, world_of
from account_sanctions.domain.period import Period
from account_sanctions.domain.presets import DEFAULT
from msgspec.structs import replace

from tests.unit.scenario import iso, t
from tests.unit.test_report_violation import policy


def _clauses(**clauses: Any) -> Any:
    return policy(clauses={name: {"ladder": "main", **fields} for name, fields in clauses.items()})


def test_world_begins_with_its_policy() -> None:
    assert world_of(DEFAULT, 1).start == t("+0d")
    assert world_of(replace(DEFAULT, effective_from=t("+9d")), 1).start == t("+9d")
    assert world_of(replace(DEFAULT, effective_from=t("+0d-9d")), 1).start == t("+0d-9d")


def test_world_is_of_its_policy_and_so_many_things() -> None:
    world = world_of(DEFAULT, 3)
    assert (world.policy.ref, world.things) == (DEFAULT.ref, 3)


@pytest.mark.parametrize(
    ("ttl", "short", "days"),
    [
        ("P3D", "PT259200S", 3),
        ("P2DT3H", "PT183600S", 2.125),
        ("PT5S", "PT5S", 5 / 86_400),
        ("P1M", "PT2592000S", 30),
    ],
)
def test_things_last_as_long_as_a_proposal_or_twice_as_long(ttl: str, short: str, days: float) -> None:
    world = world_of(replace(DEFAULT, proposal_ttl=Period(ttl)), 1)
    assert world.lengths[0] == Period(short)
    assert world.lengths[1].seconds == 2 * world.lengths[0].seconds
    assert world.short == timedelta(days=days)


@pytest.mark.parametrize(
    ("fields", "reported"),
    [
        ({"effective_from": iso("+0d")}, True),
        ({"effective_until": iso("+0d")}, False),
        ({"effective_until": iso("+0d+1s")}, True),
        ({"effective_from": iso("+0d-9d"), "effective_until": iso("+0d-8d")}, False),
        ({"effective_from": iso("+0d-9d"), "effective_until": iso("+8d")}, True),
    ],
)
def test_clause_is_reported_unless_it_has_ended(fields: dict[str, Any], *, reported: bool) -> None:
    world = world_of(_clauses(first=fields, second={"category": "noise"}), 1)
    assert world.start == t("+0d")
    assert (Report("first", None, None) in world.reports) == reported
    assert Report("second", None, None) in world.reports
    if not reported:
        assert world.clause == "second"


@pytest.mark.parametrize(
    ("named", "taken"),
    [
        (("publish", "comments", "mass_send"), ("publish", "comments")),
        (("publish",), ("publish",)),
        (("shop.*",), ("shop.1", "shop.2")),
        (("shop.*", "publish"), ("publish", "shop.1")),
        (("shop.*", "publish", "comments"), ("publish", "comments")),
        ((), ()),
    ],
)
def test_two_functions_are_taken_and_patterns_give_names(named: tuple[str, ...], taken: tuple[str, ...]) -> None:
    assert world_of(replace(DEFAULT, functions=named), 1).functions == taken


def test_every_severity_and_class_is_reported_of_each_kind_of_clause() -> None:
    rules = policy(
        severities=["low", "high"],
        account_classes=["new", "old"],
        clauses={"one": {"ladder": "main"}, "same": {"ladder": "main"}, "other": {"ladder": "main", "weight": 2}},
    )
    assert world_of(rules, 1).reports == tuple(
        Report(clause, severity, kind)
        for clause in ("one", "other")
        for severity in ("low", "high")
        for kind in ("new", "old")
    )


def test_weights_in_another_order_make_no_other_clause() -> None:
    rules = policy(
        severities=["low", "high"],
        clauses={
            "one": {"ladder": "main", "weights": {"low": 1, "high": 2}, "counting": {"expires_after": "P5D"}},
            "same": {"ladder": "main", "weights": {"high": 2, "low": 1}, "counting": {"expires_after": "P5D"}},
        },
    )
    assert {report.clause for report in world_of(rules, 1).reports} == {"one"}
