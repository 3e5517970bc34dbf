"""What a history is opened with: sanctions of every kind in several hands, proposals, reports, each under its own name."""

from __future__ import annotations

from typing import Any, Final

from account_sanctions.domain.presets import DEFAULT
from account_sanctions.domain.state import NOTHING
from msgspec.structs import replace

from tests.unit.scenario import Account
from tests.unit.test_report_violation import policy

from .wishes import RULES, tried

_SPAM: Final = {"clause": "spam"}
_ORDER: Final = (
    "order_rectification sanction=s1 within=short on_default=[(ban=(permanent=yes))] clock=acceptance_by_deadline"
)
_RESTRICT: Final = "restrict sanction=s1 functions=[(for=short function=publish), (for=long function=comments)]"


def _lacking(found: list[str], *wanted: str) -> list[str]:
    return [one for one in wanted if one not in found]


def test_reviewer_imposes_sanctions_of_every_kind() -> None:
    found = tried(NOTHING)
    assert found[:7] == [
        "r1 warn sanction=s1 for=short",
        "r1 ban sanction=s1 for=short",
        "r1 ban sanction=s1 permanent=yes",
        f"r1 {_ORDER}",
        "r1 order_rectification sanction=s1 within=long on_default=[(ban=(for=short))] clock=submission_stops_clock",
        "r1 order_rectification sanction=s1 within=short on_default=[(restrict=[publish] for=short)]"
        " clock=acceptance_by_deadline",
        f"r1 {_RESTRICT}",
    ]
    assert "r1 ban sanction=s1 for=short from=+3d" in found


def test_start_that_is_announced_lies_a_short_time_ahead() -> None:
    assert "r1 ban sanction=s1 for=short from=+8d" in tried(NOTHING, at="+5d")


def test_machine_imposes_the_mildest_the_bans_and_the_order_that_announces_one() -> None:
    found = [one for one in tried(NOTHING) if one.startswith("rules") and " sanction=s1" in one.partition("(")[0]]
    assert found == [
        "rules warn sanction=s1 for=short",
        "rules ban sanction=s1 for=short",
        "rules ban sanction=s1 permanent=yes",
        f"rules {_ORDER}",
    ]


def test_what_needs_two_and_what_does_not_is_proposed() -> None:
    assert (
        _lacking(
            tried(NOTHING),
            "m1 propose proposal=p1 sanction=(ban sanction=s1 permanent=yes)",
            f"m1 propose proposal=p1 sanction=({_ORDER})",
            "rules propose proposal=p1 sanction=(ban sanction=s1 permanent=yes)",
            f"m1 propose proposal=p1 sanction=({_RESTRICT})",
        )
        == []
    )
    orders = [one for one in tried(NOTHING) if " propose " in one and "order_rectification" in one]
    assert orders == [f"m1 propose proposal=p1 sanction=({_ORDER})"]


def test_ban_that_is_there_is_proposed_for_good_and_anything_that_is_there_replaced() -> None:
    account = Account(RULES).given("warn", at="+0d", sanction="w", basis=_SPAM, until="+9d")
    account.given("ban", at="+0d", sanction="b", basis=_SPAM, until="+9d")
    found = tried(account.state, opened=2)
    change = "m1 propose proposal=p3 sanction=(change_sanction sanction={} permanent=yes)"
    assert change.format("b") in found
    assert change.format("w") not in found
    assert [one for one in found if "supersedes" in one] == [
        f"r1 warn sanction=s3 supersedes=[{name}] for=short" for name in ("w", "b")
    ]
    account.given("lift", at="+0d", sanction="b")
    assert not [one for one in tried(account.state, opened=2) if "supersedes=[b]" in one or change.format("b") == one]


def test_what_is_new_is_named_after_the_number_of_things() -> None:
    found = tried(NOTHING, opened=4)
    named = {part for one in found for part in one.replace("(", " ").replace(")", " ").split() if "=" in part}
    assert {"sanction=s5", "proposal=p5", "violation=v5"} <= named
    assert not [part for part in named if part.endswith(("=s1", "=p1", "=v1", "=s4", "=s6"))]


def test_violation_is_reported_by_people_and_machine_by_severity_and_class() -> None:
    rules = policy(severities=["low"], account_classes=["new"], clauses={"spam": {"ladder": "main"}})
    report = "report_violation violation=v1 clause=spam severity=low account_class=new"
    assert [one for one in tried(NOTHING, rules=rules) if "violation" in one] == [
        f"m1 {report}",
        f"rules {report}",
        f"r1 {report} choose=[(ban=(permanent=yes))]",
        "rules record_violation violation=v1 clause=spam",
    ]
    plain = [one for one in tried(NOTHING) if "violation" in one]
    assert plain[0] == "m1 report_violation violation=v1 clause=spam"
    assert not [one for one in tried(NOTHING, rules=DEFAULT) if "violation" in one]


def test_order_announces_a_warning_where_there_is_no_function_to_take() -> None:
    none: Any = replace(RULES, functions=())
    found = tried(NOTHING, rules=none)
    assert "on_default=[(warn=(for=short))] clock=acceptance_by_deadline" in found[5]
    assert not [one for one in found if "restrict" in one]
    alone = tried(NOTHING, rules=replace(RULES, functions=("publish",)))
    assert "r1 restrict sanction=s1 functions=[(for=short function=publish)]" in alone
