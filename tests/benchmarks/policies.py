"""What a policy makes of one more violation of an account that has fifty on record.

`python -m tests.benchmarks.policies` measures this alone.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from account_sanctions.application.policies import find_policy
from account_sanctions.domain.acts import RecordViolation, ReportViolation
from account_sanctions.domain.commands import Command
from account_sanctions.domain.deciding import handle
from account_sanctions.domain.due import advance
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.state import NOTHING, State
from account_sanctions.domain.vocabulary import Actor
from msgspec import UNSET

from .measuring import cpu, report

T0 = datetime(2026, 1, 1, tzinfo=UTC)
ENGINE = Actor("system", "engine")
SIZE = 50

SHAPES: Final = {
    "osu-silence": ("occurrences, each with its sanction", "chat-abuse", UNSET),
    "facebook-2022": ("strikes that expire, each with its sanction", "community-standards", UNSET),
    "xbox-2023": ("weights that expire, each with its sanction", "minor", UNSET),
    "dsa-article-23": ("a window after a warning", "manifestly-illegal", UNSET),
    "wechat-official-accounts@2022-06": ("escalating severities", "illegal-business.virtual-currency", "moderate"),
    "cairn-mod": ("weights that fade and freeze, good standing", "spam", UNSET),
}
"""By preset: what it counts, and the clause and severity of the violations."""


def history(policy: Policy, clause: str, severity: str, at: datetime) -> State:
    """An account whose violations were found two days apart, reported where that leads to no permanent ban."""
    state = NOTHING
    for number in range(SIZE):
        fields = {"violation": f"v-{number}", "clause": clause, "severity": severity}
        found = T0 + timedelta(days=2 * number)
        act: RecordViolation | ReportViolation = ReportViolation(**fields)
        if any(one.bans_permanently for one in policy.evaluate(state, act, found).penalties):
            act = RecordViolation(**fields)
        state = handle(Command(account="a", by=ENGINE, act=act, at=found), state, policy).state
    return advance(state, at)


def evaluating() -> None:
    at = T0 + timedelta(days=2 * SIZE)
    for name, (shape, clause, severity) in SHAPES.items():
        (policy,) = find_policy(name).versions
        state = history(policy, clause, severity, at)
        violation = ReportViolation(violation="one more", clause=clause, severity=severity)
        asked: Callable[[], object] = partial(policy.evaluate, state, violation, at)
        found = cpu({"evaluate": (asked, 200)})["evaluate"]
        report(
            f"evaluate, {len(state.violations)} violations: {shape}",
            f"{found.least * 1e6:.1f} us ({found.median * 1e6:.1f}) CPU",
            "at most 50 us",
        )


if __name__ == "__main__":
    evaluating()
