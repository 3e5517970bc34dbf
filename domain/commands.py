"""Commands: an act with who, for which account and when; read from the JSON object of the contract."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TypeGuard

import msgspec
from msgspec import UNSET, Struct, UnsetType

from .acts import Act
from .errors import Malformed
from .instants import Instant, as_utc
from .period import period_from_text, period_to_text
from .vocabulary import Actor, Id

__all__ = [
    "Command",
    "checked",
    "content_digest",
    "is_object",
    "malformed",
    "read_account",
    "read_command",
    "read_json",
]


class _Header(Struct, frozen=True, kw_only=True, omit_defaults=True):
    account: Id
    by: Actor
    at: Instant | UnsetType = UNSET
    command_id: Id | UnsetType = UNSET
    expected_version: int | UnsetType = UNSET


class _Body(Struct, frozen=True):
    # msgspec keeps what it has worked out about a struct, but works out a bare union anew at each call.
    act: Act


class Command(Struct, frozen=True, kw_only=True):
    """One thing that somebody wants done to one account.

    `at` is the instant of the decision (default: now, never before the account's previous event). `command_id` makes the
    command idempotent: sent twice, it acts once. `expected_version` refuses it if the account has moved on.
    """

    account: Id
    by: Actor
    act: Act
    at: datetime | None = None
    command_id: Id | None = None
    expected_version: int | None = None


_HEADER_FIELDS: Final = frozenset(_Header.__struct_fields__)
_EXPLAINED: Final = {
    "matching regex": "text without control characters (a new id also has no `/`)",
    "RFC3339": "a time such as 2026-01-31T12:00:00Z",
}


_PLAINLY: Final = (
    (r"^Object missing required field `[^`]*`", "this field is missing"),
    (r"^Object contains unknown field `[^`]*`", "there is no such field"),
    (r"^Invalid enum value (.*)", r"\1 is not one of the words that are known here"),
    (r"^Invalid value (.*)", r"there is no command \1"),
    (r"^Expected `str` of length >= 1$", "it must not be empty"),
)


def read_json(line: bytes | str) -> Any:
    """The JSON value of one line. Raises Malformed."""
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"this is not JSON: {error}", field=None) from None
    except RecursionError:
        raise Malformed("this JSON is nested too deeply", field=None) from None


def checked(command: Command) -> Command:
    """A typed command held to what the JSON object is held to. Raises Malformed, with the field's name in `details`."""
    try:
        fields: dict[str, Any] = msgspec.to_builtins(command.act, enc_hook=period_to_text)
        fields |= {"account": command.account, "by": msgspec.to_builtins(command.by)}
        for name in ("at", "command_id", "expected_version"):
            given = getattr(command, name)
            if given is not None:
                fields[name] = given
    except (NotImplementedError, TypeError, ValueError) as error:
        raise Malformed(f"this is not a command: {error}", field=None) from None
    return read_command(fields)


def read_account(value: object) -> str:
    """The name of an account. Raises Malformed unless it is 1 to 200 characters, none of them a control character."""
    try:
        return msgspec.convert(value, Id)
    except msgspec.ValidationError as error:
        raise malformed(f"{error} - at `$.account`") from None


def is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether a JSON value is an object."""
    return isinstance(value, Mapping)


def read_command(value: object) -> Command:
    """The command that a JSON object states.

    Raises Malformed, with the field's name in `details`, for unknown or missing fields, wrong types, null, and times or
    durations that cannot be read.
    """
    if not is_object(value):
        raise Malformed("a command is a JSON object", field=None)
    fields = value
    try:
        header = msgspec.convert({key: fields[key] for key in _HEADER_FIELDS if key in fields}, _Header)
        body = {key: part for key, part in fields.items() if key not in _HEADER_FIELDS}
        act = msgspec.convert({"act": body}, _Body, dec_hook=period_from_text).act
        at = None if header.at is UNSET else _utc(header.at)
    except msgspec.ValidationError as error:
        raise malformed(str(error)) from None
    return Command(
        account=header.account,
        by=header.by,
        act=act,
        at=at,
        command_id=None if header.command_id is UNSET else header.command_id,
        expected_version=None if header.expected_version is UNSET else header.expected_version,
    )


def content_digest(command: Command) -> bytes:
    """SHA-256 over the command as given, its id left out: what "the same command again" means."""
    content: dict[str, Any] = msgspec.to_builtins(command.act, enc_hook=period_to_text)
    content["account"] = command.account
    content["by"] = [command.by.kind, command.by.id]
    if command.at is not None:
        content["at"] = command.at
    if command.expected_version is not None:
        content["expected_version"] = command.expected_version
    return hashlib.sha256(msgspec.json.encode(content, order="deterministic")).digest()


def _utc(instant: datetime) -> datetime:
    try:
        return as_utc(instant)
    except ValueError as error:
        raise msgspec.ValidationError(f"{error} - at `$.at`") from None


def malformed(message: str) -> Malformed:
    """The error for what msgspec says of a JSON value, in plain words and with the field's name."""
    what, _, where = message.partition(" - at `$")
    path = where.rstrip("`").removeprefix(".act").lstrip(".")
    named = re.search(r"(?:unknown|required) field `([^`]*)`", what)
    if named:
        path = f"{path}.{named[1]}" if path else named[1]
    elif not path:
        first = re.match(r"`([a-z_]+)`: ", what)
        path = first[1] if first else ", ".join(re.findall(r"`([a-z_]+)`", what))
        what = what[first.end() :] if first else what
    for sign, meaning in _EXPLAINED.items():
        if sign in what:
            what = f"expected {meaning}"
    for unclear, plainly in _PLAINLY:
        what = re.sub(unclear, plainly, what)
    field = re.sub(r"\[[^\]]*\]$", "", path).rpartition(".")[2]
    return Malformed(f"{path}: {what}" if path else what, field=field or None, path=path or None)


def _prepare() -> None:
    """Let msgspec work out the types now: it crashes when several threads make it do so at once."""
    header = {"account": "a", "by": Actor("system", "s")}
    msgspec.convert(header, _Header)
    msgspec.convert({"act": {"command": "note", "text": "-"}}, _Body, dec_hook=period_from_text)


_prepare()
