"""What is said of single steps: why one is never taken, which names are taken, and how much of a ladder is looked at."""

from __future__ import annotations

from typing import Any, Final

import pytest
from account_sanctions.domain.policies import ladder_checks
from account_sanctions.domain.policies.checks import check_policy

from tests.unit.test_policy_checks import WARN, ban, ladder, policy, restrict

__all__ = ["mistakes"]

Json = dict[str, Any]
_STEPS: Final = "ladders.strikes.steps"
_TOO_MANY: Final = "the steps, severities and classes are too many to be checked; make fewer, or several policies"


def mistakes(**fields: Any) -> dict[str, str]:
    """The mistakes of a policy with these fields: the place with dots, and the whole sentence."""
    return {".".join(map(str, place)): sentence for place, sentence in check_policy(policy(**fields))}


def test_steps_are_checked_up_to_the_most_that_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two severities and a step for each of them make four places to look at."""
    steps = [{"severity": name, "impose": [WARN]} for name in ("minor", "grave")]
    monkeypatch.setattr(ladder_checks, "_WORK", 4)
    assert check_policy(policy(**ladder(*steps))) == []
    assert check_policy(policy(**ladder(*steps, {"severity": "grave", "at": 2, "impose": [WARN]}))) == [
        (("ladders", "strikes"), _TOO_MANY)
    ]


def test_unknown_name_that_is_near_to_none_is_found_with_those_that_there_are() -> None:
    fields = ladder({"severity": "red", "impose": [WARN]}, {"account_class": "vip", "at": 2, "impose": [WARN]})
    assert mistakes(**fields) == {
        f"{_STEPS}.0.severity": "there is no severity 'red'; there are minor, grave",
        f"{_STEPS}.1.account_class": "there is no class of accounts 'vip'; there are new, old",
    }


def test_step_in_the_wrong_order_is_not_called_unreachable_besides() -> None:
    """A level between whole numbers leads to the one above it, where the step before stands already."""
    steps = [{"at": 2, "impose": [WARN]}, {"at": "3/2", "impose": [WARN]}]
    assert mistakes(**ladder(*steps, may_get_milder=True)) == {
        f"{_STEPS}.1.at": "its level is 3/2, after a step at level 2; put the steps in ascending order"
    }


def test_step_that_is_never_taken_is_found_behind_two_that_fire_at_one_level() -> None:
    steps = [
        {"at": 3, "name": "a", "impose": [WARN]},
        {"at": 3, "name": "b", "impose": [restrict()]},
        {"at": "7/2", "name": "c", "impose": [restrict()]},
        {"at": 4, "name": "d", "impose": [ban("P9D")]},
    ]
    assert mistakes(**ladder(*steps, fires="crossing")) == {
        f"{_STEPS}.1.at": "another step fires at level 3 already; make one step of both, or raise this one",
        f"{_STEPS}.2": "no level leads here: none lies from 7/2 up to the next step; correct `at`",
    }


def test_step_behind_first_between_one_and_two_has_no_level_that_leads_there() -> None:
    steps = [{"at": "3/2", "impose": [restrict()]}, {"at": 2, "impose": [ban("P1D")]}]
    assert mistakes(**ladder(*steps, first={"impose": [WARN]})) == {
        f"{_STEPS}.0": "no level leads here: none lies from 3/2 up to the next step; correct `at`"
    }


@pytest.mark.parametrize("name", ["first", "warning"])
@pytest.mark.parametrize("number", [0, 1])
def test_step_may_not_be_called_as_what_comes_before_the_steps(name: str, number: int) -> None:
    """On record `first` and `warning` are the names of what comes before; where nothing does, steps may have them."""
    steps: list[Json] = [{"at": 2, "impose": [restrict()]}, {"at": 3, "impose": [ban("P1D")]}]
    steps[number]["name"] = name
    before = {("first" if name == "first" else "prior_warning"): {"impose": [WARN]}}
    assert mistakes(**ladder(*steps, **before)) == {
        f"{_STEPS}.{number}.name": f"another step is called '{name}' too; give this one a `name` of its own"
    }
    assert mistakes(**ladder(*steps)) == {}
