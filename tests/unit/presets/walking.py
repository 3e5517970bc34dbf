"""Walking the ladder of a preset: report violations, and say in short words what followed.

    account = under("youtube-2023")
    assert report(account, "+0d", "community-guidelines").followed == ["warn for ever"]
    report(account, "+1d", "community-guidelines").brings("restrict live upload 7d")

What followed is written as what was imposed, the functions in alphabetical order, and how long it lasts from the violation
on. A proposal begins with `propose:`, and an order names the consequence of a missed deadline behind `else`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from account_sanctions.application.policies import find_policy
from account_sanctions.domain import acts
from account_sanctions.domain.events import (
    AccountBanned,
    Event,
    FunctionsRestricted,
    Grounds,
    ProposalClosed,
    RectificationOrdered,
    SanctionProposed,
    ViolationRecorded,
    WarningIssued,
)
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.terms import Consequence, End, Functions, end_of
from msgspec import UNSET

from tests.unit.scenario import REVIEWER, SYSTEM, Account

__all__ = ["Report", "lift", "overturn", "preset", "report", "under", "walk"]

_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1), "s": timedelta(seconds=1)}


def preset(name: str) -> Policy:
    """The preset of this name, `name@version` where it has several versions."""
    (policy,) = find_policy(name).versions
    return policy


def under(name: str) -> Account:
    """A fresh account under a preset."""
    return Account(preset(name))


@dataclass(frozen=True)
class Report:
    """What the policy made of a reported violation."""

    event: ViolationRecorded
    followed: list[str]

    @property
    def violation(self) -> str:
        return self.event.violation

    @property
    def grounds(self) -> Grounds:
        assert self.event.grounds is not None
        return self.event.grounds

    @property
    def weight(self) -> str:
        """What the violation weighs, as the event has it."""
        return self.event.weight

    @property
    def level(self) -> str:
        """Which level was reached."""
        return self.grounds.level

    @property
    def withheld(self) -> str | None:
        """Why nothing followed."""
        return self.grounds.withheld

    @property
    def sanction(self) -> str:
        """The id of the first sanction that followed."""
        assert self.followed
        return f"{self.violation}/s1"

    def brings(self, *followed: str) -> Report:
        """Exactly this followed, in this order."""
        assert self.followed == list(followed)
        return self

    def brings_nothing(self, because: str) -> Report:
        """Nothing followed, for this reason."""
        assert self.followed == []
        assert self.withheld == because
        return self


def report(account: Account, at: str, clause: str, *, by: str = SYSTEM, **fields: Any) -> Report:
    """Report a violation; the engine reports, and so needs the policy's authority for everything that follows."""
    result = account.when("report_violation", at=at, by=by, clause=clause, **fields)
    assert result.error is None, f"{result.error.code}: {result.error.message}"
    recorded, *rest = result.events
    assert isinstance(recorded, ViolationRecorded)
    # A ban closes the proposals that are open: a matter of bans, not of ladders.
    return Report(recorded, [_said(event) for event in rest if not isinstance(event, ProposalClosed)])


def walk(account: Account, clause: str, *steps: tuple[str, str], **fields: Any) -> None:
    """Report violations of one clause, one after the other: when, and what one sanction follows (`-`: nothing)."""
    for at, expected in steps:
        found = report(account, at, clause, **fields)
        assert (at, found.followed) == (at, [] if expected == "-" else [expected])


def overturn(account: Account, at: str, found: Report) -> None:
    """Somebody finds that what followed was wrong: the violation no longer counts."""
    account.given("overturn", at=at, by=REVIEWER, sanction=found.sanction)


def lift(account: Account, at: str, found: Report) -> None:
    """Somebody ends what followed, which was right: the violation counts on."""
    account.given("lift", at=at, by=REVIEWER, sanction=found.sanction)


def _said(event: Event) -> str:
    match event:
        case WarningIssued():
            return f"warn {_until(event.at, event.until)}"
        case AccountBanned():
            return f"ban {_until(event.at, event.until)}"
        case FunctionsRestricted():
            (end,) = set(event.functions.values())
            return f"restrict {' '.join(sorted(event.functions))} {_until(event.at, end)}"
        case RectificationOrdered():
            announced = " and ".join(_announced(one) for one in event.on_default)
            return f"order {_until(event.at, event.until)}, else {announced}"
        case SanctionProposed():
            return f"propose: {_proposed(event)}"
        case _:
            return type(event).__name__


def _until(start: datetime, end: datetime | None) -> str:
    if end is None:
        return "for ever"
    unit, size = next((unit, size) for unit, size in _UNITS.items() if not (end - start) % size)
    return f"{(end - start) // size}{unit}"


def _announced(consequence: Consequence) -> str:
    if consequence.restrict is not UNSET:
        return _restricting(consequence.restrict, consequence.end)
    return f"ban {_lasting(consequence.end)}"


def _proposed(event: SanctionProposed) -> str:
    assert isinstance(event.act, acts.Restrict), "no preset proposes anything else"
    return _restricting(event.act.functions, end_of(event.act))


def _restricting(functions: Functions, end: End | None) -> str:
    return f"restrict {' '.join(sorted(map(str, functions)))} {_lasting(end)}"


def _lasting(end: End | None) -> str:
    assert end is not None
    return "for ever" if end.after is None else end.after.text
