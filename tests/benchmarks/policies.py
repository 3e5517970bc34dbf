"""What a policy makes of one more violation of an account that has fifty on record.

`python -m tests.benchmarks.policies` measures this alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from account_sanctions.application.policies import find_policy
from account_sanctions.domain.acts import Ban, RecordViolation, ReportViolation
from account_sanctions.domain.commands import Command
from account_sanctions.domain.deciding import handle
from account_sanctions.domain.due import advance
from account_sanctions.domain.period import Period
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.state import NOTHING, State
from account_sanctions.domain.terms import Basis
from account_sanctions.domain.vocabulary import Actor
from msgspec import UNSET, UnsetType

from .measuring import cpu, report

T0 = datetime(2026, 1, 1, tzinfo=UTC)
ENGINE, MODERATOR = Actor("system", "engine"), Actor("moderator", "m")
SIZE = 50

SHAPES: Final[Mapping[str, tuple[str, str, str | UnsetType]]] = {
    "osu-silence": ("occurrences, each with its sanction", "chat-abuse", UNSET),
    "facebook-2022": ("strikes that expire, each with its sanction", "community-standards", UNSET),
    "xbox-2023": ("weights that expire, each with its sanction", "minor", UNSET),
    "dsa-article-23": ("a window after a warning", "manifestly-illegal", UNSET),
    "wechat-official-accounts@2022-06": ("escalating severities", "illegal-business.virtual-currency", "moderate"),
    "cairn-mod": ("weights that fade and freeze, good standing", "spam", UNSET),
}
"""By preset: what it counts, and the clause and severity of the violations."""


def history(policy: Policy, clause: str, severity: str | UnsetType, at: datetime) -> State:
    """An account whose violations were found two days apart, reported where that leads to no permanent ban.

    Where bans stop the clock, there are five of them.
    """
    state = NOTHING
    for number in range(SIZE):
        found = T0 + timedelta(days=2 * number)
        asked = ReportViolation(violation=f"v-{number}", clause=clause, severity=severity)
        permanent = any(one.bans_permanently for one in policy.evaluate(state, asked, found).penalties)
        recorded = RecordViolation(violation=f"v-{number}", clause=clause, severity=severity)
        act = recorded if permanent else asked
        state = handle(Command(account="a", by=ENGINE, act=act, at=found), state, policy).state
        if policy.counting.frozen_while and number % 10 == 9:
            ban = Ban(sanction=f"b-{number}", basis=Basis(clause=clause), for_=Period("P3D"))
            state = handle(Command(account="a", by=MODERATOR, act=ban, at=found), state, policy).state
    return advance(state, at)


def evaluating() -> None:
    at = T0 + timedelta(days=2 * SIZE)
    for name, (shape, clause, severity) in SHAPES.items():
        (policy,) = find_policy(name).versions
        state = history(policy, clause, severity, at)
        violation = ReportViolation(violation="one more", clause=clause, severity=severity)
        asked: Callable[[], object] = partial(policy.evaluate, state, violation, at)
        found = cpu({"evaluate": (asked, 50)})["evaluate"]
        report(
            f"evaluate, {len(state.violations)} violations: {shape}",
            f"{found.least * 1e6:.1f} us ({found.median * 1e6:.1f}) CPU",
            "at most 50 us",
        )


if __name__ == "__main__":
    evaluating()
