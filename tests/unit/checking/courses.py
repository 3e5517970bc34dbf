"""Steps as they come about, one of each kind: by every command, and by time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from account_sanctions.domain.checking import Step
from account_sanctions.domain.policies.policy import Policy

from tests.unit.scenario import HOLDER, MODERATOR, OTHER_MODERATOR, OTHER_REVIEWER, REVIEWER, SYSTEM, Account, iso
from tests.unit.test_report_violation import policy

from .stepping import stepped, waited

__all__ = ["COURSES", "FOR_GOOD", "banned_for_good", "defaulted", "ordered", "proposed"]

FOR_GOOD: Final[dict[str, Any]] = {"command": "ban", "sanction": "b", "basis": {"clause": "1"}, "permanent": True}
_STOPS: Final = "submission_stops_clock"
_BAN: Final[dict[str, Any]] = {"ban": {"for": "P3D"}}
_WARN: Final[dict[str, Any]] = {"warn": {"for": "P9D"}}
_TAKE: Final[dict[str, Any]] = {"restrict": ["publish", {"function": "mass_send", "for": "P1D"}], "for": "P4D"}
_CHANGE: Final = {"command": "change_sanction", "sanction": "b", "reason": "-"}


def proposed(account: Account | None = None, **inner: Any) -> Account:
    """A ban for good is proposed at +0d as `p`, unless something else is."""
    return (account or Account()).given("propose", at="+0d", proposal="p", sanction=inner or FOR_GOOD)


def banned_for_good(name: str = "b", account: Account | None = None) -> Account:
    """It is approved at once."""
    account = proposed(account, **{**FOR_GOOD, "sanction": name})
    return account.given("approve", at="+0d", proposal="p", by=OTHER_MODERATOR)


def ordered(*on_default: dict[str, Any], **fields: Any) -> Account:
    """An order `o` of +0d, whose deadline is +2d."""
    return Account().given(
        "order_rectification", at="+0d", sanction="o", deadline="+2d", on_default=list(on_default), **fields
    )


def defaulted(*on_default: dict[str, Any]) -> Step:
    """The order defaults, and what it announced follows."""
    return waited(ordered(*(on_default or (_WARN, _BAN, _TAKE))), "+2d")


def _banned(account: Account | None = None, **fields: Any) -> Account:
    return (account or Account()).given("ban", at="+0d", **{"sanction": "b", "until": "+5d", **fields})


def _warned(*names: str, **fields: Any) -> Account:
    account = Account()
    for name in names:
        account.given("warn", at="+0d", sanction=name, **{"until": "+5d", **fields})
    return account


def _restricted() -> Account:
    return Account().given("restrict", at="+0d", sanction="r", functions=["publish", "comments"], until="+5d")


def _appealed(**fields: Any) -> Account:
    account = _banned(**fields).given("serve_notice", at="+1d", sanction="b")
    return account.given("appeal", at="+1d", appeal="a", sanction="b")


def _submitted(clock: str = "acceptance_by_deadline") -> Account:
    return ordered(_BAN, clock=clock).given("submit_rectification", at="+1d", sanction="o")


def _late() -> Account:
    account = ordered(_WARN, _BAN).given("submit_rectification", at="+1d", sanction="o")
    account.sweep("+3d")
    return account


def _exempt(**fields: Any) -> Account:
    return _banned(from_="+2d", **fields).given("exempt", at="+1d")


def _announced_for_good() -> Account:
    order: dict[str, Any] = {"command": "order_rectification", "sanction": "o", "basis": {"clause": "1"}}
    account = proposed(**order, deadline="+5d", on_default=[{"ban": {"permanent": True}}])
    return account.given("approve", at="+0d", proposal="p", by=OTHER_MODERATOR)


def _reporting() -> Policy:
    order = {"order": {"within": "P3D", "on_default": [_BAN]}}
    first = {"impose": [{"restrict": ["publish"], "for": "P7D"}, order, {"warn": {"permanent": True}}]}
    return policy(first, {"impose": [{"ban": {"permanent": True}}]})


def _reported(count: int, by: str = SYSTEM, **fields: Any) -> Step:
    account = Account(_reporting())
    for number in range(1, count):
        account.given("report_violation", at="+0d", by=SYSTEM, violation=f"v{number}", clause="spam")
    return stepped(account, "report_violation", at="+0d", by=by, violation=f"v{count}", clause="spam", **fields)


COURSES: Final[dict[str, Callable[[], Step]]] = {
    "warning": lambda: stepped(Account(), "warn", at="+0d", sanction="w", until="+5d"),
    "warning for good": lambda: stepped(_restricted(), "warn", at="+0d", sanction="w", permanent=True),
    "warning in place of a ban": lambda: stepped(
        _banned(), "warn", at="+1d", by=REVIEWER, sanction="w", until="+5d", supersedes=["b"]
    ),
    "warning in place of a ban for good": lambda: stepped(
        banned_for_good(), "warn", at="+1d", by=REVIEWER, sanction="w", until="+5d", supersedes=["b"]
    ),
    "restriction": lambda: stepped(
        _warned("w"),
        "restrict",
        at="+1d",
        sanction="r",
        functions=["publish", {"function": "comments", "until": iso("+9d")}],
        until="+5d",
    ),
    "order": lambda: stepped(
        Account(), "order_rectification", at="+0d", sanction="o", deadline="+5d", on_default=[_BAN, _WARN, _TAKE]
    ),
    "order within a time": lambda: stepped(
        Account(), "order_rectification", at="+0d", sanction="o", within="P5D", on_default=[_BAN]
    ),
    "ban": lambda: stepped(_warned("w"), "ban", at="+1d", sanction="b", for_="P5D"),
    "ban that is announced": lambda: stepped(Account(), "ban", at="+0d", sanction="b", from_="+2d", until="+5d"),
    "ban in place of a ban for good": lambda: stepped(
        banned_for_good(), "ban", at="+1d", by=REVIEWER, sanction="c", until="+5d", supersedes=["b"]
    ),
    "proposal": lambda: stepped(_warned("w"), "propose", at="+1d", proposal="p", sanction=FOR_GOOD),
    "approval": lambda: stepped(proposed(_warned("w")), "approve", at="+1d", proposal="p", by=OTHER_MODERATOR),
    "approval of a change": lambda: stepped(
        proposed(_banned(), **_CHANGE, permanent=True), "approve", at="+1d", proposal="p", by=OTHER_MODERATOR
    ),
    "approval of a replacement": lambda: stepped(
        proposed(_warned("w", "x"), **FOR_GOOD, supersedes=["w"]),
        "approve",
        at="+1d",
        proposal="p",
        by=OTHER_MODERATOR,
    ),
    "dismissal": lambda: stepped(proposed(), "dismiss", at="+1d", proposal="p", by=OTHER_MODERATOR),
    "lapse": lambda: waited(proposed(_warned("w", until="+900d")), "+60d"),
    "expiry": lambda: waited(_warned("w", "x"), "+5d"),
    "expiry of a ban": lambda: waited(_banned(_warned("w", until="+9d")), "+5d"),
    "expiry beside a ban for good": lambda: waited(banned_for_good(account=_warned("w")), "+5d"),
    "end of a function": lambda: waited(
        _restricted().given("change_sanction", at="+0d", sanction="r", functions=["publish"], until="+9d"), "+9d"
    ),
    "start": lambda: waited(_banned(_warned("w", until="+9d"), from_="+2d"), "+2d"),
    "start that is withheld": lambda: waited(_exempt(), "+2d"),
    "default": defaulted,
    "default with nothing announced": lambda: waited(ordered(), "+2d"),
    "default that is withheld": lambda: waited(ordered(_BAN, _TAKE).given("exempt", at="+1d"), "+2d"),
    "default that bans for good": lambda: waited(
        _announced_for_good().given("propose", at="+1d", proposal="q", sanction={**FOR_GOOD, "sanction": "c"}), "+5d"
    ),
    "submission": lambda: stepped(ordered(_BAN), "submit_rectification", at="+1d", sanction="o"),
    "rejection": lambda: stepped(_submitted(), "reject_rectification", at="+1d", sanction="o"),
    "rejection that starts the clock again": lambda: stepped(
        _submitted(_STOPS), "reject_rectification", at="+9d", sanction="o"
    ),
    "clock that stands still": lambda: stepped(_submitted(_STOPS), "note", at="+9d", text="-"),
    "acceptance": lambda: stepped(_submitted(), "accept_rectification", at="+1d", sanction="o"),
    "late acceptance": lambda: stepped(_late(), "accept_rectification", at="+4d", sanction="o"),
    "extension": lambda: stepped(ordered(_BAN), "extend_rectification", at="+1d", sanction="o", deadline="+4d"),
    "extension to the same deadline": lambda: stepped(
        ordered(_BAN), "extend_rectification", at="+1d", sanction="o", deadline="+2d"
    ),
    "submission once more": lambda: stepped(_submitted(), "submit_rectification", at="+1d", sanction="o"),
    "exemption once more": lambda: stepped(Account().given("exempt", at="+0d"), "exempt", at="+1d"),
    "other exemption": lambda: stepped(Account().given("exempt", at="+0d"), "exempt", at="+1d", unless=["reviewer"]),
    "end of no exemption": lambda: stepped(_banned(), "end_exemption", at="+1d"),
    "change to the same end": lambda: stepped(_banned(), "change_sanction", at="+1d", sanction="b", until="+5d"),
    "overturning what is appealed": lambda: stepped(
        _appealed()
        .given("warn", at="+1d", sanction="w", until="+9d")
        .given("appeal", at="+1d", appeal="x", sanction="w"),
        "overturn",
        at="+2d",
        by=REVIEWER,
        sanction="b",
    ),
    "overturning what was appealed": lambda: stepped(
        _appealed().given("withdraw_appeal", at="+1d", appeal="a"), "overturn", at="+2d", by=REVIEWER, sanction="b"
    ),
    "approval that closes another proposal": lambda: stepped(
        proposed().given("propose", at="+0d", proposal="q", sanction={**FOR_GOOD, "sanction": "c"}),
        "approve",
        at="+1d",
        proposal="p",
        by=OTHER_MODERATOR,
    ),
    "lift": lambda: stepped(_warned("w", "x"), "lift", at="+1d", sanction="w"),
    "lift of a ban for good": lambda: stepped(banned_for_good(), "lift", at="+1d", by=REVIEWER, sanction="b"),
    "lift of all": lambda: stepped(_warned("w", "x"), "lift_all", at="+1d"),
    "overturning": lambda: stepped(_late(), "overturn", at="+4d", by=REVIEWER, sanction="o"),
    "overturning a ban for good": lambda: stepped(banned_for_good(), "overturn", at="+1d", by=REVIEWER, sanction="b"),
    "shorter ban": lambda: stepped(_banned(), "change_sanction", at="+1d", sanction="b", until="+3d"),
    "longer ban": lambda: stepped(_banned(), "change_sanction", at="+1d", sanction="b", for_="P9D"),
    "ban that was for good": lambda: stepped(
        banned_for_good(), "change_sanction", at="+1d", by=REVIEWER, sanction="b", until="+9d"
    ),
    "function given back": lambda: stepped(
        _restricted(), "change_sanction", at="+1d", sanction="r", functions=["publish"]
    ),
    "function taken more": lambda: stepped(
        _restricted(),
        "change_sanction",
        at="+1d",
        sanction="r",
        functions=["publish", {"function": "mass_send", "for": "P9D"}],
    ),
    "longer restriction": lambda: stepped(_restricted(), "change_sanction", at="+1d", sanction="r", until="+9d"),
    "appeal": lambda: stepped(_banned(), "appeal", at="+1d", appeal="a", sanction="b"),
    "appeal withdrawn": lambda: stepped(_appealed(), "withdraw_appeal", at="+2d", by=HOLDER, appeal="a"),
    "appeal granted": lambda: stepped(_appealed(), "decide_appeal", at="+2d", appeal="a", outcome="granted"),
    "appeal granted in part": lambda: stepped(
        _appealed(), "decide_appeal", at="+2d", appeal="a", outcome="granted_in_part", until="+3d"
    ),
    "appeal denied": lambda: stepped(_appealed(), "decide_appeal", at="+2d", appeal="a", outcome="denied"),
    "appeal against a consequence": lambda: stepped(
        _late().given("appeal", at="+4d", appeal="a", sanction="o/2"),
        "decide_appeal",
        at="+4d",
        by=OTHER_REVIEWER,
        appeal="a",
        outcome="granted",
    ),
    "appeal against an order": lambda: stepped(
        _late().given("appeal", at="+4d", appeal="a", sanction="o"),
        "decide_appeal",
        at="+4d",
        by=OTHER_REVIEWER,
        appeal="a",
        outcome="granted",
    ),
    "notice": lambda: stepped(_banned(), "serve_notice", at="+1d", sanction="b"),
    "exemption": lambda: stepped(_banned(), "exempt", at="+1d"),
    "warning by whom the exemption excepts": lambda: stepped(
        Account().given("exempt", at="+0d", unless=["reviewer"]),
        "warn",
        at="+1d",
        by=REVIEWER,
        sanction="w",
        until="+9d",
    ),
    "end of an exemption": lambda: stepped(_exempt(), "end_exemption", at="+1d"),
    "note": lambda: stepped(banned_for_good(account=_restricted()), "note", at="+1d", text="-"),
    "violation": lambda: stepped(_banned(), "record_violation", at="+1d", violation="v", clause="1"),
    "report": lambda: _reported(1),
    "report that proposes": lambda: _reported(2),
    "report with a choice": lambda: _reported(
        1, by=MODERATOR, choose=[{"ban": {"for": "P2D"}}, {"ban": {"permanent": True}}], reason="-"
    ),
    "report on somebody exempt": lambda: stepped(
        Account(_reporting()).given("exempt", at="+0d"), "report_violation", at="+1d", violation="v", clause="spam"
    ),
}
"""By name; what is imposed stands in the order of the names `o`, `w`, `x`, `b`, `r`, each from +0d and, if it ends, to +5d."""
