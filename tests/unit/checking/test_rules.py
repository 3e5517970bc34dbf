"""What must hold of sanctions and time: each rule says nothing of a step as it came, and finds what was done to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from account_sanctions.domain.archive import Archive
from account_sanctions.domain.checking import Step, rules, rules_kept
from account_sanctions.domain.events import PolicyRef
from account_sanctions.domain.queries import Restriction
from account_sanctions.domain.state import NOTHING
from account_sanctions.domain.terms import Basis, Consequence, EndOnly
from msgspec.structs import replace

from tests.unit.scenario import OTHER_MODERATOR, Account, iso, t

from .stepping import Forged, changed, stepped, waited, without_events

_NINE_DAYS: Final = EndOnly(until=t("+9d"))


def _banned() -> Step:
    return stepped(Account(), "ban", at="+0d", sanction="b", until="+5d")


def _started() -> Step:
    return waited(Account().given("ban", at="+0d", sanction="b", from_="+1d", until="+5d"), "+1d")


def _defaulted() -> Step:
    announced: list[dict[str, Any]] = [{"ban": {"until": iso("+9d")}}]
    return waited(
        Account().given("order_rectification", at="+0d", sanction="o", deadline="+2d", on_default=announced), "+2d"
    )


def _for_good() -> Account:
    ban = {"command": "ban", "sanction": "b", "basis": {"clause": "1"}, "permanent": True}
    account = Account().given("propose", at="+0d", proposal="p", sanction=ban)
    return account.given("approve", at="+0d", proposal="p", by=OTHER_MODERATOR)


def _lifted_for_good() -> Step:
    return stepped(_for_good(), "lift", at="+1d", sanction="b", by="reviewer:r-1")


def _restricted() -> Step:
    return stepped(Account(), "restrict", at="+0d", sanction="r", functions=["publish"], until="+5d")


def _dismissed() -> Step:
    warning = {"command": "warn", "sanction": "w", "basis": {"clause": "1"}, "until": iso("+5d")}
    account = Account().given("propose", at="+0d", proposal="p", sanction=warning)
    return stepped(account, "dismiss", at="+1d", proposal="p", by=OTHER_MODERATOR)


def _noted_after(account: Account) -> Step:
    return stepped(account, "note", at="+9d", text="seen")


def _ended() -> Step:
    return _noted_after(Account().given("warn", at="+0d", sanction="w", until="+1d"))


def _appealed() -> Step:
    account = (
        Account()
        .given("warn", at="+0d", sanction="w", until="+99d")
        .given("appeal", at="+1d", appeal="a", sanction="w")
    )
    return _noted_after(account.given("decide_appeal", at="+2d", appeal="a", outcome="denied", by="reviewer:r-1"))


def _settled() -> Step:
    account = Account()
    warning = {"command": "warn", "sanction": "w", "basis": {"clause": "1"}, "until": iso("+5d")}
    account.given("propose", at="+0d", proposal="p", sanction=warning)
    return _noted_after(account.given("dismiss", at="+1d", proposal="p", by=OTHER_MODERATOR))


def _after(**fields: Any) -> Callable[[Step], Step]:
    return lambda step: replace(step, after=replace(step.after, **fields))


def _with(name: str, **fields: Any) -> Callable[[Step], Step]:
    return lambda step: replace(step, after=changed(step.after, name, **fields))


def _order_announces_a_warning(step: Step) -> Step:
    order = step.before.live["o"].order
    assert order is not None
    milder = replace(order, on_default=(Consequence(warn=_NINE_DAYS),))
    return replace(step, before=changed(step.before, "o", order=milder))


def _still_open(step: Step) -> Step:
    return replace(step, after=replace(step.after, open_proposals=step.before.open_proposals))


def _appeal_reopened(step: Step) -> Step:
    opened = replace(step.after.appeals["a"], status="open")
    return replace(step, after=replace(step.after, appeals=Archive({"a": opened})))


def _proposal_approved(step: Step) -> Step:
    approved = replace(step.after.settled_proposals["p"], status="approved")
    return replace(step, after=replace(step.after, settled_proposals=Archive({"p": approved})))


_FORGED: Final[dict[str, Forged]] = {
    "permanent ban that is none": Forged(
        rules.standing_is_the_highest_in_force,
        _banned,
        _after(terminal=True),
        "`terminal` is True, which is not what the bans in force say",
    ),
    "ended sanction among the live ones": Forged(
        rules.nothing_outlives_its_end,
        _banned,
        _with("b", status="lifted"),
        "b is lifted and still counts as live",
    ),
    "start without an event": Forged(
        rules.every_ban_has_a_decision,
        _started,
        without_events,
        "the scheduled ban b is in force before its start",
    ),
    "ban without an event": Forged(
        rules.every_ban_has_a_decision,
        _banned,
        without_events,
        "the ban b is in force, and no event imposed it",
    ),
    "ban that nobody asked for": Forged(
        rules.every_ban_has_a_decision,
        _banned,
        lambda step: replace(step, command=None),
        "the ban b came by itself, and nobody decided it",
    ),
    "ban where a warning was announced": Forged(
        rules.every_ban_has_a_decision,
        _defaulted,
        _order_announces_a_warning,
        "the ban o/1 was announced by no order in force",
    ),
    "permanent ban that vanishes": Forged(
        rules.a_permanent_ban_is_left_only_by_a_decision,
        _lifted_for_good,
        _after(ended=Archive()),
        "the permanent ban b is gone",
    ),
    "permanent ban that expires": Forged(
        rules.a_permanent_ban_is_left_only_by_a_decision,
        _lifted_for_good,
        _with("b", status="expired"),
        "the permanent ban b is now expired",
    ),
    "permanent ban that ends in silence": Forged(
        rules.a_permanent_ban_is_left_only_by_a_decision,
        _lifted_for_good,
        without_events,
        "the permanent ban b ended, and no event says so",
    ),
    "sanction without a clause": Forged(
        rules.nothing_in_force_without_a_basis,
        _banned,
        _with("b", basis=Basis(clause="")),
        "b does not say on what it rests",
    ),
    "sanction without a policy": Forged(
        rules.nothing_in_force_without_a_basis,
        _banned,
        _with("b", policy=PolicyRef("default", "1", "")),
        "b does not say on what it rests",
    ),
    "consequence of an order that did not default": Forged(
        rules.nothing_in_force_without_a_basis,
        _defaulted,
        _with("o", status="satisfied"),
        "o/1 follows from o, which did not default",
    ),
    "dismissed proposal that is open": Forged(
        rules.events_do_what_they_say,
        _dismissed,
        _still_open,
        "proposal p is open after ProposalDismissed",
    ),
    "version that skips": Forged(
        rules_kept.history_is_kept,
        _ended,
        _after(version=9),
        "1 events took the account from version 2 to 9",
    ),
    "ended sanction that vanishes": Forged(
        rules_kept.history_is_kept,
        _ended,
        _after(ended=Archive()),
        "w is gone",
    ),
    "ended sanction that ends otherwise": Forged(
        rules_kept.history_is_kept,
        _ended,
        _with("w", status="lifted"),
        "w had ended as expired, and is now lifted",
    ),
    "appeal that vanishes": Forged(
        rules_kept.history_is_kept,
        _appealed,
        _after(appeals=Archive()),
        "appeal a was denied, and is now gone",
    ),
    "appeal that opens again": Forged(
        rules_kept.history_is_kept,
        _appealed,
        _appeal_reopened,
        "appeal a was denied, and is now open",
    ),
    "proposal that vanishes": Forged(
        rules_kept.history_is_kept,
        _settled,
        _after(settled_proposals=Archive()),
        "proposal p was dismissed, and is now gone",
    ),
    "proposal that is settled otherwise": Forged(
        rules_kept.history_is_kept,
        _settled,
        _proposal_approved,
        "proposal p was dismissed, and is now approved",
    ),
}


@pytest.mark.parametrize("name", _FORGED)
def test_a_rule_is_silent_on_a_step_as_it_came_and_finds_what_was_done_to_it(name: str) -> None:
    assert _FORGED[name].said() == ([], [_FORGED[name].sentence])


@pytest.mark.parametrize(
    ("because", "function", "found"),
    [("r", "publish", []), ("r", "comments", ["comments"]), ("x", "publish", ["publish"]), ("x", "*", ["*"])],
)
def test_a_function_that_is_taken_by_nobody_is_found(
    because: str, function: str, found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    step = _restricted()
    monkeypatch.setattr(rules, "restrictions", lambda _state, _at: [Restriction(function, None, (because,))])

    said = [f"{one} is taken because of {because}, which does not take it" for one in found]
    assert list(rules.nothing_in_force_without_a_basis(step)) == said


def test_a_history_that_has_not_begun_breaks_no_rule() -> None:
    account = Account()
    start = Step(policy=account.policy, before=NOTHING, after=NOTHING, since=t("+0d"), at=t("+0d"))

    assert [list(getattr(rules, name)(start)) for name in rules.__all__] == [[]] * len(rules.__all__)
