"""Names and free text: what forges log lines, floods the store or cannot be written down is malformed."""

from __future__ import annotations

from typing import Any

import pytest
from account_sanctions.domain.commands import content_digest, read_command, read_json
from account_sanctions.domain.errors import Malformed

from tests.unit.samples import refusal, whole
from tests.unit.scenario import Account

_FORGED = ["", "x" * 209, "a\nb", "a\x00b", "a\x1b[31m", "a\x7f", "a\x85b", "a\u2028b", "a\ud800b", "\udfff"]


@pytest.mark.parametrize("wrong", _FORGED)
@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("ban", "account"),
        ("note", "command_id"),
        ("ban", "sanction"),
        ("record_violation", "violation"),
        ("appeal", "appeal"),
        ("propose", "proposal"),
        ("lift", "sanction"),
        ("record_violation", "clause"),
        ("serve_notice", "channel"),
        ("record_violation", "batch"),
    ],
)
def test_name_with_control_characters_or_of_wrong_length_is_malformed(name: str, field: str, wrong: str) -> None:
    assert refusal({**whole(name), field: wrong}).details["field"] == field


@pytest.mark.parametrize("wrong", _FORGED)
def test_name_inside_something_else_is_held_to_the_same(wrong: str) -> None:
    assert refusal({**whole("note"), "by": {"kind": "moderator", "id": wrong}}).details["field"] == "id"
    refusal({**whole("ban"), "basis": {"clause": wrong}})
    refusal({**whole("ban"), "basis": {"clause": "3.1", "violations": [wrong]}})
    refusal({**whole("restrict"), "functions": ["publish", wrong]})


@pytest.mark.parametrize("wrong", _FORGED)
def test_superseded_id_is_held_to_the_same(wrong: str) -> None:
    refusal({**whole("ban"), "supersedes": [wrong]})


@pytest.mark.parametrize("wrong", _FORGED)
def test_superseded_id_without_a_list_is_held_to_the_same(wrong: str) -> None:
    assert refusal({**whole("ban"), "supersedes": wrong}).details["field"] == "supersedes"


@pytest.mark.parametrize("supersedes", ["x", ["x"], ["x", "y"], []])
def test_superseded_ids_are_read_alone_or_as_a_list(supersedes: object) -> None:
    content_digest(read_command({**whole("ban"), "supersedes": supersedes}))


def test_name_of_200_characters_of_any_script_is_read() -> None:
    for name in ("x" * 200, "公众号 一号", "🙂" * 200, "<script>", "a b", "../../etc", "'; drop table"):
        assert read_command({**whole("note"), "account": name}).account == name


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("warn", "sanction"),
        ("order_rectification", "sanction"),
        ("restrict", "sanction"),
        ("ban", "sanction"),
        ("record_violation", "violation"),
        ("appeal", "appeal"),
        ("propose", "proposal"),
    ],
)
@pytest.mark.parametrize("wrong", ["o/1", "/", "a/b/c"])
def test_slash_in_a_given_id_is_malformed(name: str, field: str, wrong: str) -> None:
    assert refusal({**whole(name), field: wrong}).details["field"] == field


@pytest.mark.parametrize("name", ["lift", "overturn", "change_sanction", "serve_notice", "appeal"])
def test_slash_in_a_named_id_is_read(name: str) -> None:
    read_command({**whole(name), "sanction": "o/1"})


_PROSE = [
    ("note", "text"),
    ("lift", "reason"),
    ("appeal", "statement"),
    ("record_violation", "facts"),
    ("order_rectification", "requirements"),
    ("submit_rectification", "statement"),
]


@pytest.mark.parametrize(("name", "field"), _PROSE)
@pytest.mark.parametrize("wrong", ["", "x" * 10_001, "x" * 1_048_576, "a\x00b", "a\x1b[2Jb", "a\ud800b"])
def test_text_empty_too_long_or_with_control_characters_is_malformed(name: str, field: str, wrong: str) -> None:
    refused = refusal({**whole(name), field: wrong})
    assert refused.details["field"] == field
    assert len(str(refused)) < 1000, "the message does not carry the text back"


@pytest.mark.parametrize(("name", "field"), _PROSE)
def test_text_with_line_breaks_and_any_script_is_read(name: str, field: str) -> None:
    read_command({**whole(name), field: "first\nsecond\r\n\tthird — 第四 🙂"})


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"nonsense",
        b'{"a": NaN}',
        b"{} {}",
        b'\xff\xfe{"a": 1}',
        b'{"a": "\xff"}',
        b'{"a": "\\ud800"}',
        b"[" * 100_000,
        b'{"a": ' * 100_000,
    ],
)
def test_line_that_is_no_json_is_malformed(line: bytes) -> None:
    with pytest.raises(Malformed):
        read_command(read_json(line))


def test_deeply_nested_command_is_malformed() -> None:
    value: Any = {"clause": "3.1"}
    for _ in range(100_000):
        value = [value]
    refusal({**whole("ban"), "basis": value})


def test_malformed_command_leaves_the_account_alone() -> None:
    account = Account().given("warn", at="+0d", until="+1d")
    account.when("ban", at="+2d", until="+9d", colour="red").refused("malformed", field="colour")
    assert account.log == ["WarningIssued"]


def test_digest_of_the_content_does_not_depend_on_the_order_of_fields() -> None:
    value = whole("ban")
    first = content_digest(read_command(value))
    assert content_digest(read_command(dict(reversed(value.items())))) == first
    assert content_digest(read_command({**value, "command_id": "c-2"})) == first
    assert content_digest(read_command({**value, "account": "gh_2"})) != first
    assert content_digest(read_command({**value, "expected_version": 1})) != first
