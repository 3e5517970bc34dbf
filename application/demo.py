"""The founding story: official accounts that offer secondary trading of digital collectibles, and what becomes of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from msgspec import Struct

from ..domain.errors import Refused
from ..domain.instants import text
from ..projections.history import AccountHistory
from .documents import AccountState
from .sanctions import Sanctions

__all__ = ["Chapter", "report_page", "tell"]

_START: Final = datetime(2022, 6, 20, 9, tzinfo=UTC)
_END: Final = _START + timedelta(days=60)
_CLAUSE: Final = "illegal-business.digital-collectibles-secondary-trading"
_ANNOUNCED: Final = ["be_followed", "be_found_in_search", "mass_send", "monetize"]

RULES: Final = {"kind": "system", "id": "rules-engine"}
LIN: Final = {"kind": "moderator", "id": "lin"}
CHEN: Final = {"kind": "moderator", "id": "chen"}
WANG: Final = {"kind": "reviewer", "id": "wang"}
HOLDER: Final = {"kind": "holder", "id": "holder"}


class Chapter(Struct, frozen=True):
    """One account's part of the story: what is told, and what is on record."""

    heading: str
    lines: tuple[str, ...]
    history: AccountHistory
    state: AccountState


class _Stage:
    """A store in memory with a clock that the story moves; every claim that is told is asked of the library."""

    def __init__(self) -> None:
        self.now = _START
        self.sanctions = Sanctions.open("sqlite://", clock=lambda: self.now)
        self.lines: list[str] = []

    def on_day(self, day: int, hour: int = 0) -> None:
        self.now = _START + timedelta(days=day, hours=hour)

    def say(self, line: str) -> None:
        self.lines.append(f"{text(self.now)[:16].replace('T', ' ')}  {line}")

    def do(self, account: str, by: dict[str, str], command: str, **fields: Any) -> None:
        self.sanctions.execute({"command": command, "account": account, "by": by, **fields})

    def refused(self, account: str, by: dict[str, str], command: str, **fields: Any) -> str:
        try:
            self.do(account, by, command, **fields)
        except Refused as refusal:
            return refusal.code
        raise AssertionError(f"{command} was expected to be refused")

    def verdict(self, account: str, function: str) -> str:
        found = self.sanctions.may(account, function)
        if found:
            return f"May it {function}? Yes."
        until = "with no end" if found.until is None else f"until {text(found.until)[:10]}"
        return f"May it {function}? No, {until}, because of {', '.join(found.because)}."

    def chapter(self, heading: str, account: str) -> Chapter:
        self.now = _END
        self.sanctions.sweep()
        told, self.lines = tuple(self.lines), []
        return Chapter(heading, told, self.sanctions.history(account), self.sanctions.state(account))


def tell() -> list[Chapter]:
    """The four chapters, played on a fresh database in memory."""
    chapters: list[Chapter] = []
    for part in (_banned_step_by_step, _rectifies_in_time, _banned_at_once, _appeals_and_wins):
        stage = _Stage()
        with stage.sanctions:
            chapters.append(part(stage))
    return chapters


def report_page(chapters: list[Chapter]) -> str:
    """The story as one self-contained page."""
    from .reports import history_page as page

    told = [page.Chapter(c.heading, "\n".join(c.lines), c.history, c.state) for c in chapters]
    return page.story_page(told)


def _basis(violation: str, facts: str) -> dict[str, Any]:
    return {"clause": _CLAUSE, "violations": [violation], "category": "illegal-business", "facts": facts}


def _found(stage: _Stage, account: str, facts: str) -> None:
    stage.do(
        account,
        RULES,
        "record_violation",
        violation="v-1",
        clause=_CLAUSE,
        severity="moderate",
        facts=facts,
        detected="automated",
    )


def _order(stage: _Stage, account: str, facts: str) -> None:
    stage.do(
        account,
        LIN,
        "order_rectification",
        sanction="order-1",
        basis=_basis("v-1", facts),
        within="P7D",
        requirements="Take the trading pages down and show that they are gone.",
        on_default=[{"restrict": _ANNOUNCED, "for": "P30D"}],
    )
    stage.do(account, RULES, "serve_notice", sanction="order-1", channel="in-app")


