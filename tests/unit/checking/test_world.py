"""The smallest world of a policy: when it begins, what is reported, and what is tried in it."""

from __future__ import annotations

import json

from account_sanctions.domain import acts
from account_sanctions.domain.checking.moves import moves, opens
from account_sanctions.domain.checking.world import Report, world_of
from account_sanctions.domain.policies.policy import Policy, policy_from_bytes
from account_sanctions.domain.presets import DEFAULT

from tests.unit.scenario import Account, iso, t


def _policy(**clauses: dict[str, str]) -> Policy:
    ladders = {"l": {"steps": [{"impose": [{"warn": {"for": "P1D"}}]}]}}
    fields = {"id": "p", "version": "1", "functions": ["publish"], "clauses": clauses, "ladders": ladders}
    return policy_from_bytes(json.dumps(fields).encode())


def test_world_begins_when_every_clause_that_has_no_end_is_in_force() -> None:
    policy = _policy(
        old={"ladder": "l", "effective_from": iso("-90d")},
        new={"ladder": "l", "effective_from": iso("+90d")},
        ending={"ladder": "l", "effective_from": iso("+95d"), "effective_until": iso("+99d")},
    )
    world = world_of(policy, 1)

    assert world.start == t("+90d")
    assert world.clause == "old"


def test_clause_that_nothing_follows_from_is_not_reported() -> None:
    world = world_of(_policy(silent={}, climbing={"ladder": "l"}), 1)

    assert world.reports == (Report("climbing", None, None),)
    assert world.clause == "silent"


def test_clauses_that_differ_in_their_names_alone_are_reported_once() -> None:
    world = world_of(_policy(one={"ladder": "l", "text": "Do not."}, other={"ladder": "l", "text": "Nor this."}), 1)

    assert [report.clause for report in world.reports] == ["one"]


def test_policy_without_clauses_has_a_clause_that_can_be_cited() -> None:
    world = world_of(DEFAULT, 1)

    assert (world.clause, world.reports) == ("any", ())


def test_worlds_of_one_policy_and_size_are_one_key() -> None:
    assert len({hash(world_of(DEFAULT, things)) for things in (1, 2, 1)}) == 2


def test_notice_is_served_once() -> None:
    account = Account().given("warn", at="+0d", sanction="w", until="+9d")
    world = world_of(DEFAULT, 9)

    def notices() -> list[bool]:
        tried = moves(world, account.state, t("+0d"), 2, strangers=False)
        return [opens(one) for one in tried if isinstance(one.act, acts.ServeNotice)]

    assert notices() == [True]
    account.given("serve_notice", at="+0d", sanction="w")
    assert notices() == []
