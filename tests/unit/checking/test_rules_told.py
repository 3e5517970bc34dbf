"""What a host is told, held against what is in force: each function, its latest end, and all that take it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from account_sanctions.domain.checking import Step, rules_told
from account_sanctions.domain.queries import Restriction, Verdict
from msgspec.structs import replace

from tests.unit.scenario import Account, t

from .stepping import changed, stepped

_TOLD: Final = rules_told.a_host_is_told_what_is_in_force


def _noted(account: Account, at: str = "+1d") -> Step:
    return stepped(account, "note", at=at, text="-")


def _taken(*functions: Any) -> Account:
    terms = functions or ("publish",)
    return Account().given("restrict", at="+0d", sanction="r", functions=list(terms), until="+9d")


def _telling(patch: pytest.MonkeyPatch, *found: Restriction) -> None:
    patch.setattr(rules_told, "restrictions", lambda _state, _at: found)


def _answering(patch: pytest.MonkeyPatch, answer: Callable[[str], Verdict]) -> None:
    patch.setattr(rules_told, "verdict", lambda _state, function, _at: answer(function))


def test_what_is_not_told_and_what_is_not_in_force_is_said_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    step, publish = _noted(_taken()), Restriction("publish", t("+9d"), ("r",))
    _telling(monkeypatch)
    assert list(_TOLD(step)) == [f"in force is {(publish,)}, and told is nothing"]
    _telling(monkeypatch, publish)
    assert list(_TOLD(step)) == []
    assert list(_TOLD(_noted(Account()))) == [f"in force is nothing, and told is {(publish,)}"]


@pytest.mark.parametrize(
    "answer", [Verdict(allowed=True, until=t("+9d")), Verdict(allowed=True, because=("x",)), Verdict(allowed=False)]
)
def test_answer_to_a_question_is_compared_in_all_its_parts(answer: Verdict, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that nobody has heard of is asked for as well."""
    _answering(monkeypatch, lambda _function: answer)
    unknown = "a function that nobody has heard of"
    assert list(_TOLD(_noted(Account()))) == [
        f"asked for {unknown!r}, a host is told {answer}, and in force is nothing"
    ]


def test_every_function_of_a_sanction_that_runs_or_is_announced_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    account = _taken("publish", "comments").given(
        "restrict", at="+0d", sanction="later", functions=["payment"], from_="+5d", until="+9d"
    )
    asked: list[str] = []

    def answer(function: str) -> Verdict:
        asked.append(function)
        return Verdict(allowed=True)

    _answering(monkeypatch, answer)
    list(_TOLD(_noted(account)))
    assert sorted(asked) == ["a function that nobody has heard of", "comments", "payment", "publish"]


def test_the_latest_of_several_ends_is_told_with_all_that_take_it() -> None:
    account = _taken("publish", {"function": "comments", "until": "+3d"})
    account.given("restrict", at="+0d", sanction="q", functions=["publish", "comments"], until="+5d")
    account.given("ban", at="+0d", sanction="b", until="+4d").given("ban", at="+0d", sanction="c", until="+6d")
    account.given("restrict", at="+0d", sanction="endless", functions=["payment"], permanent=True)
    for at in ("+1d", "+2d"):
        assert list(_TOLD(_noted(account, at))) == []


def test_function_whose_end_has_come_is_not_taken_any_more() -> None:
    account = _taken("publish", {"function": "comments", "until": "+3d"})
    for at in ("+2d", "+3d", "+4d"):
        assert list(_TOLD(_noted(account, at))) == []


def test_sanction_is_in_force_from_its_start_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    step = _noted(_taken())
    _telling(monkeypatch)
    _answering(monkeypatch, lambda _function: Verdict(allowed=True))
    assert list(_TOLD(replace(step, at=t("+9d")))) == []
    banned = _noted(Account().given("ban", at="+0d", sanction="b", until="+9d"))
    assert list(_TOLD(banned)) != []
    assert list(_TOLD(replace(banned, at=t("+9d")))) == []
    assert list(_TOLD(replace(step, after=changed(step.after, "r", from_=t("+2d"))))) == []
    started = replace(step, after=changed(step.after, "r", from_=step.at))
    assert list(_TOLD(started)) != []
