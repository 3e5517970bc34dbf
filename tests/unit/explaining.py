"""A policy of a community, and explanations of what was decided by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from account_sanctions.domain.explaining import AccountExplanation, Explanation, Past, Subject, explain, explain_account
from account_sanctions.domain.explaining import past as gather
from account_sanctions.domain.period import period_from_text
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.record import Recorded

from tests.unit.scenario import SYSTEM, Account, t
from tests.unit.worded import said

__all__ = ["COMMUNITY", "explained", "explained_account", "member", "past", "policy", "report", "twice"]

_COMMUNITY: Final = {
    "id": "community",
    "version": "1",
    "functions": ["post", "comment"],
    "severities": ["minor", "serious"],
    "clauses": {
        "spam": {"text": "Do not post the same thing again and again.", "ladder": "spam", "category": "noise"},
        "flood": {"ladder": "spam", "category": "noise"},
        "insult": {"ladder": "insult", "category": "harm"},
        "gossip": {},
    },
    "ladders": {
        "spam": {
            "text": "Each spam brings the next step.",
            "within": "P90D",
            "steps": [
                {"impose": [{"warn": {"permanent": True}}]},
                {"impose": [{"restrict": ["post"], "for": "P7D"}], "text": "The second time."},
                {"impose": [{"ban": {"permanent": True}}]},
            ],
        },
        "insult": {"scope": "clause", "steps": [{"impose": [{"warn": {"for": "P30D"}}]}]},
    },
}


def policy(**fields: Any) -> Policy:
    """The community's policy, with some fields replaced."""
    return msgspec.convert({**_COMMUNITY, **fields}, Policy, dec_hook=period_from_text)


COMMUNITY: Final = policy()


def member(rules: Policy = COMMUNITY) -> Account:
    """An account under it."""
    return Account(rules)


def report(account: Account, violation: str, at: str, **fields: Any) -> Account:
    """A violation is reported; of `spam`, unless the fields say otherwise."""
    chosen = {"clause": "spam", "by": SYSTEM, **fields}
    return account.given("report_violation", at=at, violation=violation, **chosen)


def twice() -> Account:
    """A member of whom spam is reported twice within ten days, first as minor."""
    return report(report(member(), "v-1", "+0d", severity="minor"), "v-2", "+10d")


def past(
    account: Account, *, at: str = "+900d", known: str | None = None, history: Sequence[Recorded] | None = None
) -> Past:
    """What is known of the account."""
    found = {account.policy.ref.digest: account.policy}
    return gather(
        account.name,
        account.history if history is None else history,
        valid_at=t(at),
        known_at=t(known or "+900d"),
        policies=found.get,
    )


def explained(account: Account, decision: str, subject: Subject | None = None, **times: Any) -> Explanation:
    """The explanation of one decision."""
    found = explain(past(account, **times), decision, subject)
    said(found)
    return found


def explained_account(account: Account, function: str | None = None, **times: Any) -> AccountExplanation:
    """The explanation of the account."""
    known = past(account, **times)
    found = explain_account(known, function, known_at=known.at)
    said(found)
    return found
