"""Counterfactual replay in short form: an account of `scenario`, and what another policy makes of its history."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from account_sanctions.application.simulating.comparing import Difference, compare
from account_sanctions.application.simulating.replaying import Replayed, replay
from account_sanctions.domain.due import advance
from account_sanctions.domain.period import period_from_text
from account_sanctions.domain.policies.book import PolicyBook
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.state import State

from .scenario import SYSTEM, Account, t

__all__ = ["BAN", "DAY", "FOREVER", "WARN", "WEEK", "Simulated", "ladder", "policy", "reported", "simulated"]

WARN: Final = {"warn": {"for": "P30D"}}
DAY: Final = {"restrict": ["publish"], "for": "P1D"}
WEEK: Final = {"restrict": ["publish"], "for": "P7D"}
BAN: Final = {"ban": {"for": "P30D"}}
FOREVER: Final = {"ban": {"permanent": True}}


def policy(*steps: Any, **fields: Any) -> Policy:
    """A policy whose clause `spam` climbs these steps: penalties, or whole steps."""
    given: dict[str, Any] = {"id": "p", "version": "1", "functions": ["publish", "mass_send"], "second_person": []}
    given |= {"clauses": {"spam": {"ladder": "l"}}, "ladders": {"l": ladder(*steps)}}
    return msgspec.convert({**given, **fields}, Policy, dec_hook=period_from_text)


def ladder(*steps: Any) -> dict[str, Any]:
    """A ladder of these steps: penalties, or whole steps."""
    return {"steps": [step if "impose" in step else {"impose": [step]} for step in steps]}


def reported(recorded: Policy, *days: int, **fields: Any) -> Account:
    """An account on which a violation `v1`, `v2`, ... of `spam` was reported on each of these days."""
    account = Account(policy=recorded)
    for number, day in enumerate(days, 1):
        account.given(
            "report_violation", at=f"+{day}d", by=SYSTEM, violation=f"v{number}", **{"clause": "spam", **fields}
        )
    return account


class Simulated:
    """An account replayed under another policy."""

    def __init__(self, account: Account, other: Policy | PolicyBook, **options: Any) -> None:
        book = other if isinstance(other, PolicyBook) else PolicyBook.of(other)
        kept = {account.policy.ref.digest: account.policy}
        self.found: Replayed = replay(account.history, book, kept=kept, **options)

    @property
    def differences(self) -> dict[str, Difference | None]:
        """How each violation is decided otherwise."""
        return {one.violation.violation: compare(one.recorded, one.other) for one in self.found.decisions}

    @property
    def steps(self) -> dict[str, str | None]:
        """The step that the other policy takes for each violation; where there is none, why."""
        return {
            one.violation.violation: one.other.refused or one.other.step or one.other.withheld
            for one in self.found.decisions
        }

    @property
    def left_out(self) -> dict[str, int]:
        return dict(self.found.left_out)

    def at(self, short: str) -> State:
        """The account as it would be then; nothing of the history may lie behind."""
        return advance(self.found.other, t(short))

    def statuses(self, short: str) -> dict[str, str]:
        """Every sanction that it would have, with its status."""
        return {one.id: one.status for one in self.at(short).sanctions()}


def simulated(account: Account, other: Policy | PolicyBook, **options: Any) -> Simulated:
    """The account replayed."""
    return Simulated(account, other, **options)
