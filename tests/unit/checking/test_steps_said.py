"""What a rule says of a step, whatever it gives back or raises: sentences, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from account_sanctions.domain.checking import Step
from account_sanctions.domain.checking.steps import said

from .courses import COURSES


def _sentences(_step: Step) -> Iterator[str]:
    yield "one"
    yield "two"


def _asserts(_step: Step) -> None:
    raise AssertionError("the first line\nand what pytest adds\nin two lines")


def _asserts_nothing(_step: Step) -> None:
    raise AssertionError


def _fails(_step: Step) -> None:
    raise LookupError("there is none")


def _fails_half_way(_step: Step) -> Iterator[str]:
    yield "one"
    raise LookupError("there is none")


_WANTED = "the rule itself failed: TypeError: a rule says a sentence, several, or nothing; "


@pytest.mark.parametrize(
    ("rule", "sentences"),
    [
        (lambda _step: None, ()),
        (lambda _step: "one", ("one",)),
        (lambda _step: "", ("",)),
        (lambda _step: [], ()),
        (lambda _step: ["one", "two"], ("one", "two")),
        (_sentences, ("one", "two")),
        (_asserts, ("the first line",)),
        (_asserts_nothing, ("an assertion of the rule does not hold",)),
        (_fails, ("the rule itself failed: LookupError: there is none",)),
        (_fails_half_way, ("the rule itself failed: LookupError: there is none",)),
        (lambda _step: True, (f"{_WANTED}this one answered True",)),
        (lambda _step: False, (f"{_WANTED}this one answered False",)),
        (lambda _step: ["one", 2], (f"{_WANTED}among these was 2",)),
    ],
)
def test_everything_that_a_rule_does_is_told_in_sentences(
    rule: Callable[[Step], Any], sentences: tuple[str, ...]
) -> None:
    assert said(rule, COURSES["warning"]()) == sentences


def test_rule_is_asked_of_the_step() -> None:
    step = COURSES["warning"]()
    assert said(lambda one: "the same" if one is step else "another", step) == ("the same",)
