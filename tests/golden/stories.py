"""Stories of one account each, told so that every command is accepted once and refused for each of its reasons."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.presets import DEFAULT
from msgspec.structs import replace

from tests.unit.scenario import AUDITOR, HOLDER, MODERATOR, OTHER_MODERATOR, OTHER_REVIEWER, REVIEWER, SYSTEM, iso
from tests.unit.test_report_violation import policy

__all__ = ["POLICIES", "STORIES", "Step"]


class Step(NamedTuple):
    """A command; what a story does not care about is filled in."""

    name: str
    at: str
    fields: dict[str, Any]


def _do(name: str, at: str, **fields: Any) -> Step:
    return Step(name, at, fields)


_FOREVER: Final = {"command": "ban", "basis": {"clause": "4.2", "facts": "sells accounts"}, "permanent": True}
_BANNED: Final = {"ban": {"for": "P3D"}}
_MUTED: Final = {"restrict": ["publish", "mass_send"], "for": "P3D"}
_WARNED: Final = {"warn": {"for": "P3D"}}

_MUTED_POST: Final = {"restrict": ["publish"], "for": "P7D"}

# Stories under a policy of their own; the others go by the default one.
POLICIES: Final[dict[str, Policy]] = {
    "no appeal": replace(DEFAULT, appeal=None),
    "bounds": policy(
        {"impose": [{"restrict": ["publish"], "for": "P7D"}], "bounds": {"at_least": "P3D", "at_most": "P10D"}},
        {"impose": [{"ban": {"permanent": True}}], "propose": True},
    ),
    "choosing": policy({"impose": [_MUTED_POST], "bounds": {"at_least": "P3D", "at_most": "P10D"}}),
    "all that a report says": policy(
        {"impose": [_WARNED, _MUTED_POST]},
        {
            "impose": [
                {"restrict": [{"function": "publish", "for": "P2D"}, {"function": "comments", "until": iso("+9d")}]}
            ]
        },
        {"impose": [{"restrict": ["comments"], "until": iso("+30d")}]},
        severities=["low", "high"],
        clauses={"spam": {"ladder": "main", "category": "ads"}, "fraud": {"ladder": "main"}},
    ),
    "once": policy(
        {"name": "ban", "at": 1, "impose": [{"ban": {"permanent": True}}], "propose": True},
        ladder={"fires": "once", "same_severity": True},
        severities=["low", "high"],
        account_classes=["new", "old"],
    ),
    "warned first": policy(
        {"impose": [{"ban": {"for": "P30D"}}]},
        ladder={"prior_warning": {"within": "P10D", "impose": [{"order": {"within": "P2D"}}]}},
    ),
    "what a ladder orders": policy(
        {"impose": [{"order": {"within": "P9D", "requirements": "delete it", "on_default": [_BANNED]}}]},
        {"impose": [{"order": {"within": "P2D", "clock": "submission_stops_clock"}}, {"ban": {"until": iso("+9d")}}]},
    ),
}

STORIES: Final[dict[str, tuple[Step, ...]]] = {
    "appeals": (
        _do("restrict", "+0d", sanction="s", functions=["publish"], until="+300d"),
        _do("appeal", "+1d", appeal="a", sanction="nobody"),
        _do("appeal", "+1d", by=MODERATOR, appeal="a", sanction="s"),
        _do("appeal", "+1d", appeal="a", sanction="s", statement="it was not me"),
        _do("appeal", "+1d", appeal="a", sanction="s", statement="again"),
        _do("appeal", "+1d", appeal="b", sanction="s"),
        _do("withdraw_appeal", "+2d", appeal="z"),
        _do("decide_appeal", "+2d", appeal="z", outcome="denied", reason="-"),
        _do("decide_appeal", "+2d", by=MODERATOR, appeal="a", outcome="denied", reason="-"),
        _do("decide_appeal", "+2d", appeal="a", outcome="denied", reason="it was"),
        _do("decide_appeal", "+2d", appeal="a", outcome="granted", reason="-"),
        _do("withdraw_appeal", "+2d", appeal="a"),
        _do("appeal", "+3d", appeal="c", sanction="s"),
        _do("ban", "+4d", by=REVIEWER, sanction="t", until="+300d"),
        _do("appeal", "+5d", appeal="d", sanction="t", statement="less would do"),
        _do("decide_appeal", "+6d", by=REVIEWER, appeal="d", outcome="granted", reason="-"),
        _do(
            "decide_appeal", "+6d", by=OTHER_REVIEWER, appeal="d", outcome="granted_in_part", until="+400d", reason="-"
        ),
        _do(
            "decide_appeal",
            "+6d",
            by=OTHER_REVIEWER,
            appeal="d",
            outcome="granted_in_part",
            until="+30d",
            reason="half",
        ),
        _do("ban", "+7d", sanction="u", until="+300d"),
        _do("appeal", "+8d", appeal="e", sanction="u", statement="no"),
        _do("withdraw_appeal", "+8d", by=REVIEWER, appeal="e"),
        _do("withdraw_appeal", "+8d", appeal="e"),
        _do("withdraw_appeal", "+8d", appeal="e"),
        _do("ban", "+9d", sanction="v", until="+300d"),
        _do("appeal", "+9d", appeal="f", sanction="v", statement="yes"),
        _do("decide_appeal", "+9d", appeal="f", outcome="granted", reason="so it is"),
        _do("appeal", "+10d", appeal="g", sanction="v"),
        _do("warn", "+11d", sanction="w", until="+13d"),
        _do("appeal", "+290d", appeal="h", sanction="w"),
    ),
    "rectifying": (
        _do("submit_rectification", "+0d", sanction="o"),
        _do("order_rectification", "+0d", sanction="o", within="P9D", requirements="delete it", on_default=[_BANNED]),
        _do("extend_rectification", "+1d", sanction="o", deadline="+5d"),
        _do("extend_rectification", "+1d", sanction="o", deadline="+12d"),
        _do("extend_rectification", "+1d", sanction="o", deadline="+12d"),
        _do("reject_rectification", "+2d", sanction="o", reason="-"),
        _do("submit_rectification", "+2d", by=AUDITOR, sanction="o"),
        _do("submit_rectification", "+2d", sanction="o", statement="deleted", evidence=["a link"]),
        _do("submit_rectification", "+2d", sanction="o", statement="deleted"),
        _do("reject_rectification", "+3d", sanction="o", reason="one is left"),
        _do("submit_rectification", "+4d", sanction="o", statement="now"),
        _do("accept_rectification", "+5d", sanction="o", reason="seen"),
        _do("accept_rectification", "+5d", sanction="o", reason="seen"),
        _do("reject_rectification", "+5d", sanction="o", reason="-"),
        _do("extend_rectification", "+5d", sanction="o", deadline="+20d"),
        _do("submit_rectification", "+5d", sanction="o"),
        _do("restrict", "+5d", sanction="s", functions=["publish"], until="+9d"),
        _do("submit_rectification", "+5d", sanction="s"),
        _do(
            "order_rectification", "+6d", sanction="late", within="P1D", on_default=[{"warn": {"for": "P2D"}}, _BANNED]
        ),
        _do("note", "+8d", text="the deadline has passed"),
        _do("submit_rectification", "+8d", sanction="late"),
        _do("extend_rectification", "+8d", sanction="late", deadline="+20d"),
        _do("accept_rectification", "+8d", sanction="late", reason="-"),
        _do("order_rectification", "+9d", sanction="past", deadline="+8d", on_default=[]),
        _do(
            "order_rectification",
            "+9d",
            sanction="c",
            within="P2D",
            clock="acceptance_by_deadline",
            on_default=[_BANNED],
        ),
        _do("submit_rectification", "+10d", sanction="c", statement="done"),
        _do("reject_rectification", "+10d", sanction="c", reason="not seen"),
        _do("reject_rectification", "+10d", sanction="c", reason="not seen"),
        _do("order_rectification", "+20d", sanction="d", within="P2D", clock="submission_stops_clock"),
        _do("submit_rectification", "+21d", sanction="d", evidence=["a link"]),
        _do("extend_rectification", "+30d", sanction="d", deadline="+30d"),
        _do("reject_rectification", "+30d", sanction="d"),
        _do("accept_rectification", "+30d", sanction="d"),
        _do("order_rectification", "+40d", sanction="e", within="P2D", on_default=[_BANNED, {"warn": {"for": "P1D"}}]),
        _do("submit_rectification", "+41d", sanction="e"),
        _do("accept_rectification", "+43d", sanction="e"),
    ),
    "proposing": (
        _do("ban", "+0d", sanction="b", permanent=True),
        _do("propose", "+0d", proposal="p", sanction=_FOREVER),
        _do("propose", "+0d", proposal="p", sanction=_FOREVER),
        _do("approve", "+1d", by=MODERATOR, proposal="p"),
        _do("approve", "+1d", by=HOLDER, proposal="p"),
        _do("approve", "+1d", proposal="z"),
        _do("dismiss", "+1d", proposal="z"),
        _do("dismiss", "+1d", proposal="p", reason="not enough"),
        _do("dismiss", "+1d", proposal="p"),
        _do("approve", "+1d", proposal="p"),
        _do("propose", "+2d", proposal="q", sanction={**_FOREVER, "sanction": "b"}),
        _do("dismiss", "+2d", proposal="q"),
        _do("propose", "+3d", proposal="r", sanction={**_FOREVER, "sanction": "c"}),
        _do("approve", "+4d", proposal="r", reason="agreed"),
        _do("approve", "+4d", proposal="r"),
        _do("propose", "+5d", proposal="s", sanction={**_FOREVER, "sanction": "c"}),
        _do("propose", "+5d", by=HOLDER, proposal="t", sanction=_FOREVER),
        _do("propose", "+5d", proposal="u", sanction={**_FOREVER, "sanction": "u"}),
        _do("approve", "+90d", proposal="u"),
    ),
    "changing": (
        _do("restrict", "+0d", sanction="s", functions=["publish", "mass_send"], until="+9d"),
        _do("restrict", "+0d", sanction="s", functions=["publish"], until="+9d"),
        _do("change_sanction", "+1d", sanction="z", until="+3d", reason="-"),
        _do("change_sanction", "+1d", sanction="s", until="+9d", reason="-"),
        _do("change_sanction", "+1d", sanction="s", until="+0d", reason="-"),
        _do("change_sanction", "+1d", sanction="s", functions=["publish"], reason="one is enough"),
        _do("change_sanction", "+2d", sanction="s", permanent=True, reason="for good"),
        _do("change_sanction", "+3d", by=SYSTEM, sanction="s", until="+20d", reason="-"),
        _do("change_sanction", "+3d", by=HOLDER, sanction="s", until="+20d", reason="-"),
        _do("warn", "+3d", sanction="w", until="+5d"),
        _do("change_sanction", "+3d", sanction="w", functions=["publish"], reason="-"),
        _do("change_sanction", "+6d", sanction="w", until="+9d", reason="-"),
        _do("ban", "+7d", sanction="b", until="+9d", supersedes=["s"]),
        _do("ban", "+7d", sanction="c", until="+9d", supersedes=["s"]),
        _do("ban", "+7d", sanction="c", until="+9d", supersedes=["nobody"]),
        _do("change_sanction", "+7d", sanction="b", permanent=True, reason="-"),
        _do(
            "restrict",
            "+10d",
            sanction="r",
            functions=[{"function": "publish", "for": "P2D"}, {"function": "mass_send", "for": "P30D"}],
        ),
        _do("change_sanction", "+12d", sanction="r", functions=["publish"], reason="-"),
        _do("change_sanction", "+12d", sanction="r", functions=[{"function": "publish", "for": "P9999Y"}], reason="-"),
        _do("restrict", "+12d", sanction="q", functions=["publish"], from_="+20d", until="+90d"),
        _do("change_sanction", "+13d", sanction="q", functions=[{"function": "publish", "for": "P30D"}], reason="-"),
    ),
    "ending": (
        _do("lift", "+0d", sanction="s", reason="-"),
        _do("restrict", "+0d", sanction="s", functions=["publish"], until="+9d"),
        _do("ban", "+0d", sanction="b", until="+9d"),
        _do("lift", "+1d", by=HOLDER, sanction="s", reason="-"),
        _do("lift", "+1d", sanction="s", reason="served"),
        _do("lift", "+1d", sanction="s", reason="served"),
        _do("overturn", "+1d", by=MODERATOR, sanction="b", reason="-"),
        _do("overturn", "+1d", by=REVIEWER, sanction="b", reason="wrong account"),
        _do("overturn", "+1d", by=REVIEWER, sanction="b", reason="-"),
        _do("overturn", "+2d", by=REVIEWER, sanction="s", reason="this one, too"),
        _do("lift_all", "+2d", reason="-"),
        _do("warn", "+3d", sanction="w", until="+9d"),
        _do("ban", "+3d", sanction="c", until="+9d", from_="+5d"),
        _do("lift_all", "+4d", reason="amnesty"),
        _do("note", "+3d", text="too early"),
        _do("note", "+4d", by=HOLDER, text="-"),
        _do("note", "+4d", text="seen"),
    ),
    "keeping": (
        _do("serve_notice", "+0d", sanction="s", channel="post"),
        _do("warn", "+0d", sanction="s", until="+9d"),
        _do("serve_notice", "+1d", sanction="s", channel="post"),
        _do("serve_notice", "+1d", by=HOLDER, sanction="s", channel="post"),
        _do("end_exemption", "+1d", reason="-"),
        _do("exempt", "+1d", by=MODERATOR, reason="-"),
        _do("exempt", "+1d", reason="staff", unless=["reviewer"]),
        _do("exempt", "+2d", reason="staff"),
        _do("warn", "+2d", sanction="t", until="+9d"),
        _do("warn", "+2d", by=REVIEWER, sanction="t", until="+9d"),
        _do("end_exemption", "+3d", reason="left"),
        _do(
            "record_violation", "+3d", violation="v", clause="4.2", facts="the same text 400 times", evidence=["a link"]
        ),
        _do("record_violation", "+3d", violation="v", clause="4.2"),
        _do("hold", "+4d", by=MODERATOR, hold="h", reason="-"),
        _do("hold", "+4d", hold="h", reason="a court asked"),
        _do("hold", "+4d", hold="h", reason="again"),
        _do("erase_personal_data", "+5d", reason="asked for"),
        _do("release_hold", "+5d", hold="z", reason="-"),
        _do("release_hold", "+5d", by=REVIEWER, hold="h", reason="-"),
        _do("release_hold", "+5d", hold="h", reason="settled"),
        _do("release_hold", "+5d", hold="h", reason="settled"),
        _do("erase_personal_data", "+6d", by=MODERATOR, reason="-"),
        _do("erase_personal_data", "+6d", reason="asked for"),
        _do("note", "+7d", text="after that"),
        _do("warn", "+8d", sanction="n", until="+20d"),
        _do("serve_notice", "+9d", sanction="n"),
        _do("hold", "+10d", hold="i", reason="a court asked"),
        _do("hold", "+10d", hold="j", reason="another court asked"),
        _do("erase_personal_data", "+11d", reason="asked for again"),
        _do("exempt", "+12d", reason="staff", unless=["reviewer"]),
    ),
    "nothing recorded": (
        _do("erase_personal_data", "+0d", reason="asked for"),
        _do("hold", "+0d", hold="h", reason="a court asked"),
    ),
    "no appeal": (
        _do("warn", "+0d", sanction="w", until="+90d"),
        _do("appeal", "+1d", appeal="a", sanction="w"),
    ),
    "bounds": (
        _do("report_violation", "+0d", violation="v", clause="spam", facts="seen"),
        _do("change_sanction", "+1d", sanction="v/s1", until="+5d", reason="a first mistake"),
        _do("change_sanction", "+1d", sanction="v/s1", until="+30d", reason="-"),
        _do(
            "propose",
            "+1d",
            proposal="p",
            sanction={"command": "change_sanction", "sanction": "v/s1", "until": "+30d", "reason": "not the first"},
        ),
        _do("approve", "+2d", proposal="p"),
        _do("report_violation", "+3d", violation="w", clause="spam", facts="again"),
        _do("approve", "+4d", proposal="w/p1", reason="seen"),
    ),
    "reporting": (
        _do("report_violation", "+0d", violation="v", clause="4.2", facts="seen"),
        _do("report_violation", "+0d", violation="v", clause="4.2"),
        _do("report_violation", "+1d", by=HOLDER, violation="w", clause="4.2"),
        _do("report_violation", "+1d", violation="w", clause="4.2", expected_version=1),
        _do("report_violation", "+1d", violation="w", clause="4.2", choose={"ban": {"permanent": True}}),
        _do("report_violation", "+2d", violation="x", clause="4.2", severity="high", evidence=["a link"]),
        _do("report_violation", "+3d", violation="y", clause="4.2", batch="b-1"),
        _do("report_violation", "+4d", violation="z", clause="4.2", reasons=[{"clause": "4.3", "facts": "too"}]),
    ),
    "orders that end otherwise": (
        _do("order_rectification", "+0d", sanction="o", within="P9D", on_default=[_BANNED]),
        _do("lift", "+1d", sanction="o", reason="-"),
        _do("order_rectification", "+1d", sanction="p", within="P9D", on_default=[_BANNED]),
        _do("submit_rectification", "+2d", sanction="p", statement="done"),
        _do("overturn", "+2d", by=REVIEWER, sanction="p", reason="-"),
        _do("order_rectification", "+3d", sanction="q", within="P2D", on_default=[_BANNED, {"warn": {"for": "P30D"}}]),
        _do("appeal", "+6d", appeal="a", sanction="q/2", statement="-"),
        _do("appeal", "+6d", appeal="b", sanction="q", statement="-"),
        _do("decide_appeal", "+7d", by=OTHER_REVIEWER, appeal="b", outcome="granted", reason="it was in time"),
        _do("order_rectification", "+8d", sanction="r", within="P9D", on_default=[_BANNED]),
        _do("warn", "+9d", sanction="s", until="+99d", supersedes=["r"]),
        _do("exempt", "+9d", reason="staff"),
        _do("order_rectification", "+9d", by=OTHER_MODERATOR, sanction="t", within="P1D"),
        _do("end_exemption", "+9d", reason="-"),
        _do("ban", "+10d", sanction="u", from_="+12d", until="+20d"),
        _do("order_rectification", "+10d", sanction="v", within="P3D", on_default=[_BANNED, _MUTED]),
        _do("exempt", "+11d", reason="staff"),
        _do("note", "+14d", text="what was announced did not begin"),
        _do("end_exemption", "+14d", reason="-"),
        _do("order_rectification", "+15d", sanction="w", within="P1D", on_default=[{"ban": {"for": "P9999Y"}}]),
        _do("order_rectification", "+15d", sanction="w", within="P1D", on_default=[{"ban": {"until": iso("+15d")}}]),
        _do("restrict", "+15d", sanction="x", functions=[]),
        _do("restrict", "+15d", sanction="x", functions=["publish"], for_="P9999Y"),
        _do("restrict", "+15d", sanction="x", functions=[{"function": "publish", "for": "P9999Y"}]),
        _do("ban", "+15d", sanction="x", from_="+20d", until="+19d"),
    ),
    "choosing": (
        _do("report_violation", "+0d", by=SYSTEM, violation="a", clause="spam", choose=[_WARNED], reason="-"),
        _do("report_violation", "+0d", violation="a", clause="spam", choose=[], reason="a first mistake"),
        _do("report_violation", "+0d", violation="a", clause="spam", choose=[_WARNED], reason="a first mistake"),
        _do("approve", "+1d", proposal="a/p1"),
        _do("exempt", "+1d", reason="staff"),
        _do("report_violation", "+2d", violation="b", clause="spam", choose=[_WARNED], reason="-"),
    ),
    "all that a report says": (
        _do(
            "report_violation",
            "+0d",
            violation="v",
            clause="spam",
            category="ads",
            severity="high",
            facts="the same text 400 times",
            evidence=["a link"],
            content_at="-1d",
            batch="b-1",
            detected="automated",
            reasons=[{"clause": "fraud", "category": "money", "severity": "low"}],
        ),
        _do("report_violation", "+1d", by=SYSTEM, violation="w", clause="spam", category="ads", detected="notice"),
        _do("report_violation", "+2d", violation="x", clause="fraud", reasons=[{"clause": "spam", "severity": "high"}]),
    ),
    "once": (
        _do("report_violation", "+0d", by=SYSTEM, violation="u", clause="spam", severity="low", account_class="odd"),
        _do("report_violation", "+0d", by=SYSTEM, violation="u", clause="spam", severity="odd", account_class="new"),
        _do("report_violation", "+0d", by=SYSTEM, violation="u", clause="odd", severity="low", account_class="new"),
        _do("report_violation", "+0d", by=SYSTEM, violation="v", clause="spam", severity="low", account_class="new"),
        _do("report_violation", "+1d", by=SYSTEM, violation="w", clause="spam", severity="low", account_class="new"),
        _do("report_violation", "+2d", by=SYSTEM, violation="x", clause="spam", severity="high", account_class="new"),
        _do("dismiss", "+3d", proposal="v/p1"),
        _do("report_violation", "+4d", by=SYSTEM, violation="y", clause="spam", severity="low", account_class="new"),
    ),
    "warned first": (
        _do("report_violation", "+0d", by=SYSTEM, violation="v", clause="spam"),
        _do("report_violation", "+1d", by=SYSTEM, violation="w", clause="spam"),
        _do("report_violation", "+20d", by=SYSTEM, violation="x", clause="spam"),
    ),
    "what a ladder orders": (
        _do("report_violation", "+0d", violation="v", clause="spam"),
        _do("submit_rectification", "+1d", sanction="v/s1", statement="done"),
        _do("report_violation", "+1d", by=SYSTEM, violation="w", clause="spam"),
    ),
    "people": (
        _do("warn", "+0d", by=AUDITOR, sanction="s", until="+9d"),
        _do("warn", "+0d", by=OTHER_MODERATOR, sanction="s", until="+9d", expected_version=3),
        _do("warn", "+0d", by=OTHER_MODERATOR, sanction="s", until="+0d"),
        _do("restrict", "+0d", sanction="r", functions=["no_such_function"], until="+9d"),
        _do("impose", "+1d", sanctions=[{"command": "warn", "sanction": "a", "basis": {"clause": "1"}, "for": "P3D"}]),
    ),
}
