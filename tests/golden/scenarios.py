"""Histories that together hold every type of event, each in more than one situation: what golden replays are written from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from account_sanctions.domain.record import Recorded

from tests.unit.presets.walking import preset
from tests.unit.scenario import (
    HOLDER,
    MODERATOR,
    OTHER_MODERATOR,
    OTHER_REVIEWER,
    REVIEWER,
    SYSTEM,
    Account,
)

__all__ = ["scenarios"]

_FOREVER: Final = {"command": "ban", "basis": {"clause": "9"}, "permanent": True}
_ANNOUNCED: Final = [
    {"restrict": ["publish", {"function": "mass_send", "for": "P10D"}], "for": "P1M"},
    {"ban": {"for": "P3D"}},
    {"warn": {"permanent": True}},
]


def scenarios() -> Iterator[tuple[str, list[Recorded]]]:
    """By account: its history."""
    for name, tell in _ALL.items():
        account = Account(name=name)
        policy = _POLICIES.get(name)
        if policy is not None:
            account.policy = preset(policy)
        tell(account)
        yield name, account.history


def _ladder(a: Account) -> None:
    """Warned, restricted, banned and banned for good; each ends otherwise."""
    a.given(
        "record_violation",
        at="+0d",
        violation="v-1",
        clause="4.2",
        facts="seen",
        evidence=["a", "b"],
        detected="notice",
    )
    a.given("warn", at="+0d", sanction="w", basis={"clause": "4.2", "violations": ["v-1"]}, until="+5d")
    a.given(
        "restrict", at="+1d", sanction="s", functions=["publish", {"function": "mass_send", "for": "P2D"}], until="+9d"
    )
    a.given("ban", at="+2d", sanction="b", until="+4d", from_="+3d")
    a.given("note", at="+4d", text="nothing follows")
    a.given("lift", at="+6d", sanction="s")
    a.given("propose", at="+7d", proposal="p", sanction=_FOREVER)
    a.given("approve", at="+8d", proposal="p", by=OTHER_MODERATOR)
    a.given("serve_notice", at="+8d", sanction=_last(a), channel="in-app")
    a.sweep("+9d")


def _orders(a: Account) -> None:
    """Orders of every fate: satisfied, extended, rejected, defaulted with consequences, accepted late."""
    a.given("order_rectification", at="+0d", sanction="o-1", deadline="+5d", requirements="take it down")
    a.given("submit_rectification", at="+1d", sanction="o-1", by=HOLDER, statement="done")
    a.given("reject_rectification", at="+2d", sanction="o-1")
    a.given("submit_rectification", at="+3d", sanction="o-1", by=HOLDER)
    a.given("accept_rectification", at="+4d", sanction="o-1")
    a.given("order_rectification", at="+5d", sanction="o-2", deadline="+8d", on_default=_ANNOUNCED)
    a.given("extend_rectification", at="+6d", sanction="o-2", deadline="+9d")
    a.given("submit_rectification", at="+10d", sanction="o-2", by=HOLDER)
    a.given("accept_rectification", at="+11d", sanction="o-2")
    clock = "submission_stops_clock"
    a.given("order_rectification", at="+12d", sanction="o-3", deadline="+15d", on_default=_ANNOUNCED, clock=clock)
    a.given("submit_rectification", at="+13d", sanction="o-3", by=HOLDER)
    a.given("reject_rectification", at="+17d", sanction="o-3")
    a.sweep("+25d")
    a.given("overturn", at="+26d", sanction="o-3", by=REVIEWER)
    a.given("order_rectification", at="+30d", sanction="o-4", deadline="+40d", on_default=_ANNOUNCED)


def _changes(a: Account) -> None:
    """Terms that change, milder and harsher; one sanction in the place of another."""
    a.given("restrict", at="+0d", sanction="s-1", functions=["publish"], until="+9d")
    a.given("change_sanction", at="+1d", sanction="s-1", functions=["publish", "mass_send"], until="+20d")
    a.given("change_sanction", at="+2d", sanction="s-1", functions=["publish"])
    a.given("ban", at="+3d", sanction="b-1", until="+6d", supersedes=["s-1"])
    a.given("change_sanction", at="+4d", sanction="b-1", until="+5d")
    a.given("warn", at="+4d", sanction="w-1", until="+30d", from_="+10d")
    a.given("change_sanction", at="+5d", sanction="w-1", until="+40d")
    a.given("overturn", at="+15d", sanction="b-1", by=REVIEWER)


def _appeals(a: Account) -> None:
    """Appeals of every outcome."""
    for number in range(5):
        a.given("restrict", at="+0d", sanction=f"s-{number}", functions=["publish", "mass_send"], until="+90d")
    for number in range(5):
        a.given("appeal", at="+1d", appeal=f"a-{number}", sanction=f"s-{number}", by=HOLDER)
    a.given("withdraw_appeal", at="+2d", appeal="a-0", by=HOLDER)
    a.given("decide_appeal", at="+2d", appeal="a-1", outcome="granted", reason="wrong")
    a.given("decide_appeal", at="+2d", appeal="a-2", outcome="denied", reason="right")
    part: dict[str, Any] = {"functions": ["publish"], "until": "+30d"}
    a.given("decide_appeal", at="+2d", appeal="a-3", outcome="granted_in_part", reason="less will do", **part)
    a.given("overturn", at="+3d", sanction="s-4", by=REVIEWER)


def _proposals(a: Account) -> None:
    """Proposals of every fate."""
    for number in range(3):
        a.given(
            "propose", at="+0d", proposal=f"p-{number}", sanction={**_FOREVER, "sanction": f"b-{number}"}, by=SYSTEM
        )
    a.given("dismiss", at="+1d", proposal="p-0", by=OTHER_MODERATOR)
    a.given("approve", at="+2d", proposal="p-1", by=MODERATOR)
    a.given("overturn", at="+3d", sanction="b-1", by=REVIEWER)
    a.given("propose", at="+4d", proposal="p-3", sanction={"command": "warn", "basis": {"clause": "9"}, "for": "P1D"})
    a.sweep("+60d")


def _exempt(a: Account) -> None:
    """Staff: what was scheduled does not start, what was announced does not follow."""
    a.given("ban", at="+0d", sanction="b", until="+9d", from_="+3d")
    a.given("order_rectification", at="+0d", sanction="o", deadline="+4d", on_default=_ANNOUNCED)
    a.given("exempt", at="+1d", unless=["reviewer"])
    a.sweep("+5d")
    a.given("end_exemption", at="+6d")
    a.given("warn", at="+7d", sanction="w", until="+8d")


def _retained(a: Account) -> None:
    """A legal hold, its release by another, and an erasure."""
    a.given("restrict", at="+0d", sanction="s", functions=["publish"], until="+9d")
    a.given("hold", at="+1d", hold="h", by=REVIEWER)
    a.given("release_hold", at="+2d", hold="h", by=OTHER_REVIEWER)
    a.given("erase_personal_data", at="+3d")
    a.given("note", at="+4d", text="after")


def _reported(a: Account) -> None:
    """What a policy decided by itself, step after step; a permanent ban closes what comes after it."""
    clause = next(iter(a.policy.clauses or {}))
    severity = {"severity": "moderate"} if a.name == "reported-wechat" else {}
    for number in range(6):
        given: dict[str, Any] = {"violation": f"v-{number}", "clause": clause, "detected": "automated", **severity}
        a.given("report_violation", at=f"+{number * 10}d", by=SYSTEM, **given)
    a.sweep("+90d")


def _last(a: Account) -> str:
    return max(a.state.live.values(), key=lambda sanction: sanction.number).id


_POLICIES: Final = {
    "reported-wechat": "wechat-official-accounts@2022-06",
    "reported-youtube": "youtube-2023",
    "reported-xbox": "xbox-2023",
    "reported-facebook": "facebook-2023",
    "reported-whaletalk": "whaletalk-digital-collectibles",
    "reported-weibo": "weibo-flooding",
}

_ALL: Final[Mapping[str, Callable[[Account], None]]] = {
    "ladder": _ladder,
    "orders": _orders,
    "changes": _changes,
    "appeals": _appeals,
    "proposals": _proposals,
    "exempt": _exempt,
    "retained": _retained,
    **dict.fromkeys(_POLICIES, _reported),
}
