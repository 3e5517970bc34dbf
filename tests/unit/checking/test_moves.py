"""What is tried in a state, by those who have a part in it: with what is there, and anew as long as more may be opened."""

from __future__ import annotations

from typing import Any, Final

import pytest
from account_sanctions.domain import acts
from account_sanctions.domain.checking.moves import moves, opens
from account_sanctions.domain.checking.people import AUDITOR, HOLDER
from account_sanctions.domain.checking.world import world_of
from account_sanctions.domain.commands import Command
from account_sanctions.domain.period import Period
from account_sanctions.domain.policies.policy import Policy
from account_sanctions.domain.state import NOTHING
from account_sanctions.domain.terms import Basis

from tests.unit.scenario import OTHER_MODERATOR, Account, t
from tests.unit.test_report_violation import policy

from .wishes import RULES, tried

_SPAM: Final = {"clause": "spam"}
_BASIS: Final = Basis(clause="spam")
_DAY: Final = Period("P1D")


def _given(name: str, **fields: Any) -> Account:
    """One thing is there, from +0d to +9d if it ends."""
    return Account(RULES).given(name, at="+0d", **({"basis": _SPAM, "until": "+9d"} | fields))


def _ordered(**fields: Any) -> Account:
    return Account(RULES).given("order_rectification", at="+0d", sanction="o", basis=_SPAM, deadline="+9d", **fields)


def _for_good() -> Account:
    ban = {"command": "ban", "sanction": "b", "basis": _SPAM, "permanent": True}
    account = Account(RULES).given("propose", at="+0d", proposal="p", sanction=ban)
    return account.given("approve", at="+0d", proposal="p", by=OTHER_MODERATOR)


def _about(account: Account, name: str, **times: Any) -> list[str]:
    """What is tried upon one thing when nothing more may be opened."""
    return [one for one in tried(account.state, opened=9, **times) if f"={name} " in f"{one} "]


_ALWAYS: Final = ["r2 overturn sanction=s", "m1 lift sanction=s"]
_LONGER: Final = "m1 change_sanction sanction=s for=long"


@pytest.mark.parametrize(
    ("name", "fields", "wishes"),
    [
        ("warn", {}, [*_ALWAYS, _LONGER]),
        ("ban", {}, [*_ALWAYS, _LONGER, "m1 change_sanction sanction=s permanent=yes"]),
        (
            "restrict",
            {"functions": ["publish", "comments"]},
            [*_ALWAYS, _LONGER, "m1 change_sanction sanction=s functions=[publish]"],
        ),
        (
            "restrict",
            {"functions": ["publish"]},
            [*_ALWAYS, _LONGER, "m1 change_sanction sanction=s functions=[comments]"],
        ),
    ],
)
def test_sanction_is_lifted_overturned_and_changed(name: str, fields: dict[str, Any], wishes: list[str]) -> None:
    assert _about(_given(name, sanction="s", **fields), "s") == wishes


def test_ban_for_good_is_left_by_reviewers_and_tried_by_others() -> None:
    assert _about(_for_good(), "b") == [
        "r2 overturn sanction=b",
        "m1 lift sanction=b",
        "r1 lift sanction=b",
        "m1 overturn sanction=b",
        "r1 change_sanction sanction=b for=long",
        "m1 change_sanction sanction=b for=long",
        "m1 change_sanction sanction=b permanent=yes",
    ]


def test_order_is_reviewed_and_extended_from_now_on() -> None:
    assert _about(_ordered(), "o", at="+1d") == [
        "r2 overturn sanction=o",
        "m1 lift sanction=o",
        "m1 extend_rectification sanction=o deadline=+7d",
        "h submit_rectification sanction=o",
        "m1 accept_rectification sanction=o",
        "m1 reject_rectification sanction=o",
    ]


def test_what_was_overturned_is_overturned_once_more_and_left_alone_otherwise() -> None:
    account = _given("ban", sanction="s").given("overturn", at="+0d", sanction="s")
    assert _about(account, "s") == ["r2 overturn sanction=s"]


def test_function_that_is_the_only_one_of_the_policy_is_not_exchanged() -> None:
    one = policy(functions=["publish"])
    account = Account(one).given("restrict", at="+0d", sanction="s", basis=_SPAM, functions=["publish"], until="+9d")
    lines = tried(account.state, opened=9, rules=one)
    assert not any("functions" in line for line in lines)


def test_appeal_is_withdrawn_and_decided_by_both_reviewers_but_in_part_by_the_other() -> None:
    account = _given("warn", sanction="s").given("appeal", at="+0d", appeal="a", sanction="s")
    assert _about(account, "a") == [
        "h withdraw_appeal appeal=a",
        "r1 decide_appeal appeal=a outcome=granted",
        "r1 decide_appeal appeal=a outcome=denied",
        "r2 decide_appeal appeal=a outcome=granted",
        "r2 decide_appeal appeal=a outcome=denied",
        "r2 decide_appeal appeal=a outcome=granted_in_part for=short",
        "r2 decide_appeal appeal=a outcome=granted_in_part for=long",
    ]


