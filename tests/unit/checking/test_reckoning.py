"""What was asked for, reckoned by hand: starts, ends, functions named twice, terms that are kept and terms that are given."""

from __future__ import annotations

from typing import Any, Final

import pytest
from account_sanctions.domain import acts
from account_sanctions.domain.checking import Step, rules_asked
from account_sanctions.domain.checking.reckoning import Asked, is_harsher, later, latest, ordered, reached, ruled
from account_sanctions.domain.events import SanctionChanged
from account_sanctions.domain.period import Period
from account_sanctions.domain.policies.penalties import Penalty
from account_sanctions.domain.state import Sanction
from account_sanctions.domain.terms import Basis, Consequence, EndOnly, FunctionTerm
from account_sanctions.domain.vocabulary import Actor
from msgspec import UNSET
from msgspec.structs import replace

from tests.unit.scenario import Account, t
from tests.unit.test_report_violation import policy

from .courses import COURSES

_BASIS: Final = Basis(clause="1")
_NOW: Final = t("+1d")
_FIVE: Final = Period("P5D")
_OWN: Final = FunctionTerm(function="publish", for_=Period("PT36H"))


def _restricted() -> Sanction:
    """`publish` is taken until +4d, `comments` until +9d."""
    own = {"function": "publish", "until": "+4d"}
    account = Account().given("restrict", at="+0d", sanction="r", functions=[own, "comments"], until="+9d")
    return account.state.live["r"]


def _banned() -> Sanction:
    return Account().given("ban", at="+0d", sanction="b", until="+9d").state.live["b"]


@pytest.mark.parametrize(
    ("act", "asked"),
    [
        (acts.Warn(sanction="s", basis=_BASIS, for_=_FIVE), Asked("warning", _NOW, t("+6d"))),
        (acts.Ban(sanction="s", basis=_BASIS, until=t("+9d")), Asked("ban", _NOW, t("+9d"))),
        (acts.Ban(sanction="s", basis=_BASIS, permanent=True), Asked("ban", _NOW, None)),
        (acts.Ban(sanction="s", basis=_BASIS, for_=_FIVE, from_=t("+3d")), Asked("ban", t("+3d"), t("+8d"))),
        (
            acts.Restrict(sanction="s", basis=_BASIS, functions=("publish", "comments"), for_=_FIVE, from_=t("+3d")),
            Asked("restriction", t("+3d"), t("+8d"), {"publish": t("+8d"), "comments": t("+8d")}),
        ),
        (
            acts.Restrict(sanction="s", basis=_BASIS, functions=(_OWN, FunctionTerm(function="comments", for_=_FIVE))),
            Asked("restriction", _NOW, t("+6d"), {"publish": t("+2d+12h"), "comments": t("+6d")}),
        ),
        (
            acts.OrderRectification(sanction="s", basis=_BASIS, within=_FIVE, on_default=()),
            Asked("rectification", _NOW, t("+6d")),
        ),
        (
            acts.OrderRectification(
                sanction="s", basis=_BASIS, deadline=t("+9d"), on_default=(Consequence(ban=EndOnly(permanent=True)),)
            ),
            Asked("rectification", _NOW, t("+9d"), {}, (Consequence(ban=EndOnly(permanent=True)),)),
        ),
    ],
)
def test_what_a_command_asks_for_counts_from_its_start(act: acts.Imposition, asked: Asked) -> None:
    assert ordered(act, _NOW) == asked


def test_function_that_is_named_twice_is_taken_until_the_later_end() -> None:
    longer, shorter = (FunctionTerm(function="publish", for_=Period(one)) for one in ("P5D", "P2D"))
    for functions in ((longer, shorter), (shorter, longer)):
        act = acts.Restrict(sanction="s", basis=_BASIS, functions=functions)
        assert ordered(act, _NOW) == Asked("restriction", _NOW, t("+6d"), {"publish": t("+6d")})
        change = acts.ChangeSanction(sanction="r", functions=functions, reason="-")
        assert reached(change, _restricted(), _NOW) == (t("+6d"), {"publish": t("+6d")})


