"""Around the reading of commands: what is worked out beforehand, how acts are called, what a digest is made of."""

from __future__ import annotations

import hashlib
import json
from typing import Any, get_args

import msgspec
import pytest
from account_sanctions.domain import acts, breaches, commands
from account_sanctions.domain.commands import Command, checked, content_digest, malformed, read_command, read_json
from account_sanctions.domain.errors import Malformed
from account_sanctions.domain.vocabulary import Actor

from tests.unit.samples import GOOD, refusal, whole
from tests.unit.scenario import t


def test_types_of_commands_are_worked_out_at_import(monkeypatch: pytest.MonkeyPatch) -> None:
    """msgspec crashes where several threads make it work out a type at once: so it is done before there are any."""
    convert, prepared = msgspec.convert, list[Any]()

    def watched(value: object, kind: Any, **more: Any) -> Any:
        prepared.append(kind)
        return convert(value, kind, **more)

    monkeypatch.setattr(msgspec, "convert", watched)
    commands._prepare()
    assert prepared == [commands._Header, commands._Body]


def test_act_is_called_by_the_words_of_its_class() -> None:
    named = {one.__name__: breaches._snake(one.__name__) for one in get_args(acts.Act)}
    assert {name: named[name] for name in ("Ban", "LiftAll", "ErasePersonalData")} == {
        "Ban": "ban",
        "LiftAll": "lift_all",
        "ErasePersonalData": "erase_personal_data",
    }
    assert named == {one.__name__: one.__struct_config__.tag for one in get_args(acts.Act)}
    assert set(GOOD) <= set(named.values())


def test_digest_is_of_the_canonical_text_of_what_was_given() -> None:
    """It is stored with the command: another way of writing the same would make every command that is sent twice a conflict."""
    given = {
        "account": "gh_1",
        "at": "2026-01-01T00:00:00Z",
        "basis": {"clause": "3.1"},
        "by": ["moderator", "m-1"],
        "command": "ban",
        "expected_version": 0,
        "from": "2026-01-02T00:00:00Z",
        "sanction": "s",
        "supersedes": ["x"],
        "until": "2026-01-10T00:00:00Z",
    }
    text = json.dumps(given, sort_keys=True, separators=(",", ":"))
    assert content_digest(read_command(whole("ban"))) == hashlib.sha256(text.encode()).digest()


def test_digest_of_a_command_without_instant_and_version_has_neither() -> None:
    text = '{"account":"gh_1","by":["moderator","m-1"],"command":"note","text":"-"}'
    note = Command(account="gh_1", by=Actor("moderator", "m-1"), act=acts.Note(text="-"))
    assert content_digest(note) == hashlib.sha256(text.encode()).digest()


@pytest.mark.parametrize(
    ("said", "message", "field", "path"),
    [
        ("Expected `str`, got `int` - at `$.X`", "X: Expected `str`, got `int`", "X", "X"),
        (
            "Expected `str`, got `int` - at `$.act.basis.clause`",
            "basis.clause: Expected `str`, got `int`",
            "clause",
            None,
        ),
        (
            "`until` and `for` exclude each other",
            "until, for: `until` and `for` exclude each other",
            "until, for",
            None,
        ),
        ("nothing that names a field", "nothing that names a field", None, None),
    ],
)
def test_field_is_named_as_it_is_called(said: str, message: str, field: str | None, path: str | None) -> None:
    error = malformed(said)
    assert (error.message, error.details["field"]) == (message, field)
    if path is not None:
        assert error.details["path"] == path


def test_what_is_no_command_at_all_is_said_so() -> None:
    error = refusal([])
    assert (error.message, error.details) == ("a command is a JSON object", {"field": None})
    with pytest.raises(Malformed) as raised:
        checked(Command(account="gh_1", by=Actor("moderator", "m-1"), act=object(), at=t("+0d")))  # type: ignore[arg-type]
    assert raised.value.message == "this is not a command: no writer for <class 'object'>"
    with pytest.raises(Malformed, match=r"^this JSON is nested too deeply$"):
        read_json("[" * 100_000)
