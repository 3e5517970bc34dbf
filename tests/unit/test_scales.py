"""What violations weigh at an instant: those that last, those that fade, and clocks that stand still meanwhile."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

import pytest
from account_sanctions.domain.due import advance
from account_sanctions.domain.policies.deviating import Measure, direction, measure, measure_recorded
from account_sanctions.domain.policies.penalties import Penalty
from account_sanctions.domain.policies.resolving import is_milder, resolve
from account_sanctions.domain.policies.weighing import Counted, Scales
from account_sanctions.domain.state import NOTHING, State, Violation
from msgspec import convert

from tests.unit.scenario import Account, t

_KINDS: Final = ("ban",)


def _violation(name: str, at: str = "+0d", **fields: Any) -> Violation:
    plain: dict[str, Any] = dict.fromkeys(("category", "severity", "content_at", "batch"))
    return Violation(id=name, number=1, clause="spam", at=t(at), **{"weight": "1", **plain, **fields})


def _fading(name: str, weight: str, at: str = "+0d", until: str = "+10d", **fields: Any) -> Violation:
    return _violation(name, at, weight=weight, counts_until=t(until), decay="linear", **fields)


def _banned(*spans: tuple[str, str]) -> State:
    """An account that was banned during these times, eight days after its beginning."""
    account = Account()
    for number, (start, end) in enumerate(spans):
        account = account.given("ban", at=start, sanction=f"b{number}", until=end)
    return advance(account.state, t("+8d"))


def test_what_lasts_and_what_fades_is_weighed_together_and_each_is_told() -> None:
    violations = [
        _violation("whole"),
        _violation("stepping", weight="2", counts_until=t("+9d")),
        _fading("half", "4"),
        _fading("same", "4"),
        _fading("other", "3", until="+20d"),
        _violation("after", weight="1/2"),
    ]
    weight, counted = Scales(NOTHING, t("+5d")).weigh(violations)

    assert weight == 1 + 2 + 2 + 2 + Fraction(9, 4) + Fraction(1, 2)
    assert [(one.violation, one.value) for one in counted] == [
        ("whole", 1),
        ("stepping", 2),
        ("half", 2),
        ("same", 2),
        ("other", Fraction(9, 4)),
        ("after", Fraction(1, 2)),
    ]
    assert counted[2] == Counted("half", "4", t("+10d") - t("+5d"), t("+10d") - t("+0d"))
    assert counted[0] == Counted("whole", "1")


def test_of_two_that_fade_alike_but_weigh_otherwise_each_keeps_its_own() -> None:
    weight, counted = Scales(NOTHING, t("+4d")).weigh([_fading("a", "5"), _fading("b", "10"), _fading("c", "5")])
    assert [one.value for one in counted] == [3, 6, 3]
    assert weight == 12


def test_clock_that_stands_still_is_read_for_each_beginning() -> None:
    """The ban runs from +2d to +6d: who began before it has four days more, who began within it the rest, who after it none."""
    state = _banned(("+2d", "+6d"))
    violations = [
        _fading("before", "10", "+0d", frozen_while=_KINDS),
        _fading("at its start", "10", "+2d", "+12d", frozen_while=_KINDS),
        _fading("within", "10", "+4d", "+14d", frozen_while=_KINDS),
        _fading("at its end", "10", "+6d", "+16d", frozen_while=_KINDS),
        _fading("unfrozen", "10"),
        _fading("after", "10", "+7d", "+17d", frozen_while=_KINDS),
    ]
    _, counted = Scales(state, t("+8d")).weigh(violations)
    assert [one.value for one in counted] == [6, 8, 8, 8, 2, 9]


def test_bans_that_touch_or_overlap_stop_a_clock_once() -> None:
    touching, overlapping = _banned(("+2d", "+4d"), ("+4d", "+6d")), _banned(("+2d", "+5d"), ("+3d", "+6d"))
    for state in (touching, overlapping):
        (one,) = Scales(state, t("+8d")).weigh([_fading("v", "10", frozen_while=_KINDS)])[1]
        assert one.value == 6


def test_ban_that_has_not_begun_or_was_overturned_stops_no_clock() -> None:
    account = Account().given("ban", at="+0d", sanction="b", from_="+20d", until="+30d")
    account = account.given("ban", at="+1d", sanction="c", until="+9d")
    account = account.given("overturn", at="+3d", by="reviewer:r-1", sanction="c", reason="-")
    (one,) = Scales(account.state, t("+8d")).weigh([_fading("v", "10", frozen_while=_KINDS)])[1]
    assert one.value == 2


def test_time_that_has_run_out_comes_back_where_the_clock_stood_still() -> None:
    state = _banned(("+2d", "+6d"))
    violations = [
        _violation("none"),
        _violation("over", counts_until=t("+5d")),
        _violation("kept", counts_until=t("+5d"), frozen_while=_KINDS),
        _violation("to the instant", counts_until=t("+4d"), frozen_while=_KINDS),
        _violation("by another kind", counts_until=t("+5d"), frozen_while=("restriction",)),
        _violation("later", "+7d", counts_until=t("+7d+1us"), frozen_while=_KINDS),
        _violation("running", counts_until=t("+9d"), frozen_while=_KINDS),
    ]
    assert Scales(state, t("+8d")).alive(violations) == [True, False, True, False, False, False, True]


def _resolved(*penalties: dict[str, Any]) -> list[Any]:
    from account_sanctions.domain.period import period_from_text

    read = [convert(one, Penalty, dec_hook=period_from_text) for one in penalties]
    return [resolve(one, t("+0d"), "acceptance_by_deadline") for one in read]


_BAN: Final[dict[str, Any]] = {"ban": {"for": "P3D"}}
_POST: Final[dict[str, Any]] = {"restrict": ["post"], "for": "P3D"}


@pytest.mark.parametrize(
    ("said", "chosen", "milder"),
    [
        ([_BAN], [_BAN], False),
        ([_BAN], [{"ban": {"for": "P2D"}}], True),
        ([_BAN], [_POST], True),
        ([_POST], [_BAN], False),
        ([_BAN], [], True),
        ([], [{"warn": {"for": "P1D"}}], False),
        ([_POST], [{**_POST, "for": "P2D"}], True),
        ([_POST, {**_POST, "for": "P9D"}], [{**_POST, "for": "P8D"}], True),
        ([_POST, {**_POST, "for": "P9D"}], [{**_POST, "for": "P9D"}], False),
        ([{**_POST, "for": "P9D"}, _POST], [{**_POST, "for": "P9D"}], False),
        ([{"restrict": ["post"], "permanent": True}], [_POST], True),
        ([{"order": {"within": "P9D"}}], [{"order": {"within": "P5D"}}], False),
        ([{"order": {"within": "P9D"}}, {"warn": {"for": "P9D"}}], [{"order": {"within": "P9D"}}], True),
        ([{"order": {"within": "P9D"}}], [{"order": {"within": "P9D"}}, {"order": {"within": "P9D"}}], False),
    ],
)
def test_penalties_are_milder_where_they_reach_less_far_in_something_and_further_in_nothing(
    said: list[dict[str, Any]], chosen: list[dict[str, Any]], *, milder: bool
) -> None:
    assert is_milder(_resolved(*said), _resolved(*chosen)) == milder


def test_direction_goes_by_the_gravest_kind_then_by_everything_together() -> None:
    warning, ban = Measure("warning", t("+9d")), Measure("ban", t("+9d"))
    assert direction([], [warning]) == "harsher"
    assert direction([warning], []) == "milder"
    assert direction([], []) == "other"
    assert direction([ban], [warning]) == "milder"
    assert direction([warning], [ban]) == "harsher"
    assert direction([ban], [Measure("ban", None)]) == "harsher"
    assert direction([Measure("ban", None)], [ban]) == "milder"
    assert direction([ban], [ban, warning]) == "harsher"
    assert direction([ban], [ban]) == "other"


def test_measure_of_what_was_put_forward_counts_from_then() -> None:
    account = Account().given(
        "propose",
        at="+1d",
        proposal="p",
        sanction={"command": "restrict", "basis": {"clause": "1"}, "functions": ["publish"], "for": "P3D"},
    )
    event = account.events[-1]
    assert measure_recorded(event) == Measure("restriction", t("+4d"), frozenset(["publish"]))  # type: ignore[arg-type]


def test_measure_of_no_function_is_no_length_at_all() -> None:
    assert measure(Penalty(restrict=(), permanent=True), t("+1d")) == Measure("restriction", t("+1d"))