def _banned_step_by_step(stage: _Stage) -> Chapter:
    account, facts = "gh_collectibles_daily", "Articles link to a marketplace where NFTs are resold."
    _found(stage, account, facts)
    _order(stage, account, facts)
    stage.say("Moderator Lin orders the account to rectify within 7 days, and announces what follows if it does not.")
    stage.on_day(6)
    stage.say(f"A day before the deadline. {stage.verdict(account, 'mass_send')}")
    stage.on_day(7)
    stage.say(f"The deadline passes; no job has run. {stage.verdict(account, 'mass_send')}")
    stage.on_day(12)
    stage.do(
        account,
        RULES,
        "record_violation",
        violation="v-2",
        clause=_CLAUSE,
        severity="serious",
        facts="A new marketplace link.",
    )
    stage.say("The account goes on trading.")
    basis = _basis("v-2", "Trading went on under restriction.")
    code = stage.refused(account, LIN, "ban", basis=basis, permanent=True)
    stage.say(f"Lin alone cannot ban it for good ({code}); Lin proposes it.")
    inner = {"command": "ban", "sanction": "ban-1", "basis": basis, "permanent": True}
    stage.do(account, LIN, "propose", proposal="proposal-1", sanction=inner)
    stage.on_day(13)
    stage.do(account, CHEN, "approve", proposal="proposal-1", reason="The links are plain.")
    stage.say(f"Chen approves. {stage.verdict(account, 'publish')}")
    return stage.chapter("1. Ordered to rectify, restricted, banned", account)


def _rectifies_in_time(stage: _Stage) -> Chapter:
    account, facts = "gh_art_weekly", "One article offers a resale."
    _found(stage, account, facts)
    _order(stage, account, facts)
    stage.say("Ordered to rectify within 7 days.")
    stage.on_day(3)
    stage.do(
        account,
        HOLDER,
        "submit_rectification",
        sanction="order-1",
        statement="The article is gone.",
        evidence=["screenshot 1"],
    )
    stage.say("The holder reports that the article is gone.")
    stage.on_day(4)
    stage.do(account, CHEN, "accept_rectification", sanction="order-1", reason="Checked: gone.")
    stage.say("Chen accepts: the order is satisfied.")
    stage.on_day(7)
    stage.say(f"The deadline passes without consequence. {stage.verdict(account, 'mass_send')}")
    return stage.chapter("2. Rectified in time", account)


def _banned_at_once(stage: _Stage) -> Chapter:
    account, facts = "gh_quick_flips", "Runs an exchange for stolen collectibles; victims have come forward."
    _found(stage, account, facts)
    inner = {
        "command": "ban",
        "sanction": "ban-1",
        "basis": {**_basis("v-1", facts), "severity": "critical"},
        "permanent": True,
    }
    stage.do(account, LIN, "propose", proposal="proposal-1", sanction=inner)
    stage.say(f"A grave case: Lin proposes a permanent ban. {stage.verdict(account, 'payment')}")
    code = stage.refused(account, LIN, "approve", proposal="proposal-1")
    stage.say(f"Lin cannot approve it too ({code}).")
    stage.on_day(0, 2)
    stage.do(account, CHEN, "approve", proposal="proposal-1", reason="Emergency: users are losing money.")
    stage.say(f"Two hours later Chen approves. {stage.verdict(account, 'payment')}")
    return stage.chapter("3. Banned at once, by two persons", account)


def _appeals_and_wins(stage: _Stage) -> Chapter:
    account, facts = "gh_museum_shop", "Sells digital prints."
    _found(stage, account, facts)
    stage.do(
        account,
        LIN,
        "restrict",
        sanction="restriction-1",
        basis=_basis("v-1", facts),
        functions=_ANNOUNCED,
        **{"for": "P30D"},
    )
    stage.say(f"Restricted for 30 days. {stage.verdict(account, 'monetize')}")
    stage.on_day(2)
    stage.do(
        account,
        HOLDER,
        "appeal",
        appeal="appeal-1",
        sanction="restriction-1",
        statement="First sales by the museum; nothing is resold.",
    )
    stage.say(f"The holder appeals; the restriction stays meanwhile. {stage.verdict(account, 'monetize')}")
    stage.on_day(5)
    stage.do(
        account,
        WANG,
        "decide_appeal",
        appeal="appeal-1",
        outcome="granted",
        reason="First sale is not secondary trading.",
    )
    stage.say("Reviewer Wang, who took no part before, grants it: overturned, void from the beginning.")
    stage.say(stage.verdict(account, "monetize"))
    strikes = stage.sanctions.state(account).strikes
    stage.say(f"The violation no longer counts: {strikes.total} strikes.")
    return stage.chapter("4. Appealed and won", account)
