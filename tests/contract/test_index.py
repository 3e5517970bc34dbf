"""The in-process index gives the answers of the database, as of its last refresh."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from account_sanctions.application import Sanctions

T0 = datetime(2026, 1, 1, tzinfo=UTC)
BY = {"kind": "moderator", "id": "m"}
FUNCTIONS = ("publish", "mass_send", "payment")


class Clock:
    def __init__(self) -> None:
        self.now = T0

    def __call__(self) -> datetime:
        return self.now


def command(random: Random, number: int) -> dict[str, Any]:
    fields: dict[str, Any] = {"account": f"a{random.randrange(5)}", "by": BY, "basis": {"clause": "c"}}
    days = {"for": f"P{random.randint(1, 9)}D"}
    return random.choice(
        [
            {**fields, "command": "ban", **days},
            {**fields, "command": "restrict", "functions": random.sample(FUNCTIONS, 2), **days},
            {**fields, "command": "restrict", "functions": [FUNCTIONS[0]], "permanent": True, "sanction": f"s{number}"},
            {
                **fields,
                "command": "order_rectification",
                "within": "P2D",
                "on_default": [{"restrict": [FUNCTIONS[1]], "for": "P3D"}],
            },
            {"command": "lift", "account": fields["account"], "by": BY, "sanction": f"s{number - 3}", "reason": "-"},
        ]
    )


@pytest.mark.parametrize("seed", range(5))
def test_index_answers_like_the_database_after_each_refresh(url: str, seed: int) -> None:
    random, clock = Random(seed), Clock()  # noqa: S311 - not a secret
    with Sanctions.open(url, clock=clock) as sanctions:
        index = sanctions.index()
        # Each step asks for ninety answers: fewer steps where an answer comes from a server.
        for number in range(8 if url.startswith("postgresql") else 30):
            clock.now += timedelta(hours=random.randrange(20))
            list(sanctions.execute_many([command(random, number)]))
            index.refresh()
            fresh = sanctions.index()
            for hours in (0, 1, 30, 100, 400):
                at = clock.now + timedelta(hours=hours)
                for account in ("a0", "a1", "a2", "a3", "a4", "nobody"):
                    for function in FUNCTIONS:
                        expected = sanctions.may(account, function, at)
                        for found in (index.may(account, function, at), fresh.may(account, function, at)):
                            assert (found.allowed, set(found.because), found.until) == (
                                expected.allowed,
                                set(expected.because),
                                expected.until,
                            )


def test_index_is_as_old_as_its_last_refresh(url: str) -> None:
    clock = Clock()
    with Sanctions.open(url, clock=clock) as sanctions:
        index = sanctions.index()
        sanctions.execute({"command": "ban", "account": "a", "by": BY, "basis": {"clause": "c"}, "for": "P1D"})
        assert index.may("a", "publish")
        assert index.refresh() == 1
        assert not index.may("a", "publish")
        assert (len(index), index.position, index.refresh()) == (1, 1, 0)
        clock.now += timedelta(days=1)
        assert index.may("a", "publish"), "an end needs no refresh"
