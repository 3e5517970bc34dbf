"""One good command of each kind, and a short way to say that a spoiled one is malformed."""

from __future__ import annotations

from typing import Any

import pytest
from account_sanctions.domain.commands import read_command
from account_sanctions.domain.errors import Malformed

from tests.unit.scenario import actor, command

__all__ = ["BY", "GOOD", "HEADER", "NEEDED", "refusal", "whole"]

BY = actor("moderator:m-1")

# One good command of each kind, with every field that has a value of its own.
GOOD: dict[str, dict[str, Any]] = {
    "record_violation": {
        "violation": "v",
        "clause": "3.1",
        "category": "spam",
        "severity": "high",
        "facts": "the same text 400 times",
        "evidence": ["a link"],
        "content_at": "+0d",
        "batch": "b-1",
        "detected": "notice",
    },
    "warn": {"sanction": "s", "basis": {"clause": "3.1"}, "until": "+9d", "from": "+1d", "supersedes": ["x"]},
    "order_rectification": {
        "sanction": "s",
        "basis": {"clause": "3.1"},
        "deadline": "+9d",
        "requirements": "delete the article",
        "on_default": [{"warn": {"for": "P7D"}}],
        "clock": "acceptance_by_deadline",
        "supersedes": ["x"],
    },
    "extend_rectification": {"sanction": "s", "deadline": "+9d"},
    "submit_rectification": {"sanction": "s", "evidence": ["a link"], "statement": "done"},
    "accept_rectification": {"sanction": "s", "reason": "seen"},
    "reject_rectification": {"sanction": "s", "reason": "not seen"},
    "restrict": {
        "sanction": "s",
        "basis": {"clause": "3.1"},
        "functions": ["publish"],
        "until": "+9d",
        "from": "+1d",
        "supersedes": ["x"],
    },
    "ban": {"sanction": "s", "basis": {"clause": "3.1"}, "until": "+9d", "from": "+1d", "supersedes": ["x"]},
    "change_sanction": {"sanction": "s", "functions": ["publish"], "until": "+9d", "reason": "less will do"},
    "lift": {"sanction": "s", "reason": "served"},
    "overturn": {"sanction": "s", "reason": "wrong"},
    "appeal": {"appeal": "a", "sanction": "s", "statement": "no"},
    "withdraw_appeal": {"appeal": "a"},
    "decide_appeal": {
        "appeal": "a",
        "outcome": "granted_in_part",
        "reason": "less will do",
        "functions": ["publish"],
        "until": "+9d",
    },
    "propose": {"proposal": "p", "sanction": {"command": "ban", "basis": {"clause": "3.1"}, "permanent": True}},
    "approve": {"proposal": "p", "reason": "yes"},
    "dismiss": {"proposal": "p", "reason": "no"},
    "serve_notice": {"sanction": "s", "channel": "post"},
    "exempt": {"reason": "staff", "unless": ["reviewer"]},
    "end_exemption": {"reason": "left"},
    "note": {"text": "seen"},
}
NEEDED: dict[str, tuple[str, ...]] = {
    "record_violation": ("clause",),
    "warn": ("basis", "until"),
    "order_rectification": ("basis", "deadline", "on_default"),
    "extend_rectification": ("sanction", "deadline"),
    "submit_rectification": ("sanction",),
    "accept_rectification": ("sanction",),
    "reject_rectification": ("sanction",),
    "restrict": ("basis", "functions", "until"),
    "ban": ("basis", "until"),
    "change_sanction": ("sanction", "reason"),
    "lift": ("sanction", "reason"),
    "overturn": ("sanction", "reason"),
    "appeal": ("sanction", "statement"),
    "withdraw_appeal": ("appeal",),
    "decide_appeal": ("appeal", "outcome", "reason"),
    "propose": ("sanction",),
    "approve": ("proposal",),
    "dismiss": ("proposal",),
    "serve_notice": ("sanction",),
    "exempt": ("reason",),
    "end_exemption": ("reason",),
    "note": ("text",),
}
HEADER: dict[str, Any] = {"account": "gh_1", "by": BY, "at": "+0d", "command_id": "c-1", "expected_version": 0}


def whole(name: str, **changed: Any) -> dict[str, Any]:
    """The good command of this name, with some fields changed."""
    return command(name, **{**HEADER, **GOOD[name], **changed})


def refusal(value: object) -> Malformed:
    """The error with which this value is refused as malformed."""
    with pytest.raises(Malformed) as raised:
        read_command(value)
    assert raised.value.code == "malformed"
    assert "field" in raised.value.details
    return raised.value
