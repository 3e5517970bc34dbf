"""What the kit says when something is not as expected: both sides, in few words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from account_sanctions.testing import Account, Case, FrozenClock, t
from account_sanctions.testing.differing import difference
from account_sanctions.testing.factories import brief, whole


@pytest.fixture
def case(sanctions_case: Callable[..., Case]) -> Case:
    return sanctions_case().given("restrict", at="+0d", sanction="s-1", functions=["publish"], until="+5d")


def test_case_goes_through_a_life(case: Case, sanctions_clock: FrozenClock) -> None:
    case.then_state(standing="restricted", restrictions={"publish": "+5d"}, statuses={"s-1": "in_force"})
    case.then_may_not("publish", "s-1").then_may("mass_send").then_may("publish", at="+5d")
    case.then_may_not("publish").then_may_not("publish", at="+4d")
    case.when("lift", at="+1d", sanction="s-1", command_id="c").then("SanctionLifted")
    case.when("lift", sanction="s-1", command_id="c").duplicate()
    case.when("lift", sanction="s-1").refused("already_ended", sanction="s-1")
    assert brief(sanctions_clock.now) == "+1d"
    case.when("lift", at="+1d", sanction="s-2").refused("unknown_sanction")


def test_glue_of_a_host_takes_the_place_of_the_door(sanctions_case: Callable[..., Case]) -> None:
    sent: list[object] = []
    case = sanctions_case("gh_9", send=sent.append)
    case.when("note", text="seen")
    assert sent == [whole("note", "gh_9", text="seen")]


def test_no_without_a_sanction_is_a_no(sanctions_clock: FrozenClock) -> None:
    class Shut:
        """Answers as an index does that fails closed."""

        because = ()

        def __bool__(self) -> bool:
            return False

    door: Any = SimpleNamespace(execute=None, may=lambda *_asked: Shut())
    case = Case(door, clock=sanctions_clock).then_may_not("publish")
    with pytest.raises(AssertionError, match=r"gh_1 may not publish at \+0d, and was to"):
        case.then_may("publish")
    with pytest.raises(AssertionError, match=r"- \['s-1'\]"):
        case.then_may_not("publish", "s-1")


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        (lambda case: case.then_state(standing="clear"), r"- \{'standing': 'clear'\}\n\+ \{'standing': 'restricted'\}"),
        (lambda case: case.then_may("publish"), "gh_1 and publish: what takes it away is another"),
        (lambda case: case.then_may_not("publish", "s-2"), r"- \['s-2'\]"),
        (lambda case: case.then_may_not("publish", "s-1", "s-2"), r"- \['s-1', 's-2'\]"),
        (lambda case: case.then_may_not("mass_send"), "gh_1 may mass_send at [+]0d, and was not to"),
        (lambda case: case.then_may_not("mass_send", "s-1"), "gh_1 may mass_send at [+]0d, and was not to"),
        (lambda case: case.then_may_not("publish", at="+5d"), "gh_1 may publish at [+]5d, and was not to"),
        (lambda case: case.given("lift", at="+6d", sanction="s-1"), r"given lift at \+6d: refused: already_ended"),
        (
            lambda case: case.when("lift", at="+6d", sanction="s-1").then(),
            "was to be accepted, and was refused: already",
        ),
        (lambda case: case.when("lift", sanction="s-1").refused("terminal"), "was to be refused as terminal"),
        (lambda case: case.when("lift", sanction="s-2").refused("terminal"), "refused for another reason"),
        (lambda case: case.when("lift", sanction="s-2").refused("unknown_sanction", sanction="s-3"), "other details"),
        (lambda case: case.when("lift", sanction="s-1").then("SanctionExpired"), r"\+ \['SanctionLifted'\]"),
        (lambda case: case.when("lift", sanction="s-1").duplicate(), "was to be a duplicate"),
        (lambda case: case.when("lift", sanction="s-2").duplicate(), "unknown_sanction"),
    ],
)
def test_case_says_what_differs(case: Case, claim: Callable[[Case], object], said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        claim(case)


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        (
            lambda one: one.when("ban", at="+0d", until="+1d").then("BanIssued"),
            r"- \['BanIssued'\]\n\+ \['AccountBanned'\]",
        ),
        (lambda one: one.when("ban", at="+0d", until="+1d").after("SanctionExpired"), "had fallen due before"),
        (lambda one: one.when("ban", at="+0d", until="+1d").refused("terminal"), "was to be refused as terminal"),
        (lambda one: one.when("lift", at="+0d", sanction="s").refused("terminal"), "for another reason"),
        (
            lambda one: one.when("lift", at="+0d", sanction="s").refused("unknown_sanction", sanction="x"),
            "other details",
        ),
        (lambda one: one.when("lift", at="+0d", sanction="s").then(), "was to be accepted, and was refused"),
        (lambda one: one.given("lift", at="+0d", sanction="s"), r"given lift at \+0d: refused: unknown_sanction"),
    ],
)
def test_account_says_what_differs(claim: Callable[[Account], object], said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        claim(Account())


def test_difference_shows_lines_and_microseconds() -> None:
    one = datetime(2026, 1, 1, tzinfo=UTC)
    assert difference(one, one.replace(microsecond=1)) == "- '2026-01-01T00:00:00Z'\n+ '2026-01-01T00:00:00.000001Z'"
    assert difference({"a": object}, 1).startswith("- {'a': <class 'object'>}")


def test_clock_and_short_times() -> None:
    clock = FrozenClock()
    clock.move(days=1, hours=-1)
    assert clock() == t("+23h")
    clock.at_least(t("+2d"))
    clock.at_least(t("+1d"))
    assert (brief(clock.now), brief(None), brief(t("+1d-1us"))) == ("+2d", None, "+86399999999us")
    with pytest.raises(ValueError, match="no short time"):
        t("tomorrow")
