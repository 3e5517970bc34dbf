"""Appeals are filed in time and as often as is granted, settled as decided, and windows move as the policy lays down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from account_sanctions.domain.archive import Archive
from account_sanctions.domain.checking import Step
from account_sanctions.domain.checking.rules_appeals import appeals_are_heard_as_laid_down
from account_sanctions.domain.events import AppealTerms, SanctionOverturned
from account_sanctions.domain.presets import DEFAULT
from msgspec.structs import replace

from tests.unit.scenario import Account, t

from .courses import COURSES
from .stepping import Forged, changed, event_changed, stepped

_HEARD: Final = appeals_are_heard_as_laid_down
_NONE: Final = Archive[Any]()
_DAY: Final = {f"+{day}d": t(f"+{day}d").isoformat() for day in range(20)}


def _warned(name: str = "w", account: Account | None = None, **terms: Any) -> Account:
    """Of +0d; there is no notice, so the window runs from then on."""
    given = account or Account(replace(DEFAULT, appeal=AppealTerms(**terms) if terms else None))
    return given.given("warn", at="+0d", sanction=name, until="+90d")


def _filed(at: str = "+1d", account: Account | None = None, **terms: Any) -> Step:
    return stepped(account or _warned(**(terms or {"window": "P4D"})), "appeal", at=at, appeal="a", sanction="w")


def _asked_again(at: str = "+3d", account: Account | None = None) -> Step:
    """The window closed at +1d; from +3d on it can be asked whether the sanction need go on."""
    return _filed(at, account or _again())


def _again() -> Account:
    return _warned(window="P1D", reinstatement_after="P3D")


def _noticed() -> Step:
    return stepped(_warned(window="P4D"), "serve_notice", at="+2d", sanction="w")


def _filed_after_a_notice() -> Step:
    return _filed("+5d", _warned(window="P4D", limit=2).given("serve_notice", at="+2d", sanction="w"))


def _lengthened(account: Account | None = None) -> Step:
    """Harsher terms: one more appeal, and a window that runs from then on, of which nobody has been told yet."""
    before = account or _warned(window="P4D").given("serve_notice", at="+1d", sanction="w").given(
        "appeal", at="+2d", appeal="a", sanction="w"
    )
    return stepped(before, "change_sanction", at="+3d", sanction="w", until="+95d")


def _warned_without_appeal() -> Step:
    return stepped(Account(replace(DEFAULT, appeal=None)), "warn", at="+0d", sanction="w", until="+9d")


def _gone(step: Step) -> Step:
    return replace(step, before=replace(step.before, live={}), after=replace(step.after, live={}))


def _after(**fields: Any) -> Callable[[Step], Step]:
    return lambda step: replace(step, after=replace(step.after, **fields))


def _with(name: str, **fields: Any) -> Callable[[Step], Step]:
    return lambda step: replace(step, after=changed(step.after, name, **fields))


def _before(**fields: Any) -> Callable[[Step], Step]:
    """The sanction was otherwise, and is so still."""
    return lambda step: replace(
        step, before=changed(step.before, "w", **fields), after=changed(step.after, "w", **fields)
    )


def _at(at: str) -> Callable[[Step], Step]:
    return lambda step: replace(step, at=t(at))


def _settled(status: str) -> Callable[[Step], Step]:
    def forge(step: Step) -> Step:
        found = {name: replace(one, status=status) for name, one in step.after.appeals.items()}
        return _after(appeals=Archive(found))(step)

    return forge


def _waiting(step: Step) -> Step:
    """An earlier appeal against the same sanction has not been decided."""
    earlier = replace(step.after.appeals["a"], id="earlier")
    return replace(step, before=replace(step.before, appeals=Archive({"earlier": earlier})))


_NO_APPEAL: Final = "appeal a was accepted, and there is no appeal against w"
_CLOSED: Final = "appeal a was accepted after the window had closed at "

_FORGED: Final[dict[str, Forged]] = {
    "appeal against what is unknown": Forged(_HEARD, _filed, _gone, _NO_APPEAL),
    "appeal against what was overturned": Forged(_HEARD, _filed, _before(overturned_at=t("+1d")), _NO_APPEAL),
    "appeal where the policy gives none": Forged(_HEARD, _filed, _before(appeal_terms=None), _NO_APPEAL),
    "appeal at the end of the window": Forged(_HEARD, _filed, _at("+4d"), _CLOSED + _DAY["+4d"]),
    "appeal after the end of the window": Forged(_HEARD, _filed, _at("+9d"), _CLOSED + _DAY["+4d"]),
    "appeal beyond the limit": Forged(
        _HEARD, _filed, _before(appeals_left=0), "appeal a was accepted, and no further one is allowed"
    ),
    "appeal before it can be asked again": Forged(_HEARD, _asked_again, _at("+2d"), _CLOSED + _DAY["+1d"]),
    "appeal while another one waits": Forged(_HEARD, _asked_again, _waiting, _CLOSED + _DAY["+1d"]),
    "filing that grants": Forged(
        _HEARD, _filed, _settled("granted"), "AppealFiled was recorded, and appeal a is granted"
    ),
    "filing that leaves nothing": Forged(
        _HEARD, _filed, _after(appeals=_NONE), "AppealFiled was recorded, and appeal a is gone"
    ),
    "denial that grants": Forged(
        _HEARD, COURSES["appeal denied"], _settled("granted"), "AppealDecided was recorded, and appeal a is granted"
    ),
    "grant that denies": Forged(
        _HEARD, COURSES["appeal granted"], _settled("denied"), "AppealDecided was recorded, and appeal a is denied"
    ),
    "withdrawal that closes": Forged(
        _HEARD, COURSES["appeal withdrawn"], _settled("moot"), "AppealWithdrawn was recorded, and appeal a is moot"
    ),
    "closing that withdraws": Forged(
        _HEARD,
        COURSES["overturning what is appealed"],
        lambda step: _after(appeals=Archive({"a": replace(step.after.appeals["a"], status="withdrawn")}))(step),
        "AppealClosed was recorded, and appeal a is withdrawn",
    ),
    "appeals without number": Forged(
        _HEARD, _filed, _with("w", appeals_left=1), "the number of appeals left of w is 1, and by the events 0"
    ),
    "appeal that is not remembered": Forged(
        _HEARD,
        _filed,
        _with("w", last_appeal_at=None),
        f"the last appeal of w is none, and by the events {_DAY['+1d']}",
    ),
    "appeal that moves the window": Forged(
        _HEARD,
        _filed_after_a_notice,
        _with("w", window_from=t("+5d")),
        f"the beginning of the window of w is {_DAY['+5d']}, and by the events {_DAY['+0d']}",
    ),
    "notice that is not remembered": Forged(
        _HEARD, _noticed, _with("w", notice_at=None), f"the notice of w is none, and by the events {_DAY['+2d']}"
    ),
    "harsher terms that open no window": Forged(
        _HEARD,
        _lengthened,
        _with("w", window_from=t("+0d")),
        f"the beginning of the window of w is {_DAY['+0d']}, and by the events {_DAY['+3d']}",
    ),
    "harsher terms that give no appeal": Forged(
        _HEARD, _lengthened, _with("w", appeals_left=0), "the number of appeals left of w is 0, and by the events 1"
    ),
    "harsher terms that keep the notice": Forged(
        _HEARD, _lengthened, _with("w", notice_at=t("+1d")), f"the notice of w is {_DAY['+1d']}, and by the events none"
    ),
    "harsher terms that forget the last appeal": Forged(
        _HEARD,
        _lengthened,
        _with("w", last_appeal_at=None),
        f"the last appeal of w is none, and by the events {_DAY['+2d']}",
    ),
    "sanction with an appeal that the policy does not give": Forged(
        _HEARD,
        _warned_without_appeal,
        _with("w", appeals_left=1),
        "the number of appeals left of w is 1, and by the events 0",
    ),
    "consequence with a notice that nobody served": Forged(
        _HEARD,
        COURSES["default"],
        _with("o/2", notice_at=t("+2d")),
        f"the notice of o/2 is {_DAY['+2d']}, and by the events none",
    ),
    "ban of an approval with another window": Forged(
        _HEARD,
        COURSES["approval"],
        _with("b", window_from=t("+9d")),
        f"the beginning of the window of b is {_DAY['+9d']}, and by the events {_DAY['+1d']}",
    ),
    "window that moves by itself": Forged(
        _HEARD,
        COURSES["note"],
        _with("r", window_from=t("+1d")),
        f"the beginning of the window of r is {_DAY['+1d']}, and by the events {_DAY['+0d']}",
    ),
}


@pytest.mark.parametrize("name", _FORGED)
def test_a_rule_is_silent_on_a_step_as_it_came_and_finds_what_was_done_to_it(name: str) -> None:
    assert _FORGED[name].said() == ([], [_FORGED[name].sentence])


@pytest.mark.parametrize("at", ["+1d", "+4d-1us"])
def test_appeal_is_in_time_until_the_window_closes(at: str) -> None:
    assert list(_HEARD(_filed(at))) == []


def test_second_appeal_within_the_limit_is_allowed() -> None:
    account = _warned(window="P9D", limit=2).given("appeal", at="+1d", appeal="x", sanction="w")
    account.given("withdraw_appeal", at="+1d", appeal="x")
    assert list(_HEARD(_filed("+2d", account))) == []


def test_what_is_asked_again_may_wait_beside_other_appeals() -> None:
    """Another sanction's appeal that waits, and an earlier one against this that was decided, hinder nobody."""
    account = _warned("x", _again()).given("appeal", at="+3d", appeal="b", sanction="x")
    assert list(_HEARD(_asked_again("+4d", account))) == []
    decided = _again().given("appeal", at="+0d", appeal="b", sanction="w")
    decided.given("decide_appeal", at="+0d", appeal="b", outcome="denied")
    assert list(_HEARD(_asked_again("+3d", decided))) == []


def test_notice_that_was_served_before_is_not_moved_by_another_one() -> None:
    step = _noticed()
    again = replace(step, before=step.after, events=(replace(step.events[0], at=t("+5d")),))
    moved = replace(again, after=changed(step.after, "w", notice_at=t("+5d")))
    assert list(_HEARD(again)) == []
    assert list(_HEARD(moved)) == [f"the notice of w is {_DAY['+5d']}, and by the events {_DAY['+2d']}"]


def test_harsher_terms_open_no_window_where_the_policy_gives_none() -> None:
    assert list(_HEARD(_lengthened(_warned()))) == []


def test_what_was_imposed_by_no_event_is_left_to_other_rules() -> None:
    """They find it; here there is nothing that it could be compared with, whatever else is said of it."""
    step = COURSES["warning"]()
    overturned = SanctionOverturned(at=step.at, by=step.events[0].by, sanction="w")
    assert list(_HEARD(replace(step, events=(overturned,)))) == []


def test_appeal_of_another_name_is_missed() -> None:
    step = _filed()
    assert list(_HEARD(event_changed(step, appeal="z"))) == ["AppealFiled was recorded, and appeal z is gone"]
