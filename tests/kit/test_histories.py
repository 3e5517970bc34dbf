"""What is drawn for a policy gets somewhere under it: reports impose, and every command of the contract is accepted at times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, get_args

import pytest
from account_sanctions.application.checking import policies_named
from account_sanctions.domain.acts import Act
from account_sanctions.domain.events import Imposed, SanctionProposed
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.testing import histories, play
from account_sanctions.testing.command_histories import Json
from account_sanctions.testing.running import Run
from hypothesis import Phase, given, settings

# One preset has a ladder without steps: it publishes no thresholds.
WITH_A_LADDER: Final = [
    policy
    for policy in policies_named(())
    if any(step.impose for ladder in policy.ladders.values() for step in ladder.steps)
]
COMMANDS: Final = {str(kind.__struct_config__.tag) for kind in get_args(Act)}


def drawn(policy: Policy, examples: int, longest: int = 16) -> list[Run]:
    """The same histories each time, however the machine and the profile are."""
    found: list[Run] = []

    @settings(max_examples=examples, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
    @given(histories(min_size=6, max_size=longest, policy=policy))
    def draw(commands: list[Json]) -> None:
        found.append(play(commands, policy))

    draw()
    return found


def reports(runs: list[Run]) -> Iterator[Any]:
    return (step for run in runs for step in run.steps if step.command["command"] == "report_violation")


@pytest.mark.parametrize("policy", WITH_A_LADDER, ids=lambda policy: policy.name)
def test_reports_bring_what_the_policy_says(policy: Policy) -> None:
    found = Counter[str]()
    for step in reports(drawn(policy, 40)):
        found[step.code or "accepted"] += 1
        if step.decision is not None and "choose" not in step.command:
            kinds = {type(event) for event in step.decision.events}
            found["imposed"] += any(issubclass(kind, Imposed) for kind in kinds)
            found["proposed"] += SanctionProposed in kinds
    assert found["imposed"], found
    assert found["accepted"] > found.total() / 3, found


def test_every_field_of_a_report_is_drawn() -> None:
    found = [
        step
        for one in policies_named(("wechat-official-accounts", "weibo-flooding"))
        for step in reports(drawn(one, 50))
    ]
    fields = {name for step in found for name in step.command}
    assert fields >= {"violation", "clause", "category", "severity", "account_class", "facts", "evidence", "content_at"}
    assert fields >= {"batch", "detected", "reasons", "choose", "reason"}
    events = [step.decision.events[0] for step in found if step.decision is not None]
    assert any(event.grounds.deviates for event in events), "nobody chose otherwise than the policy says"


def test_every_command_is_accepted_in_some_history() -> None:
    policies = policies_named(("default", "wechat-official-accounts", "twitch-2025"))
    runs = [run for one in policies for run in drawn(one, 60, 40)]
    accepted = Counter(step.command["command"] for run in runs for step in run.accepted)
    assert set(accepted) == COMMANDS, accepted
