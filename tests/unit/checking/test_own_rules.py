"""Rules of the host's own: what they can see is kept apart, and what they raise is told with the history."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from account_sanctions.domain.checking import Invariant, Step, check_model
from account_sanctions.domain.commands import read_command
from account_sanctions.domain.deciding import handle
from account_sanctions.domain.policies.policy import Policy, policy_from_bytes
from account_sanctions.domain.presets import DEFAULT
from account_sanctions.domain.state import NOTHING, State


def _policy(*impose: object) -> Policy:
    ladders = {"l": {"steps": [{"impose": [one]} for one in impose]}}
    fields = {"id": "p", "version": "1", "functions": ["publish", "live"], "clauses": {"spam": {"ladder": "l"}}}
    return policy_from_bytes(json.dumps({**fields, "ladders": ladders, "second_person": []}).encode())


def no_ban_for_good_after_a_restriction_was_lifted(step: Step) -> str | None:
    lifted = any(one.kind == "restriction" and one.status == "lifted" for one in step.after.sanctions())
    return "banned for good after a restriction was lifted" if lifted and step.after.terminal else None


def test_what_has_ended_is_kept_apart_where_a_rule_looks_at_it() -> None:
    found = check_model(DEFAULT, things=2, invariants=[no_ban_for_good_after_a_restriction_was_lifted]).violation

    assert found is not None
    commands = found.trace.commands()
    assert len(commands) == 4, "proposed, restricted, lifted, approved: nothing shorter does it"
    state = NOTHING
    for command in commands:
        state = handle(read_command(command), state, DEFAULT).state
    assert state.terminal
    assert state.ended["s1"].status == "lifted"


def test_ban_of_a_ladder_is_no_other_ban_of_the_same_length() -> None:
    def bans_of_a_ladder_do_not_come_to_their_end(step: Step) -> list[str]:
        return [
            f"{one.id} came to its end"
            for one in step.after.ended.values()
            if one.kind == "ban" and one.step is not None and one.status == "expired"
        ]

    policy = _policy({"ban": {"for": "P30D"}})
    found = check_model(policy, things=1, invariants=[bans_of_a_ladder_do_not_come_to_their_end]).violation

    assert found is not None
    assert found.sentence == "v1/s1 came to its end"


def nobody_is_written_about_so_often(step: Step) -> str | None:
    return "twelve events" if step.after.version == 12 else None


def _up_to_twelve(state: State, _now: datetime) -> int:
    return min(state.version, 12)


def test_what_a_rule_says_that_it_sees_is_kept_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """How often something happened, over and over, is otherwise left out."""
    rule = nobody_is_written_about_so_often
    assert check_model(DEFAULT, things=1, invariants=[rule]).violation is None
    monkeypatch.setattr(rule, "sees", _up_to_twelve, raising=False)

    found = check_model(DEFAULT, things=1, invariants=[rule]).violation
    assert found is not None
    assert found.sentence == "twelve events"


def _asserts(step: Step) -> None:
    assert step.after.standing != "banned", "banned"


def _asserts_without_words(step: Step) -> None:
    if step.after.standing == "banned":
        raise AssertionError


def _answers(step: Step) -> bool:
    return step.after.standing != "banned"


def _fails(step: Step) -> str | None:
    return None if step.after.standing != "banned" else step.after.sentence  # type: ignore[attr-defined]


def _numbers(step: Step) -> list[int]:
    return [1] if step.after.standing == "banned" else []


@pytest.mark.parametrize(
    ("rule", "sentence", "commands"),
    [
        (_asserts, "banned", 1),
        (_asserts_without_words, "an assertion of the rule does not hold", 1),
        (
            _answers,
            "the rule itself failed: TypeError: a rule says a sentence, several, or nothing; this one answered True",
            0,
        ),
        (_fails, "the rule itself failed: AttributeError: 'State' object has no attribute 'sentence'", 1),
        (
            _numbers,
            "the rule itself failed: TypeError: a rule says a sentence, several, or nothing; among these was 1",
            1,
        ),
    ],
)
def test_what_a_rule_raises_is_told_with_the_history(rule: Invariant, sentence: str, commands: int) -> None:
    found = check_model(DEFAULT, things=1, invariants=[rule]).violation

    assert found is not None
    assert (found.rule, found.sentence) == (rule.__name__, sentence)
    assert len(found.trace.commands()) == commands


def test_what_ends_later_by_itself_is_closed_by_time() -> None:
    """The functions of a restriction end one after the other: the next instant is not its end."""
    taken = ("lift", "overturn", "change")
    fields = {"id": "p", "version": "1", "functions": ["publish", "live"], "second_person": [], "appeal": None}
    withheld = {
        "moderator": taken,
        "reviewer": (*taken, "lift_permanent_ban", "overturn_permanent_ban", "ban_permanently"),
    }
    withheld["moderator"] = (*taken, "ban_permanently")
    policy = policy_from_bytes(json.dumps({**fields, "withheld_rights": withheld}).encode())

    assert check_model(policy, things=1).violation is None