_ON_PROPOSAL: Final = [
    *("m1 approve proposal=p", "m2 approve proposal=p", "r1 approve proposal=p"),
    *("m2 dismiss proposal=p", "r1 dismiss proposal=p"),
]


def test_proposal_is_approved_and_dismissed_also_after_it_was_settled() -> None:
    warning = {"command": "warn", "sanction": "s", "basis": _SPAM, "until": "+9d"}
    account = Account(RULES).given("propose", at="+0d", proposal="p", sanction=warning)
    assert _about(account, "p") == _ON_PROPOSAL
    account.given("dismiss", at="+0d", proposal="p", by=OTHER_MODERATOR)
    assert _about(account, "p") == _ON_PROPOSAL


@pytest.mark.parametrize("more", [True, False])
def test_holder_appeals_and_notice_is_served_once_as_long_as_more_may_be_opened(*, more: bool) -> None:
    account = _given("warn", sanction="s")
    lines = tried(account.state, opened=8 if more else 9)
    assert ("h appeal appeal=a9 sanction=s" in lines) == more
    assert ("rules serve_notice sanction=s" in lines) == more
    account.given("serve_notice", at="+0d", sanction="s")
    assert "rules serve_notice sanction=s" not in tried(account.state, opened=8)


@pytest.mark.parametrize("more", [True, False])
def test_account_is_exempted_as_long_as_more_may_be_opened_and_the_exemption_is_ended_whenever(*, more: bool) -> None:
    opened = 8 if more else 9
    assert ("r1 exempt unless=[reviewer]" in tried(NOTHING, opened=opened)) == more
    assert "r1 end_exemption" not in tried(NOTHING, opened=opened)
    exempt = Account(RULES).given("exempt", at="+0d").state
    lines = tried(exempt, opened=opened)
    assert "r1 end_exemption" in lines
    assert "r1 exempt unless=[reviewer]" not in lines


def test_all_is_lifted_where_there_is_anything() -> None:
    assert tried(_given("warn", sanction="s").state, opened=9)[-2:] == ["m1 lift_all", "r1 lift_all"]
    lifted = _given("warn", sanction="s").given("lift", at="+0d", sanction="s").state
    assert not any("lift_all" in line for line in tried(lifted, opened=9))


def test_nothing_is_tried_where_nothing_is_there_and_nothing_may_be_opened() -> None:
    assert tried(NOTHING, opened=9) == []
    assert tried(NOTHING, opened=8) != []


def test_commands_are_all_for_one_account_at_the_instant() -> None:
    state = _given("warn", sanction="s").state
    found = list(moves(world_of(RULES, 2), state, t("+1d"), 1))
    assert {(one.account, one.at, one.command_id, one.expected_version) for one in found} == {
        ("checked", t("+1d"), None, None)
    }
    assert [one for one in found if one.by == AUDITOR], "strangers try as well, unless they are left out"
    assert list(moves(world_of(RULES, 2), state, t("+1d"), 1)) == found


_WARN: Final = acts.Warn(sanction="s", basis=_BASIS, for_=_DAY)


@pytest.mark.parametrize(
    ("act", "counted"),
    [
        (_WARN, True),
        (acts.Ban(sanction="s", basis=_BASIS, for_=_DAY), True),
        (acts.Restrict(sanction="s", basis=_BASIS, functions=("publish",), for_=_DAY), True),
        (acts.OrderRectification(sanction="s", basis=_BASIS, within=_DAY, on_default=()), True),
        (acts.Propose(proposal="p", sanction=_WARN), True),
        (acts.Appeal(appeal="a", sanction="s", statement="-"), True),
        (acts.ReportViolation(violation="v", clause="spam"), True),
        (acts.RecordViolation(violation="v", clause="spam"), True),
        (acts.Exempt(reason="-"), True),
        (acts.ServeNotice(sanction="s"), True),
        (acts.Lift(sanction="s", reason="-"), False),
        (acts.Approve(proposal="p"), False),
        (acts.Note(text="-"), False),
    ],
)
def test_thing_is_what_can_stay_open_or_count(act: acts.Act, *, counted: bool) -> None:
    assert opens(Command(account="a", by=HOLDER, act=act)) == counted


def test_world_knows_the_small_policy() -> None:
    """What the lines above call short is the time that a proposal has, long is twice that."""
    small: Policy = world_of(RULES, 2).policy
    assert (small.proposal_ttl, world_of(RULES, 2).lengths) == (
        Period("P3D"),
        (Period("PT259200S"), Period("PT518400S")),
    )