@pytest.mark.parametrize(
    ("terms", "until", "functions"),
    [
        ({"functions": ("publish",)}, t("+4d"), {"publish": t("+4d")}),
        ({"functions": ("comments", "mass_send")}, t("+9d"), {"comments": t("+9d"), "mass_send": t("+9d")}),
        (
            {"functions": ("publish", "mass_send"), "for_": _FIVE},
            t("+6d"),
            {"publish": t("+4d"), "mass_send": t("+6d")},
        ),
        ({"functions": ("publish", "mass_send"), "permanent": True}, None, {"publish": t("+4d"), "mass_send": None}),
        ({"functions": (_OWN, "comments")}, t("+9d"), {"publish": t("+2d+12h"), "comments": t("+9d")}),
        ({"until": t("+7d")}, t("+7d"), {"publish": t("+7d"), "comments": t("+7d")}),
        ({"for_": _FIVE}, t("+6d"), {"publish": t("+6d"), "comments": t("+6d")}),
        ({"permanent": True}, None, {"publish": None, "comments": None}),
    ],
)
def test_what_is_kept_keeps_its_end_and_what_is_given_counts_from_now(
    terms: dict[str, Any], until: Any, functions: dict[str, Any]
) -> None:
    change = acts.ChangeSanction(sanction="r", reason="-", **terms)
    assert reached(change, _restricted(), _NOW) == (until, functions)


@pytest.mark.parametrize(
    ("terms", "until"), [({"until": t("+5d")}, t("+5d")), ({"for_": _FIVE}, t("+6d")), ({"permanent": True}, None)]
)
def test_ban_is_changed_to_another_end(terms: dict[str, Any], until: Any) -> None:
    assert reached(acts.ChangeSanction(sanction="b", reason="-", **terms), _banned(), _NOW) == (until, {})


def test_appeal_that_is_decided_without_terms_leaves_the_end() -> None:
    decided = acts.DecideAppeal(appeal="a", outcome="denied", reason="-")
    assert reached(decided, _banned(), _NOW) == (t("+9d"), {})


@pytest.mark.parametrize(
    ("functions", "harsher"),
    [
        ({"publish": t("+4d")}, False),
        ({"publish": t("+4d"), "comments": t("+9d")}, False),
        ({"publish": t("+4d+1us"), "comments": t("+1d")}, True),
        ({"publish": None}, True),
        ({"mass_send": t("+2d")}, True),
        (None, False),
    ],
)
def test_restriction_is_harsher_where_it_takes_more_or_longer(functions: Any, *, harsher: bool) -> None:
    """The end of the whole says nothing: it is later here, and each function is looked at."""
    event = SanctionChanged(at=_NOW, by=Actor("moderator", "m"), sanction="r", until=t("+99d"), functions=functions)
    assert is_harsher(_restricted(), event) == harsher


@pytest.mark.parametrize(
    ("until", "harsher"), [(t("+9d"), False), (t("+9d+1us"), True), (None, True), (t("+8d"), False)]
)
def test_ban_is_harsher_where_it_is_longer(until: Any, *, harsher: bool) -> None:
    event = SanctionChanged(at=_NOW, by=Actor("moderator", "m"), sanction="b", until=until)
    assert is_harsher(_banned(), event) == harsher


def test_what_never_ends_is_the_latest() -> None:
    assert later(t("+1d"), t("+2d")) == later(t("+2d"), t("+1d")) == t("+2d")
    assert later(None, t("+2d")) is later(t("+2d"), None) is None
    assert latest([t("+1d"), t("+3d"), t("+2d")]) == t("+3d")
    assert latest([t("+1d"), None]) is latest([]) is None


def test_everything_that_a_ladder_imposes_can_follow_and_what_is_chosen() -> None:
    rules = policy(
        {"impose": [{"warn": {"for": "P1D"}}]},
        {"impose": [{"restrict": ["publish"], "for": "P2D"}, {"ban": {"permanent": True}}]},
        ladder={
            "first": {"impose": [{"warn": {"for": "P3D"}}]},
            "prior_warning": {"impose": [{"order": {"within": "P4D"}}]},
        },
    )
    chosen = (Penalty(ban=EndOnly(until=t("+9d"))),)
    of_ladder = [
        Asked("warning", _NOW, t("+2d")),
        Asked("restriction", _NOW, t("+3d"), {"publish": t("+3d")}),
        Asked("ban", _NOW, None),
        Asked("warning", _NOW, t("+4d")),
        Asked("rectification", _NOW, t("+5d")),
    ]
    assert list(ruled(rules, UNSET, _NOW)) == of_ladder
    assert list(ruled(rules, chosen, _NOW)) == [*of_ladder, Asked("ban", _NOW, t("+9d"))]


def test_a_month_of_a_policy_that_was_not_counted_in_days_is_one_of_the_calendar() -> None:
    act = acts.Warn(sanction="s", basis=_BASIS, for_=Period("P1M"))
    assert ordered(act, t("+31d")).until == t("+59d")
    assert ordered(replace(act, for_=Period("P30DT1H")), t("+31d")).until == t("+61d+1h")


def test_several_sanctions_in_place_of_one_are_named() -> None:
    step: Step = COURSES["warning"]()
    (issued,) = step.events
    twice = replace(step, events=(issued, replace(issued, sanction="x")))
    assert list(rules_asked.what_is_imposed_was_asked_for(twice)) == ["w was asked for, and imposed was w, x"]
