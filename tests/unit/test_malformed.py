"""Fields that are unknown, missing, null, of a wrong type or against each other: malformed, with the field's name."""

from __future__ import annotations

import pytest
from account_sanctions.domain.commands import read_command

from tests.unit.samples import BY, GOOD, HEADER, NEEDED, refusal, whole
from tests.unit.scenario import command

_FIELDS = [(name, field) for name, fields in GOOD.items() for field in (*HEADER, *fields)]


@pytest.mark.parametrize("name", GOOD)
def test_whole_command_is_read(name: str) -> None:
    read_command(whole(name))


@pytest.mark.parametrize("name", GOOD)
def test_unknown_field_is_malformed(name: str) -> None:
    assert refusal({**whole(name), "untill": "x"}).details["field"] == "untill"


@pytest.mark.parametrize(("name", "field"), [(name, field) for name, fields in NEEDED.items() for field in fields])
def test_missing_field_is_malformed(name: str, field: str) -> None:
    value = whole(name)
    del value[field]
    assert refusal(value).details["field"]


@pytest.mark.parametrize("field", ["account", "by", "command"])
def test_missing_header_is_malformed(field: str) -> None:
    value = whole("note")
    del value[field]
    assert refusal(value).details["field"] == field


@pytest.mark.parametrize(("name", "field"), _FIELDS)
def test_null_is_malformed(name: str, field: str) -> None:
    assert refusal({**whole(name), field: None}).details["field"] == field


@pytest.mark.parametrize("wrong", [7, 7.5, True, {"a": 1}], ids=["integer", "float", "bool", "object"])
@pytest.mark.parametrize(("name", "field"), [(n, f) for n, f in _FIELDS if f not in ("expected_version", "command")])
def test_wrong_type_is_malformed(name: str, field: str, wrong: object) -> None:
    assert refusal({**whole(name), field: wrong}).details["field"]


@pytest.mark.parametrize("wrong", ["", "1", 1.5, True, [], {}])
def test_expected_version_that_is_no_whole_number_is_malformed(wrong: object) -> None:
    assert refusal({**whole("note"), "expected_version": wrong}).details["field"] == "expected_version"


@pytest.mark.parametrize("wrong", ["ban2", "", "Ban", "report", None, 3, ["ban"]])
def test_unknown_command_is_malformed(wrong: object) -> None:
    assert refusal({**whole("note"), "command": wrong}).details["field"] == "command"


@pytest.mark.parametrize("value", [None, [], "ban", 7, [["command", "ban"]]])
def test_command_that_is_no_object_is_malformed(value: object) -> None:
    assert refusal(value).details["field"] is None


@pytest.mark.parametrize("key", [7, None, b"at", (1,)])
def test_key_that_is_no_text_is_malformed(key: object) -> None:
    good: list[tuple[object, object]] = list(whole("note").items())
    refusal(dict([*good, (key, "x")]))


@pytest.mark.parametrize("wrong", [False, 1, "true", None])
def test_permanent_is_true_or_absent(wrong: object) -> None:
    assert refusal(command("ban", account="gh_1", by=BY, permanent=wrong)).details["field"]


@pytest.mark.parametrize(
    "by",
    [
        None,
        "moderator",
        [],
        {},
        {"kind": "moderator"},
        {"id": "m-1"},
        {"kind": "king", "id": "m-1"},
        {"kind": "moderator", "id": 7},
        {"kind": "moderator", "id": "m-1", "rights": ["ban"]},
        {"kind": None, "id": "m"},
    ],
)
def test_actor_that_is_none_is_malformed(by: object) -> None:
    refusal({**whole("note"), "by": by})


@pytest.mark.parametrize(
    "basis",
    [
        None,
        "3.1",
        {},
        {"clause": None},
        {"clause": 3},
        {"clause": "3.1", "law": "x"},
        {"clause": "3.1", "violations": "v"},
        {"clause": "3.1", "violations": [7]},
        {"clause": "3.1", "evidence": "x"},
        {"clause": "3.1", "automated_detection": "yes"},
        {"clause": "3.1", "facts": None},
    ],
)
def test_basis_that_is_none_is_malformed(basis: object) -> None:
    refusal({**whole("ban"), "basis": basis})


@pytest.mark.parametrize(
    "functions",
    [
        "publish",
        None,
        {},
        [None],
        [7],
        [["publish"]],
        [{}],
        [{"function": "publish"}],
        [{"until": "2026-02-01T00:00:00Z"}],
        [{"function": "publish", "for": "P1D", "permanent": True}],
        [{"function": "publish", "for": "P0D"}],
        [{"function": "publish", "for": "P1D", "why": "x"}],
        [{"function": None, "for": "P1D"}],
    ],
)
def test_functions_that_are_none_are_malformed(functions: object) -> None:
    value = command("restrict", account="gh_1", by=BY, permanent=True, functions=["publish"])
    refusal({**value, "functions": functions})


@pytest.mark.parametrize(
    ("name", "field", "wrong"),
    [
        ("record_violation", "detected", "rumour"),
        ("order_rectification", "clock", "sundial"),
        ("decide_appeal", "outcome", "maybe"),
        ("exempt", "unless", ["king"]),
        ("exempt", "unless", "reviewer"),
        ("submit_rectification", "evidence", "a link"),
        ("submit_rectification", "evidence", [""]),
    ],
)
def test_word_outside_its_list_is_malformed(name: str, field: str, wrong: object) -> None:
    refusal({**whole(name), field: wrong})
