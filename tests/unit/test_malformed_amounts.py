"""Too much or too little of something, or one thing without the other: malformed, with the field's name."""

from __future__ import annotations

from typing import Any

import pytest
from account_sanctions.domain.commands import read_command

from tests.unit.samples import BY, GOOD, HEADER, refusal, whole
from tests.unit.scenario import command

_WARN = {"command": "warn", "basis": {"clause": "3.1"}, "permanent": True}
_FOLLOWS = {"warn": {"for": "P7D"}}
_PENALTY = {"warn": {"permanent": True}}


def _reported(**fields: Any) -> dict[str, Any]:
    return command("report_violation", account="gh_1", by=BY, clause="3.1", **fields)


@pytest.mark.parametrize(
    ("name", "field", "one", "most"),
    [
        ("record_violation", "evidence", "a link", 100),
        ("submit_rectification", "evidence", "a link", 100),
        ("order_rectification", "on_default", _FOLLOWS, 100),
        ("restrict", "functions", "publish", 1000),
    ],
)
def test_list_has_an_upper_limit(name: str, field: str, one: object, most: int) -> None:
    read_command(whole(name, **{field: [one] * most}))
    assert refusal(whole(name, **{field: [one] * (most + 1)})).details["field"] == field


@pytest.mark.parametrize(("field", "most"), [("violations", 1000), ("priors", 1000), ("evidence", 100)])
def test_basis_names_a_limited_number(field: str, most: int) -> None:
    read_command(whole("warn", basis={"clause": "3.1", field: ["x"] * most}))
    assert refusal(whole("warn", basis={"clause": "3.1", field: ["x"] * (most + 1)})).details["path"] == "basis"


@pytest.mark.parametrize("number", [0, 101])
def test_one_decision_imposes_1_to_100_sanctions(number: int) -> None:
    def imposed(many: int) -> dict[str, Any]:
        return command("impose", **HEADER, sanctions=[_WARN] * many)

    read_command(imposed(1))
    read_command(imposed(100))
    assert refusal(imposed(number)).details["field"] == "sanctions"


def test_report_chooses_at_most_20_sanctions() -> None:
    read_command(_reported(choose=[_PENALTY] * 20, reason="seen"))
    assert refusal(_reported(choose=[_PENALTY] * 21, reason="seen")).details["field"] == "choose"


def test_report_names_at_most_100_further_reasons() -> None:
    read_command(_reported(reasons=[{"clause": "3.2"}] * 100))
    assert refusal(_reported(reasons=[{"clause": "3.2"}] * 101)).details["field"] == "reasons"


def test_way_of_detection_is_one_of_three() -> None:
    assert refusal(whole("record_violation", detected="by_chance")).details["field"] == "detected"


@pytest.mark.parametrize("ends", [{}, {"deadline": "+9d", "within": "P9D"}])
def test_order_has_one_deadline(ends: dict[str, str]) -> None:
    fields = {name: value for name, value in GOOD["order_rectification"].items() if name != "deadline"}
    value = command("order_rectification", **HEADER, **fields, **ends)
    assert refusal(value).details["field"] == "deadline"


def test_sanction_of_another_account_needs_that_account() -> None:
    read_command(whole("warn", because_of_account="gh_2", because_of_sanction="s"))
    assert refusal(whole("warn", because_of_sanction="s")).details["field"] == "because_of_account"
